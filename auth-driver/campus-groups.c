/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The names of one person's groups, as the search for them goes on. */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "directory-group.h"
#include "campus-directory-private.h"
#include "campus-groups.h"

/* A mail process reads what the auth process says about its user into a buffer
   of 8192 bytes, in both series, and a longer line ends the session without a
   word to the person. The rest is for all other fields. */
#define GROUPS_MAX_BYTES 6144
/* So many bad groups are remembered, so that each is logged once. */
#define GROUPS_TOLD_MAX 1000

struct campus_groups {
	struct campus_directory *directory;
	pool_t pool;
	struct event *event;

	ARRAY_TYPE(const_string) names;
	/* DNs of the entries that were added */
	HASH_TABLE(char *, char *) dns;
};

struct campus_groups *campus_groups_create(struct campus_directory *directory,
					   pool_t pool, struct event *event)
{
	struct campus_groups *groups = p_new(pool, struct campus_groups, 1);

	groups->directory = directory;
	groups->pool = pool;
	groups->event = event;
	p_array_init(&groups->names, pool, 8);
	hash_table_create(&groups->dns, default_pool, 0, strcase_hash,
			  strcasecmp);
	return groups;
}

void campus_groups_free(struct campus_groups **_groups)
{
	struct campus_groups *groups = *_groups;

	*_groups = NULL;
	if (groups != NULL)
		hash_table_destroy(&groups->dns);
}

/* A group that is wrong is so at each login of each of its members. */
static void campus_groups_tell_once(struct campus_groups *groups,
				    const char *dn, const char *text)
{
	struct campus_directory *directory = groups->directory;
	char *copy;

	if (hash_table_lookup(directory->told_groups, dn) != NULL)
		return;
	if (hash_table_count(directory->told_groups) >= GROUPS_TOLD_MAX) {
		hash_table_clear(directory->told_groups, FALSE);
		p_clear(directory->told_groups_pool);
	}
	copy = p_strdup(directory->told_groups_pool, dn);
	hash_table_insert(directory->told_groups, copy, copy);
	e_error(groups->event, "%s", text);
}

int campus_groups_add(struct campus_groups *groups,
		      const struct directory_entry *entry, const char **error_r)
{
	const struct campus_settings *set = &groups->directory->set;
	const char *ignored;
	char *dn;

	if (campus_groups_has(groups, entry->dn))
		return 0;
	if (directory_group_names(groups->pool, entry,
				  set->group_name_attribute,
				  set->map.reserved_domains, &groups->names,
				  &ignored, error_r) < 0)
		return -1;
	dn = p_strdup(groups->pool, entry->dn);
	hash_table_insert(groups->dns, dn, dn);
	if (ignored != NULL)
		campus_groups_tell_once(groups, dn, ignored);
	return 0;
}

bool campus_groups_has(const struct campus_groups *groups, const char *dn)
{
	return hash_table_lookup(groups->dns, dn) != NULL;
}

int campus_groups_list(struct campus_groups *groups, const char **list_r,
		       const char **error_r)
{
	const char *list = directory_group_list(&groups->names);

	if (strlen(list) > GROUPS_MAX_BYTES) {
		*error_r = t_strdup_printf(
			"the names of the person's %u groups below '%s' take "
			"%zu bytes, and Dovecot hands on %u at most; narrow "
			"campus_groups_filter, mend the groups, or set "
			"campus_acl_groups = no",
			hash_table_count(groups->dns),
			groups->directory->set.groups_base, strlen(list),
			GROUPS_MAX_BYTES);
		return -1;
	}
	*list_r = p_strdup(groups->pool, list);
	return 0;
}
