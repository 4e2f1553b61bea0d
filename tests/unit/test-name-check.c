/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of name-check: which texts may be names. */

#include "lib.h"
#include "test-common.h"
#include "name-check.h"

#define E_EMPTY "empty part"
#define E_UTF8 "invalid UTF-8"
#define E_HIDDEN "control or invisible character"
#define E_DOUBLED "leading or doubled space"
#define E_TRAILING "trailing space"
#define E_NFKC "not in Unicode form NFKC"

/* error is NULL for what may be a name */
static const struct {
	const char *part;
	const char *error;
} typed_tests[] = {
	{ "abcd0001", NULL },
	{ "ABCD0001", NULL },
	{ "alice.archer@campus.example", NULL },
	{ "physics lab", NULL },
	{ "a", NULL },
	{ "o'brien+x", NULL },
	/* filter syntax is no matter here: the escaping sees to it */
	{ "a)(uid=*", NULL },
	{ "\\2a", NULL },
	/* composed e acute, Han, Cyrillic, an emoji */
	{ "ren\xc3\xa9", NULL },
	{ "\xe4\xb8\xad\xe6\x96\x87", NULL },
	{ "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd", NULL },
	{ "\xf0\x9f\x98\x80", NULL },

	{ "", E_EMPTY },
	/* spaces */
	{ " ", E_DOUBLED },
	{ " abcd0001", E_DOUBLED },
	{ "a  b", E_DOUBLED },
	{ "abcd0001 ", E_TRAILING },
	{ "abcd0001\xc2\xa0", E_HIDDEN },
	{ "a\xe1\x9a\x80z", E_HIDDEN },
	{ "a\xe3\x80\x80z", E_HIDDEN },
	/* C0, DEL, C1 */
	{ "a\tb", E_HIDDEN },
	{ "abcd0001\n", E_HIDDEN },
	{ "\001", E_HIDDEN },
	{ "a\177", E_HIDDEN },
	{ "a\xc2\x85", E_HIDDEN },
	/* LINE SEPARATOR, PARAGRAPH SEPARATOR */
	{ "a\xe2\x80\xa8z", E_HIDDEN },
	{ "a\xe2\x80\xa9z", E_HIDDEN },
	/* bidirectional: LRM, RLO, PDI, ALM */
	{ "a\xe2\x80\x8ez", E_HIDDEN },
	{ "a\xe2\x80\xaez", E_HIDDEN },
	{ "a\xe2\x81\xa9z", E_HIDDEN },
	{ "a\xd8\x9cz", E_HIDDEN },
	/* zero width: ZWSP, ZWNJ, ZWJ, BOM */
	{ "a\xe2\x80\x8bz", E_HIDDEN },
	{ "a\xe2\x80\x8cz", E_HIDDEN },
	{ "a\xe2\x80\x8dz", E_HIDDEN },
	{ "\xef\xbb\xbf"
	  "abcd0001",
	  E_HIDDEN },
	/* ignorable: SOFT HYPHEN, COMBINING GRAPHEME JOINER, HANGUL FILLER,
	   VARIATION SELECTOR-16, a tag */
	{ "a\xc2\xadz", E_HIDDEN },
	{ "a\xcd\x8fz", E_HIDDEN },
	{ "a\xe3\x85\xa4z", E_HIDDEN },
	{ "a\xef\xb8\x8fz", E_HIDDEN },
	{ "a\xf3\xa0\x81\x81z", E_HIDDEN },
	/* what RFC 4518 drops or forbids besides: MONGOLIAN TODO SOFT HYPHEN,
	   OBJECT REPLACEMENT CHARACTER, REPLACEMENT CHARACTER */
	{ "a\xe1\xa0\x86z", E_HIDDEN },
	{ "a\xef\xbf\xbcz", E_HIDDEN },
	{ "a\xef\xbf\xbdz", E_HIDDEN },
	/* private use, unassigned, noncharacter */
	{ "\xee\x80\x80", E_HIDDEN },
	{ "\xcd\xb8", E_HIDDEN },
	{ "\xef\xbf\xbf", E_HIDDEN },
	/* changed by NFKC: full-width A, full-width \ and /, ligature fi,
	   KELVIN SIGN, decomposed e acute, superscript 2 */
	{ "\xef\xbc\xa1"
	  "bcd0001",
	  E_NFKC },
	{ "a\xef\xbc\xbcz", E_NFKC },
	{ "a\xef\xbc\x8fz", E_NFKC },
	{ "\xef\xac\x81", E_NFKC },
	{ "\xe2\x84\xaa", E_NFKC },
	/* as many bytes in NFKC */
	{ "\xef\xa4\x80", E_NFKC },
	{ "rene\xcc\x81", E_NFKC },
	{ "a\xc2\xb2", E_NFKC },
	/* grows most of all under NFKC */
	{ "\xef\xb7\xba", E_NFKC },
	/* no UTF-8: lone byte, cut short, overlong / and NUL, surrogate, over
	   U+10FFFF */
	{ "a\xff", E_UTF8 },
	{ "\x80z", E_UTF8 },
	{ "a\xc3", E_UTF8 },
	{ "a\xc0\xaf", E_UTF8 },
	{ "a\xc0\x80", E_UTF8 },
	{ "\xe0\x80\xaf", E_UTF8 },
	{ "\xed\xa0\x80", E_UTF8 },
	{ "\xf4\x90\x80\x80", E_UTF8 },
	{ "\xf8\x88\x80\x80\x80", E_UTF8 },
};

static void test_name_check_typed(void)
{
	test_begin("name_check_typed()");
	for (unsigned int i = 0; i < N_ELEMENTS(typed_tests); i++) {
		const char *error = NULL;
		int ret = name_check_typed(typed_tests[i].part, &error);

		test_assert_idx(ret == (typed_tests[i].error == NULL ? 0 : -1),
				i);
		test_assert_strcmp_idx(error, typed_tests[i].error, i);
	}
	test_end();
}

/* unit, count times, and whether that may be a name */
static const struct {
	const char *unit;
	unsigned int count;
	const char *error;
} length_tests[] = {
	{ "a", 255, NULL },
	{ "a", 256, "part is too long" },
	{ "a", 10240, "part is too long" },
	{ "\xc3\xa9", 127, NULL },
	{ "\xc3\xa9", 128, "part is too long" },
	/* 85 times 33 bytes after NFKC */
	{ "\xef\xb7\xba", 85, E_NFKC },
};

static void test_name_check_typed_length(void)
{
	test_begin("name_check_typed() length");
	for (unsigned int i = 0; i < N_ELEMENTS(length_tests); i++) {
		const char *error = NULL, *part = "";
		int ret;

		for (unsigned int n = 0; n < length_tests[i].count; n++)
			part = t_strconcat(part, length_tests[i].unit, NULL);
		ret = name_check_typed(part, &error);
		test_assert_idx(ret == (length_tests[i].error == NULL ? 0 : -1),
				i);
		test_assert_strcmp_idx(error, length_tests[i].error, i);
	}
	test_end();
}

#define E_UNUSABLE(value)                                                      \
	"Name '" value "' is not usable: it must be a letter or digit and at " \
	"most 63 more of a-z, 0-9, '.', '_' and '-', with at most one "        \
	"@domain of the same letters"
#define CHARS_64                                                               \
	"a123456789b123456789c123456789d123456789e123456789f123456789g123"

/* name is NULL for what is refused */
static const struct {
	const char *value;
	const char *name;
	const char *error;
} canonical_tests[] = {
	{ "abcd0001", "abcd0001", NULL },
	{ "ABCD0001", "abcd0001", NULL },
	{ "a", "a", NULL },
	{ "0", "0", NULL },
	{ "a.b_c-d", "a.b_c-d", NULL },
	{ "a..", "a..", NULL },
	{ "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz", NULL },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", NULL },
	{ "0123456789", "0123456789", NULL },
	{ "z", "z", NULL },
	{ "Alice@Campus.Example", "alice@campus.example", NULL },
	{ CHARS_64, CHARS_64, NULL },
	{ CHARS_64 "@campus.example", CHARS_64 "@campus.example", NULL },
	/* only the whole name is reserved */
	{ "root1", "root1", NULL },
	{ "owner.x", "owner.x", NULL },
	{ "root@campus.example", "root@campus.example", NULL },

	{ "Zoe_Z", "zoe_z", NULL },

	{ "", NULL, E_UNUSABLE("") },
	{ CHARS_64 "4", NULL, E_UNUSABLE(CHARS_64 "4") },
	{ CHARS_64 "4@x", NULL, E_UNUSABLE(CHARS_64 "4@x") },
	{ "..", NULL, E_UNUSABLE("..") },
	{ ".a", NULL, E_UNUSABLE(".a") },
	{ "-a", NULL, E_UNUSABLE("-a") },
	{ "_a", NULL, E_UNUSABLE("_a") },
	{ "../../etc/passwd", NULL, E_UNUSABLE("../../etc/passwd") },
	{ "a/b", NULL, E_UNUSABLE("a/b") },
	{ "a\\b", NULL, E_UNUSABLE("a\\\\b") },
	{ "a b", NULL, E_UNUSABLE("a b") },
	{ "a ", NULL, E_UNUSABLE("a ") },
	{ "a\n", NULL, E_UNUSABLE("a\\x0a") },
	{ "a*b", NULL, E_UNUSABLE("a*b") },
	{ "a+b", NULL, E_UNUSABLE("a+b") },
	{ "a%b", NULL, E_UNUSABLE("a%b") },
	/* beside a, z, A, Z, 0 and 9 */
	{ "a`b", NULL, E_UNUSABLE("a`b") },
	{ "a{b", NULL, E_UNUSABLE("a{b") },
	{ "a[b", NULL, E_UNUSABLE("a[b") },
	{ "a:b", NULL, E_UNUSABLE("a:b") },
	{ "ren\xc3\xa9", NULL, E_UNUSABLE("ren\xc3\xa9") },
	{ "a\xff", NULL, E_UNUSABLE("a\\xff") },
	{ "a@", NULL, E_UNUSABLE("a@") },
	{ "@campus.example", NULL, E_UNUSABLE("@campus.example") },
	{ "a@b@c", NULL, E_UNUSABLE("a@b@c") },
	{ "a@.b", NULL, E_UNUSABLE("a@.b") },
	{ "a@b/c", NULL, E_UNUSABLE("a@b/c") },
	{ "a@b/", NULL, E_UNUSABLE("a@b/") },

	{ "anyone", NULL, "Name 'anyone' is reserved" },
	{ "anonymous", NULL, "Name 'anonymous' is reserved" },
	{ "authenticated", NULL, "Name 'authenticated' is reserved" },
	{ "owner", NULL, "Name 'owner' is reserved" },
	{ "administrators", NULL, "Name 'administrators' is reserved" },
	{ "root", NULL, "Name 'root' is reserved" },
	{ "dovecot", NULL, "Name 'dovecot' is reserved" },
	{ "AnyOne", NULL, "Name 'anyone' is reserved" },
	{ "campus", NULL, "Name 'campus' is the name of a configured domain" },
	{ "Campus.Example", NULL,
	  "Name 'campus.example' is the name of a configured domain" },
};

static void test_name_check_canonical(void)
{
	static const char *const domains[] = { "CAMPUS", "campus.example",
					       NULL };
	const char *name, *error;

	test_begin("name_check_canonical()");
	for (unsigned int i = 0; i < N_ELEMENTS(canonical_tests); i++) {
		const char *value = canonical_tests[i].value;
		int ret;

		name = error = NULL;
		ret = name_check_canonical((const unsigned char *)value,
					   strlen(value), domains, &name,
					   &error);
		test_assert_idx(
			ret == (canonical_tests[i].name == NULL ? -1 : 0), i);
		test_assert_strcmp_idx(name, canonical_tests[i].name, i);
		test_assert_strcmp_idx(error, canonical_tests[i].error, i);
	}

	/* by length, never as a C string */
	test_assert(name_check_canonical((const unsigned char *)"abc\0d", 5,
					 NULL, &name, &error) < 0);
	test_assert_strcmp(error, E_UNUSABLE("abc\\x00d"));
	test_assert(name_check_canonical((const unsigned char *)"abc\0", 4,
					 NULL, &name, &error) < 0);
	test_assert(name_check_canonical((const unsigned char *)"abcd", 3, NULL,
					 &name, &error) == 0);
	test_assert_strcmp(name, "abc");
	test_assert(name_check_canonical((const unsigned char *)"a@b", 2, NULL,
					 &name, &error) < 0);
	test_assert_strcmp(error, E_UNUSABLE("a@"));
	/* a whole name has 255 bytes at most */
	name = "a@";
	while (strlen(name) < 255)
		name = t_strconcat(name, "b", NULL);
	test_assert(name_check_canonical((const unsigned char *)name, 255, NULL,
					 &name, &error) == 0);
	name = t_strconcat(name, "b", NULL);
	test_assert(name_check_canonical((const unsigned char *)name, 256, NULL,
					 &name, &error) < 0);
	/* no domains configured */
	test_assert(name_check_canonical((const unsigned char *)"campus", 6,
					 NULL, &name, &error) == 0);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_name_check_typed,
		test_name_check_typed_length,
		test_name_check_canonical,
		NULL,
	};
	return test_run(test_functions);
}
