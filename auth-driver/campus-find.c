/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Look-ups without a password: one recipient, or everybody. */

#include "lib.h"
#include "array.h"
#include "ioloop.h"
#include "log-escape.h"
#include "name-check.h"
#include "server-choice.h"
#include "campus-directory-private.h"
#include "campus-lookup.h"

#define ITERATE_PAGE_SIZE 500
/* A page may take longer than a login: nobody waits at a prompt. */
#define ITERATE_PAGE_TIMEOUT_MSECS (60 * 1000)

struct campus_find {
	pool_t pool;
	struct campus_directory *directory;
	struct event *event;
	const char *name, *recipient;
	struct campus_visit visit;
	struct campus_lookup *lookup;
	/* campus_login_timeout, for all servers together */
	struct timeout *to;
	campus_find_callback_t *callback;
	void *context;
};

static void campus_find_again(void *context);

static void campus_find_finish(struct campus_find *find,
			       const struct campus_lookup_answer *answer)
{
	if (answer->found == AUTH_FOUND_UNSURE) {
		e_error(find->event, "look-up failed: name=%s: %s",
			log_escape(find->name), answer->error);
	}
	timeout_remove(&find->to);
	campus_visit_end(&find->visit);
	campus_directory_leave(find->directory);
	find->callback(answer->found, answer->account, find->context);
	event_unref(&find->event);
	pool_unref(&find->pool);
}

static void campus_find_timeout(struct campus_find *find)
{
	const struct campus_lookup_answer answer = {
		.found = AUTH_FOUND_UNSURE,
		.error = t_strdup_printf(
			"the directory did not answer within "
			"campus_login_timeout=%u ms; look at the LDAP server",
			find->directory->set.login_timeout_msecs),
	};

	campus_lookup_abort(&find->lookup);
	campus_find_finish(find, &answer);
}

static void campus_find_answer(const struct campus_lookup_answer *answer,
			       void *context)
{
	struct campus_find *find = context;

	find->lookup = NULL;
	if (answer->server_failed && campus_visit_next(&find->visit))
		campus_find_again(find);
	else
		campus_find_finish(find, answer);
}

static void campus_find_ask(struct campus_find *find)
{
	find->lookup = campus_lookup_start(
		find->directory, find->visit.ldap, find->pool, find->event,
		CAMPUS_LOOKUP_BOTH, DIRECTORY_MAP_MAILBOX, find->recipient,
		campus_find_answer, find);
}

/* At another server than before. */
static void campus_find_again(void *context)
{
	struct campus_find *find = context;

	campus_lookup_abort(&find->lookup);
	campus_find_ask(find);
}

void campus_directory_find(struct campus_directory *directory, const char *name,
			   struct event *event,
			   campus_find_callback_t *callback, void *context)
{
	const char *recipient, *error;
	struct campus_find *find;
	pool_t pool;

	event = campus_directory_event_create(event);
	if (login_name_parse_recipient(name, &recipient, &error) < 0) {
		/* No entry can have such a name. */
		e_info(event, "unknown recipient: name=%s: %s",
		       log_escape(name), error);
		event_unref(&event);
		callback(AUTH_FOUND_NONE, NULL, context);
		return;
	}
	if (!campus_directory_enter(directory, &error)) {
		e_error(event, "look-up failed: name=%s: %s", log_escape(name),
			error);
		event_unref(&event);
		callback(AUTH_FOUND_UNSURE, NULL, context);
		return;
	}

	pool = pool_alloconly_create("campus find", 1024);
	find = p_new(pool, struct campus_find, 1);
	find->pool = pool;
	find->directory = directory;
	find->name = p_strdup(pool, name);
	find->recipient = p_strdup(pool, recipient);
	find->callback = callback;
	find->context = context;
	find->event = event;
	find->to = timeout_add(directory->set.login_timeout_msecs,
			       campus_find_timeout, find);
	campus_visit_begin(&find->visit, directory->servers, campus_find_again,
			   find);
	campus_find_ask(find);
}

struct campus_iterator {
	struct campus_directory *directory;
	/* stays where it is once a name is given */
	struct campus_visit visit;
	struct event *event;

	/* 0 = people, 1 = projects, 2 = all is done */
	unsigned int branch;
	struct campus_ldap_request *request;
	/* the search has another page */
	bool more;

	pool_t page_pool;
	ARRAY_TYPE(const_string) names;
	unsigned int next_name;
	/* next() was called and no name has been given for it yet */
	bool wanted;
	bool failed;

	campus_iterate_callback_t *callback;
	void *context;
};

static void campus_iterator_search(struct campus_iterator *iterator);

static void campus_iterator_read(struct campus_iterator *iterator,
				 const struct campus_ldap_answer *answer)
{
	const struct campus_settings *set = &iterator->directory->set;
	const struct directory_entry *entry;
	const char *name, *error;

	p_clear(iterator->page_pool);
	p_array_init(&iterator->names, iterator->page_pool, ITERATE_PAGE_SIZE);
	iterator->next_name = 0;
	array_foreach(answer->entries, entry) {
		struct directory_account account;

		if (directory_map_account(iterator->page_pool, &set->map, entry,
					  &account, &error) < 0) {
			e_error(iterator->event, "left out: %s", error);
			continue;
		}
		name = account.uid;
		array_push_back(&iterator->names, &name);
	}
}

static void campus_iterator_continue(struct campus_iterator *iterator)
{
	if (iterator->next_name < array_count(&iterator->names)) {
		const char *name =
			array_idx_elem(&iterator->names, iterator->next_name++);
		iterator->wanted = FALSE;
		campus_visit_stay(&iterator->visit);
		iterator->callback(name, FALSE, iterator->context);
	} else if (iterator->more) {
		iterator->more = FALSE;
		campus_ldap_next_page(iterator->request);
	} else if (iterator->branch < 2 && !iterator->failed) {
		campus_iterator_search(iterator);
	} else {
		iterator->wanted = FALSE;
		iterator->callback(NULL, iterator->failed, iterator->context);
	}
}

/* At another server than before. */
static void campus_iterator_again(void *context)
{
	struct campus_iterator *iterator = context;

	campus_ldap_abort(&iterator->request);
	array_clear(&iterator->names);
	iterator->next_name = 0;
	iterator->more = FALSE;
	iterator->branch = 0;
	if (iterator->wanted)
		campus_iterator_search(iterator);
}

static void campus_iterator_answer(const struct campus_ldap_answer *answer,
				   void *context)
{
	struct campus_iterator *iterator = context;
	const struct campus_settings *set = &iterator->directory->set;
	const char *base =
		iterator->branch == 1 ? set->people_base : set->projects_base;
	const char *error;

	iterator->more = answer->more;
	if (!answer->more)
		iterator->request = NULL;
	if (!campus_directory_answer_ok(answer, "search for all mailboxes",
					base, &error)) {
		if (server_choice_failed_it(&answer->result) &&
		    campus_visit_next(&iterator->visit)) {
			campus_iterator_again(iterator);
			return;
		}
		e_error(iterator->event, "iteration stopped: %s", error);
		campus_ldap_abort(&iterator->request);
		iterator->more = FALSE;
		iterator->failed = TRUE;
	} else {
		campus_iterator_read(iterator, answer);
	}
	if (iterator->wanted)
		campus_iterator_continue(iterator);
}

static void campus_iterator_search(struct campus_iterator *iterator)
{
	const struct campus_settings *set = &iterator->directory->set;
	const char *attributes[] = { set->map.find.uid_attribute, NULL };
	bool people = iterator->branch++ == 0;
	struct campus_ldap_search search = {
		.base = people ? set->people_base : set->projects_base,
		.filter = people ? set->people_filter : set->projects_filter,
		.attributes = attributes,
		.page_size = ITERATE_PAGE_SIZE,
		.timeout_msecs = ITERATE_PAGE_TIMEOUT_MSECS,
	};

	if (*search.base == '\0') {
		campus_iterator_continue(iterator);
		return;
	}
	iterator->request =
		campus_ldap_search(iterator->visit.ldap, &search,
				   campus_iterator_answer, iterator);
}

struct campus_iterator *
campus_directory_iterate(struct campus_directory *directory,
			 struct event *event,
			 campus_iterate_callback_t *callback, void *context)
{
	struct campus_iterator *iterator = i_new(struct campus_iterator, 1);

	iterator->directory = directory;
	campus_visit_begin(&iterator->visit, directory->servers,
			   campus_iterator_again, iterator);
	iterator->callback = callback;
	iterator->context = context;
	iterator->event = campus_directory_event_create(event);
	iterator->page_pool =
		pool_alloconly_create("campus iterator page", 1024 * 16);
	p_array_init(&iterator->names, iterator->page_pool, 1);
	return iterator;
}

void campus_iterator_next(struct campus_iterator *iterator)
{
	/* A worker whose output has drained asks again while a page is on its
	   way. */
	if (iterator->wanted)
		return;
	iterator->wanted = TRUE;
	campus_iterator_continue(iterator);
}

void campus_iterator_deinit(struct campus_iterator **_iterator)
{
	struct campus_iterator *iterator = *_iterator;

	*_iterator = NULL;
	if (iterator == NULL)
		return;
	campus_ldap_abort(&iterator->request);
	campus_visit_end(&iterator->visit);
	event_unref(&iterator->event);
	pool_unref(&iterator->page_pool);
	i_free(iterator);
}
