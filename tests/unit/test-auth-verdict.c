/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of the result table: every row, every code, and which row wins. */

#include "lib.h"
#include "str.h"
#include "test-common.h"
#include "auth-verdict.h"

static const struct auth_verdict_settings set_stock = { NULL, FALSE };
static const struct auth_verdict_settings set_told = { NULL, TRUE };
static const int codes_19_53[] = { 19, 53, 0 };
static const struct auth_verdict_settings set_locked = { codes_19_53, FALSE };
static const struct auth_verdict_settings set_locked_told = { codes_19_53,
							      TRUE };

/* The facts of the commonest login, to be spoilt in one place. */
static struct auth_facts facts_own(void)
{
	struct auth_facts facts;

	i_zero(&facts);
	facts.person = AUTH_FOUND_ONE;
	facts.bind.outcome = DIRECTORY_OUTCOME_ANSWERED;
	facts.bind.code = DIRECTORY_CODE_SUCCESS;
	facts.bind.ppolicy_error = DIRECTORY_PPOLICY_NONE;
	facts.bind.diagnostic = "";
	facts.mailbox = AUTH_MAILBOX_OWN;
	facts.mailbox_found = AUTH_FOUND_ONE;
	facts.groups_complete = TRUE;
	return facts;
}

static struct auth_facts facts_project(void)
{
	struct auth_facts facts = facts_own();

	facts.mailbox = AUTH_MAILBOX_PROJECT;
	facts.mailbox_found = AUTH_FOUND_ONE;
	facts.role_complete = TRUE;
	facts.role = PROJECT_ROLE_OWNER;
	facts.role_may_use = TRUE;
	return facts;
}

static void test_verdict(const struct auth_verdict_settings *set,
			 const struct auth_facts *facts,
			 enum auth_result result, enum auth_reason reason,
			 const char *rule, unsigned int idx)
{
	struct auth_verdict verdict;

	memset(&verdict, 0xff, sizeof(verdict));
	auth_verdict(set, facts, &verdict);
	test_assert_idx(verdict.result == result, idx);
	test_assert_idx(verdict.reason == reason, idx);
	test_assert_strcmp_idx(verdict.rule, rule, idx);
}

/* What becomes of a bind, whichever mailbox is wanted: only OK leaves a choice.
 */
static void test_bind(const struct auth_verdict_settings *set,
		      const struct directory_bind_answer *bind,
		      enum auth_result result, enum auth_reason reason,
		      const char *rule, unsigned int idx)
{
	struct auth_facts facts = facts_own();

	facts.bind = *bind;
	test_verdict(set, &facts, result, reason, rule, idx);
	facts = facts_project();
	facts.bind = *bind;
	test_verdict(set, &facts, result, reason,
		     result == AUTH_RESULT_OK ? "owner" : rule, idx);
	test_assert_idx(auth_verdict_bind_is_final(set, bind) ==
				(result != AUTH_RESULT_OK),
			idx);
	/* success beside which the policy says no is a right password, too */
	test_assert_idx(auth_verdict_password(set, bind) ==
				(result == AUTH_RESULT_PASSWORD_MISMATCH ?
					 AUTH_PASSWORD_WRONG :
				 bind->outcome == DIRECTORY_OUTCOME_ANSWERED &&
						 bind->code == 0 ?
					 AUTH_PASSWORD_RIGHT :
					 AUTH_PASSWORD_UNDECIDED),
			idx);
}

static void test_auth_verdict_codes(void)
{
	struct directory_bind_answer bind = {
		.outcome = DIRECTORY_OUTCOME_ANSWERED,
		.ppolicy_error = DIRECTORY_PPOLICY_NONE,
		.diagnostic = "",
	};
	int code;

	test_begin("auth verdict: every result code");
	for (code = -1; code <= 123; code++) {
		unsigned int idx = code + 1;

		bind.code = code;
		switch (code) {
		case 0:
			test_bind(&set_stock, &bind, AUTH_RESULT_OK,
				  AUTH_REASON_NONE, "own", idx);
			test_bind(&set_locked, &bind, AUTH_RESULT_OK,
				  AUTH_REASON_NONE, "own", idx);
			continue;
		case 49:
			test_bind(&set_stock, &bind,
				  AUTH_RESULT_PASSWORD_MISMATCH,
				  AUTH_REASON_NONE, "wrong-password", idx);
			test_bind(&set_locked, &bind,
				  AUTH_RESULT_PASSWORD_MISMATCH,
				  AUTH_REASON_NONE, "wrong-password", idx);
			continue;
		case 51:
		case 52:
			test_bind(&set_stock, &bind,
				  AUTH_RESULT_INTERNAL_FAILURE,
				  AUTH_REASON_NONE, "directory-busy", idx);
			continue;
		}
		test_bind(&set_stock, &bind, AUTH_RESULT_INTERNAL_FAILURE,
			  AUTH_REASON_NONE, "bind-code", idx);
		if (code == 19 || code == 53) {
			test_bind(&set_locked, &bind, AUTH_RESULT_USER_DISABLED,
				  AUTH_REASON_LOCKED_UNTOLD, "account-locked",
				  idx);
			test_bind(&set_locked_told, &bind,
				  AUTH_RESULT_USER_DISABLED, AUTH_REASON_LOCKED,
				  "account-locked", idx);
		} else {
			test_bind(&set_locked_told, &bind,
				  AUTH_RESULT_INTERNAL_FAILURE,
				  AUTH_REASON_NONE, "bind-code", idx);
		}
	}
	/* of private use, and nonsense */
	bind.code = 4096;
	test_bind(&set_locked, &bind, AUTH_RESULT_INTERNAL_FAILURE,
		  AUTH_REASON_NONE, "bind-code", 4096);
	bind.code = INT_MIN;
	test_bind(&set_locked, &bind, AUTH_RESULT_INTERNAL_FAILURE,
		  AUTH_REASON_NONE, "bind-code", 4097);
	test_end();
}

static void test_auth_verdict_settings(void)
{
	/* Whatever an admin lists, success and a wrong password stay. */
	static const int codes[] = { 49, 51, 32, 0, 53 };
	const struct auth_verdict_settings set = { codes, TRUE };
	struct auth_facts facts = facts_own();

	test_begin("auth verdict: locked codes");
	test_verdict(&set, &facts, AUTH_RESULT_OK, AUTH_REASON_NONE, "own", 0);
	facts.bind.code = 49;
	test_verdict(&set, &facts, AUTH_RESULT_PASSWORD_MISMATCH,
		     AUTH_REASON_NONE, "wrong-password", 1);
	facts.bind.code = 51;
	test_verdict(&set, &facts, AUTH_RESULT_INTERNAL_FAILURE,
		     AUTH_REASON_NONE, "directory-busy", 2);
	facts.bind.code = 32;
	test_verdict(&set, &facts, AUTH_RESULT_USER_DISABLED,
		     AUTH_REASON_LOCKED, "account-locked", 3);
	/* behind the end of the list */
	facts.bind.code = 53;
	test_verdict(&set, &facts, AUTH_RESULT_INTERNAL_FAILURE,
		     AUTH_REASON_NONE, "bind-code", 4);
	test_end();
}

static void test_auth_verdict_outcomes(void)
{
	static const struct {
		enum directory_outcome outcome;
		const char *rule;
	} tests[] = {
		{ DIRECTORY_OUTCOME_NO_SERVER, "directory-no-server" },
		{ DIRECTORY_OUTCOME_TIMEOUT, "directory-timeout" },
		{ DIRECTORY_OUTCOME_TRANSPORT, "directory-transport" },
		{ DIRECTORY_OUTCOME_QUEUE_FULL, "directory-queue-full" },
		{ DIRECTORY_OUTCOME_SERVICE_BIND, "service-bind-refused" },
		{ DIRECTORY_OUTCOME_LIMIT, "directory-limit" },
		{ (enum directory_outcome)99, "directory-unknown" },
	};
	/* what is left in the other fields must not matter */
	static const struct directory_bind_answer leftovers[] = {
		{ .code = 0, .ppolicy_error = -1, .diagnostic = "" },
		{ .code = 49, .ppolicy_error = -1, .diagnostic = "data 52e" },
		{ .code = 49, .ppolicy_error = 1, .diagnostic = "" },
		{ .code = 53, .ppolicy_error = -1, .diagnostic = "" },
	};
	struct directory_bind_answer bind;
	struct auth_facts facts;
	unsigned int i, j;

	test_begin("auth verdict: trouble with the directory");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		for (j = 0; j < N_ELEMENTS(leftovers); j++) {
			bind = leftovers[j];
			bind.outcome = tests[i].outcome;
			test_bind(&set_locked_told, &bind,
				  AUTH_RESULT_INTERNAL_FAILURE,
				  AUTH_REASON_NONE, tests[i].rule, i * 10 + j);
		}
	}
	/* facts that nobody filled in let nobody in */
	i_zero(&facts);
	facts.bind.diagnostic = "";
	test_verdict(&set_stock, &facts, AUTH_RESULT_INTERNAL_FAILURE,
		     AUTH_REASON_NONE, "person-unsure", 100);
	facts.person = AUTH_FOUND_ONE;
	test_verdict(&set_stock, &facts, AUTH_RESULT_INTERNAL_FAILURE,
		     AUTH_REASON_NONE, "directory-no-server", 101);
	facts.bind = facts_own().bind;
	test_verdict(&set_stock, &facts, AUTH_RESULT_INTERNAL_FAILURE,
		     AUTH_REASON_NONE, "mailbox-unsure", 102);
	facts.mailbox = AUTH_MAILBOX_OWN;
	facts.mailbox_found = AUTH_FOUND_ONE;
	test_verdict(&set_stock, &facts, AUTH_RESULT_INTERNAL_FAILURE,
		     AUTH_REASON_NONE, "groups-unsure", 103);
	test_end();
}

#define AD_TEXT(data)                                                          \
	"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext "    \
	"error, data " data ", v2580"

static void test_auth_verdict_active_directory(void)
{
	static const struct {
		const char *diagnostic;
		enum auth_result result;
		enum auth_reason reason;
		const char *rule;
	} tests[] = {
#define MISMATCH AUTH_RESULT_PASSWORD_MISMATCH, AUTH_REASON_NONE
#define DISABLED AUTH_RESULT_USER_DISABLED
#define TROUBLE AUTH_RESULT_INTERNAL_FAILURE, AUTH_REASON_NONE
		{ AD_TEXT("525"), MISMATCH, "wrong-password" },
		{ AD_TEXT("52e"), MISMATCH, "wrong-password" },
		{ AD_TEXT("530"), DISABLED, AUTH_REASON_LOCKED, "logon-hours" },
		{ AD_TEXT("531"), DISABLED, AUTH_REASON_LOCKED,
		  "logon-workstation" },
		{ AD_TEXT("532"), DISABLED, AUTH_REASON_EXPIRED,
		  "password-expired" },
		{ AD_TEXT("533"), DISABLED, AUTH_REASON_LOCKED,
		  "account-disabled" },
		{ AD_TEXT("701"), DISABLED, AUTH_REASON_LOCKED,
		  "account-expired" },
		{ AD_TEXT("773"), DISABLED, AUTH_REASON_MUST_CHANGE,
		  "password-must-change" },
		{ AD_TEXT("775"), DISABLED, AUTH_REASON_LOCKED,
		  "account-locked" },
		/* any case, any place */
		{ AD_TEXT("52E"), MISMATCH, "wrong-password" },
		{ "DATA 532", DISABLED, AUTH_REASON_EXPIRED,
		  "password-expired" },
		{ "data 0000532", DISABLED, AUTH_REASON_EXPIRED,
		  "password-expired" },
		{ "(data 775)", DISABLED, AUTH_REASON_LOCKED,
		  "account-locked" },
		{ "data is data 532", DISABLED, AUTH_REASON_EXPIRED,
		  "password-expired" },
		{ "data data 532", DISABLED, AUTH_REASON_EXPIRED,
		  "password-expired" },
		/* the first word counts */
		{ "data 52e, data 532", MISMATCH, "wrong-password" },
		/* no such word: what 49 says by itself */
		{ "", MISMATCH, "wrong-password" },
		{ "532", MISMATCH, "wrong-password" },
		{ "data", MISMATCH, "wrong-password" },
		{ "data ", MISMATCH, "wrong-password" },
		{ "data  532", MISMATCH, "wrong-password" },
		{ "data:532", MISMATCH, "wrong-password" },
		{ "data xyz", MISMATCH, "wrong-password" },
		{ "data 532nd", MISMATCH, "wrong-password" },
		{ "data 0x532", MISMATCH, "wrong-password" },
		{ "data 532_", MISMATCH, "wrong-password" },
		{ "_data 532", MISMATCH, "wrong-password" },
		{ "metadata 532", MISMATCH, "wrong-password" },
		{ "invalid credentials", MISMATCH, "wrong-password" },
		/* other errors of Windows: nobody spoke of the password */
		{ AD_TEXT("0"), TROUBLE, "bind-data-unknown" },
		{ AD_TEXT("57"), TROUBLE, "bind-data-unknown" },
		{ AD_TEXT("52f"), TROUBLE, "bind-data-unknown" },
		{ AD_TEXT("534"), TROUBLE, "bind-data-unknown" },
		{ AD_TEXT("569"), TROUBLE, "bind-data-unknown" },
		{ AD_TEXT("52ee"), TROUBLE, "bind-data-unknown" },
		{ AD_TEXT("10000052e"), TROUBLE, "bind-data-unknown" },
		{ AD_TEXT("ffffffffffffffffffff"), TROUBLE,
		  "bind-data-unknown" },
	};
	struct directory_bind_answer bind = {
		.outcome = DIRECTORY_OUTCOME_ANSWERED,
		.code = 49,
		.ppolicy_error = DIRECTORY_PPOLICY_NONE,
	};
	unsigned int i;

	test_begin("auth verdict: Active Directory");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		bind.code = 49;
		bind.diagnostic = tests[i].diagnostic;
		test_bind(&set_told, &bind, tests[i].result, tests[i].reason,
			  tests[i].rule, i);
		test_bind(&set_stock, &bind, tests[i].result,
			  tests[i].reason == AUTH_REASON_LOCKED ?
				  AUTH_REASON_LOCKED_UNTOLD :
				  tests[i].reason,
			  tests[i].rule, i);
		/* beside any other code it is only text */
		bind.code = 1;
		test_bind(&set_told, &bind, TROUBLE, "bind-code", i);
		bind.code = 0;
		test_bind(&set_told, &bind, AUTH_RESULT_OK, AUTH_REASON_NONE,
			  "own", i);
	}
	test_end();
}

static void test_auth_verdict_ppolicy(void)
{
	static const struct {
		int code, error;
		enum auth_result result;
		enum auth_reason reason;
		const char *rule;
	} tests[] = {
		/* OpenLDAP: expired and locked beside 49, must change beside 0;
		   the other way round it means the same */
		{ 49, 0, DISABLED, AUTH_REASON_EXPIRED, "password-expired" },
		{ 49, 1, DISABLED, AUTH_REASON_LOCKED, "account-locked" },
		{ 49, 2, DISABLED, AUTH_REASON_MUST_CHANGE,
		  "password-must-change" },
		{ 0, 0, DISABLED, AUTH_REASON_EXPIRED, "password-expired" },
		{ 0, 1, DISABLED, AUTH_REASON_LOCKED, "account-locked" },
		{ 0, 2, DISABLED, AUTH_REASON_MUST_CHANGE,
		  "password-must-change" },
		/* 389 Directory Server locks with 19 */
		{ 19, 1, DISABLED, AUTH_REASON_LOCKED, "account-locked" },
		{ 53, 1, DISABLED, AUTH_REASON_LOCKED, "account-locked" },
		{ 53, 0, DISABLED, AUTH_REASON_EXPIRED, "password-expired" },
		/* of a new password: says nothing here */
		{ 49, 3, MISMATCH, "wrong-password" },
		{ 49, 4, MISMATCH, "wrong-password" },
		{ 49, 5, MISMATCH, "wrong-password" },
		{ 49, 6, MISMATCH, "wrong-password" },
		{ 49, 7, MISMATCH, "wrong-password" },
		{ 49, 8, MISMATCH, "wrong-password" },
		{ 0, 3, AUTH_RESULT_OK, AUTH_REASON_NONE, "own" },
		{ 0, 4, AUTH_RESULT_OK, AUTH_REASON_NONE, "own" },
		{ 0, 5, AUTH_RESULT_OK, AUTH_REASON_NONE, "own" },
		{ 0, 6, AUTH_RESULT_OK, AUTH_REASON_NONE, "own" },
		{ 0, 7, AUTH_RESULT_OK, AUTH_REASON_NONE, "own" },
		{ 0, 8, AUTH_RESULT_OK, AUTH_REASON_NONE, "own" },
		{ 19, 5, TROUBLE, "bind-code" },
		/* not in the draft */
		{ 49, 9, MISMATCH, "wrong-password" },
		{ 0, 9, TROUBLE, "bind-ppolicy-unknown" },
		{ 0, INT_MAX, TROUBLE, "bind-ppolicy-unknown" },
		{ 0, -2, TROUBLE, "bind-ppolicy-unknown" },
		/* beside a code that is trouble it is trouble */
		{ 1, 1, TROUBLE, "bind-code" },
		{ 8, 2, TROUBLE, "bind-code" },
		{ 13, 0, TROUBLE, "bind-code" },
		{ 32, 1, TROUBLE, "bind-code" },
		{ 51, 1, TROUBLE, "directory-busy" },
	};
	struct directory_bind_answer bind = {
		.outcome = DIRECTORY_OUTCOME_ANSWERED,
		.diagnostic = "",
	};
	unsigned int i;

	test_begin("auth verdict: password policy");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		bind.code = tests[i].code;
		bind.ppolicy_error = tests[i].error;
		test_bind(&set_told, &bind, tests[i].result, tests[i].reason,
			  tests[i].rule, i);
		test_bind(&set_stock, &bind, tests[i].result,
			  tests[i].reason == AUTH_REASON_LOCKED ?
				  AUTH_REASON_LOCKED_UNTOLD :
				  tests[i].reason,
			  tests[i].rule, i);
	}
	/* The control is about this bind, the text may be about anything. */
	bind.code = 49;
	bind.ppolicy_error = DIRECTORY_PPOLICY_PASSWORD_EXPIRED;
	bind.diagnostic = "data 52e";
	test_bind(&set_told, &bind, DISABLED, AUTH_REASON_EXPIRED,
		  "password-expired", 100);
	test_end();
}

static void test_auth_verdict_mailbox(void)
{
#define OK_AS AUTH_RESULT_OK, AUTH_REASON_NONE
#define DENIED AUTH_RESULT_USER_DISABLED, AUTH_REASON_NOT_PERMITTED
	static const struct {
		enum auth_found found;
		bool complete;
		enum project_role role;
		bool may_use;
		enum auth_result result;
		enum auth_reason reason;
		const char *rule;
	} tests[] = {
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_OWNER, TRUE, OK_AS,
		  "owner" },
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_MEMBER, TRUE, OK_AS,
		  "member" },
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_READER, TRUE, OK_AS,
		  "reader" },
		/* a reader on submission, a member until rights are enforced */
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_OWNER, FALSE, DENIED,
		  "role-protocol" },
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_MEMBER, FALSE, DENIED,
		  "role-protocol" },
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_READER, FALSE, DENIED,
		  "role-protocol" },
		/* strangers, even if a table says that they may */
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_NONE, FALSE, DENIED,
		  "not-permitted" },
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_NONE, TRUE, DENIED,
		  "not-permitted" },
		{ AUTH_FOUND_ONE, TRUE, PROJECT_ROLE_COUNT, TRUE, DENIED,
		  "not-permitted" },
		/* an owner by half an answer is none, nor is a stranger */
		{ AUTH_FOUND_ONE, FALSE, PROJECT_ROLE_OWNER, TRUE, TROUBLE,
		  "role-unsure" },
		{ AUTH_FOUND_ONE, FALSE, PROJECT_ROLE_NONE, FALSE, TROUBLE,
		  "role-unsure" },
		/* found nowhere: the same answer as for strangers */
		{ AUTH_FOUND_NONE, TRUE, PROJECT_ROLE_NONE, FALSE, DENIED,
		  "mailbox-unknown" },
		{ AUTH_FOUND_NONE, FALSE, PROJECT_ROLE_NONE, FALSE, TROUBLE,
		  "role-unsure" },
		{ AUTH_FOUND_NONE, TRUE, PROJECT_ROLE_OWNER, TRUE, DENIED,
		  "mailbox-unknown" },
		{ AUTH_FOUND_UNSURE, TRUE, PROJECT_ROLE_OWNER, TRUE, TROUBLE,
		  "mailbox-unsure" },
		{ AUTH_FOUND_UNSURE, FALSE, PROJECT_ROLE_NONE, FALSE, TROUBLE,
		  "mailbox-unsure" },
		{ (enum auth_found)99, TRUE, PROJECT_ROLE_OWNER, TRUE, TROUBLE,
		  "mailbox-unsure" },
	};
	struct auth_facts facts, own;
	unsigned int i;

	test_begin("auth verdict: mailbox and what beats it");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		facts = facts_own();
		facts.mailbox = AUTH_MAILBOX_PROJECT;
		facts.mailbox_found = tests[i].found;
		facts.role_complete = tests[i].complete;
		facts.role = tests[i].role;
		facts.role_may_use = tests[i].may_use;
		test_verdict(&set_told, &facts, tests[i].result,
			     tests[i].reason, tests[i].rule, i);

		/* one's own mailbox depends on no role */
		own = facts;
		own.mailbox = AUTH_MAILBOX_OWN;
		own.mailbox_found = AUTH_FOUND_ONE;
		test_verdict(&set_told, &own, OK_AS, "own", i);

		/* but on being nobody else's */
		own.mailbox_found = AUTH_FOUND_UNSURE;
		test_verdict(&set_told, &own, TROUBLE, "mailbox-unsure", i);
		own.mailbox_found = AUTH_FOUND_ONE;

		/* whoever would be let in is not while groups are in doubt, and
		   nobody else is told of the doubt */
		facts.groups_complete = own.groups_complete = FALSE;
		if (tests[i].result == AUTH_RESULT_OK)
			test_verdict(&set_told, &facts, TROUBLE,
				     "groups-unsure", i);
		else
			test_verdict(&set_told, &facts, tests[i].result,
				     tests[i].reason, tests[i].rule, i);
		test_verdict(&set_told, &own, TROUBLE, "groups-unsure", i);

		/* an expired person, only after the right password, and with
		   the groups still in doubt, as for all below */
		facts.person_expired = TRUE;
		test_verdict(&set_told, &facts, DISABLED, AUTH_REASON_LOCKED,
			     "account-expired", i);
		test_verdict(&set_stock, &facts, DISABLED,
			     AUTH_REASON_LOCKED_UNTOLD, "account-expired", i);
		own.person_expired = TRUE;
		test_verdict(&set_told, &own, DISABLED, AUTH_REASON_LOCKED,
			     "account-expired", i);

		/* must change beats the mailbox and the expiry */
		facts.bind.ppolicy_error = DIRECTORY_PPOLICY_CHANGE_AFTER_RESET;
		test_verdict(&set_told, &facts, DISABLED,
			     AUTH_REASON_MUST_CHANGE, "password-must-change",
			     i);

		/* a wrong password beats the mailbox and the expiry */
		facts.bind.ppolicy_error = DIRECTORY_PPOLICY_NONE;
		facts.bind.code = 49;
		test_verdict(&set_told, &facts, MISMATCH, "wrong-password", i);
		facts.person_expired = FALSE;
		test_verdict(&set_told, &facts, MISMATCH, "wrong-password", i);

		/* so does a bind without an answer */
		facts.bind.outcome = DIRECTORY_OUTCOME_TIMEOUT;
		test_verdict(&set_told, &facts, TROUBLE, "directory-timeout",
			     i);

		/* nobody of that name, and doubt about the name, before that */
		facts.person = AUTH_FOUND_NONE;
		test_verdict(&set_told, &facts, AUTH_RESULT_USER_UNKNOWN,
			     AUTH_REASON_NONE, "person-unknown", i);
		facts.person = AUTH_FOUND_UNSURE;
		test_verdict(&set_told, &facts, TROUBLE, "person-unsure", i);
		facts.bind = facts_own().bind;
		test_verdict(&set_told, &facts, TROUBLE, "person-unsure", i);
		facts.person = (enum auth_found)99;
		test_verdict(&set_told, &facts, TROUBLE, "person-unsure", i);

		/* and a name or password that was refused before all else */
		facts.input_refused = TRUE;
		test_verdict(&set_told, &facts, MISMATCH, "input-refused", i);
		facts.person = AUTH_FOUND_ONE;
		test_verdict(&set_told, &facts, MISMATCH, "input-refused", i);
	}
	test_end();
}

/* A password that is not tried: nothing else is known then. */
static void test_auth_verdict_budget(void)
{
	static const enum auth_found found[] = { AUTH_FOUND_ONE,
						 AUTH_FOUND_NONE };
	struct auth_facts facts;

	test_begin("auth verdict: budget");
	for (unsigned int i = 0; i < N_ELEMENTS(found); i++) {
		facts = facts_own();
		facts.person = found[i];
		facts.budget = AUTH_BUDGET_SPENT;
		test_verdict(&set_told, &facts, TROUBLE, "bind-budget", i);
		facts.budget = AUTH_BUDGET_WRONG_AGAIN;
		if (found[i] == AUTH_FOUND_ONE)
			test_verdict(&set_told, &facts, MISMATCH, "wrong-again",
				     i);
		else
			test_verdict(&set_told, &facts,
				     AUTH_RESULT_USER_UNKNOWN, AUTH_REASON_NONE,
				     "person-unknown", i);
	}
	facts = facts_own();
	facts.budget = AUTH_BUDGET_SPENT;
	facts.input_refused = TRUE;
	test_verdict(&set_told, &facts, MISMATCH, "input-refused", 0);
	test_end();
}

static void test_auth_verdict_reason_text(void)
{
	static const struct auth_verdict_texts texts = {
		.expired = "Expired, see https://sso.campus.example/",
		.must_change = "Change it at https://sso.campus.example/",
		.locked = "Locked, call 1234",
		.not_permitted = "Not \"yours\"",
	};
	static const struct auth_verdict_texts empty = { "", NULL, "", NULL };
	static const struct auth_verdict_texts odd = {
		.expired = "[IT] call",
		.must_change = "two\r\nlines\tand\x1f\x7f",
		.locked = "\xff"
			  "ber",
		.not_permitted = "Nicht erlaubt: \xc3\xa4",
	};
	static const struct {
		const struct auth_verdict_texts *texts;
		enum auth_reason reason;
		const char *imap, *pop3, *other;
	} tests[] = {
		{ &texts, AUTH_REASON_EXPIRED,
		  "[EXPIRED] Expired, see https://sso.campus.example/",
		  "Expired, see https://sso.campus.example/",
		  "Expired, see https://sso.campus.example/" },
		{ &texts, AUTH_REASON_MUST_CHANGE,
		  "[EXPIRED] Change it at https://sso.campus.example/",
		  "Change it at https://sso.campus.example/",
		  "Change it at https://sso.campus.example/" },
		{ &texts, AUTH_REASON_LOCKED, "[ALERT] Locked, call 1234",
		  "Locked, call 1234", "Locked, call 1234" },
		{ &texts, AUTH_REASON_NOT_PERMITTED,
		  "[AUTHORIZATIONFAILED] Not \"yours\"", "Not \"yours\"",
		  "Not \"yours\"" },
		/* without a reason Dovecot answers as to a wrong password */
		{ &texts, AUTH_REASON_LOCKED_UNTOLD, NULL, NULL, NULL },
		{ &texts, AUTH_REASON_NONE, NULL, NULL, NULL },
		{ &texts, (enum auth_reason)99, NULL, NULL, NULL },
		{ &empty, AUTH_REASON_EXPIRED,
		  "[EXPIRED] Your password has expired.",
		  "Your password has expired.", "Your password has expired." },
		{ &empty, AUTH_REASON_MUST_CHANGE,
		  "[EXPIRED] You must change your password first.",
		  "You must change your password first.",
		  "You must change your password first." },
		{ &empty, AUTH_REASON_LOCKED, "[ALERT] Your account is locked.",
		  "Your account is locked.", "Your account is locked." },
		{ &empty, AUTH_REASON_NOT_PERMITTED,
		  "[AUTHORIZATIONFAILED] You may not open this mailbox.",
		  "You may not open this mailbox.",
		  "You may not open this mailbox." },
		{ &odd, AUTH_REASON_EXPIRED, "[EXPIRED] [IT] call",
		  "[AUTH] [IT] call", "[IT] call" },
		{ &odd, AUTH_REASON_MUST_CHANGE, "[EXPIRED] two  lines and  ",
		  "two  lines and  ", "two  lines and  " },
		{ &odd, AUTH_REASON_LOCKED,
		  "[ALERT] \xef\xbf\xbd"
		  "ber",
		  "\xef\xbf\xbd"
		  "ber",
		  "\xef\xbf\xbd"
		  "ber" },
		{ &odd, AUTH_REASON_NOT_PERMITTED,
		  "[AUTHORIZATIONFAILED] Nicht erlaubt: \xc3\xa4",
		  "Nicht erlaubt: \xc3\xa4", "Nicht erlaubt: \xc3\xa4" },
	};
	static const char *const others[] = { "submission", "smtp",
					      "sieve",	    "managesieve",
					      "doveadm",    "IMAP",
					      "",	    NULL };
	struct auth_verdict_texts long_texts = texts;
	string_t *text = t_str_new(1024);
	const char *reason;
	unsigned int i, j;

	test_begin("auth verdict: reason text");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_strcmp_idx(auth_verdict_reason_text(tests[i].texts,
								tests[i].reason,
								"imap"),
				       tests[i].imap, i);
		test_assert_strcmp_idx(auth_verdict_reason_text(tests[i].texts,
								tests[i].reason,
								"pop3"),
				       tests[i].pop3, i);
		for (j = 0; j < N_ELEMENTS(others); j++) {
			test_assert_strcmp_idx(
				auth_verdict_reason_text(tests[i].texts,
							 tests[i].reason,
							 others[j]),
				tests[i].other, i);
		}
	}
	/* cut between characters */
	str_append_c(text, '.');
	while (str_len(text) < 1000)
		str_append(text, "\xe2\x82\xac");
	long_texts.locked = str_c(text);
	reason = auth_verdict_reason_text(&long_texts, AUTH_REASON_LOCKED,
					  "pop3");
	test_assert(strlen(reason) <= AUTH_VERDICT_TEXT_MAX_BYTES);
	test_assert(strlen(reason) >= AUTH_VERDICT_TEXT_MAX_BYTES - 6);
	test_assert(strlen(reason) % 3 == 1);
	test_assert(strncmp(reason, str_c(text), strlen(reason)) == 0);
	test_end();
}

/* A name that nobody has fails as people's logins do, and is refused as they
   are refused. */
static void test_auth_verdict_decoy(void)
{
	static const struct {
		enum directory_outcome outcome;
		int code;
		const char *diagnostic, *rule;
	} tests[] = {
		{ DIRECTORY_OUTCOME_ANSWERED, 49, "", NULL },
		{ DIRECTORY_OUTCOME_ANSWERED, 49, "data 52e", NULL },
		{ DIRECTORY_OUTCOME_ANSWERED, 49, "data 775", NULL },
		{ DIRECTORY_OUTCOME_ANSWERED, 49, "data 999",
		  "bind-data-unknown" },
		{ DIRECTORY_OUTCOME_ANSWERED, 0, "", NULL },
		{ DIRECTORY_OUTCOME_ANSWERED, 19, "", NULL },
		{ DIRECTORY_OUTCOME_ANSWERED, 53, "", NULL },
		/* the decoy is not there, or has no password */
		{ DIRECTORY_OUTCOME_ANSWERED, 32, "", NULL },
		{ DIRECTORY_OUTCOME_ANSWERED, 48, "", NULL },
		{ DIRECTORY_OUTCOME_ANSWERED, 1, "", "bind-code" },
		{ DIRECTORY_OUTCOME_ANSWERED, 51, "", "directory-busy" },
		{ DIRECTORY_OUTCOME_ANSWERED, 52, "", "directory-busy" },
		{ DIRECTORY_OUTCOME_ANSWERED, 80, "", "bind-code" },
		{ DIRECTORY_OUTCOME_NO_SERVER, 32, "", "directory-no-server" },
		{ DIRECTORY_OUTCOME_TIMEOUT, 48, "", "directory-timeout" },
		{ DIRECTORY_OUTCOME_TRANSPORT, 49, "", "directory-transport" },
	};
	struct auth_facts facts = facts_own();

	test_begin("auth verdict: a decoy's bind");
	facts.person = AUTH_FOUND_NONE;
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		bool trouble = tests[i].rule != NULL;

		facts.bind.outcome = tests[i].outcome;
		facts.bind.code = tests[i].code;
		facts.bind.diagnostic = tests[i].diagnostic;
		facts.decoy = TRUE;
		facts.budget = AUTH_BUDGET_LEFT;
		test_verdict(&set_locked, &facts,
			     trouble ? AUTH_RESULT_INTERNAL_FAILURE :
				       AUTH_RESULT_USER_UNKNOWN,
			     AUTH_REASON_NONE,
			     trouble ? tests[i].rule : "person-unknown", i);
		test_assert_idx(auth_verdict_decoy_is_trouble(
					&set_locked, &facts.bind) == trouble,
				i);

		/* nothing was asked */
		facts.budget = AUTH_BUDGET_WRONG_AGAIN;
		test_verdict(&set_locked, &facts, AUTH_RESULT_USER_UNKNOWN,
			     AUTH_REASON_NONE, "person-unknown", i);
		facts.budget = AUTH_BUDGET_LEFT;
		facts.decoy = FALSE;
		test_verdict(&set_locked, &facts, AUTH_RESULT_USER_UNKNOWN,
			     AUTH_REASON_NONE, "person-unknown", i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(
		void) = { test_auth_verdict_codes,
			  test_auth_verdict_settings,
			  test_auth_verdict_outcomes,
			  test_auth_verdict_active_directory,
			  test_auth_verdict_ppolicy,
			  test_auth_verdict_mailbox,
			  test_auth_verdict_budget,
			  test_auth_verdict_decoy,
			  test_auth_verdict_reason_text,
			  NULL };
	return test_run(test_functions);
}
