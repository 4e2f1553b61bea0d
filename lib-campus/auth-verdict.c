/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The result table: from what the directory said to what Dovecot is told. */

#include "lib.h"
#include "str.h"
#include "unichar.h"
#include "auth-verdict.h"

#include <ctype.h>

#define VERDICT_OK AUTH_RESULT_OK, AUTH_REASON_NONE
#define VERDICT_MISMATCH AUTH_RESULT_PASSWORD_MISMATCH, AUTH_REASON_NONE
#define VERDICT_TROUBLE AUTH_RESULT_INTERNAL_FAILURE, AUTH_REASON_NONE
#define VERDICT_DISABLED(reason) AUTH_RESULT_USER_DISABLED, reason

/* How a person's bind can end without an answer to look at */
static const struct {
	enum directory_outcome outcome;
	const char *rule;
} verdict_outcomes[] = {
	{ DIRECTORY_OUTCOME_NO_SERVER, "directory-no-server" },
	{ DIRECTORY_OUTCOME_TIMEOUT, "directory-timeout" },
	{ DIRECTORY_OUTCOME_TRANSPORT, "directory-transport" },
	{ DIRECTORY_OUTCOME_QUEUE_FULL, "directory-queue-full" },
	{ DIRECTORY_OUTCOME_SERVICE_BIND, "service-bind-refused" },
	{ DIRECTORY_OUTCOME_LIMIT, "directory-limit" },
};

/* Errors of the password policy control that say why nobody gets in. They come
   beside 49, beside 0 (must change), and some servers send them beside 19
   and 53. */
static const struct {
	int error;
	enum auth_reason reason;
	const char *rule;
} verdict_ppolicy[] = {
	{ DIRECTORY_PPOLICY_PASSWORD_EXPIRED, AUTH_REASON_EXPIRED,
	  "password-expired" },
	{ DIRECTORY_PPOLICY_ACCOUNT_LOCKED, AUTH_REASON_LOCKED,
	  "account-locked" },
	{ DIRECTORY_PPOLICY_CHANGE_AFTER_RESET, AUTH_REASON_MUST_CHANGE,
	  "password-must-change" },
};
/* The last one of the draft; up to it they speak of a new password only. */
#define PPOLICY_LAST_KNOWN 8

/* Active Directory says it all by 49 and a Windows error in the text. */
static const struct {
	unsigned int data;
	enum auth_result result;
	enum auth_reason reason;
	const char *rule;
} verdict_ad[] = {
	/* no such user; wrong password */
	{ 0x525, VERDICT_MISMATCH, "wrong-password" },
	{ 0x52e, VERDICT_MISMATCH, "wrong-password" },
	/* not at this hour; not from this workstation */
	{ 0x530, VERDICT_DISABLED(AUTH_REASON_LOCKED), "logon-hours" },
	{ 0x531, VERDICT_DISABLED(AUTH_REASON_LOCKED), "logon-workstation" },
	{ 0x532, VERDICT_DISABLED(AUTH_REASON_EXPIRED), "password-expired" },
	{ 0x533, VERDICT_DISABLED(AUTH_REASON_LOCKED), "account-disabled" },
	{ 0x701, VERDICT_DISABLED(AUTH_REASON_LOCKED), "account-expired" },
	{ 0x773, VERDICT_DISABLED(AUTH_REASON_MUST_CHANGE),
	  "password-must-change" },
	{ 0x775, VERDICT_DISABLED(AUTH_REASON_LOCKED), "account-locked" },
};

static void verdict_set(struct auth_verdict *verdict, enum auth_result result,
			enum auth_reason reason, const char *rule)
{
	verdict->result = result;
	verdict->reason = reason;
	verdict->rule = rule;
}

static bool verdict_is_word_char(char c)
{
	return i_isalnum(c) || c == '_';
}

static unsigned int verdict_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return i_tolower(c) - 'a' + 10;
}

/* The hexadecimal word in "... error, data 52e, v3839", the only part of the
   text that is the same everywhere. FALSE if there is none. A word too long to
   be an error of Windows gives UINT_MAX. */
static bool verdict_parse_ad_data(const char *diagnostic, unsigned int *data_r)
{
	static const char key[] = "data ";
	const char *p, *hex;

	for (p = diagnostic; *p != '\0'; p++) {
		if (strncasecmp(p, key, strlen(key)) != 0 ||
		    (p != diagnostic && verdict_is_word_char(p[-1])))
			continue;
		*data_r = 0;
		for (hex = p + strlen(key); i_isxdigit(*hex); hex++) {
			*data_r =
				*data_r > UINT_MAX >> 4 ?
					UINT_MAX :
					*data_r << 4 | verdict_hex_digit(*hex);
		}
		if (hex > p + strlen(key) && !verdict_is_word_char(*hex))
			return TRUE;
	}
	return FALSE;
}

static void verdict_bind_invalid(const struct directory_bind_answer *bind,
				 struct auth_verdict *verdict)
{
	unsigned int i, data;

	if (!verdict_parse_ad_data(bind->diagnostic, &data)) {
		verdict_set(verdict, VERDICT_MISMATCH, "wrong-password");
		return;
	}
	for (i = 0; i < N_ELEMENTS(verdict_ad); i++) {
		if (verdict_ad[i].data == data) {
			verdict_set(verdict, verdict_ad[i].result,
				    verdict_ad[i].reason, verdict_ad[i].rule);
			return;
		}
	}
	/* Some other Windows error: nobody said that the password is wrong. */
	verdict_set(verdict, VERDICT_TROUBLE, "bind-data-unknown");
}

static bool verdict_ppolicy_speaks(const struct directory_bind_answer *bind,
				   struct auth_verdict *verdict)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(verdict_ppolicy); i++) {
		if (verdict_ppolicy[i].error == bind->ppolicy_error) {
			verdict_set(verdict,
				    VERDICT_DISABLED(verdict_ppolicy[i].reason),
				    verdict_ppolicy[i].rule);
			return TRUE;
		}
	}
	return FALSE;
}

static bool verdict_code_is_locked(const struct auth_verdict_settings *set,
				   int code)
{
	const int *locked = set->locked_codes;

	for (; locked != NULL && *locked != 0; locked++) {
		if (*locked == code)
			return TRUE;
	}
	return FALSE;
}

static void verdict_bind_code(const struct auth_verdict_settings *set,
			      const struct directory_bind_answer *bind,
			      struct auth_verdict *verdict)
{
	switch (bind->code) {
	case DIRECTORY_CODE_SUCCESS:
		if (verdict_ppolicy_speaks(bind, verdict))
			return;
		if (bind->ppolicy_error < DIRECTORY_PPOLICY_NONE ||
		    bind->ppolicy_error > PPOLICY_LAST_KNOWN) {
			verdict_set(verdict, VERDICT_TROUBLE,
				    "bind-ppolicy-unknown");
			return;
		}
		verdict_set(verdict, VERDICT_OK, "password");
		return;
	case DIRECTORY_CODE_INVALID_CREDENTIALS:
		if (!verdict_ppolicy_speaks(bind, verdict))
			verdict_bind_invalid(bind, verdict);
		return;
	case DIRECTORY_CODE_CONSTRAINT_VIOLATION:
	case DIRECTORY_CODE_UNWILLING:
		if (verdict_ppolicy_speaks(bind, verdict))
			return;
		break;
	case DIRECTORY_CODE_BUSY:
	case DIRECTORY_CODE_UNAVAILABLE:
		verdict_set(verdict, VERDICT_TROUBLE, "directory-busy");
		return;
	}
	if (verdict_code_is_locked(set, bind->code)) {
		verdict_set(verdict, VERDICT_DISABLED(AUTH_REASON_LOCKED),
			    "account-locked");
		return;
	}
	verdict_set(verdict, VERDICT_TROUBLE, "bind-code");
}

static void verdict_bind(const struct auth_verdict_settings *set,
			 const struct directory_bind_answer *bind,
			 struct auth_verdict *verdict)
{
	unsigned int i;

	if (bind->outcome == DIRECTORY_OUTCOME_ANSWERED) {
		verdict_bind_code(set, bind, verdict);
		return;
	}
	for (i = 0; i < N_ELEMENTS(verdict_outcomes); i++) {
		if (verdict_outcomes[i].outcome == bind->outcome) {
			verdict_set(verdict, VERDICT_TROUBLE,
				    verdict_outcomes[i].rule);
			return;
		}
	}
	verdict_set(verdict, VERDICT_TROUBLE, "directory-unknown");
}

/* Returns TRUE if it is trouble. */
static bool verdict_decoy(const struct auth_verdict_settings *set,
			  const struct directory_bind_answer *bind,
			  struct auth_verdict *verdict)
{
	/* The decoy is not there, or has no password: that is its own trouble,
	   and no person's. */
	if (bind->outcome == DIRECTORY_OUTCOME_ANSWERED &&
	    (bind->code == DIRECTORY_CODE_NO_SUCH_OBJECT ||
	     bind->code == DIRECTORY_CODE_INAPPROPRIATE_AUTHENTICATION))
		return FALSE;
	verdict_bind(set, bind, verdict);
	return verdict->result == AUTH_RESULT_INTERNAL_FAILURE;
}

static void verdict_not_permitted(struct auth_verdict *verdict,
				  const char *rule)
{
	verdict_set(verdict, VERDICT_DISABLED(AUTH_REASON_NOT_PERMITTED), rule);
}

/* Nobody gets in whose groups are not all known: an ACL may take rights away
   from any of them. */
static void verdict_let_in(const struct auth_facts *facts, const char *rule,
			   struct auth_verdict *verdict)
{
	if (!facts->groups_complete)
		verdict_set(verdict, VERDICT_TROUBLE, "groups-unsure");
	else
		verdict_set(verdict, VERDICT_OK, rule);
}

/* The password is right: may this person open that mailbox? */
static void verdict_mailbox(const struct auth_facts *facts,
			    struct auth_verdict *verdict)
{
	switch (facts->mailbox_found) {
	case AUTH_FOUND_ONE:
		break;
	case AUTH_FOUND_NONE:
		/* Doubt about the role is told for no mailbox or for each: or
		   it would tell which there are. */
		if (facts->role_complete)
			verdict_not_permitted(verdict, "mailbox-unknown");
		else
			verdict_set(verdict, VERDICT_TROUBLE, "role-unsure");
		return;
	default:
		verdict_set(verdict, VERDICT_TROUBLE, "mailbox-unsure");
		return;
	}
	if (facts->mailbox == AUTH_MAILBOX_OWN)
		verdict_let_in(facts, "own", verdict);
	else if (!facts->role_complete)
		verdict_set(verdict, VERDICT_TROUBLE, "role-unsure");
	else if (facts->role <= PROJECT_ROLE_NONE ||
		 facts->role >= PROJECT_ROLE_COUNT)
		verdict_not_permitted(verdict, "not-permitted");
	else if (!facts->role_may_use)
		verdict_not_permitted(verdict, "role-protocol");
	else
		verdict_let_in(facts, project_role_name(facts->role), verdict);
}

static void verdict_decide(const struct auth_verdict_settings *set,
			   const struct auth_facts *facts,
			   struct auth_verdict *verdict)
{
	if (facts->input_refused) {
		verdict_set(verdict, VERDICT_MISMATCH, "input-refused");
		return;
	}
	if (facts->budget == AUTH_BUDGET_SPENT) {
		verdict_set(verdict, VERDICT_TROUBLE, "bind-budget");
		return;
	}
	switch (facts->person) {
	case AUTH_FOUND_ONE:
		break;
	case AUTH_FOUND_NONE:
		if (!facts->decoy || facts->budget != AUTH_BUDGET_LEFT ||
		    !verdict_decoy(set, &facts->bind, verdict)) {
			verdict_set(verdict, AUTH_RESULT_USER_UNKNOWN,
				    AUTH_REASON_NONE, "person-unknown");
		}
		return;
	default:
		verdict_set(verdict, VERDICT_TROUBLE, "person-unsure");
		return;
	}
	if (facts->budget != AUTH_BUDGET_LEFT) {
		verdict_set(verdict, VERDICT_MISMATCH, "wrong-again");
		return;
	}
	verdict_bind(set, &facts->bind, verdict);
	if (verdict->result != AUTH_RESULT_OK)
		return;
	if (facts->person_expired) {
		verdict_set(verdict, VERDICT_DISABLED(AUTH_REASON_LOCKED),
			    "account-expired");
		return;
	}
	verdict_mailbox(facts, verdict);
}

void auth_verdict(const struct auth_verdict_settings *set,
		  const struct auth_facts *facts,
		  struct auth_verdict *verdict_r)
{
	verdict_decide(set, facts, verdict_r);
	if (verdict_r->reason == AUTH_REASON_LOCKED && !set->tell_locked)
		verdict_r->reason = AUTH_REASON_LOCKED_UNTOLD;
}

bool auth_verdict_bind_is_final(const struct auth_verdict_settings *set,
				const struct directory_bind_answer *bind)
{
	struct auth_verdict verdict;

	verdict_bind(set, bind, &verdict);
	return verdict.result != AUTH_RESULT_OK;
}

bool auth_verdict_decoy_is_trouble(const struct auth_verdict_settings *set,
				   const struct directory_bind_answer *bind)
{
	struct auth_verdict verdict;

	return verdict_decoy(set, bind, &verdict);
}

enum auth_password
auth_verdict_password(const struct auth_verdict_settings *set,
		      const struct directory_bind_answer *bind)
{
	struct auth_verdict verdict;

	verdict_bind(set, bind, &verdict);
	if (verdict.result == AUTH_RESULT_PASSWORD_MISMATCH)
		return AUTH_PASSWORD_WRONG;
	return bind->outcome == DIRECTORY_OUTCOME_ANSWERED &&
			       bind->code == DIRECTORY_CODE_SUCCESS ?
		       AUTH_PASSWORD_RIGHT :
		       AUTH_PASSWORD_UNDECIDED;
}

/* One line of valid UTF-8. A line break would become lines of their own on some
   protocols, and a lone CR ends submission-login. */
static const char *verdict_clean_text(const char *text)
{
	string_t *valid = t_str_new(128), *clean = t_str_new(128);
	size_t i, len = strlen(text);

	if (!uni_utf8_get_valid_data((const unsigned char *)text, len, valid)) {
		text = str_c(valid);
		len = str_len(valid);
	}
	len = uni_utf8_data_truncate((const unsigned char *)text, len,
				     AUTH_VERDICT_TEXT_MAX_BYTES);
	for (i = 0; i < len; i++) {
		unsigned char c = text[i];

		str_append_c(clean, c < 0x20 || c == 0x7f ? ' ' : c);
	}
	return str_c(clean);
}

const char *auth_verdict_reason_text(const struct auth_verdict_texts *texts,
				     enum auth_reason reason,
				     const char *service)
{
	const char *code, *text, *fallback;

	switch (reason) {
	case AUTH_REASON_EXPIRED:
		code = "[EXPIRED]";
		text = texts->expired;
		fallback = "Your password has expired.";
		break;
	case AUTH_REASON_MUST_CHANGE:
		code = "[EXPIRED]";
		text = texts->must_change;
		fallback = "You must change your password first.";
		break;
	case AUTH_REASON_LOCKED:
		code = "[ALERT]";
		text = texts->locked;
		fallback = "Your account is locked.";
		break;
	case AUTH_REASON_NOT_PERMITTED:
		code = "[AUTHORIZATIONFAILED]";
		text = texts->not_permitted;
		fallback = "You may not open this mailbox.";
		break;
	case AUTH_REASON_NONE:
	case AUTH_REASON_LOCKED_UNTOLD:
	default:
		return NULL;
	}
	if (text == NULL || *text == '\0')
		text = fallback;
	text = verdict_clean_text(text);
	if (service != NULL && strcmp(service, "imap") == 0)
		return t_strconcat(code, " ", text, NULL);
	if (service != NULL && strcmp(service, "pop3") == 0 && *text == '[') {
		/* Dovecot would take the text for one with a code of its own
		   and leave out [AUTH]. */
		return t_strconcat("[AUTH] ", text, NULL);
	}
	return text;
}
