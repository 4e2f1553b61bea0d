/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of the union of rights: a table, and a model that asks right by right.
 */

#include "lib.h"
#include "array.h"
#include "test-common.h"
#include "acl-union.h"

#define MODEL_SETS 1000000

static const char *const staff[] = { "physics-staff", "staff", NULL };

/* Entries are written as in dovecot-acl; "#" before one makes it global. */
static const struct {
	const char *entries[6];
	const char *user;
	const char *const *groups;
	bool owner;
	const char *role, *rights;
} union_tests[] = {
	/* nobody is named */
	{ { NULL }, "bob", NULL, FALSE, "", "" },
	{ { NULL }, "physics", NULL, TRUE, "", "lrwstipekxa" },
	{ { NULL }, "bob", NULL, FALSE, "lr", "lr" },
	/* each identifier by itself */
	{ { "user=bob lr" }, "bob", NULL, FALSE, "", "lr" },
	{ { "user=bob lr" }, "carol", NULL, FALSE, "", "" },
	{ { "user=bob lr" }, "Bob", NULL, FALSE, "", "" },
	{ { "group=staff lr" }, "bob", staff, FALSE, "", "lr" },
	{ { "group=staff lr" }, "bob", NULL, FALSE, "", "" },
	{ { "group=staff lr" }, "staff", NULL, FALSE, "", "" },
	{ { "user=staff lr" }, "bob", staff, FALSE, "", "" },
	{ { "anyone lr" }, "bob", NULL, FALSE, "", "lr" },
	{ { "anyone lr" }, NULL, NULL, FALSE, "", "lr" },
	{ { "authenticated lr" }, "bob", NULL, FALSE, "", "lr" },
	{ { "authenticated lr" }, NULL, NULL, FALSE, "", "" },
	{ { "user=bob lr" }, NULL, NULL, FALSE, "", "" },
	{ { "owner lr" }, "bob", NULL, FALSE, "", "" },
	/* the sum of all, minus the sum of all negative ones */
	{ { "group=staff lrs", "user=bob li", "anyone l", "-group=legal s" },
	  "bob",
	  staff,
	  FALSE,
	  "",
	  "lrsi" },
	{ { "user=bob lrs", "-anyone s" }, "bob", NULL, FALSE, "", "lr" },
	{ { "user=bob lr", "-user=bob r" }, "bob", NULL, FALSE, "", "l" },
	{ { "user=bob lr", "-user=carol r" }, "bob", NULL, FALSE, "", "lr" },
	{ { "group=staff lr", "group=physics-staff i", "-group=staff l" },
	  "bob",
	  staff,
	  FALSE,
	  "",
	  "ri" },
	{ { "-anyone lrwstipekxa" }, "bob", NULL, FALSE, "lr", "" },
	/* roles: entries add, negative ones take away */
	{ { "user=bob i" }, "bob", NULL, FALSE, "lr", "lri" },
	{ { "-user=bob r" }, "bob", NULL, FALSE, "lr", "l" },
	{ { "user=bob l" }, "bob", NULL, FALSE, "lr", "lr" },
	/* the owner: nobody locks himself out */
	{ { "-owner lra" }, "physics", NULL, TRUE, "", "lwstipekxa" },
	{ { "-anyone lrwstipekxa" }, "physics", NULL, TRUE, "", "la" },
	{ { "owner lr" }, "physics", NULL, TRUE, "", "lra" },
	{ { "owner " }, "physics", NULL, TRUE, "", "la" },
	{ { "owner lr", "user=alice i" }, "alice", NULL, TRUE, "", "lria" },
	{ { "user=physics lr" }, "physics", NULL, TRUE, "", "lrwstipekxa" },
	/* the administrator's word is final */
	{ { "#-owner la" }, "physics", NULL, TRUE, "", "rwstipekx" },
	{ { "#-anyone r", "user=bob lr" }, "bob", NULL, FALSE, "", "l" },
	{ { "#user=bob r", "-user=bob r" }, "bob", NULL, FALSE, "", "" },
	{ { "#anyone l", "user=bob r" }, "bob", NULL, FALSE, "", "lr" },
	{ { "#owner lr" }, "physics", NULL, TRUE, "", "lrwstipekxa" },
	/* a group that cannot be one */
	{ { "user=bob lr", "-group=Staff r" }, "bob", NULL, FALSE, "", "" },
	{ { "user=bob lr", "-group=a,b r" }, "bob", NULL, FALSE, "lr", "" },
	{ { "user=bob lr", "-group=owner r" }, "bob", NULL, FALSE, "", "" },
	{ { "-group=a\nb r" }, "physics", NULL, TRUE, "", "la" },
	{ { "#-group=a,b r" }, "physics", NULL, TRUE, "", "" },
	{ { "user=bob lr", "group=a,b i" }, "bob", NULL, FALSE, "", "lr" },
};

static unsigned int letters(const char *text)
{
	unsigned int rights = 0;

	for (; *text != '\0'; text++)
		rights |= right_from_letter(*text);
	test_assert((rights & RIGHT_UNKNOWN) == 0);
	return rights;
}

static void entry_parse(const char *text, struct acl_union_entry *entry_r)
{
	const char *rights = strrchr(text, ' ');
	const char *id;
	bool taken;

	i_zero(entry_r);
	if ((entry_r->global = *text == '#'))
		text++;
	if ((taken = *text == '-'))
		text++;
	if (taken)
		entry_r->taken = letters(rights + 1);
	else {
		entry_r->given = letters(rights + 1);
		entry_r->gives = TRUE;
	}
	id = t_strdup_until(text, rights);
	entry_r->name = strchr(id, '=');
	if (entry_r->name != NULL)
		entry_r->name++;
	if (strcmp(id, "anyone") == 0)
		entry_r->id = ACL_UNION_ANYONE;
	else if (strcmp(id, "authenticated") == 0)
		entry_r->id = ACL_UNION_AUTHENTICATED;
	else if (strcmp(id, "owner") == 0)
		entry_r->id = ACL_UNION_OWNER;
	else
		entry_r->id = *id == 'u' ? ACL_UNION_USER : ACL_UNION_GROUP;
}

static void test_acl_union_rights(void)
{
	test_begin("acl_union_rights()");
	for (unsigned int i = 0; i < N_ELEMENTS(union_tests); i++) {
		struct acl_union_entry entries[6];
		struct acl_union_person person = {
			.user = union_tests[i].user,
			.groups = union_tests[i].groups,
			.owner = union_tests[i].owner,
			.role_rights = letters(union_tests[i].role),
		};
		unsigned int count = 0;

		for (; union_tests[i].entries[count] != NULL; count++) {
			entry_parse(union_tests[i].entries[count],
				    &entries[count]);
		}
		test_assert_strcmp_idx(right_set_letters(acl_union_rights(
					       entries, count, &person)),
				       union_tests[i].rights, i);
	}
	test_end();
}

/* The model: does the person have this one right? Numbers stand for names. */
struct model_entry {
	unsigned int id, name, given, taken;
	bool gives, global;
};

static bool model_means(const struct model_entry *entry, unsigned int user,
			unsigned int groups, bool owner)
{
	return entry->id == 0 || (entry->id == 1 && user != 0) ||
	       (entry->id == 2 && (groups & 1U << entry->name) != 0) ||
	       (entry->id == 3 && owner) ||
	       (entry->id == 4 && user == entry->name);
}

static bool model_has(const struct model_entry *entries, unsigned int count,
		      unsigned int user, unsigned int groups, bool owner,
		      unsigned int role, unsigned int right)
{
	bool has = (role & right) != 0, all = owner, local = FALSE;
	bool global = FALSE;

	for (unsigned int i = 0; i < count; i++) {
		if (!model_means(&entries[i], user, groups, owner))
			continue;
		has = has || (entries[i].given & right) != 0;
		if (entries[i].id == 3 && entries[i].gives &&
		    !entries[i].global)
			all = FALSE;
		if ((entries[i].taken & right) == 0)
			continue;
		if (entries[i].global)
			global = TRUE;
		else
			local = TRUE;
	}
	if (global)
		return FALSE;
	if (owner && strchr("la", right_set_letters(right)[0]) != NULL)
		return TRUE;
	return (has || all) && !local;
}

/* xorshift, so that a failure comes again */
static unsigned int model_random(unsigned int limit)
{
	static uint32_t state = 20261124;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

static void test_acl_union_model(void)
{
	static const char *const names[] = { "none", "staff", "bob", "carol" };

	test_begin("acl_union_rights() against a model");
	for (unsigned int i = 0; i < MODEL_SETS && !test_has_failed(); i++)
		T_BEGIN
		{
			struct acl_union_entry entries[5];
			struct model_entry model[5];
			const char *groups[N_ELEMENTS(names) + 1];
			unsigned int count = model_random(6), n = 0;
			unsigned int user = model_random(4);
			unsigned int member = model_random(16);
			struct acl_union_person person = {
				.user = user == 0 ? NULL : names[user],
				.groups = groups,
				.owner = model_random(2) == 1,
				.role_rights = model_random(RIGHT_SET_ALL + 1),
			};
			unsigned int rights, expected = 0;

			for (unsigned int j = 0; j < N_ELEMENTS(names); j++) {
				if ((member & 1U << j) != 0)
					groups[n++] = names[j];
			}
			groups[n] = NULL;
			for (unsigned int j = 0; j < count; j++) {
				struct model_entry *entry = &model[j];

				entry->id = model_random(5);
				entry->name = 1 + model_random(3);
				entry->gives = model_random(2) == 1;
				entry->given =
					entry->gives ?
						model_random(RIGHT_SET_ALL +
							     1) :
						0;
				entry->taken =
					model_random(3) == 0 ?
						model_random(RIGHT_SET_ALL +
							     1) :
						0;
				entry->global = model_random(3) == 0;
				entries[j] = (struct acl_union_entry){
					.id = (enum acl_union_id)entry->id,
					.name = names[entry->name],
					.given = entry->given,
					.taken = entry->taken,
					.gives = entry->gives,
					.global = entry->global,
				};
			}
			rights = acl_union_rights(entries, count, &person);
			for (unsigned int right = 1; right < RIGHT_SET_ALL;
			     right <<= 1) {
				if (model_has(model, count, user, member,
					      person.owner, person.role_rights,
					      right))
					expected |= right;
			}
			test_assert_ucmp(rights, ==, expected);
		}
	T_END;
	test_end();
}

static void test_right_set(void)
{
	unsigned int rights;
	const char *error;

	test_begin("right_set_letters(), right_set_names()");
	test_assert_strcmp(right_set_letters(RIGHT_SET_ALL), "lrwstipekxa");
	test_assert_strcmp(right_set_letters(0), "");
	test_assert_strcmp(
		t_strarray_join(right_set_names(RIGHT_LOOKUP | RIGHT_ADMIN),
				" "),
		"lookup admin");
	test_assert(right_set_names(0)[0] == NULL);
	test_assert(right_from_letter('z') == RIGHT_UNKNOWN);
	test_assert(right_from_letter('\0') == RIGHT_UNKNOWN);
	test_assert(right_from_name("owner") == RIGHT_UNKNOWN);
	test_assert(right_set_from_letters("alr", &rights, &error) == 0);
	test_assert_strcmp(right_set_letters(rights), "lra");
	test_assert(right_set_from_letters("cd", &rights, &error) == 0);
	test_assert_strcmp(right_set_letters(rights), "tekx");
	test_assert(right_set_from_letters("", &rights, &error) == 0 &&
		    rights == 0);
	test_assert(right_set_from_letters("lrz", &rights, &error) < 0);
	test_assert_strcmp(error, "There is no right 'z'");
	test_assert(right_set_from_letters("\xc3\xa9", &rights, &error) < 0);
	test_assert_strcmp(error, "There is no right '\\xc3'");
	for (unsigned int i = 0; i < RIGHT_COUNT; i++) {
		unsigned int right = 1U << i;

		test_assert_idx(
			right_from_letter(right_set_letters(right)[0]) == right,
			i);
		test_assert_idx(
			right_from_name(right_set_names(right)[0]) == right, i);
	}
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = { test_acl_union_rights,
					       test_acl_union_model,
					       test_right_set, NULL };

	return test_run(tests);
}
