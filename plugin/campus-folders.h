/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_FOLDERS_H
#define CAMPUS_FOLDERS_H

/* What the parts of the mail plugin campus_folders share.

   Every access to a folder passes mailbox_alloc(): there a name that was given
   becomes the name that is meant (campus-folders-name). LIST is the one thing
   that shows names, so it is taught which to show (campus-folders-list). What
   must not happen to special folders is refused at the storage, so that it is
   refused to every program alike (campus-folders-guard). */

#include "storage-compat.h"
#include "folder-role.h"

/* What a name that was given turned out to be. */
enum campus_name_kind {
	/* A name like any other, or a folder of that very name exists. */
	CAMPUS_NAME_ORDINARY = 0,
	/* A special folder, or one below it; perhaps in other letters. */
	CAMPUS_NAME_SPECIAL,
	/* Another name for a special folder, or for one below it. */
	CAMPUS_NAME_ALIAS,
	/* A name that this site does not want to be used. */
	CAMPUS_NAME_REJECTED,
	/* INBOX once more, below INBOX, or a name in it. */
	CAMPUS_NAME_SECOND_INBOX
};

/* Where the folder of an alias would be, if there were one, and which is meant
   by it as long as there is none. */
struct campus_folders_place {
	const char *vname, *path, *meant;
};
#define CAMPUS_FOLDERS_MAX_PLACES 16

struct campus_folders_user {
	union mail_user_module_context module_ctx;

	/* NULL if no folder has a role */
	const struct folder_roles *roles;
	/* The personal folders; NULL until the namespaces exist. */
	struct mail_namespace *inbox;
	/* The hidden namespace for names without the prefix; may be NULL. */
	struct mail_namespace *bare;
	/* The personal folders' prefix is INBOX and the separator. */
	bool below_inbox;
	ARRAY(struct campus_folders_place) places;
	/* A look-up of our own is under way: names mean what they say. */
	bool looking;
};

/* The user's state if names are to be translated, else NULL: for other users'
   folders, or while dsync, which must see what is there, is at work. */
struct campus_folders_user *campus_folders_user(struct mail_user *user);

/* Translate the name of a folder in a list. Where another one is meant, returns
   its name, which lives as long as the data stack frame, and changes *list;
   else returns vname itself. */
const char *campus_folders_translate(struct campus_folders_user *cuser,
				     struct mailbox_list **list,
				     const char *vname,
				     enum campus_name_kind *kind_r);

/* Hooks. */
void campus_folders_storage_created(struct mail_storage *storage);
void campus_folders_list_created(struct mailbox_list *list);
void campus_folders_mailbox_allocated(struct mailbox *box);

/* Watch over what is done to a mailbox; called by the last one. Ordinary
   mailboxes need no watching. */
void campus_folders_guard_mailbox(struct mailbox *box);
/* May the folder get that name? Names are the storage's. Returns 0, or -1 with
   the error in old_list. */
int campus_folders_guard_rename(struct mailbox_list *old_list,
				const char *old_name,
				struct mailbox_list *new_list,
				const char *new_name);

#endif
