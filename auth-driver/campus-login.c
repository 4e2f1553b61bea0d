/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One login, from the typed name to the verdict.

   Round trip 1: find the person and, if one was named, the project mailbox;
   else ask whether a project mailbox has the person's name.
   Round trip 2: bind as the person; beside it ask for the person's role and
   groups, and that last question again if the name was not the uid. One more
   for each level of groups in groups. All of it is asked of one server. If that
   one fails the login, all of it is asked of the next, once of each, within
   campus_login_timeout in all (campus-servers.h); but nothing is asked again
   once an answer has decided. A bind without an answer is asked again, too:
   most people whose bind hangs can log in at another server, and at the worst
   one wrong password is counted once at each.

   The facts begin as "unsure": what no server ever answered can let nobody in,
   and counts as nobody's wrong password. */

#include "lib.h"
#include "ioloop.h"
#include "str.h"
#include "time-util.h"
#include "log-escape.h"
#include "login-name.h"
#include "name-check.h"
#include "server-choice.h"
#include "campus-attempt.h"
#include "campus-decoy.h"
#include "campus-directory-private.h"
#include "campus-lookup.h"
#include "campus-membership.h"

#define SECS_PER_DAY (24 * 60 * 60)

struct campus_login {
	pool_t pool;
	struct campus_directory *directory;
	struct campus_visit visit;
	struct event *event;
	struct campus_login_query query;
	uint64_t started_usecs;
	struct timeout *to;

	struct login_name name;
	struct auth_facts facts;
	const struct directory_account *person, *mailbox;
	const char *groups;
	/* what login->name.mailbox means: perhaps a person */
	const struct directory_account *named;
	enum campus_lookup_where named_where;
	/* no person has this name */
	bool named_no_person;

	/* the name that nobody else may have, and what has it */
	const char *twin_name;
	struct campus_lookup_answer twin;

	struct campus_lookup *person_lookup, *mailbox_lookup, *twin_lookup;
	struct campus_ldap_request *bind;
	struct campus_attempt attempt;
	struct campus_membership *membership;
	bool person_done, mailbox_done, bind_done;
	bool membership_done, twin_done;
	bool entered;

	/* the first trouble, that of the servers before, and the server that
	   answered last */
	const char *error, *errors_before, *server;

	campus_login_callback_t *callback;
	void *context;
};

static void campus_login_trouble(struct campus_login *login, const char *error)
{
	if (login->error == NULL && error != NULL)
		login->error = p_strdup(login->pool, error);
}

static void campus_login_log(struct campus_login *login,
			     const struct auth_verdict *verdict)
{
	const char *person = login->person == NULL ? "-" : login->person->uid;
	const char *mailbox = login->mailbox != NULL ? login->mailbox->uid :
			      login->name.mailbox == NULL ? person :
							    "-";
	const char *role = project_role_name(login->facts.role);
	/* That the budget is spent is no trouble of the directory. */
	bool failed = verdict->result == AUTH_RESULT_INTERNAL_FAILURE &&
		      login->facts.budget != AUTH_BUDGET_SPENT;
	const char *result = failed			       ? "failed" :
			     verdict->result == AUTH_RESULT_OK ? "ok" :
								 "refused";
	uint64_t now = i_microseconds();
	uint64_t usecs =
		now < login->started_usecs ? 0 : now - login->started_usecs;
	string_t *line = t_str_new(256);

	str_printfa(line, "login %s: person=%s mailbox=%s role=%s rule=%s",
		    result, person, mailbox, role, verdict->rule);
	str_printfa(line, " protocol=%s server=%s %ju ms",
		    login->query.service == NULL ?
			    "-" :
			    log_escape(login->query.service),
		    login->server == NULL ? "-" : login->server,
		    (uintmax_t)usecs / 1000);
	/* Last, since a typed name may look like one of the fields above. */
	str_printfa(line, " typed=%s", log_escape(login->query.typed));
	if (login->query.authzid != NULL)
		str_printfa(line, " authzid=%s",
			    log_escape(login->query.authzid));
	if (login->errors_before != NULL)
		str_printfa(line, ": %s", login->errors_before);
	if (login->error != NULL)
		str_printfa(line, ": %s", login->error);

	struct event_passthrough *e =
		event_create_passthrough(login->event)
			->set_name("campus_login_finished")
			->add_str("result", result)
			->add_str("rule", verdict->rule)
			->add_str("person", person)
			->add_str("mailbox", mailbox)
			->add_str("role", role)
			->add_str("protocol",
				  login->query.service == NULL ?
					  "" :
					  log_escape(login->query.service))
			->add_str("typed", log_escape(login->query.typed))
			->add_str("authzid", log_escape(login->query.authzid))
			->add_str("server",
				  login->server == NULL ? "" : login->server)
			->add_int("duration_usecs", usecs);
	if (failed)
		e_error(e->event(), "%s", str_c(line));
	else
		e_info(e->event(), "%s", str_c(line));
}

static void campus_login_abort(struct campus_login *login)
{
	campus_lookup_abort(&login->person_lookup);
	campus_lookup_abort(&login->mailbox_lookup);
	campus_lookup_abort(&login->twin_lookup);
	campus_ldap_abort(&login->bind);
	campus_attempt_end(&login->attempt, AUTH_PASSWORD_UNDECIDED);
	campus_membership_abort(&login->membership);
}

static void campus_login_free(struct campus_login *login)
{
	timeout_remove(&login->to);
	campus_login_abort(login);
	campus_visit_end(&login->visit);
	if (login->entered)
		campus_directory_leave(login->directory);
	event_unref(&login->event);
	pool_unref(&login->pool);
}

static void campus_login_finish(struct campus_login *login)
{
	const struct campus_settings *set = &login->directory->set;
	struct campus_login_answer answer = {
		.person = login->person,
		.mailbox = login->mailbox,
		.role = login->facts.role,
		.groups = login->groups,
	};

	/* out of time: nobody has said that the name is only this one's */
	if (login->mailbox != NULL && !login->twin_done)
		login->facts.mailbox_found = AUTH_FOUND_UNSURE;
	login->facts.role_may_use = project_role_may_use(
		&set->roles, login->facts.role, login->query.service);
	auth_verdict(&set->verdict, &login->facts, &answer.verdict);
	answer.reason = auth_verdict_reason_text(
		&set->texts, answer.verdict.reason, login->query.service);
	campus_login_log(login, &answer.verdict);
	login->callback(&answer, login->context);
	campus_login_free(login);
}

/* Has all been said that the verdict can depend on? */
static bool campus_login_is_decided(const struct campus_login *login)
{
	const struct campus_settings *set = &login->directory->set;

	if (!login->person_done)
		return FALSE;
	if (login->facts.person != AUTH_FOUND_ONE)
		return login->bind_done;
	/* A wrong password beats everything, so nothing is said before. */
	if (!login->bind_done)
		return FALSE;
	if (auth_verdict_bind_is_final(&set->verdict, &login->facts.bind))
		return TRUE;
	if (!login->mailbox_done)
		return FALSE;
	if (login->facts.mailbox_found == AUTH_FOUND_UNSURE)
		return TRUE;
	return login->membership_done &&
	       (login->twin_done ||
		login->facts.mailbox_found == AUTH_FOUND_NONE);
}

static void campus_login_ask(struct campus_login *login);

/* At another server than before. */
static void campus_login_again(void *context)
{
	struct campus_login *login = context;

	campus_login_abort(login);
	if (login->error != NULL) {
		login->errors_before =
			login->errors_before == NULL ?
				login->error :
				p_strdup_printf(login->pool, "%s: %s",
						login->errors_before,
						login->error);
	}
	login->error = NULL;
	campus_login_ask(login);
}

/* A request ended in trouble. TRUE if it is the server's and the login has
   begun again at the next one. */
static bool campus_login_goes_on(struct campus_login *login, bool server_failed)
{
	if (!server_failed || !campus_visit_next(&login->visit))
		return FALSE;
	campus_login_again(login);
	return TRUE;
}

static void
campus_login_membership(const struct campus_membership_answer *answer,
			void *context)
{
	struct campus_login *login = context;

	login->membership = NULL;
	login->membership_done = TRUE;
	login->facts.role_complete = answer->role_complete;
	login->facts.role = answer->role;
	login->facts.groups_complete = answer->groups_complete;
	login->groups = answer->groups;
	campus_login_trouble(login, answer->error);
	if (campus_login_goes_on(login, answer->server_failed))
		return;
	if (campus_login_is_decided(login))
		campus_login_finish(login);
}

/* The mailbox and its twin are known. Who has the mailbox's name for an address
   only has another home. */
static void campus_login_compare_twin(struct campus_login *login)
{
	if (login->twin.found == AUTH_FOUND_ONE &&
	    strcmp(login->twin.account->uid, login->mailbox->uid) != 0)
		return;
	if (login->twin.found != AUTH_FOUND_NONE)
		login->facts.mailbox_found = AUTH_FOUND_UNSURE;
	campus_login_trouble(login, login->twin.error);
	if (login->twin.found == AUTH_FOUND_ONE) {
		campus_login_trouble(
			login,
			t_strdup_printf("a person and a project mailbox have "
					"the same name and so would share one "
					"home: '%s' and '%s'; rename one",
					log_escape(login->mailbox->dn),
					log_escape(login->twin.account->dn)));
	}
}

static void campus_login_twin(const struct campus_lookup_answer *answer,
			      void *context)
{
	struct campus_login *login = context;

	login->twin_lookup = NULL;
	login->twin_done = TRUE;
	login->twin = *answer;
	login->twin.error = p_strdup(login->pool, answer->error);
	if (answer->server_failed)
		campus_login_trouble(login, answer->error);
	if (campus_login_goes_on(login, answer->server_failed))
		return;
	if (login->mailbox == NULL)
		return;
	campus_login_compare_twin(login);
	if (campus_login_is_decided(login))
		campus_login_finish(login);
}

/* Whatever mailbox is opened, its name must be nobody else's. */
static void campus_login_ask_twin(struct campus_login *login,
				  enum campus_lookup_where where,
				  const char *name)
{
	campus_lookup_abort(&login->twin_lookup);
	login->twin_done = FALSE;
	login->twin_name = name;
	login->twin_lookup = campus_lookup_start(
		login->directory, login->visit.ldap, login->pool, login->event,
		where, DIRECTORY_MAP_NAMES, name, campus_login_twin, login);
}

/* What is the person to the project mailbox (NULL = there is none), and in
   which groups? */
static void campus_login_ask_membership(struct campus_login *login,
					const struct directory_account *project)
{
	login->membership = campus_membership_start(
		login->directory, login->visit.ldap, login->pool, login->event,
		login->person, project, campus_login_membership, login);
}

/* The mailbox is the person's own: is there a project of the same name? */
static void campus_login_own(struct campus_login *login)
{
	const struct campus_settings *set = &login->directory->set;

	campus_lookup_abort(&login->mailbox_lookup);
	login->mailbox = login->person;
	login->facts.mailbox = AUTH_MAILBOX_OWN;
	login->facts.mailbox_found = AUTH_FOUND_ONE;
	login->mailbox_done = TRUE;
	if (set->acl_groups) {
		campus_login_ask_membership(login, NULL);
	} else {
		login->facts.groups_complete = TRUE;
		login->membership_done = TRUE;
	}
	if (*set->projects_base == '\0')
		login->twin_done = TRUE;
	else if (login->twin_name == NULL ||
		 strcmp(login->twin_name, login->person->uid) != 0)
		campus_login_ask_twin(login, CAMPUS_LOOKUP_PROJECTS,
				      login->person->uid);
	else if (login->twin_done)
		campus_login_compare_twin(login);
}

/* What are the person and the project mailbox to each other, and is there a
   person of the same name? */
static void campus_login_project(struct campus_login *login)
{
	campus_login_ask_membership(login, login->mailbox);
	/* Was this very question answered in round trip 1? */
	login->twin_done =
		login->named_no_person &&
		strcmp(login->name.mailbox, login->mailbox->uid) == 0;
	if (!login->twin_done)
		campus_login_ask_twin(login, CAMPUS_LOOKUP_PEOPLE,
				      login->mailbox->uid);
}

/* With the person known, and what the name of the mailbox means. */
static void campus_login_open(struct campus_login *login)
{
	const struct directory_account *account = login->named;

	if (login->person == NULL || !login->mailbox_done ||
	    login->facts.mailbox_found == AUTH_FOUND_UNSURE)
		return;
	if (account == NULL) {
		/* as long as for one that is not permitted */
		campus_login_ask_membership(login, NULL);
	} else if (login->named_where == CAMPUS_LOOKUP_PROJECTS) {
		login->mailbox = account;
		campus_login_project(login);
	} else if (strcasecmp(account->dn, login->person->dn) == 0) {
		campus_login_own(login);
	} else {
		/* nobody opens another person's mailbox */
		login->facts.mailbox_found = AUTH_FOUND_NONE;
		campus_login_ask_membership(login, NULL);
	}
}

static void campus_login_mailbox(const struct campus_lookup_answer *answer,
				 void *context)
{
	struct campus_login *login = context;

	login->mailbox_lookup = NULL;
	login->mailbox_done = TRUE;
	login->facts.mailbox_found = answer->found;
	login->named = answer->account;
	login->named_where = answer->where;
	login->named_no_person = answer->found == AUTH_FOUND_ONE &&
				 (answer->anywhere & CAMPUS_LOOKUP_PEOPLE) == 0;
	campus_login_trouble(login, answer->error);
	if (campus_login_goes_on(login, answer->server_failed))
		return;
	campus_login_open(login);
	if (campus_login_is_decided(login))
		campus_login_finish(login);
}

/* The bind as dn has ended: what is said of the password? */
static void campus_login_bind_done(struct campus_login *login,
				   const struct campus_ldap_answer *answer,
				   const char *dn, enum auth_password password)
{
	const char *error = answer->error;

	login->bind = NULL;
	login->bind_done = TRUE;
	login->server = answer->server;
	login->facts.bind = answer->result;
	login->facts.bind.diagnostic =
		p_strdup(login->pool, answer->result.diagnostic);
	campus_attempt_end(&login->attempt, password);
	if (password != AUTH_PASSWORD_UNDECIDED)
		return;
	if (answer->result.outcome == DIRECTORY_OUTCOME_ANSWERED) {
		error = t_strdup_printf("%s answered with %s", answer->server,
					campus_directory_says(&answer->result));
	}
	campus_login_trouble(login, t_strdup_printf("bind as '%s': %s",
						    log_escape(dn), error));
}

static void campus_login_bind(const struct campus_ldap_answer *answer,
			      void *context)
{
	struct campus_login *login = context;

	campus_login_bind_done(
		login, answer, login->person->dn,
		auth_verdict_password(&login->directory->set.verdict,
				      &answer->result));
	if (campus_login_goes_on(login,
				 server_choice_failed_it(&answer->result)))
		return;
	if (campus_login_is_decided(login))
		campus_login_finish(login);
}

/* Is the person's own mailbox meant, by whatever spelling? An alias may be a
   project's unique address: only the look-up of the name tells. */
static bool campus_login_names_self(struct campus_login *login)
{
	return login->name.mailbox == NULL ||
	       directory_map_match(&login->directory->set.map, login->person,
				   login->name.mailbox) ==
		       DIRECTORY_MATCH_UNIQUE;
}

/* Nobody has the name, and that stays so whatever the server says of the
   password: the bind is for its time. */
static void campus_login_decoy(const struct campus_ldap_answer *answer,
			       void *context)
{
	struct campus_login *login = context;
	const struct campus_settings *set = &login->directory->set;

	campus_login_bind_done(
		login, answer, set->decoy_dn,
		auth_verdict_decoy_is_trouble(&set->verdict, &answer->result) ?
			AUTH_PASSWORD_UNDECIDED :
			AUTH_PASSWORD_WRONG);
	if (campus_login_goes_on(login,
				 server_choice_failed_it(&answer->result)))
		return;
	campus_decoy_check(login->directory, login->visit.ldap);
	campus_login_finish(login);
}

/* The password may be tried, or the login ends. */
static void campus_login_try(enum bind_budget_answer answer, void *context)
{
	struct campus_login *login = context;
	const struct campus_settings *set = &login->directory->set;

	switch (answer) {
	case BIND_BUDGET_REFUSED:
		login->facts.budget = AUTH_BUDGET_SPENT;
		break;
	case BIND_BUDGET_WRONG:
		login->facts.budget = AUTH_BUDGET_WRONG_AGAIN;
		break;
	case BIND_BUDGET_WAIT:
		return;
	case BIND_BUDGET_BIND:
		if (login->person == NULL && *set->decoy_dn == '\0') {
			campus_attempt_end(&login->attempt,
					   AUTH_PASSWORD_WRONG);
			break;
		}
		login->bind = campus_ldap_bind(
			login->visit.ldap,
			login->person == NULL ? set->decoy_dn :
						login->person->dn,
			login->query.password, set->login_timeout_msecs,
			login->person == NULL ? campus_login_decoy :
						campus_login_bind,
			login);
		return;
	}
	campus_login_finish(login);
}

static void campus_login_person(const struct campus_lookup_answer *answer,
				void *context)
{
	struct campus_login *login = context;
	enum bind_budget_answer may_try;

	login->person_lookup = NULL;
	login->person_done = TRUE;
	login->facts.person = answer->found;
	campus_login_trouble(login, answer->error);
	if (campus_login_goes_on(login, answer->server_failed))
		return;
	if (answer->found == AUTH_FOUND_UNSURE) {
		campus_login_finish(login);
		return;
	}

	login->person = answer->account;
	login->facts.decoy = login->person == NULL &&
			     *login->directory->set.decoy_dn != '\0';
	login->attempt = (struct campus_attempt){
		.directory = login->directory,
		.pool = login->pool,
		.event = login->event,
		.callback = campus_login_try,
		.context = login,
	};
	may_try = campus_attempt_begin(&login->attempt, login->name.person,
				       login->person, &login->query);
	if (login->person == NULL || may_try == BIND_BUDGET_REFUSED ||
	    may_try == BIND_BUDGET_WRONG) {
		campus_login_try(may_try, login);
		return;
	}
	login->facts.person_expired = login->person->expire_day != 0 &&
				      (uint64_t)ioloop_time / SECS_PER_DAY >=
					      login->person->expire_day;
	campus_login_try(may_try, login);
	if (campus_login_names_self(login))
		campus_login_own(login);
	else
		campus_login_open(login);
}

static void campus_login_timeout(struct campus_login *login)
{
	campus_login_trouble(
		login,
		t_strdup_printf(
			"the directory did not answer all questions within "
			"campus_login_timeout=%u ms; look at the LDAP server",
			login->directory->set.login_timeout_msecs));
	campus_login_finish(login);
}

static void campus_login_ask(struct campus_login *login)
{
	login->facts = (struct auth_facts){
		.person = AUTH_FOUND_UNSURE,
		.bind = { .outcome = DIRECTORY_OUTCOME_TIMEOUT,
			  .ppolicy_error = DIRECTORY_PPOLICY_NONE,
			  .diagnostic = "" },
		.mailbox = AUTH_MAILBOX_PROJECT,
		.mailbox_found = AUTH_FOUND_UNSURE,
	};
	login->person = login->mailbox = login->named = NULL;
	login->groups = login->server = NULL;
	login->person_done = login->mailbox_done = login->bind_done = FALSE;
	login->membership_done = login->twin_done = FALSE;
	login->twin_name = NULL;
	login->person_lookup = campus_lookup_start(
		login->directory, login->visit.ldap, login->pool, login->event,
		CAMPUS_LOOKUP_PEOPLE, DIRECTORY_MAP_ALL, login->name.person,
		campus_login_person, login);
	if (login->name.mailbox != NULL) {
		login->mailbox_lookup = campus_lookup_start(
			login->directory, login->visit.ldap, login->pool,
			login->event, CAMPUS_LOOKUP_BOTH, DIRECTORY_MAP_MAILBOX,
			login->name.mailbox, campus_login_mailbox, login);
	} else if (*login->directory->set.projects_base != '\0' &&
		   strchr(login->name.person, '@') == NULL) {
		/* most people type their uid */
		campus_login_ask_twin(login, CAMPUS_LOOKUP_PROJECTS,
				      login->name.person);
	}
}

void campus_directory_login(struct campus_directory *directory,
			    const struct campus_login_query *query,
			    campus_login_callback_t *callback, void *context)
{
	pool_t pool = pool_alloconly_create("campus login", 2048);
	struct campus_login *login = p_new(pool, struct campus_login, 1);
	struct login_name name;
	const char *error;

	login->pool = pool;
	login->directory = directory;
	login->query = *query;
	login->callback = callback;
	login->context = context;
	login->started_usecs = i_microseconds();
	login->event = campus_directory_event_create(query->event);

	if (login_name_parse(&directory->set.login_name, query->typed,
			     query->authzid, &name, &error) < 0) {
		login->facts.input_refused = TRUE;
		campus_login_trouble(login, error);
	} else {
		login->name.person = p_strdup(pool, name.person);
		login->name.domain = p_strdup(pool, name.domain);
		login->name.mailbox = p_strdup(pool, name.mailbox);
		if (*query->password == '\0') {
			/* An unauthenticated bind would succeed:
			   RFC 4513 5.1.2. */
			login->facts.input_refused = TRUE;
			campus_login_trouble(login, "empty password");
		}
	}
	if (!login->facts.input_refused &&
	    !campus_directory_enter(directory, &error)) {
		campus_login_trouble(login, error);
		campus_login_finish(login);
	} else if (login->facts.input_refused) {
		campus_login_finish(login);
	} else {
		login->entered = TRUE;
		login->to = timeout_add(directory->set.login_timeout_msecs,
					campus_login_timeout, login);
		campus_visit_begin(&login->visit, directory->servers,
				   campus_login_again, login);
		campus_login_ask(login);
	}
}
