/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_GROUPS_H
#define CAMPUS_GROUPS_H

#include "directory-entry.h"

/* The names of one person's groups, as the search for them goes on. */

struct campus_directory;
struct campus_groups;

/* The event is for what is wrong with a group: an error for each, once. */
struct campus_groups *campus_groups_create(struct campus_directory *directory,
					   pool_t pool, struct event *event);
/* Take the names of a group's entry. Returns 0, or -1 with *error_r a sentence
   if the entry does not tell them. */
int campus_groups_add(struct campus_groups *groups,
		      const struct directory_entry *entry,
		      const char **error_r);
/* Was the entry of that DN among those added? */
bool campus_groups_has(const struct campus_groups *groups, const char *dn);
/* The names as the session's field acl_groups. Returns 0 with *list_r in the
   pool, or -1 with *error_r a sentence if Dovecot cannot carry so many. */
int campus_groups_list(struct campus_groups *groups, const char **list_r,
		       const char **error_r);
/* NULL is fine. */
void campus_groups_free(struct campus_groups **groups);

#endif
