/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of the roles' protocols: the settings and what they allow. */

#include "lib.h"
#include "test-common.h"
#include "project-role.h"
#include "right-set.h"

static void test_project_role_name(void)
{
	test_begin("project role: names");
	test_assert_strcmp(project_role_name(PROJECT_ROLE_NONE), "none");
	test_assert_strcmp(project_role_name(PROJECT_ROLE_READER), "reader");
	test_assert_strcmp(project_role_name(PROJECT_ROLE_MEMBER), "member");
	test_assert_strcmp(project_role_name(PROJECT_ROLE_OWNER), "owner");
	for (unsigned int i = 0; i < PROJECT_ROLE_COUNT; i++) {
		enum project_role role;

		test_assert_idx(project_role_from_name(
					project_role_name((enum project_role)i),
					&role) == 0 &&
					role == (enum project_role)i,
				i);
	}
	test_end();
}

static void test_project_role_from_name(void)
{
	static const char *const bad[] = {
		"",    "Owner",	 "owner ", "admin",
		"own", "ownerx", "owner,", "member="
	};
	enum project_role role;

	test_begin("project role: from a name");
	for (unsigned int i = 0; i < N_ELEMENTS(bad); i++)
		test_assert_idx(project_role_from_name(bad[i], &role) < 0, i);
	test_end();
}

static void test_project_role_rights(void)
{
	static const struct {
		enum project_role role;
		bool seen_is_private;
		const char *letters;
	} tests[] = {
		{ PROJECT_ROLE_NONE, FALSE, "" },
		{ PROJECT_ROLE_NONE, TRUE, "" },
		{ PROJECT_ROLE_READER, FALSE, "lr" },
		{ PROJECT_ROLE_READER, TRUE, "lrs" },
		{ PROJECT_ROLE_MEMBER, FALSE, "lrwstipekx" },
		{ PROJECT_ROLE_MEMBER, TRUE, "lrwstipekx" },
		{ PROJECT_ROLE_OWNER, FALSE, "lrwstipekxa" },
		{ PROJECT_ROLE_OWNER, TRUE, "lrwstipekxa" },
	};

	test_begin("project role: rights");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_strcmp_idx(
			right_set_letters(project_role_rights(
				tests[i].role, tests[i].seen_is_private)),
			tests[i].letters, i);
	}
	test_end();
}

static void test_project_role_parse(void)
{
	static const struct {
		const char *protocols;
		/* what stands in the error; NULL = accepted */
		const char *bad;
		/* imap, pop3, submission, sieve */
		const char *allowed;
	} tests[] = {
		{ "imap pop3 submission sieve", NULL, "ipus" },
		{ "sieve submission pop3 imap", NULL, "ipus" },
		{ "imap pop3", NULL, "ip" },
		{ "  imap\t pop3 ", NULL, "ip" },
		{ "imap imap", NULL, "i" },
		{ "submission", NULL, "u" },
		{ "sieve", NULL, "s" },
		{ "", NULL, "" },
		{ " ", NULL, "" },
		{ "imap imaps", "'imaps'", "" },
		{ "IMAP", "'IMAP'", "" },
		{ "smtp", "'smtp'", "" },
		{ "managesieve", "'managesieve'", "" },
		{ "lmtp", "'lmtp'", "" },
		{ "imap,pop3", "'imap,pop3'", "" },
		{ "ima", "'ima'", "" },
		{ "!imap", "'!imap'", "" },
		{ "imap \n", "'\\x0", "" },
	};
	static const struct {
		const char *service;
		char letter;
	} services[] = {
		{ "imap", 'i' },
		{ "pop3", 'p' },
		{ "submission", 'u' },
		{ "smtp", 'u' },
		{ "sieve", 's' },
		{ "managesieve", 's' },
		/* no letter: refused always */
		{ "", '-' },
		{ "lmtp", '-' },
		{ "doveadm", '-' },
		{ "IMAP", '-' },
		{ "imap ", '-' },
		{ "imap-urlauth", '-' },
		{ "none", '-' },
		{ NULL, '-' },
	};
	struct project_role_settings set;
	const char *error;
	unsigned int i, j, role;

	test_begin("project role: parse and may use");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		i_zero(&set);
		error = NULL;
		if (project_role_parse(&set, PROJECT_ROLE_MEMBER,
				       tests[i].protocols, &error) < 0) {
			test_assert_idx(tests[i].bad != NULL, i);
			test_assert_idx(tests[i].bad != NULL &&
						strstr(error, tests[i].bad) !=
							NULL,
					i);
			test_assert_idx(strstr(error, "member") != NULL, i);
		} else {
			test_assert_idx(tests[i].bad == NULL, i);
		}
		for (j = 0; j < N_ELEMENTS(services); j++) {
			const char *service = services[j].service;

			test_assert_idx(
				project_role_may_use(&set, PROJECT_ROLE_MEMBER,
						     service) ==
					(strchr(tests[i].allowed,
						services[j].letter) != NULL),
				i * 100 + j);
			/* the other roles were not touched */
			for (role = PROJECT_ROLE_NONE;
			     role < PROJECT_ROLE_COUNT; role++) {
				if (role == PROJECT_ROLE_MEMBER)
					continue;
				test_assert_idx(!project_role_may_use(
							&set, role, service),
						i * 100 + j);
			}
		}
	}
	test_end();
}

static void test_project_role_may_send(void)
{
	static const struct {
		enum project_role role;
		const char *protocols;
		bool send;
	} tests[] = {
		{ PROJECT_ROLE_OWNER, "imap pop3 submission sieve", TRUE },
		{ PROJECT_ROLE_OWNER, "submission", TRUE },
		{ PROJECT_ROLE_OWNER, "imap pop3 sieve", FALSE },
		{ PROJECT_ROLE_MEMBER, "imap submission", TRUE },
		{ PROJECT_ROLE_MEMBER, "imap", FALSE },
		{ PROJECT_ROLE_MEMBER, "", FALSE },
		{ PROJECT_ROLE_READER, "imap pop3", FALSE },
		{ PROJECT_ROLE_READER, "imap pop3 submission sieve", FALSE },
	};
	struct project_role_settings set;
	const char *error;

	test_begin("project role may send");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		i_zero(&set);
		test_assert_idx(project_role_parse(&set, tests[i].role,
						   tests[i].protocols,
						   &error) == 0,
				i);
		test_assert_idx(project_role_may_send(&set, tests[i].role) ==
					tests[i].send,
				i);
	}
	memset(&set, 0xff, sizeof(set));
	test_assert(!project_role_may_send(&set, PROJECT_ROLE_NONE));
	test_assert(!project_role_may_send(&set, PROJECT_ROLE_READER));
	test_assert(!project_role_may_send(&set, PROJECT_ROLE_COUNT));
	test_assert(project_role_may_send(&set, PROJECT_ROLE_MEMBER));
	test_end();
}

static void test_project_role_defaults(void)
{
	static const struct {
		enum project_role role;
		const char *protocols;
		bool imap, pop3, smtp, sieve;
	} tests[] = {
		{ PROJECT_ROLE_OWNER, "imap pop3 submission sieve", TRUE, TRUE,
		  TRUE, TRUE },
		{ PROJECT_ROLE_MEMBER, "imap pop3 submission", TRUE, TRUE, TRUE,
		  FALSE },
		{ PROJECT_ROLE_READER, "imap pop3", TRUE, TRUE, FALSE, FALSE },
	};
	struct {
		struct project_role_settings set;
		unsigned int behind;
	} full;
	struct project_role_settings set;
	const char *error;
	unsigned int i;

	test_begin("project role: what each role is meant to have");
	i_zero(&set);
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(project_role_parse(&set, tests[i].role,
						   tests[i].protocols,
						   &error) == 0,
				i);
	}
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		enum project_role role = tests[i].role;

		test_assert_idx(project_role_may_use(&set, role, "imap") ==
					tests[i].imap,
				i);
		test_assert_idx(project_role_may_use(&set, role, "pop3") ==
					tests[i].pop3,
				i);
		test_assert_idx(project_role_may_use(&set, role, "smtp") ==
					tests[i].smtp,
				i);
		test_assert_idx(
			project_role_may_use(&set, role, "submission") ==
				tests[i].smtp,
			i);
		test_assert_idx(project_role_may_use(&set, role, "sieve") ==
					tests[i].sieve,
				i);
	}
	/* "No role" and what is no role at all may nothing, even if the table
	   says otherwise. */
	memset(&full, 0xff, sizeof(full));
	test_assert(
		!project_role_may_use(&full.set, PROJECT_ROLE_NONE, "imap"));
	test_assert(
		!project_role_may_use(&full.set, PROJECT_ROLE_COUNT, "imap"));
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(
		void) = { test_project_role_name,
			  test_project_role_from_name,
			  test_project_role_rights,
			  test_project_role_parse,
			  test_project_role_may_send,
			  test_project_role_defaults,
			  NULL };
	return test_run(test_functions);
}
