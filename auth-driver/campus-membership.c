/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The search for a role and for groups, level by level.

   The server compares: "which of the mailbox's roles does any of these DNs
   hold?" is a filter on the mailbox's entry and one on its values, so a list of
   100,000 members never crosses the wire. A server that cannot filter values is
   asked for each role by itself. Level 0 asks for the person, and for the
   groups that the person's own entry names where the server computes memberOf;
   each further level asks for the groups that hold what the level before had.
   The requests of one level go out together, with the search for the next
   level's groups: a level costs one round trip.

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
#include "campus-shown-role.h"

/* So many DNs go into one filter; servers limit the size of a filter. */
#define MEMBERSHIP_DNS_PER_FILTER 50
#define MEMBERSHIP_PAGE_SIZE 500

enum membership_question {
	MEMBERSHIP_GROUPS,
	/* is it this role? */
	MEMBERSHIP_ROLE,
	/* which role is it? */
	MEMBERSHIP_ANY_ROLE
};

struct membership_request {
	struct campus_membership *membership;
	enum membership_question question;
	enum project_role role;
	/* the one entry that is looked at; NULL = all below the groups' base */
	const char *dn;
	const char *filter, *values_filter;
	/* those of this level that it asks about */
	const char *const *dns;
	unsigned int dns_count;
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
static void membership_ask_each_role(struct campus_membership *membership,
				     const char *const *dns,
				     unsigned int count);
static void membership_answer(const struct campus_ldap_answer *answer,
			      void *context);

/* Of the roles that would be higher than what is known, on the data stack. */
static const char *const *
membership_role_attributes(const struct campus_membership *membership)
{
	const struct campus_settings *set = &membership->directory->set;
	ARRAY_TYPE(const_string) attributes;

	t_array_init(&attributes, PROJECT_ROLE_COUNT + 1);
	for (enum project_role role = PROJECT_ROLE_OWNER;
	     role > membership->role; role--) {
		if (*set->role_attributes[role] != '\0')
			array_push_back(&attributes,
					&set->role_attributes[role]);
	}
	array_append_zero(&attributes);
	return array_front(&attributes);
}

static void membership_send(struct membership_request *request)
{
	static const char *const no_attributes[] = { "1.1", NULL };
	struct campus_membership *membership = request->membership;
	const struct campus_settings *set = &membership->directory->set;
	const char *const name_attributes[] = { set->group_name_attribute,
						NULL };
	struct campus_ldap_search search = {
		.base = request->dn == NULL ? set->groups_base : request->dn,
		.base_only = request->dn != NULL,
		.filter = request->filter,
		.attributes = no_attributes,
		.values_filter = request->values_filter,
		.page_size = request->paged ? MEMBERSHIP_PAGE_SIZE : 0,
		.timeout_msecs = set->login_timeout_msecs,
	};

	if (request->question == MEMBERSHIP_ANY_ROLE)
		search.attributes = membership_role_attributes(membership);
	else if (request->question == MEMBERSHIP_GROUPS &&
		 membership->groups != NULL)
		search.attributes = name_attributes;
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

/* Returns 1, 0 if the server does not let us see which role it is, or -1. */
static int membership_read_any_role(struct membership_request *request,
				    const struct campus_ldap_answer *answer,
				    const char **error_r)
{
	struct campus_membership *membership = request->membership;
	const struct campus_settings *set = &membership->directory->set;
	const struct directory_entry *entry;
	enum project_role role;

	if (answer->result.outcome == DIRECTORY_OUTCOME_ANSWERED &&
	    answer->result.code == DIRECTORY_CODE_NO_SUCH_EXTENSION)
		return 0;
	if (!campus_directory_answer_ok(answer, "search for a role",
					log_escape(request->dn), error_r))
		return -1;
	if (answer->unasked)
		return 0;
	array_foreach(answer->entries, entry) {
		role = campus_shown_role(set, entry, request->dns,
					 request->dns_count);
		if (role == PROJECT_ROLE_NONE)
			return 0;
		membership->role = I_MAX(membership->role, role);
	}
	return 1;
}

static int membership_read_role(struct membership_request *request,
				const struct campus_ldap_answer *answer,
				const char **error_r)
{
	struct campus_membership *membership = request->membership;
	int ret;

	if (request->question == MEMBERSHIP_ANY_ROLE) {
		ret = membership_read_any_role(request, answer, error_r);
		if (ret < 0)
			return -1;
		if (ret == 0) {
			/* no request at all if the role is the highest now */
			campus_ldap_filters_no_values(membership->ldap);
			membership_ask_each_role(membership, request->dns,
						 request->dns_count);
		}
	} else {
		if (!campus_directory_answer_ok(answer, "search for a role",
						log_escape(request->dn),
						error_r))
			return -1;
		if (array_count(answer->entries) > 0)
			membership->role =
				I_MAX(membership->role, request->role);
	}
	return membership_check_cap(membership, error_r) < 0 ? -1 : 1;
}

/* Returns 1 if the request is done, 0 if it goes on, -1 on trouble. */
static int membership_read(struct membership_request *request,
			   const struct campus_ldap_answer *answer,
			   const char **error_r)
{
	struct campus_membership *membership = request->membership;

	if (request->question != MEMBERSHIP_GROUPS)
		return membership_read_role(request, answer, error_r);

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
			   const struct membership_request *what)
{
	struct membership_request *request =
		p_new(membership->pool, struct membership_request, 1);

	*request = *what;
	request->membership = membership;
	request->filter = p_strdup(membership->pool, what->filter);
	request->values_filter =
		p_strdup(membership->pool, what->values_filter);
	array_push_back(&membership->requests, &request);
	membership_send(request);
}

static void membership_ask_groups(struct campus_membership *membership,
				  const char *const *dns, unsigned int count)
{
	const struct campus_settings *set = &membership->directory->set;

	membership_ask(membership,
		       &(struct membership_request){
			       .question = MEMBERSHIP_GROUPS,
			       .filter = directory_filter_any_of(
				       set->groups_filter,
				       set->group_member_attribute, dns, count),
		       });
}

static void membership_ask_each_role(struct campus_membership *membership,
				     const char *const *dns, unsigned int count)
{
	const struct campus_settings *set = &membership->directory->set;

	for (enum project_role role = PROJECT_ROLE_OWNER;
	     role > membership->role; role--) {
		if (*set->role_attributes[role] == '\0')
			continue;
		membership_ask(
			membership,
			&(struct membership_request){
				.question = MEMBERSHIP_ROLE,
				.role = role,
				.dn = membership->mailbox->dn,
				.filter = directory_filter_any_of(
					"(objectClass=*)",
					set->role_attributes[role], dns, count),
			});
	}
}

static void membership_ask_any_role(struct campus_membership *membership,
				    const char *const *dns, unsigned int count)
{
	const char *const *attributes = membership_role_attributes(membership);
	const char *values;
	struct membership_request request = {
		.question = MEMBERSHIP_ANY_ROLE,
		.dn = membership->mailbox->dn,
		.dns = dns,
		.dns_count = count,
	};

	if (str_array_length(attributes) < 2 ||
	    !campus_ldap_filters_values(membership->ldap)) {
		membership_ask_each_role(membership, dns, count);
		return;
	}
	request.filter =
		directory_filter_any_value(attributes, dns, count, &values);
	request.values_filter = values;
	membership_ask(membership, &request);
}

static void membership_ask_level(struct campus_membership *membership)
{
	const struct campus_settings *set = &membership->directory->set;
	bool groups = *set->groups_base != '\0' &&
		      membership->level < set->group_depth;
	const char *const *dns;
	unsigned int count, n;

	dns = array_get(&membership->dns, &count);
	for (unsigned int i = 0; i < count; i += n) {
		n = I_MIN(count - i, MEMBERSHIP_DNS_PER_FILTER);
		if (membership->mailbox != NULL)
			membership_ask_any_role(membership, dns + i, n);
		if (groups)
			membership_ask_groups(membership, dns + i, n);
	}
}

/* Groups that only the person's entry names: what are their names? */
static void membership_ask_names(struct campus_membership *membership)
{
	const struct campus_settings *set = &membership->directory->set;
	const char *const *dn = membership->person->member_of;

	for (; membership->groups != NULL && *dn != NULL; dn++) {
		if (!campus_groups_has(membership->groups, *dn) &&
		    directory_group_is_below(*dn, set->groups_base))
			membership_ask(membership,
				       &(struct membership_request){
					       .question = MEMBERSHIP_GROUPS,
					       .dn = *dn,
					       .filter = set->groups_filter,
				       });
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
