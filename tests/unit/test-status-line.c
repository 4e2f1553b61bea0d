/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of status-line: a table. */

#include "lib.h"
#include "test-common.h"
#include "status-line.h"

static const struct {
	const char *text;
	/* NULL = no such response */
	const char *name, *items;
} status_tests[] = {
	{ "* STATUS INBOX (MESSAGES 3)\r\n", "INBOX", "MESSAGES 3" },
	{ "* STATUS a.b (MESSAGES 3 UIDNEXT 4)\r\n", "a.b",
	  "MESSAGES 3 UIDNEXT 4" },
	{ "* STATUS INBOX ()\r\n", "INBOX", "" },
	{ "* STATUS \"Sent Items\" (UNSEEN 0)\r\n", "Sent Items", "UNSEEN 0" },
	{ "* STATUS \"a \\\"b\\\" \\\\ (c)\" (UNSEEN 0)\r\n", "a \"b\" \\ (c)",
	  "UNSEEN 0" },
	{ "* STATUS \"x) (y)\" (UNSEEN 1)\r\n", "x) (y)", "UNSEEN 1" },
	{ "* STATUS \"\" (UNSEEN 1)\r\n", "", "UNSEEN 1" },
	{ "* STATUS &APw-x (UNSEEN 1)\r\n", "&APw-x", "UNSEEN 1" },
	{ "* STATUS {7}\r\na\r\nb (c (UNSEEN 1)\r\n", "a\r\nb (c", "UNSEEN 1" },

	{ "", NULL, NULL },
	{ "a OK Status completed.\r\n", NULL, NULL },
	{ "* LIST () \".\" INBOX\r\n", NULL, NULL },
	{ "* STATUS", NULL, NULL },
	{ "* STATUS ", NULL, NULL },
	{ "* STATUS  (UNSEEN 1)\r\n", NULL, NULL },
	{ "* STATUS INBOX\r\n", NULL, NULL },
	{ "* STATUS INBOX (UNSEEN 1)", NULL, NULL },
	{ "* STATUS INBOX (UNSEEN 1\r\n", NULL, NULL },
	{ "* STATUS INBOX (UNSEEN 1\r\n* X (a)\r\n", NULL, NULL },
	{ "* STATUS INBOX (UNSEEN 1) x\r\n* X (a)\r\n", NULL, NULL },
	{ "* STATUS \"INBOX (UNSEEN 1)\r\n", NULL, NULL },
	{ "* STATUS \"INBOX\\", NULL, NULL },
	{ "* STATUS {99}\r\na (UNSEEN 1)\r\n", NULL, NULL },
	{ "* STATUS {99999999999999999999}\r\na (UNSEEN 1)\r\n", NULL, NULL },
	{ "* STATUS {1} a (UNSEEN 1)\r\n", NULL, NULL },
	{ "* STATUS {x}\r\na (UNSEEN 1)\r\n", NULL, NULL },
};

static void test_status_line(void)
{
	struct status_line line;

	test_begin("status_line_parse()");
	for (unsigned int i = 0; i < N_ELEMENTS(status_tests); i++) {
		/* what follows does not matter */
		const char *text = t_strconcat(
			status_tests[i].text,
			status_tests[i].name == NULL ? "" : "* OK (x)\r\n",
			NULL);
		bool ret = status_line_parse(text, &line);

		test_assert_idx(ret == (status_tests[i].name != NULL), i);
		if (!ret)
			continue;
		test_assert_strcmp_idx(line.name, status_tests[i].name, i);
		test_assert_strcmp_idx(t_strdup_until(text + line.items_start,
						      text + line.items_end),
				       status_tests[i].items, i);
		test_assert_idx(line.size == strlen(status_tests[i].text), i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_status_line,
		NULL,
	};
	return test_run(test_functions);
}
