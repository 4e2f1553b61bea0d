/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of folder-pattern: tables, and all short patterns against Dovecot's
   matcher. */

#include "lib.h"
#include "imap-match.h"
#include "str.h"
#include "test-common.h"
#include "folder-pattern.h"

/* The separator is a dot. */
static const struct {
	const char *pattern;
	bool prefixed;
	/* of the first component; -1 = there is a wildcard in it */
	int first_len;
} pattern_tests[] = {
	{ "", FALSE, 0 },
	{ "INBOX", TRUE, 5 },
	{ "iNbOx", TRUE, 5 },
	{ "inbox.x", TRUE, 5 },
	{ "INBOX.", TRUE, 5 },
	{ "INBOX.*", TRUE, 5 },
	{ "INBOX*", TRUE, -1 },
	{ "INBOX%", TRUE, -1 },
	{ "INBOX%.%", TRUE, -1 },
	{ "*", TRUE, -1 },
	{ "%", TRUE, -1 },
	{ "%%%", TRUE, -1 },
	{ "I%", TRUE, -1 },
	{ "i%x.", TRUE, -1 },
	{ "%.Sent", TRUE, -1 },
	{ "%box", TRUE, -1 },
	{ "*x", TRUE, -1 },
	{ "in*Sent", TRUE, -1 },
	{ "S*", FALSE, -1 },
	{ "INBOXES", FALSE, 7 },
	{ "INBOXE*", FALSE, -1 },
	{ "%S", FALSE, -1 },
	{ "%y.x", FALSE, -1 },
	{ "Sent.%", FALSE, 4 },
	{ "Sent", FALSE, 4 },
	{ "INBO", FALSE, 4 },
	{ "INBO.X", FALSE, 4 },
	{ "INBOX/x", FALSE, 7 },
	{ ".INBOX", FALSE, 0 },
	{ ".*", FALSE, 0 },
	{ "I%N%B%O%X%.", TRUE, -1 },
	{ "X%I%", FALSE, -1 },
	{ "\xff", FALSE, 1 },
	{ "%\xff", FALSE, -1 },
};

static void test_patterns(void)
{
	size_t len;

	test_begin("folder-pattern");
	for (unsigned int i = 0; i < N_ELEMENTS(pattern_tests); i++) {
		const char *pattern = pattern_tests[i].pattern;
		bool ret = folder_pattern_split(pattern, '.', &len);

		test_assert_idx(folder_pattern_is_prefixed(pattern, '.') ==
					pattern_tests[i].prefixed,
				i);
		test_assert_idx(ret == (pattern_tests[i].first_len >= 0), i);
		test_assert_idx(!ret || (int)len == pattern_tests[i].first_len,
				i);
	}
	test_assert(folder_pattern_is_prefixed("INBOX/x", '/'));
	test_assert(!folder_pattern_is_prefixed("INBOX.x", '/'));
	test_assert(folder_pattern_split("a.b/%", '/', &len) && len == 3);
	test_end();
}

static bool matches(const char *pattern, const char *name)
{
	struct imap_match_glob *glob =
		imap_match_init(pool_datastack_create(), pattern, FALSE, '.');

	return imap_match(glob, name) == IMAP_MATCH_YES;
}

/* Some name of this kind that the pattern matches, if there is one, ends like
   the pattern, with nothing in place of its wildcards. */
static bool model_is_prefixed(const char *pattern)
{
	/* The matcher heeds letter case: all letters are large. */
	pattern = t_str_ucase(pattern);
	if (matches(pattern, "INBOX"))
		return TRUE;
	for (const char *end = pattern;; end++) {
		string_t *name = t_str_new(64);

		str_append(name, "INBOX.");
		for (const char *p = end; *p != '\0'; p++) {
			if (*p != '*' && *p != '%')
				str_append_c(name, *p);
		}
		if (matches(pattern, str_c(name)))
			return TRUE;
		if (*end == '\0')
			return FALSE;
	}
}

static void check_model(const char *pattern)
{
	if (folder_pattern_is_prefixed(pattern, '.') !=
	    model_is_prefixed(pattern)) {
		i_error("the model is of another opinion: %s", pattern);
		test_assert(FALSE);
	}
}

/* All patterns of these characters up to a length. */
static void check_all(string_t *pattern, const char *alphabet, size_t max_len)
{
	T_BEGIN
	{
		check_model(str_c(pattern));
	}
	T_END;
	if (str_len(pattern) == max_len)
		return;
	for (const char *p = alphabet; *p != '\0'; p++) {
		str_append_c(pattern, *p);
		check_all(pattern, alphabet, max_len);
		str_truncate(pattern, str_len(pattern) - 1);
	}
}

/* INBOX.x with every part of it left out, or a wildcard in its place. */
static void check_holes(void)
{
	static const char *const holes[] = { "", "%", "*", "%.", "i", "%X" };
	const char *text = "INBOX.x";

	for (size_t from = 0; from <= strlen(text); from++)
		for (size_t to = from; to <= strlen(text); to++)
			for (unsigned int i = 0; i < N_ELEMENTS(holes); i++)
				T_BEGIN
				{
					check_model(t_strconcat(
						t_strndup(text, from), holes[i],
						text + to, NULL));
				}
	T_END;
}

static void test_model(void)
{
	test_begin("folder_pattern_is_prefixed() and a model");
	check_all(t_str_new(16), "Ix.%*", 5);
	check_all(t_str_new(16), "INbOX.%", 4);
	check_holes();
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_patterns,
		test_model,
		NULL,
	};
	return test_run(test_functions);
}
