/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of quota-message: tables. */

#include "lib.h"
#include "str.h"
#include "test-common.h"
#include "quota-message.h"

static const struct {
	const char *text;
	/* NULL = it is allowed; else the end of the error */
	const char *error;
} check_tests[] = {
	{ "", NULL },
	{ "Nearly full", NULL },
	{ "Nearly full\n", NULL },
	{ "Fast voll: {mailbox}\r\n\r\n\tEs sind {used} von {receive}.\r\n",
	  NULL },
	{ "Schon \xc3\xbc"
	  "ber {warn}, {send}\n",
	  NULL },
	{ "100 % } full\n", NULL },

	{ "\xfc"
	  "ber\n",
	  "it is not UTF-8" },
	{ "\n{used}\n", "begin with a space" },
	{ " x\n", "begin with a space" },
	{ "x\n\x1b[1m\n", "it holds a control character" },
	{ "x\x7f\n", "it holds a control character" },
	{ "x {Used}\n", "'{Used}' is none of {mailbox}, {used}, {warn}, "
			"{send} and {receive}" },
	{ "x\n{used", "'{used' is none of {mailbox}, {used}, {warn}, {send} "
		      "and {receive}" },
	{ "x\n{}", "'{}' is none of {mailbox}, {used}, {warn}, {send} and "
		   "{receive}" },
};

static void test_check_text(void)
{
	const char *error;

	test_begin("quota_message_check_text()");
	for (unsigned int i = 0; i < N_ELEMENTS(check_tests); i++) {
		const char *expected = check_tests[i].error;
		int ret = quota_message_check_text(check_tests[i].text, &error);

		test_assert_idx(ret == (expected == NULL ? 0 : -1), i);
		if (ret == 0 || expected == NULL)
			continue;
		test_assert_idx(
			strncmp(error, "campus_quota_warn_text: ", 24) == 0, i);
		test_assert_idx(strlen(error) > strlen(expected), i);
		test_assert_strcmp_idx(error + strlen(error) - strlen(expected),
				       expected, i);
	}
	/* a line's length */
	for (unsigned int len = 799; len < 802; len++) {
		string_t *text = t_str_new(1024);

		str_append(text, "x\n");
		for (unsigned int i = 0; i < len; i++)
			str_append_c(text, 'y');
		str_append(text, "\nz\n");
		test_assert_idx(quota_message_check_text(str_c(text), &error) ==
					(len <= 800 ? 0 : -1),
				len);
	}
	test_end();
}

#define KB 1024
static const struct {
	const char *text;
	uint64_t levels[QUOTA_LEVEL_COUNT];
	const char *subject, *body;
} write_tests[] = {
	{ "",
	  { 11 * KB, 12 * KB, 13 * KB },
	  "The mailbox physics is nearly full",
	  "The mailbox physics holds 20 KB.\n\n"
	  "With more than 12 KB nothing can be sent from it.\n"
	  "With 13 KB it is full: mail to it goes back to the sender.\n\n"
	  "Please delete what is no longer needed. Messages count until they "
	  "are\nalso gone from the folder for deleted ones.\n" },
	{ "",
	  { 11 * KB, 0, 0 },
	  "The mailbox physics is nearly full",
	  "The mailbox physics holds 20 KB.\n\n\n"
	  "Please delete what is no longer needed. Messages count until they "
	  "are\nalso gone from the folder for deleted ones.\n" },
	{ "Voll", { 11 * KB, 0, 0 }, "Voll", "" },
	{ "Voll\r\n", { 11 * KB, 0, 0 }, "Voll", "" },
	{ "{mailbox}: \xc3\xbc"
	  "ber {warn}\n\xc3\x9c: {used}\r\n\r\nE\n",
	  { 11 * KB, 0, 0 },
	  "physics: =?utf-8?q?=C3=BCber?= 11 KB",
	  "\xc3\x9c: 20 KB\n\nE\n" },
	{ "S\n{send}{used}\n.\n", { 11 * KB, 0, 0 }, "S", ".\n" },
	{ "S\n{send}{used}\n.\n",
	  { 11 * KB, 12 * KB, 0 },
	  "S",
	  "12 KB20 KB\n.\n" },
};

static void test_write(void)
{
	test_begin("quota_message_write()");
	for (unsigned int i = 0; i < N_ELEMENTS(write_tests); i++) {
		struct quota_message message = {
			.from = "postmaster@campus.example",
			.to = "physics@campus.example",
			.mailbox = "physics",
			.id = "1234@campus.example",
			.text = write_tests[i].text,
			.time = 86400,
			.used = 20 * KB,
		};
		string_t *dest = t_str_new(1024);

		memcpy(message.levels, write_tests[i].levels,
		       sizeof(message.levels));
		quota_message_write(dest, &message);
		test_assert_strcmp_idx(
			str_c(dest),
			t_strdup_printf(
				"From: <postmaster@campus.example>\n"
				"To: <physics@campus.example>\n"
				"Subject: %s\n"
				"Date: Fri, 02 Jan 1970 00:00:00 +0000\n"
				"Message-ID: <1234@campus.example>\n"
				"Auto-Submitted: auto-generated\n"
				"MIME-Version: 1.0\n"
				"Content-Type: text/plain; charset=utf-8\n"
				"Content-Transfer-Encoding: 8bit\n\n%s",
				write_tests[i].subject, write_tests[i].body),
			i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = { test_check_text,
							test_write, NULL };

	/* the date is local */
	if (setenv("TZ", "UTC", 1) < 0)
		return 1;
	return test_run(test_functions);
}
