/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_MERGE_H
#define FOLDER_MERGE_H

/* Merges a legacy folder into the one that its name means today. */

#include "folder-move.h"

struct legacy_folder;
struct mail_user;

/* Make the storages of a user write everything to disk before they go on, and
   Dovecot's quota, ACL and our name mapping stand aside. */
void folder_merge_prepare(struct mail_user *user);

/* Merge: the messages, the subscription, and then remove the empty folder. What
   is below it must have been merged before. A run that was killed can be
   repeated. Returns 0 if the folder is gone, or with dry_run would be; -1 with
   *error_r a sentence that says why it stays. */
int folder_merge(struct mail_user *user, const struct legacy_folder *folder,
		 const struct folder_move_settings *set,
		 struct folder_move_counts *counts_r, const char **error_r);

/* Why the folder could not be merged, as far as can be seen without doing
   anything. Returns 0 or -1 as folder_merge(). */
int folder_merge_check(struct mail_user *user,
		       const struct legacy_folder *folder,
		       const char **error_r);

#endif
