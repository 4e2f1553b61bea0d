/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_ATTEMPT_H
#define CAMPUS_ATTEMPT_H

#include "auth-verdict.h"
#include "bind-budget.h"

/* May the password of a login be tried? Asks the directory's budget, and waits
   for other logins of the same person if their results decide. */

struct campus_attempt;
struct campus_directory;
struct campus_login_query;
struct campus_settings;
struct directory_account;

/* answer is anything but BIND_BUDGET_WAIT. */
typedef void campus_attempt_callback_t(enum bind_budget_answer answer,
				       void *context);

struct campus_attempt {
	/* set by the caller, and valid as long as the login */
	struct campus_directory *directory;
	pool_t pool;
	struct event *event;
	campus_attempt_callback_t *callback;
	void *context;

	/* private */
	struct campus_attempt *prev, *next;
	struct bind_budget_try try;
	const char *name, *network;
	bool waits;
};

/* The budget by the settings; NULL = there is no limit. */
struct bind_budget *campus_attempt_budget(const struct campus_settings *set);

/* Ask for one try. account = NULL: nobody has that name. On BIND_BUDGET_WAIT
   the callback tells later; it is not called before this returns. */
enum bind_budget_answer
campus_attempt_begin(struct campus_attempt *attempt, const char *name,
		     const struct directory_account *account,
		     const struct campus_login_query *query);
/* The try has ended. Others that waited for it go on, and may be over when
   this returns. Does nothing if there is none, so that it may be called again
   when the login ends. */
void campus_attempt_end(struct campus_attempt *attempt,
			enum auth_password password);

#endif
