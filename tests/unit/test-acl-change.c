/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of acl-change: which changes of an entry are refused. */

#include "lib.h"
#include "test-common.h"
#include "acl-change.h"

#define E_ANYONE "everybody"
#define E_OWNER "owner keeps"
#define E_NAME "Name '"

#define UNION                                                                  \
	{                                                                      \
		.union_rule = TRUE                                             \
	}
#define OPEN                                                                   \
	{                                                                      \
		.union_rule = TRUE, .anyone = TRUE                             \
	}
/* Dovecot's own rule, in the mailbox of abcd0001 */
#define STOCK                                                                  \
	{                                                                      \
		.owner = "abcd0001"                                            \
	}

/* Rights are letters; "-" = no entry of that form. A part of the sentence, or
   NULL for what may be done. */
static const struct {
	enum acl_union_id id;
	const char *name, *given, *taken, *new_given, *new_taken;
	struct acl_change_rules rules;
	const char *error;
} change_tests[] = {
	{ ACL_UNION_USER, "abcd0002", "-", "-", "lr", "-", UNION, NULL },
	{ ACL_UNION_USER, "abcd0002", "lr", "-", "", "la", UNION, NULL },
	{ ACL_UNION_GROUP, "staff", "-", "-", "lr", "lr", UNION, NULL },
	/* names */
	{ ACL_UNION_USER, "ABCD0002", "-", "-", "lr", "-", UNION, E_NAME },
	{ ACL_UNION_USER, "group=a", "-", "-", "lr", "-", UNION, E_NAME },
	{ ACL_UNION_USER, "root", "-", "-", "-", "lr", UNION, E_NAME },
	{ ACL_UNION_GROUP, "a,b", "-", "-", "-", "l", UNION, E_NAME },
	{ ACL_UNION_GROUP, "owner", "l", "-", "lr", "-", UNION, E_NAME },
	{ ACL_UNION_GROUP, "owner", "lr", "-", "l", "-", UNION, NULL },
	{ ACL_UNION_GROUP, "owner", "lr", "lr", "-", "-", UNION, NULL },
	{ ACL_UNION_GROUP, "a,b", "-", "-", "-", "l", STOCK, E_NAME },
	/* everybody */
	{ ACL_UNION_ANYONE, NULL, "-", "-", "p", "-", UNION, E_ANYONE },
	{ ACL_UNION_ANYONE, NULL, "-", "-", "lr", "-", STOCK, E_ANYONE },
	{ ACL_UNION_ANYONE, NULL, "l", "-", "lr", "-", UNION, E_ANYONE },
	{ ACL_UNION_ANYONE, NULL, "lr", "-", "l", "-", UNION, NULL },
	{ ACL_UNION_ANYONE, NULL, "lr", "-", "-", "-", UNION, NULL },
	{ ACL_UNION_ANYONE, NULL, "-", "-", "", "-", UNION, NULL },
	{ ACL_UNION_ANYONE, NULL, "-", "-", "-", "lr", UNION, NULL },
	{ ACL_UNION_ANYONE, NULL, "-", "-", "lr", "-", OPEN, NULL },
	{ ACL_UNION_AUTHENTICATED, NULL, "-", "-", "l", "-", UNION, E_ANYONE },
	{ ACL_UNION_AUTHENTICATED, NULL, "-", "-", "l", "-", OPEN, NULL },
	/* the owner */
	{ ACL_UNION_OWNER, NULL, "-", "-", "la", "-", UNION, NULL },
	{ ACL_UNION_OWNER, NULL, "-", "-", "lr", "-", UNION, E_OWNER },
	{ ACL_UNION_OWNER, NULL, "-", "-", "ra", "-", UNION, E_OWNER },
	{ ACL_UNION_OWNER, NULL, "-", "-", "", "-", UNION, E_OWNER },
	{ ACL_UNION_OWNER, NULL, "lra", "-", "lr", "-", OPEN, E_OWNER },
	{ ACL_UNION_OWNER, NULL, "lr", "-", "lrw", "-", UNION, E_OWNER },
	{ ACL_UNION_OWNER, NULL, "lr", "-", "lra", "-", UNION, NULL },
	{ ACL_UNION_OWNER, NULL, "lr", "-", "lr", "w", UNION, NULL },
	{ ACL_UNION_OWNER, NULL, "lr", "-", "-", "-", UNION, NULL },
	{ ACL_UNION_OWNER, NULL, "-", "-", "-", "l", UNION, E_OWNER },
	{ ACL_UNION_OWNER, NULL, "-", "-", "-", "wa", STOCK, E_OWNER },
	{ ACL_UNION_OWNER, NULL, "-", "-", "-", "w", UNION, NULL },
	{ ACL_UNION_OWNER, NULL, "-", "la", "-", "wla", UNION, NULL },
	/* an entry of the owner's name */
	{ ACL_UNION_USER, "abcd0001", "-", "-", "lr", "-", UNION, NULL },
	{ ACL_UNION_USER, "abcd0001", "-", "-", "lr", "-", STOCK, E_OWNER },
	{ ACL_UNION_USER, "abcd0001", "-", "-", "-", "a", STOCK, E_OWNER },
	{ ACL_UNION_USER, "abcd0001", "-", "-", "lra", "-", STOCK, NULL },
	{ ACL_UNION_USER, "abcd0002", "-", "-", "lr", "-", STOCK, NULL },
};

static unsigned int letters(const char *text)
{
	unsigned int rights = 0;
	const char *error;

	if (strcmp(text, "-") != 0)
		test_assert(right_set_from_letters(text, &rights, &error) == 0);
	return rights;
}

static struct acl_union_entry entry(unsigned int i, const char *given,
				    const char *taken)
{
	return (struct acl_union_entry){
		.id = change_tests[i].id,
		.name = change_tests[i].name,
		.given = letters(given),
		.taken = letters(taken),
		.gives = strcmp(given, "-") != 0,
	};
}

static void test_acl_change_check(void)
{
	test_begin("acl_change_check()");
	for (unsigned int i = 0; i < N_ELEMENTS(change_tests); i++) {
		struct acl_union_entry before =
			entry(i, change_tests[i].given, change_tests[i].taken);
		struct acl_union_entry after =
			entry(i, change_tests[i].new_given,
			      change_tests[i].new_taken);
		const char *error = NULL;
		int ret = acl_change_check(&before, &after,
					   &change_tests[i].rules, &error);

		if (change_tests[i].error == NULL)
			test_assert_idx(ret == 0, i);
		else {
			test_assert_idx(
				ret < 0 && error != NULL &&
					strstr(error, change_tests[i].error) !=
						NULL,
				i);
		}
	}
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = { test_acl_change_check, NULL };

	return test_run(tests);
}
