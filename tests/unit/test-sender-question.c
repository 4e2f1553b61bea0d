/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of sender-question: a table. */

#include "lib.h"
#include "test-common.h"
#include "sender-question.h"

static const struct {
	/* address = NULL: no such question */
	const char *text, *person, *address;
} question_tests[] = {
	{ "abcd0001/physics@campus.example", "abcd0001",
	  "physics@campus.example" },
	{ "abcd0001/a/b@campus.example", "abcd0001", "a/b@campus.example" },
	{ "abcd0001@campus.example/physics", "abcd0001@campus.example",
	  "physics" },
	{ "a//", "a", "/" },
	{ "", NULL, NULL },
	{ "/", NULL, NULL },
	{ "abcd0001", NULL, NULL },
	{ "abcd0001/", NULL, NULL },
	{ "/physics@campus.example", NULL, NULL },
};

static void test_sender_question(void)
{
	const char *person, *address;

	test_begin("sender question");
	for (unsigned int i = 0; i < N_ELEMENTS(question_tests); i++) {
		const char *text = question_tests[i].text;
		int ret = sender_question_parse(text, &person, &address);

		if (question_tests[i].address == NULL) {
			test_assert_idx(ret < 0, i);
			continue;
		}
		test_assert_idx(ret == 0, i);
		test_assert_strcmp_idx(person, question_tests[i].person, i);
		test_assert_strcmp_idx(address, question_tests[i].address, i);
		test_assert_strcmp_idx(sender_question_text(person, address),
				       text, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = { test_sender_question,
							NULL };
	return test_run(test_functions);
}
