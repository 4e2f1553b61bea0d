/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of sieve-folders: folders are told from other strings. */

#include "lib.h"
#include "test-common.h"
#include "sieve-folders.h"

/* A script, and the folders that it names, with commas between. */
static const struct {
	const char *script;
	const char *names;
} find_tests[] = {
	{ "", "" },
	{ "keep;", "" },
	{ "fileinto \"Sent\";", "Sent" },
	{ "FileInto :copy\r\n\t\"Sent/2024\";", "Sent/2024" },
	{ "fileinto :flags \"\\\\Seen\" \"Sent\";", "\\Seen,Sent" },
	{ "if header :contains \"subject\" \"Trash\" { keep; }", "" },
	{ "if mailboxexists \"Trash\" { fileinto \"Spam\"; }", "Trash,Spam" },
	{ "if mailboxexists [\"Trash\", \"Bin\"] { stop; }", "Trash,Bin" },
	{ "if not allof(mailboxexists \"Trash\", header \"x\" \"Bin\") {}",
	  "Trash" },
	{ "# fileinto \"Sent\";\nkeep;", "" },
	{ "/* fileinto \"Sent\"; */ keep;", "" },
	{ "redirect \"fileinto \\\"Sent\\\";\";", "" },
	{ "fileinto \"a \\\"b\\\" \\\\ c\";", "a \"b\" \\ c" },
	{ "vacation text:\nfileinto \"Sent\";\n.\n; fileinto \"Bin\";", "Bin" },
	{ "fileinto \"Gel\xc3\xb6schte Elemente\";",
	  "Gel\xc3\xb6schte Elemente" },
	{ "fileinto \"Sent", "Sent" },
	{ "fileinto \"Sent\\", "Sent\\" },
	{ "/*", "" },
	{ "text:", "" },
};

static void test_sieve_folders_find(void)
{
	test_begin("sieve_folders_find()");
	for (unsigned int i = 0; i < N_ELEMENTS(find_tests); i++) {
		ARRAY_TYPE(const_string) names;

		t_array_init(&names, 4);
		sieve_folders_find(pool_datastack_create(),
				   find_tests[i].script, &names);
		array_append_zero(&names);
		test_assert_strcmp_idx(
			t_strarray_join(array_front(&names), ","),
			find_tests[i].names, i);
	}
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = { test_sieve_folders_find, NULL };

	return test_run(tests);
}
