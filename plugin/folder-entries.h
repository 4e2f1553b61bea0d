/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_ENTRIES_H
#define FOLDER_ENTRIES_H

/* The entries of a folder's ACL, for those who look at them from outside. */

#include "acl-union.h"

struct mailbox_list;
struct mail_user;

/* Does the acl plugin watch over this user's folders? Returns 0, or -1 with
 *error_r a sentence. */
int folder_entries_check(struct mail_user *user, const char **error_r);

/* The entries of the folder of that name, also if it does not exist, and those
   for all folders. They are on the data stack. Returns 0, or -1 with *error_r a
   sentence. */
int folder_entries_read(struct mailbox_list *list, const char *vname,
			const struct acl_union_entry **entries_r,
			unsigned int *count_r, const char **error_r);

/* Whom the entry means, as in IMAP, without a "-"; on the data stack. */
const char *folder_entries_identifier(const struct acl_union_entry *entry);

#endif
