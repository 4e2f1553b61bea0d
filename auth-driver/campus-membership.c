/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The search for a role and for groups, level by level.

   The server compares: "does the mailbox's owner attribute hold any of these
   DNs?" is a filter on the mailbox's entry, so a list of 100,000 members never
   crosses the wire. Level 0 asks for the person, and for the groups that the
   person's own entry names where the server computes memberOf; each further
   level asks for the groups that hold what the level before had. The requests
   of one level go out together, with the search for the next level's groups: a
   level costs one round trip.

   A group that only the person's own entry names, and that the search for
   groups did not find (it has no member attribute to be found by, or the depth
   is 0), is read by itself beside the next level: its name is in its entry. */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "ioloop.h"
#include "directory-group.h"
#include "log-escape.h"
#include "server-choice.h"
#include "campus-directory-private.h"
#include "campus-groups.h"
#include "campus-membership.h"

/* So many DNs go into one filter; servers limit the size of a filter. */
#define MEMBERSHIP_DNS_PER_FILTER 50
#define MEMBERSHIP_PAGE_SIZE 500

struct membership_request {
	struct campus_membership *membership;
	/* PROJECT_ROLE_NONE = a search for groups */
	enum project_role role;
	/* the one entry that is looked at; NULL = all below the groups' base */
	const char *dn;
	const char *filter;
	bool paged;
	struct campus_ldap_request *request;
};

struct campus_membership {
	struct campus_directory *directory;
	struct campus_ldap *ldap;
	pool_t pool;
	const struct directory_account *person, *mailbox;
	/* NULL = nobody wants to know their names */
	struct campus_groups *groups;
	struct timeout *to;

	unsigned int level;
	/* DNs of this level, and the groups found for the next */
	ARRAY_TYPE(const_string) dns, next_dns;
	/* every DN that was ever in dns or next_dns */
	HASH_TABLE(char *, char *) seen;

	ARRAY(struct membership_request *) requests;
	unsigned int pending;
	enum project_role role;

	campus_membership_callback_t *callback;
	void *context;
};

static void membership_add_dn(struct campus_membership *membership,
			      ARRAY_TYPE(const_string) *dns, const char *dn)
{
	char *copy;

	if (hash_table_lookup(membership->seen, dn) != NULL)
		return;
	copy = p_strdup(membership->pool, dn);
	hash_table_insert(membership->seen, copy, copy);
	array_push_back(dns, (const char *const *)&copy);
}

static void membership_clear(struct campus_membership *membership)
{
	struct membership_request *request;

	array_foreach_elem(&membership->requests, request)
		campus_ldap_abort(&request->request);
	timeout_remove(&membership->to);
	array_clear(&membership->requests);
	membership->pending = 0;
}

static void membership_free(struct campus_membership *membership)
{
	membership_clear(membership);
	campus_groups_free(&membership->groups);
	hash_table_destroy(&membership->seen);
}

static void membership_finish(struct campus_membership *membership,
			      const char *error, bool server_failed)
{
	struct campus_membership_answer answer = {
		.role_complete = error == NULL,
		.role = membership->role,
		.groups_complete = error == NULL,
		.error = error,
		.server_failed = server_failed,
	};

	if (error == NULL && membership->groups != NULL &&
	    campus_groups_list(membership->groups, &answer.groups,
			       &answer.error) < 0)
		answer.groups_complete = FALSE;
	membership_free(membership);
	membership->callback(&answer, membership->context);
}

static void membership_next_level(struct campus_membership *membership);
static void membership_answer(const struct campus_ldap_answer *answer,
			      void *context);

static void membership_send(struct membership_request *request)
{
	static const char *const no_attributes[] = { "1.1", NULL };
	struct campus_membership *membership = request->membership;
	const struct campus_settings *set = &membership->directory->set;
	const char *const name_attributes[] = { set->group_name_attribute,
						NULL };
	bool names = request->role == PROJECT_ROLE_NONE &&
		     membership->groups != NULL;
	struct campus_ldap_search search = {
		.base = request->dn == NULL ? set->groups_base : request->dn,
		.base_only = request->dn != NULL,
		.filter = request->filter,
		.attributes = names ? name_attributes : no_attributes,
		.page_size = request->paged ? MEMBERSHIP_PAGE_SIZE : 0,
		.timeout_msecs = set->login_timeout_msecs,
	};

	request->request = campus_ldap_search(membership->ldap, &search,
					      membership_answer, request);
	membership->pending++;
}

static int membership_check_cap(struct campus_membership *membership,
				const char **error_r)
{
	const struct campus_settings *set = &membership->directory->set;

	/* seen holds the person, too */
	if (hash_table_count(membership->seen) > set->max_groups + 1) {
		*error_r = t_strdup_printf(
			"the person is in more than campus_max_groups=%u "
			"groups below '%s'; raise it, or mend the groups",
			set->max_groups, set->groups_base);
		return -1;
	}
	return 0;
}

/* Take the groups of one answer. */
static int membership_read_groups(struct membership_request *request,
				  const struct campus_ldap_answer *answer,
				  const char **error_r)
{
	struct campus_membership *membership = request->membership;
	const struct campus_settings *set = &membership->directory->set;
	const char *base = request->dn == NULL ? set->groups_base :
						 log_escape(request->dn);
	const struct directory_entry *entry;

	if (!campus_directory_answer_ok(answer, "search for groups", base,
					error_r))
		return -1;
	if (answer->referrals && membership->groups != NULL) {
		*error_r = t_strdup_printf(
			"search for groups: %s leaves out a part below '%s' "
			"and answered with referrals, which are never "
			"followed; use a base that this server holds as a "
			"whole",
			answer->server, base);
		return -1;
	}
	array_foreach(answer->entries, entry) {
		membership_add_dn(membership, &membership->next_dns, entry->dn);
		if (membership->groups != NULL &&
		    campus_groups_add(membership->groups, entry, error_r) < 0)
			return -1;
	}
	return membership_check_cap(membership, error_r);
}

/* Returns 1 if the request is done, 0 if it goes on, -1 on trouble. */
static int membership_read(struct membership_request *request,
			   const struct campus_ldap_answer *answer,
			   const char **error_r)
{
	struct campus_membership *membership = request->membership;

	if (request->role != PROJECT_ROLE_NONE) {
		if (!campus_directory_answer_ok(answer, "search for a role",
						log_escape(request->dn),
						error_r))
			return -1;
		if (array_count(answer->entries) > 0 &&
		    request->role > membership->role)
			membership->role = request->role;
		return membership_check_cap(membership, error_r) < 0 ? -1 : 1;
	}

	/* the server wants pages */
	if (answer->result.outcome == DIRECTORY_OUTCOME_ANSWERED &&
	    answer->result.code == DIRECTORY_CODE_SIZE_LIMIT &&
	    !request->paged) {
		request->paged = TRUE;
		membership->pending--;
		membership_send(request);
		return 0;
	}
	if (membership_read_groups(request, answer, error_r) < 0)
		return -1;
	if (answer->more) {
		campus_ldap_next_page(request->request);
		return 0;
	}
	return 1;
}

static void membership_answer(const struct campus_ldap_answer *answer,
			      void *context)
{
	struct membership_request *request = context;
	struct campus_membership *membership = request->membership;
	const char *error;
	int ret;

	/* A request is gone once it has no more to say. */
	if (!answer->more)
		request->request = NULL;
	ret = membership_read(request, answer, &error);
	if (ret < 0) {
		membership_finish(membership, error,
				  server_choice_failed_it(&answer->result));
		return;
	}
	if (ret == 0)
		return;
	membership->pending--;
	if (membership->role == PROJECT_ROLE_OWNER &&
	    membership->groups == NULL)
		membership_finish(membership, NULL, FALSE);
	else if (membership->pending == 0)
		membership_next_level(membership);
}

static void membership_ask(struct campus_membership *membership,
			   enum project_role role, const char *dn,
			   const char *filter)
{
	struct membership_request *request =
		p_new(membership->pool, struct membership_request, 1);

	request->membership = membership;
	request->role = role;
	request->dn = dn;
	request->filter = p_strdup(membership->pool, filter);
	array_push_back(&membership->requests, &request);
	membership_send(request);
}

/* Which of these entries hold any DN of this level? */
static void membership_ask_who_holds(struct campus_membership *membership,
				     enum project_role role, const char *dn,
				     const char *fixed, const char *attribute)
{
	const char *const *dns;
	unsigned int count, n;

	dns = array_get(&membership->dns, &count);
	for (unsigned int i = 0; i < count; i += n) {
		n = I_MIN(count - i, MEMBERSHIP_DNS_PER_FILTER);
		membership_ask(
			membership, role, dn,
			directory_filter_any_of(fixed, attribute, dns + i, n));
	}
}

static void membership_ask_level(struct campus_membership *membership)
{
	const struct campus_settings *set = &membership->directory->set;

	for (enum project_role role = PROJECT_ROLE_OWNER;
	     membership->mailbox != NULL && role > membership->role; role--) {
		if (*set->role_attributes[role] != '\0')
			membership_ask_who_holds(
				membership, role, membership->mailbox->dn,
				"(objectClass=*)", set->role_attributes[role]);
	}
	if (*set->groups_base != '\0' && membership->level < set->group_depth)
		membership_ask_who_holds(membership, PROJECT_ROLE_NONE, NULL,
					 set->groups_filter,
					 set->group_member_attribute);
}

/* Groups that only the person's entry names: what are their names? */
static void membership_ask_names(struct campus_membership *membership)
{
	const struct campus_settings *set = &membership->directory->set;
	const char *const *dn = membership->person->member_of;

	for (; membership->groups != NULL && *dn != NULL; dn++) {
		if (!campus_groups_has(membership->groups, *dn) &&
		    directory_group_is_below(*dn, set->groups_base))
			membership_ask(membership, PROJECT_ROLE_NONE, *dn,
				       set->groups_filter);
	}
}

static void membership_next_level(struct campus_membership *membership)
{
	membership_clear(membership);
	array_clear(&membership->dns);
	array_append_array(&membership->dns, &membership->next_dns);
	array_clear(&membership->next_dns);
	if (membership->level++ == 0)
		membership_ask_names(membership);
	membership_ask_level(membership);
	if (membership->pending == 0)
		membership_finish(membership, NULL, FALSE);
}

struct campus_membership *
campus_membership_start(struct campus_directory *directory,
			struct campus_ldap *ldap, pool_t pool,
			struct event *event,
			const struct directory_account *person,
			const struct directory_account *mailbox,
			campus_membership_callback_t *callback, void *context)
{
	struct campus_membership *membership =
		p_new(pool, struct campus_membership, 1);

	membership->directory = directory;
	membership->ldap = ldap;
	membership->pool = pool;
	membership->person = person;
	membership->mailbox = mailbox;
	if (directory->set.acl_groups)
		membership->groups =
			campus_groups_create(directory, pool, event);
	membership->callback = callback;
	membership->context = context;
	p_array_init(&membership->dns, pool, 8);
	p_array_init(&membership->next_dns, pool, 8);
	p_array_init(&membership->requests, pool, 8);
	hash_table_create(&membership->seen, default_pool, 0, strcase_hash,
			  strcasecmp);

	membership_add_dn(membership, &membership->dns, person->dn);
	for (unsigned int i = 0; person->member_of[i] != NULL; i++)
		membership_add_dn(membership, &membership->dns,
				  person->member_of[i]);
	membership_ask_level(membership);
	if (membership->pending == 0) {
		/* the depth is 0: there are only names to ask for */
		membership->to =
			timeout_add_short(0, membership_next_level, membership);
	}
	return membership;
}

void campus_membership_abort(struct campus_membership **_membership)
{
	struct campus_membership *membership = *_membership;

	*_membership = NULL;
	if (membership != NULL)
		membership_free(membership);
}
