/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One name to one account: search people, projects or both, read the entries,
   and choose. */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "log-escape.h"
#include "server-choice.h"
#include "campus-directory-private.h"
#include "campus-lookup.h"

/* One by a unique attribute, one by an alias, and one more that tells of
 * trouble. */
#define LOOKUP_SIZE_LIMIT 3

struct campus_lookup_branch {
	struct campus_lookup *lookup;
	enum campus_lookup_where where;
	const char *what, *base;
	struct campus_ldap_request *request;
};

struct campus_lookup {
	struct campus_directory *directory;
	pool_t pool;
	struct event *event;
	const char *name;
	enum directory_map_part parts;

	struct campus_lookup_branch branches[2];
	unsigned int pending;
	/* what was found, and where each of them is */
	ARRAY(struct directory_account) accounts;
	ARRAY(enum campus_lookup_where) wheres;
	/* of the first branch that failed */
	const char *error;
	bool server_failed;

	campus_lookup_callback_t *callback;
	void *context;
};

static void campus_lookup_finish(struct campus_lookup *lookup)
{
	struct campus_lookup_answer answer = {
		.found = AUTH_FOUND_UNSURE,
		.error = lookup->error,
		.server_failed = lookup->server_failed,
	};
	const struct directory_account *accounts;
	const enum campus_lookup_where *where;
	const char *note;
	unsigned int count, idx;
	int ret = -1;

	array_foreach(&lookup->wheres, where)
		answer.anywhere |= *where;
	accounts = array_get(&lookup->accounts, &count);
	if (answer.error == NULL) {
		ret = directory_map_choose(&lookup->directory->set.map,
					   accounts, count, lookup->name, &idx,
					   &note, &answer.error);
	}
	if (ret > 0) {
		if (note != NULL)
			e_warning(lookup->event, "%s", note);
		answer.found = AUTH_FOUND_ONE;
		answer.account = &accounts[idx];
		answer.where = *array_idx(&lookup->wheres, idx);
	} else if (ret == 0) {
		answer.found = AUTH_FOUND_NONE;
	}
	lookup->callback(&answer, lookup->context);
}

/* More than look-ups by name ask for. */
static const char *
campus_lookup_too_many(const struct campus_lookup *lookup,
		       const struct campus_lookup_branch *branch,
		       const struct campus_ldap_answer *answer)
{
	const struct directory_entry *entry;
	string_t *dns = t_str_new(256);

	array_foreach(answer->entries, entry) {
		str_printfa(dns, "%s'%s'", str_len(dns) > 0 ? ", " : "",
			    log_escape(entry->dn));
	}
	return t_strdup_printf("%s: more than %u entries below '%s' have the "
			       "name '%s': %s, and more; remove it from all "
			       "but one",
			       branch->what, LOOKUP_SIZE_LIMIT, branch->base,
			       log_escape(lookup->name), str_c(dns));
}

static int campus_lookup_read(struct campus_lookup *lookup,
			      const struct campus_lookup_branch *branch,
			      const struct campus_ldap_answer *answer,
			      const char **error_r)
{
	const struct directory_entry *entry;

	if (answer->result.outcome == DIRECTORY_OUTCOME_ANSWERED &&
	    answer->result.code == DIRECTORY_CODE_SIZE_LIMIT &&
	    array_count(answer->entries) >= LOOKUP_SIZE_LIMIT) {
		*error_r = campus_lookup_too_many(lookup, branch, answer);
		return -1;
	}
	if (!campus_directory_answer_ok(answer, branch->what, branch->base,
					error_r))
		return -1;
	array_foreach(answer->entries, entry) {
		struct directory_account *account =
			array_append_space(&lookup->accounts);
		array_push_back(&lookup->wheres, &branch->where);
		if (directory_map_account(lookup->pool,
					  &lookup->directory->set.map, entry,
					  account, error_r) < 0)
			return -1;
	}
	return 0;
}

static void campus_lookup_answer(const struct campus_ldap_answer *answer,
				 void *context)
{
	struct campus_lookup_branch *branch = context;
	struct campus_lookup *lookup = branch->lookup;
	const char *error;

	branch->request = NULL;
	if (campus_lookup_read(lookup, branch, answer, &error) < 0 &&
	    lookup->error == NULL) {
		lookup->error = p_strdup(lookup->pool, error);
		lookup->server_failed =
			server_choice_failed_it(&answer->result);
	}
	if (--lookup->pending == 0)
		campus_lookup_finish(lookup);
}

static void campus_lookup_search(struct campus_lookup *lookup,
				 struct campus_ldap *ldap,
				 enum campus_lookup_where where)
{
	const struct campus_settings *set = &lookup->directory->set;
	bool people = where == CAMPUS_LOOKUP_PEOPLE;
	struct campus_lookup_branch *branch =
		&lookup->branches[lookup->pending++];
	struct campus_ldap_search search = {
		.base = people ? set->people_base : set->projects_base,
		.filter = directory_filter_find(&set->map.find,
						people ? set->people_filter :
							 set->projects_filter,
						lookup->name),
		.attributes =
			directory_map_attributes(&set->map, lookup->parts),
		.size_limit = LOOKUP_SIZE_LIMIT,
		.timeout_msecs = set->login_timeout_msecs,
	};

	branch->lookup = lookup;
	branch->where = where;
	branch->what = people ? "search for a person" : "search for a project";
	branch->base = search.base;
	branch->request =
		campus_ldap_search(ldap, &search, campus_lookup_answer, branch);
}

struct campus_lookup *
campus_lookup_start(struct campus_directory *directory,
		    struct campus_ldap *ldap, pool_t pool, struct event *event,
		    enum campus_lookup_where where,
		    enum directory_map_part parts, const char *name,
		    campus_lookup_callback_t *callback, void *context)
{
	const struct campus_settings *set = &directory->set;
	struct campus_lookup *lookup = p_new(pool, struct campus_lookup, 1);

	lookup->directory = directory;
	lookup->pool = pool;
	lookup->event = event;
	lookup->name = p_strdup(pool, name);
	lookup->parts = parts;
	lookup->callback = callback;
	lookup->context = context;
	p_array_init(&lookup->accounts, pool, LOOKUP_SIZE_LIMIT);
	p_array_init(&lookup->wheres, pool, LOOKUP_SIZE_LIMIT);

	if (*set->projects_base == '\0')
		where &= ~CAMPUS_LOOKUP_PROJECTS;
	i_assert(where != 0);
	if ((where & CAMPUS_LOOKUP_PEOPLE) != 0)
		campus_lookup_search(lookup, ldap, CAMPUS_LOOKUP_PEOPLE);
	if ((where & CAMPUS_LOOKUP_PROJECTS) != 0)
		campus_lookup_search(lookup, ldap, CAMPUS_LOOKUP_PROJECTS);
	return lookup;
}

void campus_lookup_abort(struct campus_lookup **_lookup)
{
	struct campus_lookup *lookup = *_lookup;

	*_lookup = NULL;
	if (lookup == NULL)
		return;
	for (unsigned int i = 0; i < N_ELEMENTS(lookup->branches); i++)
		campus_ldap_abort(&lookup->branches[i].request);
}
