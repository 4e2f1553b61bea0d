/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DIRECTORY_GROUP_H
#define DIRECTORY_GROUP_H

#include "directory-entry.h"

/* From the entries of groups to the names by which ACLs know them. */

/* Append the names of one group (strings in the pool): each value of the
   attribute is one, if name_check_canonical() lets it pass. Others are left
   out; *ignored_r (else NULL) is a sentence about the first of these. Returns
   0, or -1 with *error_r a sentence if there is no value at all: nobody knows
   then which group this is. Both sentences name the DN. */
int directory_group_names(pool_t pool, const struct directory_entry *entry,
			  const char *attribute,
			  const char *const *reserved_domains,
			  ARRAY_TYPE(const_string) *names,
			  const char **ignored_r, const char **error_r);

/* The names as one text: sorted, each once, with a comma between them, as the
   acl plugins of both series take them. On the data stack. */
const char *directory_group_list(const ARRAY_TYPE(const_string) *names);

/* Does the DN lie below the base? Letter case and spaces do not count. */
bool directory_group_is_below(const char *dn, const char *base);

#endif
