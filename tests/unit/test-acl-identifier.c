/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of acl-identifier: text, what it means, and back. */

#include "lib.h"
#include "test-common.h"
#include "acl-identifier.h"

#define LONG_NAME                                                              \
	"0123456789012345678901234567890123456789012345678901234567890123"
#define TOO_LONG LONG_NAME LONG_NAME LONG_NAME LONG_NAME

#define USER ACL_UNION_USER, FALSE
#define GROUP ACL_UNION_GROUP, FALSE
#define OVERRIDE ACL_UNION_GROUP, TRUE
#define OWNER ACL_UNION_OWNER, FALSE
#define ANYONE ACL_UNION_ANYONE, FALSE
#define AUTHENTICATED ACL_UNION_AUTHENTICATED, FALSE

/* text: how it is written back; checked: the name that rights can be given to,
   NULL if none can */
static const struct {
	const char *in;
	enum acl_union_id id;
	bool override;
	const char *name, *text, *checked;
} identifier_tests[] = {
	{ "abcd0001", USER, "abcd0001", "abcd0001", "abcd0001" },
	{ "user=abcd0001", USER, "abcd0001", "abcd0001", "abcd0001" },
	{ "a@campus.example", USER, "a@campus.example", "a@campus.example",
	  "a@campus.example" },
	{ "group=staff", GROUP, "staff", "group=staff", "staff" },
	{ "$staff", GROUP, "staff", "group=staff", "staff" },
	{ "group-override=staff", OVERRIDE, "staff", "group-override=staff",
	  "staff" },
	{ "!$staff", OVERRIDE, "staff", "group-override=staff", "staff" },
	{ "owner", OWNER, NULL, "owner", NULL },
	{ "anyone", ANYONE, NULL, "anyone", NULL },
	{ "anonymous", ANYONE, NULL, "anyone", NULL },
	{ "authenticated", AUTHENTICATED, NULL, "authenticated", NULL },
	/* a user has small letters */
	{ "ABCD0001", USER, "ABCD0001", "user=ABCD0001", "abcd0001" },
	{ "group=Staff", GROUP, "Staff", "group=Staff", "staff" },
	/* what can be nobody's name */
	{ "Anyone", USER, "Anyone", "user=Anyone", NULL },
	{ "OWNER", USER, "OWNER", "user=OWNER", NULL },
	{ "administrators", USER, "administrators", "user=administrators",
	  NULL },
	{ "root", USER, "root", "user=root", NULL },
	{ "dovecot", USER, "dovecot", "user=dovecot", NULL },
	{ "user=anyone", USER, "anyone", "user=anyone", NULL },
	{ "user=owner", USER, "owner", "user=owner", NULL },
	{ "group=owner", GROUP, "owner", "group=owner", NULL },
	{ "group=administrators", GROUP, "administrators",
	  "group=administrators", NULL },
	{ "$anyone", GROUP, "anyone", "group=anyone", NULL },
	{ "user=group=staff", USER, "group=staff", "user=group=staff", NULL },
	{ "user=$staff", USER, "$staff", "user=$staff", NULL },
	{ "user=-abcd0001", USER, "-abcd0001", "user=-abcd0001", NULL },
	{ "user=user=a", USER, "user=a", "user=user=a", NULL },
	{ "group=group=a", GROUP, "group=a", "group=group=a", NULL },
	{ "GROUP=staff", USER, "GROUP=staff", "user=GROUP=staff", NULL },
	{ "!staff", USER, "!staff", "user=!staff", NULL },
	{ "a b", USER, "a b", "user=a b", NULL },
	{ "group=a,b", GROUP, "a,b", "group=a,b", NULL },
	{ "ren\xc3\xa9", USER, "ren\xc3\xa9", "user=ren\xc3\xa9", NULL },
	/* one more than a name may have */
	{ LONG_NAME "4", USER, LONG_NAME "4", "user=" LONG_NAME "4", NULL },
};

static const char *const refused_tests[] = {
	"",	  "user=",
	"group=", "group-override=",
	"$",	  "!$",
	"#",	  "#anyone",
	"#owner", "a\nb",
	"a\rb",	  "group=a\nanyone lr",
	"a\tb",	  "a\177",
	"a\xff",  "group=\xc3",
	TOO_LONG, "group=" TOO_LONG,
};

static void test_acl_identifier_text(void)
{
	test_begin("acl_identifier_from_text(), acl_identifier_text()");
	for (unsigned int i = 0; i < N_ELEMENTS(identifier_tests); i++) {
		struct acl_identifier id;
		const char *error = NULL;

		for (unsigned int negative = 0; negative < 2; negative++) {
			const char *sign = negative != 0 ? "-" : "";
			const char *in =
				t_strconcat(sign, identifier_tests[i].in, NULL);

			test_assert_idx(
				acl_identifier_from_text(in, &id, &error) == 0,
				i);
			test_assert_idx(id.negative == (negative != 0), i);
			test_assert_idx(id.id == identifier_tests[i].id, i);
			test_assert_idx(
				id.override == identifier_tests[i].override, i);
			test_assert_idx(null_strcmp(id.name,
						    identifier_tests[i].name) ==
						0,
					i);
			test_assert_strcmp_idx(
				acl_identifier_text(&id),
				t_strconcat(sign, identifier_tests[i].text,
					    NULL),
				i);
		}
		if (id.name == NULL) {
			test_assert_idx(acl_identifier_check(&id, &error) == 0,
					i);
		} else if (identifier_tests[i].checked != NULL) {
			test_assert_idx(acl_identifier_check(&id, &error) == 0,
					i);
			test_assert_strcmp_idx(id.name,
					       identifier_tests[i].checked, i);
		} else {
			test_assert_idx(acl_identifier_check(&id, &error) < 0 &&
						error != NULL,
					i);
		}
	}
	test_end();
}

static void test_acl_identifier_refused(void)
{
	struct acl_identifier id;

	test_begin("acl_identifier_from_text(), refused");
	for (unsigned int i = 0; i < N_ELEMENTS(refused_tests); i++) {
		const char *error = NULL;
		const char *negative = t_strconcat("-", refused_tests[i], NULL);

		test_assert_idx(acl_identifier_from_text(refused_tests[i], &id,
							 &error) < 0 &&
					error != NULL,
				i);
		error = NULL;
		test_assert_idx(
			acl_identifier_from_text(negative, &id, &error) < 0 &&
				error != NULL,
			i);
	}
	test_end();
}

int main(void)
{
	static void (*const tests[])(void) = { test_acl_identifier_text,
					       test_acl_identifier_refused,
					       NULL };

	return test_run(tests);
}
