/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of groups' names: which entries have one, and how they are listed. */

#include "lib.h"
#include "array.h"
#include "test-common.h"
#include "directory-group.h"

#define TEST_DN "cn=x,ou=groups,dc=campus,dc=example"
#define E_MISSING                                                              \
	"Group '" TEST_DN "' is malformed: its attribute cn is missing (or "   \
	"may not be read)"
#define E_IGNORED(why)                                                         \
	"Group '" TEST_DN "' is no group in ACLs: its attribute cn cannot "    \
	"name one: " why
#define E_UNUSABLE(value)                                                      \
	E_IGNORED("Name '" value "' is not usable: it must be a letter or "    \
		  "digit and at most 63 more of a-z, 0-9, "                    \
		  "'.', '_' and '-', with at most one @domain "                \
		  "of the same letters")

static const char *const reserved_two[] = { "campus", "campus.example", NULL };

static const struct {
	const char *attribute;
	/* up to the first NULL */
	const char *values[4];
	/* NULL = malformed */
	const char *names;
	const char *ignored;
} name_tests[] = {
	{ "cn", { "staff" }, "staff", NULL },
	{ "CN", { "staff" }, "staff", NULL },
	{ "cn", { "Staff-2.b_c" }, "staff-2.b_c", NULL },
	{ "cn", { "staff@dept.example" }, "staff@dept.example", NULL },
	/* a group of several names is known by each */
	{ "cn", { "staff", "Angestellte" }, "angestellte,staff", NULL },
	{ "cn", { "staff", "STAFF" }, "staff", NULL },
	{ "cn",
	  { "staff", "the staff", "my staff" },
	  "staff",
	  E_UNUSABLE("the staff") },
	{ "cn", { "the staff", "staff" }, "staff", E_UNUSABLE("the staff") },
	{ "cn", { "a,b" }, "", E_UNUSABLE("a,b") },
	{ "cn", { "a%{b}" }, "", E_UNUSABLE("a%{b}") },
	{ "cn", { "a\tb" }, "", E_UNUSABLE("a\\x09b") },
	{ "cn", { "" }, "", E_UNUSABLE("") },
	{ "cn", { "Owner" }, "", E_IGNORED("Name 'owner' is reserved") },
	{ "cn",
	  { "Campus" },
	  "",
	  E_IGNORED("Name 'campus' is the name of a configured domain") },
	{ "ou", { "staff" }, NULL, NULL },
	{ "cn", { NULL }, NULL, NULL },
};

static void test_directory_group_names(void)
{
	pool_t pool = pool_alloconly_create("test", 1024);

	test_begin("directory_group_names()");
	for (unsigned int i = 0; i < N_ELEMENTS(name_tests); i++) {
		struct directory_entry *entry =
			directory_entry_create(pool, TEST_DN);
		const char *const *value = name_tests[i].values;
		const char *ignored = "", *error = NULL;
		ARRAY_TYPE(const_string) names;
		int ret;

		for (; *value != NULL; value++)
			directory_entry_add(pool, entry,
					    name_tests[i].attribute, *value,
					    strlen(*value));
		p_array_init(&names, pool, 1);
		ret = directory_group_names(pool, entry, "cn", reserved_two,
					    &names, &ignored, &error);
		test_assert_strcmp_idx(ignored, name_tests[i].ignored, i);
		if (name_tests[i].names == NULL) {
			test_assert_idx(ret == -1, i);
			test_assert_strcmp_idx(error, E_MISSING, i);
		} else {
			test_assert_idx(ret == 0, i);
			test_assert_strcmp_idx(directory_group_list(&names),
					       name_tests[i].names, i);
		}
	}
	pool_unref(&pool);
	test_end();
}

static void test_directory_group_list(void)
{
	static const char *const unsorted[] = { "b", "a-b", "b", "a", "b.c" };
	ARRAY_TYPE(const_string) names;

	test_begin("directory_group_list()");
	t_array_init(&names, 8);
	test_assert_strcmp(directory_group_list(&names), "");
	array_append(&names, unsorted, N_ELEMENTS(unsorted));
	test_assert_strcmp(directory_group_list(&names), "a,a-b,b,b.c");
	/* the caller's array stays as it was */
	test_assert_strcmp(array_idx_elem(&names, 0), "b");
	test_end();
}

static const struct {
	const char *dn, *base;
	bool below;
} below_tests[] = {
	{ "cn=x,ou=groups,dc=example", "ou=groups,dc=example", TRUE },
	{ "cn=x,ou=y,ou=groups,dc=example", "ou=groups,dc=example", TRUE },
	{ "CN=x,OU=Groups,DC=Example", "ou=groups,dc=example", TRUE },
	{ "cn=x, ou=groups, dc=example", "ou=groups,dc=example", TRUE },
	{ "cn=x,ou=groups,dc=example", "ou = groups, dc=example", TRUE },
	{ "ou=groups,dc=example", "ou=groups,dc=example", FALSE },
	{ "cn=x,ou=mygroups,dc=example", "groups,dc=example", FALSE },
	{ "cn=x,ou=people,dc=example", "ou=groups,dc=example", FALSE },
	{ "dc=example", "ou=groups,dc=example", FALSE },
	{ "", "ou=groups,dc=example", FALSE },
};

static void test_directory_group_is_below(void)
{
	test_begin("directory_group_is_below()");
	for (unsigned int i = 0; i < N_ELEMENTS(below_tests); i++) {
		test_assert_idx(directory_group_is_below(below_tests[i].dn,
							 below_tests[i].base) ==
					below_tests[i].below,
				i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_directory_group_names,
		test_directory_group_list,
		test_directory_group_is_below,
		NULL,
	};
	return test_run(test_functions);
}
