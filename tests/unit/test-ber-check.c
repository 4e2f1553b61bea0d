/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What counts as a sound LDAP result, and what does not. */

#include "lib.h"
#include "ber-check.h"
#include "test-common.h"

struct check_test {
	const char *data;
	size_t size;
	bool sound;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct check_test result_tests[] = {
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x00"), TRUE },
	{ BYTES("\x0a\x01\x31\x04\x00\x04\x03"
		"bad"),
	  TRUE },
	{ BYTES("\x0a\x04\x00\x00\x10\x00\x04\x00\x04\x00"), TRUE },
	/* lengths may be longer than they must */
	{ BYTES("\x0a\x81\x01\x00\x04\x84\x00\x00\x00\x00\x04\x00"), TRUE },
	/* referral, credentials, name */
	{ BYTES("\x0a\x01\x0a\x04\x00\x04\x00\xa3\x03\x04\x01"
		"x"),
	  TRUE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x00\x87\x00\x8a\x01"
		"1"),
	  TRUE },

	{ BYTES(""), FALSE },
	/* no code, an empty one, one of five bytes, another type */
	{ BYTES("\x04\x00\x04\x00"), FALSE },
	{ BYTES("\x0a\x00\x04\x00\x04\x00"), FALSE },
	{ BYTES("\x0a\x05\x00\x00\x00\x00\x00\x04\x00\x04\x00"), FALSE },
	{ BYTES("\x02\x01\x00\x04\x00\x04\x00"), FALSE },
	/* a text is missing */
	{ BYTES("\x0a\x01\x00"), FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00"), FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04"), FALSE },
	/* lengths that lie, have no end, or are no lengths */
	{ BYTES("\x0a\x01\x00\x04\x01\x04\x00"), FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x7f"
		"x"),
	  FALSE },
	{ BYTES("\x0a\x01\x00\x04\x80\x00\x00\x04\x00"), FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x84\xff\xff\xff\xff"
		"x"),
	  FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x88\x00\x00\x00\x00\x00\x00\x00\x00"),
	  FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x82\x00"), FALSE },
	/* what follows is not whole, or has a tag of two bytes */
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x00\x00"), FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x00\xa3\x05"
		"x"),
	  FALSE },
	{ BYTES("\x0a\x01\x00\x04\x00\x04\x00\x9f\x81\x00"), FALSE },
};

static const struct check_test control_tests[] = {
	{ BYTES(""), TRUE },
	{ BYTES("\x30\x03\x04\x01"
		"1"),
	  TRUE },
	{ BYTES("\x30\x06\x04\x01"
		"1\x01\x01\xff"),
	  TRUE },
	{ BYTES("\x30\x06\x04\x01"
		"1\x04\x01"
		"v"),
	  TRUE },
	{ BYTES("\x30\x09\x04\x01"
		"1\x01\x01\xff\x04\x01"
		"v\x30\x03\x04\x01"
		"2"),
	  TRUE },

	{ BYTES("\xff\xff\xff"), FALSE },
	{ BYTES("\x30\x00"), FALSE },
	{ BYTES("\x30\x02\x04\x00"), FALSE },
	{ BYTES("\x30\x03\x01\x01\xff"), FALSE },
	{ BYTES("\x04\x01"
		"1"),
	  FALSE },
	{ BYTES("\x30\x05\x04\x01"
		"1\x01\x00"),
	  FALSE },
	/* in the wrong order, twice, something else */
	{ BYTES("\x30\x09\x04\x01"
		"1\x04\x01"
		"v\x01\x01\xff"),
	  FALSE },
	{ BYTES("\x30\x07\x04\x01"
		"1\x04\x00\x04\x00"),
	  FALSE },
	{ BYTES("\x30\x05\x04\x01"
		"1\x05\x00"),
	  FALSE },
	{ BYTES("\x30\x7f\x01"), FALSE },
	{ BYTES("\x30\x03\x04\x01"
		"1\x00"),
	  FALSE },
};

static void test_ber_check_result(void)
{
	test_begin("ber_check_result()");
	for (unsigned int i = 0; i < N_ELEMENTS(result_tests); i++) {
		const struct check_test *test = &result_tests[i];

		test_assert_idx(ber_check_result(test->data, test->size) ==
					test->sound,
				i);
	}
	test_end();
}

static void test_ber_check_controls(void)
{
	test_begin("ber_check_controls()");
	for (unsigned int i = 0; i < N_ELEMENTS(control_tests); i++) {
		const struct check_test *test = &control_tests[i];

		test_assert_idx(ber_check_controls(test->data, test->size) ==
					test->sound,
				i);
	}
	test_end();
}

/* Every beginning of a sound result is none, and nothing behind it is read:
   the copy is as short as it is, for valgrind. */
static void test_ber_check_cut(void)
{
	const struct check_test *test = &result_tests[1];

	test_begin("ber_check_result() of a cut one");
	for (size_t size = 0; size < test->size; size++) {
		void *copy = i_malloc(I_MAX(size, 1));

		memcpy(copy, test->data, size);
		test_assert_idx(!ber_check_result(copy, size), size);
		i_free(copy);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_ber_check_result,
		test_ber_check_controls,
		test_ber_check_cut,
		NULL,
	};
	return test_run(test_functions);
}
