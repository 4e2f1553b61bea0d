/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of log_escape(): what comes from outside is harmless in a log. */

#include "lib.h"
#include "str.h"
#include "test-common.h"
#include "log-escape.h"

static const struct {
	const char *text;
	const char *escaped;
} escape_tests[] = {
	{ NULL, "" },
	{ "", "" },
	{ "abcd0001", "abcd0001" },
	{ "Alice Archer <alice@campus.example>",
	  "Alice Archer <alice@campus.example>" },
	{ "CAMPUS\\abcd0001\\physics", "CAMPUS\\\\abcd0001\\\\physics" },
	/* what looks like an escape is none */
	{ "\\x0a", "\\\\x0a" },
	/* C0, DEL */
	{ "a\nb\r\tc\033[31m\177", "a\\x0ab\\x0d\\x09c\\x1b[31m\\x7f" },
	/* C1: NEL, CSI */
	{ "a\xc2\x85z\xc2\x9bz", "a\\u{0085}z\\u{009b}z" },
	/* LINE and PARAGRAPH SEPARATOR */
	{ "a\xe2\x80\xa8z\xe2\x80\xa9z", "a\\u{2028}z\\u{2029}z" },
	/* RLO, LRI, ALM */
	{ "a\xe2\x80\xaez\xe2\x81\xa6z\xd8\x9cz",
	  "a\\u{202e}z\\u{2066}z\\u{061c}z" },
	/* ZWSP, ZWJ, BOM, WORD JOINER, SOFT HYPHEN */
	{ "\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xe2\x81\xa0\xc2\xad",
	  "\\u{200b}\\u{200d}\\u{feff}\\u{2060}\\u{00ad}" },
	/* default-ignorable, though a letter: HANGUL FILLER; a tag */
	{ "\xe3\x85\xa4\xf3\xa0\x81\x81", "\\u{3164}\\u{e0041}" },
	/* NO-BREAK SPACE, IDEOGRAPHIC SPACE */
	{ "a\xc2\xa0z\xe3\x80\x80z", "a\\u{00a0}z\\u{3000}z" },
	/* private use, unassigned, noncharacter */
	{ "\xee\x80\x80\xcd\xb8\xef\xbf\xbf", "\\u{e000}\\u{0378}\\u{ffff}" },
	/* ordinary letters of all lengths pass */
	{ "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80",
	  "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80" },
	/* no UTF-8: lone bytes, cut short, overlong /, surrogate, too high */
	{ "a\xffz\x80z\xc3", "a\\xffz\\x80z\\xc3" },
	{ "a\xe2\x82z", "a\\xe2\\x82z" },
	{ "\xc0\xaf", "\\xc0\\xaf" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
};

static void test_log_escape(void)
{
	test_begin("log_escape()");
	for (unsigned int i = 0; i < N_ELEMENTS(escape_tests); i++) {
		test_assert_strcmp_idx(log_escape(escape_tests[i].text),
				       escape_tests[i].escaped, i);
	}
	test_assert_strcmp(log_escape_data("a\0b", 3), "a\\x00b");
	test_assert_strcmp(log_escape_data("abc", 1), "a");
	test_end();
}

/* unit, repeated up to count times, comes back as expected_count units */
static const struct {
	const char *unit;
	unsigned int count;
	const char *escaped_unit;
	unsigned int escaped_count;
	bool cut;
} cut_tests[] = {
	{ "a", 199, "a", 199, FALSE },
	{ "a", 200, "a", 200, FALSE },
	{ "a", 201, "a", 197, TRUE },
	{ "a", 100000, "a", 197, TRUE },
	{ "\\", 100, "\\\\", 100, FALSE },
	{ "\\", 101, "\\\\", 98, TRUE },
	{ "\n", 50, "\\x0a", 50, FALSE },
	{ "\n", 51, "\\x0a", 49, TRUE },
	{ "\xf0\x9f\x98\x80", 50, "\xf0\x9f\x98\x80", 50, FALSE },
	{ "\xf0\x9f\x98\x80", 51, "\xf0\x9f\x98\x80", 49, TRUE },
	{ "\xe2\x80\xae", 25, "\\u{202e}", 25, FALSE },
	{ "\xe2\x80\xae", 26, "\\u{202e}", 24, TRUE },
	{ "\xf3\xa0\x81\x81", 23, "\\u{e0041}", 21, TRUE },
};

static const char *repeat(const char *unit, unsigned int count)
{
	string_t *str = t_str_new(256);

	for (; count > 0; count--)
		str_append(str, unit);
	return str_c(str);
}

static void test_log_escape_cut(void)
{
	test_begin("log_escape() cuts between characters");
	for (unsigned int i = 0; i < N_ELEMENTS(cut_tests); i++) {
		const char *escaped = log_escape(
			repeat(cut_tests[i].unit, cut_tests[i].count));
		const char *expected =
			t_strconcat(repeat(cut_tests[i].escaped_unit,
					   cut_tests[i].escaped_count),
				    cut_tests[i].cut ? "..." : "", NULL);

		test_assert_strcmp_idx(escaped, expected, i);
		test_assert_idx(strlen(escaped) <= LOG_ESCAPE_MAX_BYTES, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_log_escape,
		test_log_escape_cut,
		NULL,
	};
	return test_run(test_functions);
}
