/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of acl-compare: who is given more by another ACL. */

#include "lib.h"
#include "test-common.h"
#include "acl-compare.h"

/* Two ACLs of abcd0001's, and who gets more from the second; NULL if nobody. */
static const struct {
	const char *from;
	const char *to;
	const char *id;
} widens_tests[] = {
	{ NULL, NULL, NULL },
	{ "", "", NULL },
	{ "user=abcd0002 lr\n", NULL, NULL },
	{ "user=abcd0002 lrs\n", "user=abcd0002 lr\n", NULL },
	{ "user=abcd0002 rl\n", "# bob\nuser=abcd0002 lr\n\n", NULL },
	{ NULL, "user=abcd0002 l\n", "user=abcd0002" },
	{ "user=abcd0002 lr\n", "user=abcd0002 lrs\n", "user=abcd0002" },
	{ "user=abcd0002 lr\n", "user=abcd0003 lr\n", "user=abcd0003" },
	{ "anyone l\n", "anyone lr\n", "anyone" },
	{ "anonymous l\n", "anyone l\n", NULL },
	/* the owner */
	{ NULL, "owner lrwstipekxa\nuser=abcd0001 lrwstipekxa\n", NULL },
	{ "owner l\n", "owner lrwstipekxa\n", NULL },
	/* names of rights */
	{ "anyone :lookup read\n", "anyone lr\n", NULL },
	{ "anyone lr\n", "anyone l :read\n", NULL },
	{ "anyone lr\n", "anyone lr :write-seen\n", "anyone" },
	{ "anyone lr\n", "anyone lr :fancy\n", "anyone" },
	{ "anyone lr\n", "anyone lrZ\n", "anyone" },
	/* quoted identifiers */
	{ "\"group=all staff\" lr\n", "\"group=all staff\" lr\n", NULL },
	{ "\"group=all staff\" lr\n", "\"group=all staff\" lri\n",
	  "group=all staff" },
	{ "group=all lr\n", "\"group=all staff\" lr\n", "group=all staff" },
	/* rights taken away */
	{ "anyone lr\n-user=abcd0002 r\n", "anyone lr\n", "user=abcd0002" },
	{ "anyone lr\n-user=abcd0002 r\n", "anyone lr\n-user=abcd0002 lr\n",
	  NULL },
	{ "-user=abcd0002 r\n", NULL, NULL },
	/* an entry of one's own replaces that of many */
	{ "anyone lr\nuser=abcd0002 l\n", "anyone lr\n", "user=abcd0002" },
	{ "anyone lr\nuser=abcd0002 lrs\n", "anyone lr\n", NULL },
	{ "user=abcd0002 l\nuser=abcd0003 lr\n", "user=abcd0003 lr\n", NULL },
};

static void test_acl_compare_widens(void)
{
	test_begin("acl_compare_widens()");
	for (unsigned int i = 0; i < N_ELEMENTS(widens_tests); i++) {
		const char *id;
		bool ret =
			acl_compare_widens(widens_tests[i].from,
					   widens_tests[i].to, "abcd0001", &id);

		test_assert_idx(ret == (widens_tests[i].id != NULL), i);
		if (ret && widens_tests[i].id != NULL)
			test_assert_strcmp_idx(id, widens_tests[i].id, i);
	}
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = { test_acl_compare_widens, NULL };

	return test_run(tests);
}
