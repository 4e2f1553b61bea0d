/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef LEGACY_FOLDERS_H
#define LEGACY_FOLDERS_H

/* Folders from before: real ones, whose names today mean a special folder. */

#include "folder-role.h"

struct mail_user;

struct legacy_folder {
	enum folder_role role;
	/* The folder's name, and of the one that its name means today; with
	   the namespace's prefix. */
	const char *name;
	const char *target;
	/* Folders below it that exist. */
	unsigned int children;
	bool subscribed;
	/* It is only there for those below it. */
	bool noselect;
};
ARRAY_DEFINE_TYPE(legacy_folder, struct legacy_folder);

/* Find the user's legacy folders and those below them, sorted by name, so that
   a folder comes before those below it. user->dsyncing must be set, or the
   plugin answers by the new names. Everything is in the pool. Returns 0, or -1
   with *error_r a sentence. */
int legacy_folders_find(struct mail_user *user,
			const struct folder_roles *roles, pool_t pool,
			ARRAY_TYPE(legacy_folder) *folders_r,
			const char **error_r);

#endif
