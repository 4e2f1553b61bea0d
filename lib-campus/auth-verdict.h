/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef AUTH_VERDICT_H
#define AUTH_VERDICT_H

#include "directory-outcome.h"
#include "project-role.h"

/* The result table: from what the directory said to what Dovecot is told. */

/* What the look-up of a name came to. Zero is "unsure", so that facts nobody
   filled in let nobody in. */
enum auth_found {
	/* no conclusion: trouble, ambiguity, a malformed entry */
	AUTH_FOUND_UNSURE,
	/* a complete answer, and exactly one entry is meant */
	AUTH_FOUND_ONE,
	/* a complete answer, and there is none */
	AUTH_FOUND_NONE
};

enum auth_mailbox {
	AUTH_MAILBOX_PROJECT,
	/* the person's own: nothing to permit */
	AUTH_MAILBOX_OWN
};

/* May the password be tried at all? See bind-budget.h. */
enum auth_budget {
	AUTH_BUDGET_LEFT,
	/* It was wrong a short while ago. */
	AUTH_BUDGET_WRONG_AGAIN,
	/* Too many were wrong. */
	AUTH_BUDGET_SPENT
};

struct auth_facts {
	/* a name that the grammar or name_check_typed() refused, an empty
	   password */
	bool input_refused;
	enum auth_budget budget;
	enum auth_found person;
	/* no such person, and so the bind is a decoy's, for its time */
	bool decoy;
	/* over by shadow(5) today */
	bool person_expired;
	struct directory_bind_answer bind;
	enum auth_mailbox mailbox;
	/* AUTH_FOUND_ONE only if no other entry has the mailbox's name */
	enum auth_found mailbox_found;
	/* for AUTH_MAILBOX_PROJECT: whether the search for roles came to a
	   complete end, its result, and whether that role may use this
	   protocol */
	bool role_complete;
	enum project_role role;
	bool role_may_use;
	/* whether all groups are known that the session shall be told of, which
	   may be none at all */
	bool groups_complete;
};

struct auth_verdict_settings {
	/* result codes of a person's bind that mean "locked" at this site
	   (19, 53); terminated by 0; NULL = none. 0 and 49 never mean it. */
	const int *locked_codes;
	/* say "locked" to the client instead of "wrong password" */
	bool tell_locked;
};

enum auth_result {
	AUTH_RESULT_OK,
	AUTH_RESULT_PASSWORD_MISMATCH,
	AUTH_RESULT_USER_UNKNOWN,
	AUTH_RESULT_USER_DISABLED,
	AUTH_RESULT_INTERNAL_FAILURE
};

/* Which text a USER_DISABLED carries. */
enum auth_reason {
	AUTH_REASON_NONE,
	AUTH_REASON_EXPIRED,
	AUTH_REASON_MUST_CHANGE,
	AUTH_REASON_LOCKED,
	/* locked, but the site does not tell: looks like a wrong password */
	AUTH_REASON_LOCKED_UNTOLD,
	AUTH_REASON_NOT_PERMITTED
};

struct auth_verdict {
	enum auth_result result;
	enum auth_reason reason;
	/* which row of the table decided, for the log and the event: a word or
	   two such as "wrong-password", "mailbox-unknown", "role-protocol" */
	const char *rule;
};

/* Decide. A wrong password beats all that is known about the mailbox; doubt is
   always AUTH_RESULT_INTERNAL_FAILURE. Never fails. */
void auth_verdict(const struct auth_verdict_settings *set,
		  const struct auth_facts *facts,
		  struct auth_verdict *verdict_r);

/* Is the answer to a person's bind already a refusal or a failure that no fact
   about the mailbox can change (so that the login need not wait for the other
   requests)? */
bool auth_verdict_bind_is_final(const struct auth_verdict_settings *set,
				const struct directory_bind_answer *bind);

/* Does the answer to a decoy's bind say that people cannot log in now? Then a
   name that nobody has fails as theirs do. */
bool auth_verdict_decoy_is_trouble(const struct auth_verdict_settings *set,
				   const struct directory_bind_answer *bind);

/* What does the answer to a person's bind say about the password alone? */
enum auth_password {
	/* nothing */
	AUTH_PASSWORD_UNDECIDED,
	AUTH_PASSWORD_WRONG,
	AUTH_PASSWORD_RIGHT
};
enum auth_password
auth_verdict_password(const struct auth_verdict_settings *set,
		      const struct directory_bind_answer *bind);

/* The longest text, in bytes: with what the protocols put around it, a reply
   stays within the 512 bytes of POP3 and SMTP. */
#define AUTH_VERDICT_TEXT_MAX_BYTES 450

struct auth_verdict_texts {
	/* sentences for people; "" or NULL = a sentence of ours */
	const char *expired, *must_change, *locked, *not_permitted;
};

/* The reason as Dovecot's field "reason" wants it for that service: with its
   [CODE] on imap, bare elsewhere; one line, at most AUTH_VERDICT_TEXT_MAX_BYTES
   of text. On the data stack.

   NULL means: set no reason at all. That is so for AUTH_REASON_NONE, and for
   AUTH_REASON_LOCKED_UNTOLD too, since a USER_DISABLED without a reason is on
   every service the same bytes as a wrong password, while one with a reason is
   not (Postfix says "(reason unavailable)" for a wrong password). */
const char *auth_verdict_reason_text(const struct auth_verdict_texts *texts,
				     enum auth_reason reason,
				     const char *service);

#endif
