/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_SETTINGS_H
#define FOLDER_SETTINGS_H

/* Which special folders a user has: from Dovecot's mailbox blocks with
   special_use, and from the campus_folder_* settings. */

#include "folder-role.h"

struct mail_namespace;
struct mail_user;

/* The namespace with inbox=yes, and not another one's alias; NULL if there is
   none. */
struct mail_namespace *folder_settings_inbox(struct mail_namespace *namespaces);

/* The namespace that is there only for names without the prefix to be led
   elsewhere; NULL if there is none. */
struct mail_namespace *folder_settings_bare(struct mail_namespace *namespaces);

/* The roles of a user whose namespaces exist; they live as long as the user.
   Returns 1; 0 if no folder has a role; -1 with *error_r a sentence if the
   settings are bad. */
int folder_settings_get(struct mail_user *user,
			const struct folder_roles **roles_r,
			const char **error_r);

/* The part of a folder's name that is below the personal root: without the
   namespace's prefix. NULL for INBOX and what is not below the prefix. */
const char *folder_settings_below(const struct mail_namespace *inbox,
				  const char *vname);

#endif
