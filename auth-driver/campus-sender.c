/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* May a person write mail from an address? It is the person's own, or that of a
   project mailbox in which the person's role allows it. Two round trips, as for
   a login, without a password: the session has proved who the person is. */

#include "lib.h"
#include "ioloop.h"
#include "log-escape.h"
#include "campus-directory-private.h"
#include "campus-lookup.h"
#include "campus-membership.h"

struct campus_sender {
	pool_t pool;
	struct campus_directory *directory;
	struct campus_visit visit;
	struct event *event;
	struct timeout *to;
	const char *person_name, *address, *name;

	struct campus_lookup *person_lookup, *address_lookup;
	struct campus_membership *membership;
	/* as far as they have been answered */
	const struct campus_lookup_answer *person, *owner;

	campus_sender_callback_t *callback;
	void *context;
};

static void campus_sender_ask(struct campus_sender *sender);

static void campus_sender_abort(struct campus_sender *sender)
{
	campus_lookup_abort(&sender->person_lookup);
	campus_lookup_abort(&sender->address_lookup);
	campus_membership_abort(&sender->membership);
}

/* At another server than before. */
static void campus_sender_again(void *context)
{
	struct campus_sender *sender = context;

	campus_sender_abort(sender);
	sender->person = sender->owner = NULL;
	campus_sender_ask(sender);
}

/* A question ended. TRUE if the server failed it and all of them have been
   asked again of the next one. */
static bool campus_sender_goes_on(struct campus_sender *sender,
				  bool server_failed)
{
	if (!server_failed || !campus_visit_next(&sender->visit))
		return FALSE;
	campus_sender_again(sender);
	return TRUE;
}

static void campus_sender_finish(struct campus_sender *sender,
				 enum campus_sender_verdict verdict,
				 const char *why)
{
	const char *text = t_strdup_printf("person=%s sender=%s: %s",
					   log_escape(sender->person_name),
					   log_escape(sender->address), why);

	if (verdict == CAMPUS_SENDER_UNSURE)
		e_error(sender->event, "sender not checked: %s", text);
	else if (verdict == CAMPUS_SENDER_NO)
		e_info(sender->event, "sender refused: %s", text);
	else
		e_debug(sender->event, "sender ok: %s", text);

	campus_sender_abort(sender);
	campus_visit_end(&sender->visit);
	timeout_remove(&sender->to);
	campus_directory_leave(sender->directory);
	sender->callback(verdict, sender->context);
	event_unref(&sender->event);
	pool_unref(&sender->pool);
}

static void
campus_sender_membership(const struct campus_membership_answer *answer,
			 void *context)
{
	struct campus_sender *sender = context;
	const struct campus_settings *set = &sender->directory->set;
	const char *role = project_role_name(answer->role);

	sender->membership = NULL;
	if (campus_sender_goes_on(sender, answer->server_failed))
		return;
	if (!answer->role_complete)
		campus_sender_finish(sender, CAMPUS_SENDER_UNSURE,
				     answer->error);
	else if (project_role_may_send(&set->roles, answer->role))
		campus_sender_finish(sender, CAMPUS_SENDER_YES, role);
	else {
		campus_sender_finish(
			sender, CAMPUS_SENDER_NO,
			t_strdup_printf("the role in this mailbox is %s",
					role));
	}
}

/* With both answers. */
static void campus_sender_decide(struct campus_sender *sender)
{
	const struct campus_lookup_answer *person = sender->person;
	const struct campus_lookup_answer *owner = sender->owner;

	if (person == NULL || owner == NULL)
		return;
	if (person->found == AUTH_FOUND_UNSURE) {
		campus_sender_finish(sender, CAMPUS_SENDER_UNSURE,
				     person->error);
	} else if (owner->found == AUTH_FOUND_UNSURE) {
		campus_sender_finish(sender, CAMPUS_SENDER_UNSURE,
				     owner->error);
	} else if (person->found != AUTH_FOUND_ONE ||
		   strcmp(person->account->uid, sender->person_name) != 0) {
		campus_sender_finish(sender, CAMPUS_SENDER_NO,
				     "the directory has no such person");
	} else if (owner->found != AUTH_FOUND_ONE) {
		campus_sender_finish(sender, CAMPUS_SENDER_NO,
				     "the directory has no such address");
	} else if (owner->where == CAMPUS_LOOKUP_PROJECTS) {
		sender->membership = campus_membership_start(
			sender->directory, sender->visit.ldap, sender->pool,
			sender->event, person->account, owner->account,
			campus_sender_membership, sender);
	} else if (strcasecmp(owner->account->dn, person->account->dn) == 0) {
		campus_sender_finish(sender, CAMPUS_SENDER_YES,
				     "the person's own");
	} else {
		campus_sender_finish(sender, CAMPUS_SENDER_NO,
				     "the address is another person's");
	}
}

static const struct campus_lookup_answer *
campus_sender_keep(struct campus_sender *sender,
		   const struct campus_lookup_answer *answer)
{
	struct campus_lookup_answer *kept =
		p_memdup(sender->pool, answer, sizeof(*answer));

	kept->error = p_strdup(sender->pool, answer->error);
	return kept;
}

static void campus_sender_person(const struct campus_lookup_answer *answer,
				 void *context)
{
	struct campus_sender *sender = context;

	sender->person_lookup = NULL;
	if (campus_sender_goes_on(sender, answer->server_failed))
		return;
	sender->person = campus_sender_keep(sender, answer);
	campus_sender_decide(sender);
}

static void campus_sender_address(const struct campus_lookup_answer *answer,
				  void *context)
{
	struct campus_sender *sender = context;

	sender->address_lookup = NULL;
	if (campus_sender_goes_on(sender, answer->server_failed))
		return;
	sender->owner = campus_sender_keep(sender, answer);
	campus_sender_decide(sender);
}

static void campus_sender_timeout(struct campus_sender *sender)
{
	campus_sender_finish(
		sender, CAMPUS_SENDER_UNSURE,
		t_strdup_printf("the directory did not answer within "
				"campus_login_timeout=%u ms",
				sender->directory->set.login_timeout_msecs));
}

static void campus_sender_ask(struct campus_sender *sender)
{
	sender->person_lookup = campus_lookup_start(
		sender->directory, sender->visit.ldap, sender->pool,
		sender->event, CAMPUS_LOOKUP_PEOPLE, DIRECTORY_MAP_MEMBER_OF,
		sender->person_name, campus_sender_person, sender);
	sender->address_lookup = campus_lookup_start(
		sender->directory, sender->visit.ldap, sender->pool,
		sender->event, CAMPUS_LOOKUP_BOTH, DIRECTORY_MAP_NAMES,
		sender->name, campus_sender_address, sender);
}

void campus_directory_sender(struct campus_directory *directory,
			     const char *person, const char *address,
			     struct event *event,
			     campus_sender_callback_t *callback, void *context)
{
	pool_t pool = pool_alloconly_create("campus sender", 1024);
	struct campus_sender *sender = p_new(pool, struct campus_sender, 1);
	const char *name, *error;

	event = campus_directory_event_create(event);
	if (login_name_parse_recipient(address, &name, &error) < 0) {
		e_info(event, "sender refused: person=%s sender=%s: %s",
		       log_escape(person), log_escape(address), error);
		event_unref(&event);
		pool_unref(&pool);
		callback(CAMPUS_SENDER_NO, context);
		return;
	}
	if (!campus_directory_enter(directory, &error)) {
		e_error(event, "sender not checked: person=%s sender=%s: %s",
			log_escape(person), log_escape(address), error);
		event_unref(&event);
		pool_unref(&pool);
		callback(CAMPUS_SENDER_UNSURE, context);
		return;
	}

	sender->pool = pool;
	sender->directory = directory;
	sender->event = event;
	sender->person_name = p_strdup(pool, person);
	sender->address = p_strdup(pool, address);
	sender->callback = callback;
	sender->context = context;
	sender->name = p_strdup(pool, name);
	sender->to = timeout_add(directory->set.login_timeout_msecs,
				 campus_sender_timeout, sender);
	campus_visit_begin(&sender->visit, directory->servers,
			   campus_sender_again, sender);
	campus_sender_ask(sender);
}
