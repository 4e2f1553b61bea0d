/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of Dovecot's own rule for ACLs. */

#include "lib.h"
#include "test-common.h"
#include "acl-dovecot.h"

static const char *const groups[] = { "lab", "staff", NULL };

#define ALL "lrwstipekxa"

static const struct {
	struct acl_union_entry entries[4];
	unsigned int count;
	bool owner;
	unsigned int role;
	const char *rights;
} tests[] = {
#define GIVES .gives = TRUE, .given =
	{ { { 0 } }, 0, FALSE, 0, "" },
	{ { { 0 } }, 0, TRUE, 0, ALL },
	{ { { 0 } }, 0, FALSE, RIGHT_LOOKUP | RIGHT_READ, "lr" },
	/* a user's entry replaces those of groups and of all */
	{ { { .id = ACL_UNION_ANYONE, GIVES RIGHT_LOOKUP },
	    { .id = ACL_UNION_GROUP,
	      .name = "staff",
	      GIVES RIGHT_LOOKUP | RIGHT_READ | RIGHT_WRITE_SEEN },
	    { .id = ACL_UNION_USER,
	      .name = "bob",
	      GIVES RIGHT_LOOKUP | RIGHT_INSERT } },
	  3,
	  FALSE,
	  0,
	  "li" },
	/* groups add up */
	{ { { .id = ACL_UNION_GROUP, .name = "lab", GIVES RIGHT_LOOKUP },
	    { .id = ACL_UNION_GROUP, .name = "staff", GIVES RIGHT_READ } },
	  2,
	  FALSE,
	  0,
	  "lr" },
	/* the role's rights are replaced, too */
	{ { { .id = ACL_UNION_USER, .name = "bob", GIVES RIGHT_INSERT } },
	  1,
	  FALSE,
	  RIGHT_LOOKUP | RIGHT_READ,
	  "i" },
	/* an override beats the user's own */
	{ { { .id = ACL_UNION_USER, .name = "bob", GIVES RIGHT_SET_ALL },
	    { .id = ACL_UNION_GROUP,
	      .name = "staff",
	      .override = TRUE,
	      GIVES RIGHT_LOOKUP } },
	  2,
	  FALSE,
	  0,
	  "l" },
	/* local entries for the many are nothing to the owner */
	{ { { .id = ACL_UNION_ANYONE, .taken = RIGHT_READ } },
	  1,
	  TRUE,
	  0,
	  ALL },
	{ { { .id = ACL_UNION_ANYONE, .global = TRUE, GIVES RIGHT_LOOKUP } },
	  1,
	  TRUE,
	  0,
	  "l" },
	{ { { .id = ACL_UNION_OWNER, GIVES RIGHT_LOOKUP } }, 1, TRUE, 0, "l" },
	/* what a local entry takes a global one gives back */
	{ { { .id = ACL_UNION_USER,
	      .name = "bob",
	      GIVES RIGHT_LOOKUP | RIGHT_READ,
	      .taken = RIGHT_READ },
	    { .id = ACL_UNION_USER,
	      .name = "bob",
	      .global = TRUE,
	      GIVES RIGHT_READ } },
	  2,
	  FALSE,
	  0,
	  "r" },
	/* an entry that only takes leaves what was given */
	{ { { .id = ACL_UNION_GROUP,
	      .name = "staff",
	      GIVES RIGHT_LOOKUP | RIGHT_READ },
	    { .id = ACL_UNION_USER, .name = "bob", .taken = RIGHT_READ } },
	  2,
	  FALSE,
	  0,
	  "l" },
};

static void test_acl_dovecot_rights(void)
{
	test_begin("acl_dovecot_rights()");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		const struct acl_union_person person = {
			.user = tests[i].owner ? "physics" : "bob",
			.groups = groups,
			.owner = tests[i].owner,
			.role_rights = tests[i].role,
		};

		test_assert_strcmp_idx(
			right_set_letters(acl_dovecot_rights(
				tests[i].entries, tests[i].count, &person)),
			tests[i].rights, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = { test_acl_dovecot_rights,
							NULL };

	return test_run(test_functions);
}
