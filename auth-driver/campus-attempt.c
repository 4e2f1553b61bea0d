/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From logins to the budget of binds: whose password is tried, from which
   network, and who waits for whom. */

#include "lib.h"
#include "ioloop.h"
#include "llist.h"
#include "time-util.h"
#include "log-escape.h"
#include "campus-attempt.h"
#include "campus-directory-private.h"

/* Some 250 bytes each. A campus has not more people; names that nobody has are
   an attacker's, and so many within an interval are known by other signs. */
#define ATTEMPT_MAX_PEOPLE 200000
#define ATTEMPT_MAX_NAMES 50000

struct bind_budget *campus_attempt_budget(const struct campus_settings *set)
{
	const struct bind_budget_settings budget_set = {
		.failures = set->bind_budget,
		.interval_msecs = set->bind_budget_interval_msecs,
		.max_people = ATTEMPT_MAX_PEOPLE,
		.max_names = ATTEMPT_MAX_NAMES,
	};

	return set->bind_budget == 0 ? NULL : bind_budget_init(&budget_set);
}

/* Whoever has no entry counts by the name, all spellings of it that would mean
   one person: without the login domain, in lower case. */
static const char *attempt_nobody(const struct campus_settings *set,
				  const char *name)
{
	const char *domain = strrchr(name, '@');
	const char *const *login_domain = set->map.find.login_domains;

	for (; domain != NULL && *login_domain != NULL; login_domain++) {
		if (strcasecmp(domain + 1, *login_domain) == 0)
			return t_str_lcase(t_strdup_until(name, domain));
	}
	return t_str_lcase(name);
}

static void attempt_log(struct campus_attempt *attempt, uint64_t now,
			uint64_t until)
{
	struct bind_budget *budget = attempt->directory->budget;
	time_t when = ioloop_time + (time_t)((until - now) / 1000);
	unsigned int suppressed;
	const char *more = "";

	if (!bind_budget_may_log(budget, &attempt->try, now, &suppressed))
		return;
	if (suppressed > 0) {
		more = t_strdup_printf(
			" (%u more lines of this kind were not logged)",
			suppressed);
	}
	e_warning(attempt->event,
		  "budget spent: person=%s network=%s until=%s: no more "
		  "passwords are tried for this network, lest the directory "
		  "lock the account: too many were wrong within "
		  "campus_bind_budget_interval, from here or elsewhere. If an "
		  "attacker tries them, keep out the networks of the lines "
		  "'login refused' (rip=); if it is the person, let him put "
		  "the right password into his programs. He still gets in "
		  "from other networks where he has logged in before%s",
		  log_escape(attempt->name), attempt->network,
		  t_strflocaltime("%Y-%m-%dT%H:%M:%S", when), more);
}

static enum bind_budget_answer attempt_ask(struct campus_attempt *attempt)
{
	uint64_t now = campus_ldap_now_msecs(), until;
	enum bind_budget_answer answer = bind_budget_begin(
		attempt->directory->budget, &attempt->try, now, &until);

	if (answer == BIND_BUDGET_REFUSED)
		attempt_log(attempt, now, until);
	return answer;
}

static void attempt_stop_waiting(struct campus_attempt *attempt)
{
	DLLIST2_REMOVE(&attempt->directory->attempts_head,
		       &attempt->directory->attempts_tail, attempt);
	attempt->waits = FALSE;
}

/* Let all go on that no longer have to wait, in the order in which they came.
   A callback may end others that wait. */
static void attempt_wake(struct campus_directory *directory, uint64_t person,
			 bool exists)
{
	enum bind_budget_answer answer = BIND_BUDGET_WAIT;
	struct campus_attempt *attempt;

	do {
		attempt = directory->attempts_head;
		for (; attempt != NULL; attempt = attempt->next) {
			if (attempt->try.person != person ||
			    attempt->try.exists != exists)
				continue;
			answer = attempt_ask(attempt);
			if (answer != BIND_BUDGET_WAIT)
				break;
		}
		if (attempt != NULL) {
			attempt_stop_waiting(attempt);
			attempt->callback(answer, attempt->context);
		}
	} while (attempt != NULL);
}

enum bind_budget_answer
campus_attempt_begin(struct campus_attempt *attempt, const char *name,
		     const struct directory_account *account,
		     const struct campus_login_query *query)
{
	struct campus_directory *directory = attempt->directory;
	struct bind_budget *budget = directory->budget;
	enum bind_budget_answer answer;

	if (budget == NULL)
		return BIND_BUDGET_BIND;
	attempt->name = account != NULL ?
				account->uid :
				p_strdup(attempt->pool,
					 attempt_nobody(&directory->set, name));
	attempt->network =
		p_strdup(attempt->pool, bind_budget_network(&query->client));
	attempt->try.exists = account != NULL;
	attempt->try.person = bind_budget_hash(budget, attempt->name);
	attempt->try.network = bind_budget_hash(budget, attempt->network);
	attempt->try.password = bind_budget_hash_password(
		budget, attempt->try.person,
		account == NULL ? "" : account->changed, query->password);
	/* Where the directory does not say when a password may have been set,
	   one that was wrong may be right by now; and so may one that was
	   wrong while the account was locked. Names that nobody has are
	   treated as people are. */
	if (account != NULL)
		directory->tells_changes = *account->changed != '\0';
	attempt->try.forget = !directory->tells_changes ||
			      (account != NULL && account->may_be_locked);
	answer = attempt_ask(attempt);
	if (answer == BIND_BUDGET_WAIT) {
		attempt->waits = TRUE;
		DLLIST2_APPEND(&directory->attempts_head,
			       &directory->attempts_tail, attempt);
	}
	return answer;
}

void campus_attempt_end(struct campus_attempt *attempt,
			enum auth_password password)
{
	static const enum bind_budget_outcome outcomes[] = {
		[AUTH_PASSWORD_UNDECIDED] = BIND_BUDGET_OUTCOME_UNDECIDED,
		[AUTH_PASSWORD_WRONG] = BIND_BUDGET_OUTCOME_WRONG,
		[AUTH_PASSWORD_RIGHT] = BIND_BUDGET_OUTCOME_RIGHT,
	};
	struct campus_directory *directory = attempt->directory;
	struct bind_budget_try *try = &attempt->try;

	if (attempt->waits)
		attempt_stop_waiting(attempt);
	if (try->flight == NULL)
		return;
	bind_budget_decide(directory->budget, try, outcomes[password],
			   campus_ldap_now_msecs());
	if (password == AUTH_PASSWORD_RIGHT)
		attempt_wake(directory, try->person, try->exists);
	bind_budget_end(directory->budget, try);
	attempt_wake(directory, try->person, try->exists);
}
