/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for the result table: any facts, any words of a server. Nobody is
   let in, or told that a password or a name is wrong, unless each fact for it
   is there. */

#include "lib.h"
#include "unichar.h"
#include "auth-verdict.h"

#include <regex.h>

/* The input: seven bytes of facts, the server's diagnostic message up to a line
   break, the administrator's text. */
#define FACTS_BYTES 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What Active Directory says, by other means than the rule's: 0 = nothing. */
static unsigned long long model_ad_data(const char *diagnostic)
{
	static regex_t word;
	static bool compiled;
	regmatch_t found[3];

	if (!compiled &&
	    regcomp(&word, "(^|[^[:alnum:]_])data ([0-9a-f]+)([^[:alnum:]_]|$)",
		    REG_EXTENDED | REG_ICASE) != 0)
		i_unreached();
	compiled = TRUE;
	if (regexec(&word, diagnostic, N_ELEMENTS(found), found, 0) != 0)
		return 0;
	/* a zero is said, too */
	return I_MAX(strtoull(diagnostic + found[2].rm_so, NULL, 16), 1);
}

static bool model_bind_succeeded(const struct directory_bind_answer *bind)
{
	return bind->outcome == DIRECTORY_OUTCOME_ANSWERED && bind->code == 0 &&
	       (bind->ppolicy_error == -1 ||
		(bind->ppolicy_error >= 3 && bind->ppolicy_error <= 8));
}

static bool model_password_wrong(const struct directory_bind_answer *bind)
{
	unsigned long long data;

	if (bind->outcome != DIRECTORY_OUTCOME_ANSWERED || bind->code != 49 ||
	    (bind->ppolicy_error >= 0 && bind->ppolicy_error <= 2))
		return FALSE;
	data = model_ad_data(bind->diagnostic);
	return data == 0 || data == 0x525 || data == 0x52e;
}

static bool model_may_open(const struct auth_facts *facts)
{
	return facts->mailbox_found == AUTH_FOUND_ONE &&
	       facts->groups_complete &&
	       (facts->mailbox == AUTH_MAILBOX_OWN ||
		(facts->role_complete && facts->role_may_use &&
		 (facts->role == PROJECT_ROLE_READER ||
		  facts->role == PROJECT_ROLE_MEMBER ||
		  facts->role == PROJECT_ROLE_OWNER)));
}

/* Would a person with this bind fail for the time being? */
static bool model_decoy_is_trouble(const struct auth_verdict_settings *set,
				   const struct directory_bind_answer *bind)
{
	const struct auth_facts facts = {
		.person = AUTH_FOUND_ONE,
		.bind = *bind,
		.mailbox = AUTH_MAILBOX_OWN,
		.mailbox_found = AUTH_FOUND_ONE,
		.groups_complete = TRUE,
	};
	struct auth_verdict verdict;

	auth_verdict(set, &facts, &verdict);
	return verdict.result == AUTH_RESULT_INTERNAL_FAILURE &&
	       (bind->outcome != DIRECTORY_OUTCOME_ANSWERED ||
		(bind->code != 32 && bind->code != 48));
}

static void check_result(const struct auth_verdict_settings *set,
			 const struct auth_facts *facts,
			 const struct auth_verdict *verdict)
{
	bool person = !facts->input_refused && facts->person == AUTH_FOUND_ONE;

	/* each in both directions: the rest is left to the other two */
	i_assert((verdict->result == AUTH_RESULT_OK) ==
		 (person && !facts->person_expired &&
		  model_bind_succeeded(&facts->bind) && model_may_open(facts)));
	i_assert((verdict->result == AUTH_RESULT_PASSWORD_MISMATCH) ==
		 (facts->input_refused ||
		  (person && model_password_wrong(&facts->bind))));
	i_assert(
		(verdict->result == AUTH_RESULT_USER_UNKNOWN) ==
		(!facts->input_refused && facts->person == AUTH_FOUND_NONE &&
		 !(facts->decoy && model_decoy_is_trouble(set, &facts->bind))));
	/* without the server's answer nothing is said of the password */
	if (person && facts->bind.outcome != DIRECTORY_OUTCOME_ANSWERED)
		i_assert(verdict->result == AUTH_RESULT_INTERNAL_FAILURE);
	i_assert(verdict->result <= AUTH_RESULT_INTERNAL_FAILURE);
}

static void check_reason(const struct auth_verdict_settings *set,
			 const struct auth_verdict *verdict)
{
	i_assert((verdict->reason != AUTH_REASON_NONE) ==
		 (verdict->result == AUTH_RESULT_USER_DISABLED));
	i_assert(verdict->reason != (set->tell_locked ?
					     AUTH_REASON_LOCKED_UNTOLD :
					     AUTH_REASON_LOCKED));
	/* a word for the log */
	i_assert(*verdict->rule != '\0');
	i_assert(verdict->rule[strspn(verdict->rule,
				      "abcdefghijklmnopqrstuvwxyz-")] == '\0');
}

/* A login that does not wait for the mailbox must come to the same. */
static void check_final(const struct auth_verdict_settings *set,
			const struct auth_facts *facts,
			const struct auth_verdict *verdict)
{
	struct auth_facts early = *facts;
	struct auth_verdict again;

	if (!auth_verdict_bind_is_final(set, &facts->bind)) {
		i_assert(model_bind_succeeded(&facts->bind));
		return;
	}
	i_assert(!model_bind_succeeded(&facts->bind));
	early.mailbox_found = AUTH_FOUND_UNSURE;
	early.role_complete = early.groups_complete = FALSE;
	auth_verdict(set, &early, &again);
	i_assert(again.result == verdict->result);
	i_assert(again.reason == verdict->reason);
	i_assert(strcmp(again.rule, verdict->rule) == 0);
}

static void check_text(const struct auth_verdict_texts *texts,
		       enum auth_reason reason, const char *service)
{
	const char *text = auth_verdict_reason_text(texts, reason, service);

	i_assert((text == NULL) == (reason == AUTH_REASON_NONE ||
				    reason == AUTH_REASON_LOCKED_UNTOLD));
	if (text == NULL)
		return;
	i_assert(*text != '\0' && uni_utf8_str_is_valid(text));
	i_assert(strlen(text) <= AUTH_VERDICT_TEXT_MAX_BYTES +
					 strlen("[AUTHORIZATIONFAILED] "));
	if (strcmp(service, "imap") == 0)
		i_assert(*text == '[' && strstr(text, "] ") != NULL);
	for (; *text != '\0'; text++)
		i_assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_facts(const uint8_t *data, const char *diagnostic,
			const char *text)
{
	static const int locked[][3] = {
		{ 0 }, { 19, 53 }, { 53 }, { 49, 52 }
	};
	const struct auth_verdict_settings set = {
		.locked_codes = (data[0] & 1) != 0 ? NULL : locked[data[1] & 3],
		.tell_locked = (data[0] & 2) != 0,
	};
	const struct auth_facts facts = {
		.person_expired = (data[0] & 4) != 0,
		.mailbox = (data[0] & 8) != 0 ? AUTH_MAILBOX_OWN :
						AUTH_MAILBOX_PROJECT,
		.role_complete = (data[0] & 0x10) == 0,
		.role_may_use = (data[0] & 0x20) == 0,
		.groups_complete = (data[0] & 0x40) == 0,
		.input_refused = (data[0] & 0x80) != 0,
		/* values that are none, too */
		.person = (enum auth_found)(data[1] >> 2 & 3),
		.mailbox_found = (enum auth_found)(data[1] >> 4 & 3),
		.decoy = (data[1] & 0x40) != 0,
		.role = (enum project_role)(int8_t)data[2],
		.bind =
			{
				.outcome = (enum directory_outcome)data[3],
				.code = (int8_t)data[4],
				.ppolicy_error = (int8_t)data[5],
				.diagnostic = diagnostic,
			},
	};
	static const char *const services[] = { "imap", "pop3", "submission",
						"sieve" };
	const struct auth_verdict_texts texts = { text, text, text, text };
	struct auth_verdict verdict;

	auth_verdict(&set, &facts, &verdict);
	check_result(&set, &facts, &verdict);
	check_reason(&set, &verdict);
	check_final(&set, &facts, &verdict);
	check_text(&texts, verdict.reason, services[data[6] & 3]);
}

/* Dovecot's library is made once, not for each input as in fuzzer.h: this is
   the target to run a hundred million times. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *diagnostic, *text = "";
	char *end;

	if (size < FACTS_BYTES)
		return 0;
	if (!lib_is_initialized())
		lib_init();
	T_BEGIN
	{
		diagnostic = t_strndup(data + FACTS_BYTES, size - FACTS_BYTES);
		end = strchr(diagnostic, '\n');
		if (end != NULL) {
			text = end + 1;
			*end = '\0';
		}
		check_facts(data, diagnostic, text);
	}
	T_END;
	return 0;
}
