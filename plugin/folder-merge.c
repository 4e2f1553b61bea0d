/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One merge from the locks to the removal of the empty folder. */

#include "lib.h"
#include "file-lock.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mail-storage-settings.h"
#include "mail-user.h"
#include "mailbox-list-iter.h"
#include "log-escape.h"
#include "folder-acl.h"
#include "folder-settings.h"
#include "folder-merge.h"
#include "legacy-folders.h"

/* The lock that dsync takes, so that it does not work on the same folder. */
#define FOLDER_MERGE_LOCK ".dovecot-box-sync.lock"
#define FOLDER_MERGE_LOCK_SECS 30

/* How often to try a folder that gets new mail just before its removal. */
#define FOLDER_MERGE_ROUNDS 10

struct folder_merge {
	struct mail_namespace *ns;
	const struct legacy_folder *folder;
	const struct folder_move_settings *set;
	struct folder_move_counts *counts;
	struct mailbox *source, *target;
	struct file_lock *source_lock, *target_lock;
	const char *error;
	bool retried;
};

void folder_merge_prepare(struct mail_user *user)
{
	struct mail_storage *storage;

	user->dsyncing = TRUE;
	for (storage = user->storages; storage != NULL; storage = storage->next)
		((struct mail_storage_settings *)storage->set)
			->parsed_fsync_mode = FSYNC_MODE_ALWAYS;
}

static int folder_merge_failed(struct folder_merge *merge, struct mailbox *box,
			       const char *what)
{
	merge->error =
		t_strdup_printf("%s '%s': %s", what, log_escape(box->vname),
				mailbox_get_last_internal_error(box, NULL));
	return -1;
}

static bool folder_merge_is_dry(const struct folder_merge *merge)
{
	return merge->set == NULL || merge->set->dry_run;
}

static struct mailbox *folder_merge_alloc(struct folder_merge *merge,
					  const char *name)
{
	enum mailbox_flags flags = MAILBOX_FLAG_IGNORE_ACLS;
	struct mailbox *box;

	if (folder_merge_is_dry(merge))
		flags |= MAILBOX_FLAG_READONLY;
	box = mailbox_alloc(merge->ns->list, name, flags);
	/* A copy in mdbox is one more reference to the same message. A process
	   that is killed between the reference and its counter would leave a
	   message that is thought unused when the original goes; so copy the
	   message itself. */
	if ((box->storage->class_flags & MAIL_STORAGE_CLASS_FLAG_UNIQUE_ROOT) !=
	    0)
		box->disable_reflink_copy_to = TRUE;
	return box;
}

static void folder_merge_close(struct folder_merge *merge)
{
	file_lock_free(&merge->source_lock);
	file_lock_free(&merge->target_lock);
	if (merge->source != NULL)
		mailbox_free(&merge->source);
	if (merge->target != NULL)
		mailbox_free(&merge->target);
}

/* Returns 1; 0 if it does not exist, and is not to be made. */
static int folder_merge_open_target(struct folder_merge *merge, bool create)
{
	enum mailbox_existence existence;

	merge->target = folder_merge_alloc(merge, merge->folder->target);
	if (mailbox_exists(merge->target, FALSE, &existence) < 0)
		return folder_merge_failed(merge, merge->target, "Cannot open");
	if (existence != MAILBOX_EXISTENCE_SELECT) {
		if (!create)
			return 0;
		/* Opening it makes and subscribes one with auto=subscribe. */
		if (!mailbox_is_autocreated(merge->target) &&
		    mailbox_create(merge->target, NULL, FALSE) < 0 &&
		    mailbox_get_last_mail_error(merge->target) !=
			    MAIL_ERROR_EXISTS) {
			return folder_merge_failed(merge, merge->target,
						   "Cannot create");
		}
	}
	if (mailbox_open(merge->target) < 0)
		return folder_merge_failed(merge, merge->target, "Cannot open");
	return 1;
}

static int folder_merge_lock(struct folder_merge *merge, struct mailbox *box,
			     struct file_lock **lock_r)
{
	const char *error;

	if (mailbox_lock_file_create(box, FOLDER_MERGE_LOCK,
				     FOLDER_MERGE_LOCK_SECS, lock_r,
				     &error) > 0)
		return 0;
	if (mail_index_is_in_memory(box->index)) {
		merge->error = t_strdup_printf(
			"The indexes of '%s' are in memory only, since the "
			"disk is full or the settings say so; a merge needs "
			"them on disk",
			log_escape(box->vname));
		return -1;
	}
	merge->error =
		t_strdup_printf("Cannot lock '%s', perhaps another merge or "
				"doveadm sync works on it: %s",
				log_escape(box->vname), error);
	return -1;
}

/* A run that was killed while it removed the folder has left it marked as
   deleted. Dovecot would open it again in five minutes; the lock tells us at
   once that nobody is at it. */
static int folder_merge_undelete(struct folder_merge *merge)
{
	struct mailbox *box = merge->source;
	int ret;

	if (folder_merge_lock(merge, box, &merge->source_lock) < 0)
		return -1;
	box->mailbox_undeleting = TRUE;
	ret = mailbox_mark_index_deleted(box, FALSE);
	box->mailbox_undeleting = FALSE;
	if (ret < 0)
		return folder_merge_failed(merge, box, "Cannot open");
	box->mailbox_deleted = FALSE;
	mailbox_close(box);
	if (mailbox_open(box) < 0)
		return folder_merge_failed(merge, box, "Cannot open");
	return 1;
}

/* Returns 1; 0 if there is nothing to open. */
static int folder_merge_open_source(struct folder_merge *merge)
{
	enum mail_error error;

	merge->source = folder_merge_alloc(merge, merge->folder->name);
	/* There only for those below it. */
	if (merge->folder->noselect)
		return 0;
	if (mailbox_open(merge->source) == 0)
		return 1;
	(void)mailbox_get_last_internal_error(merge->source, &error);
	if (error != MAIL_ERROR_NOTFOUND)
		return folder_merge_failed(merge, merge->source, "Cannot open");
	if (!merge->source->mailbox_deleted || folder_merge_is_dry(merge))
		return 0;
	return folder_merge_undelete(merge);
}

/* No two merges have a folder in common as source and target, so that the
   order is always the same. */
static int folder_merge_lock_both(struct folder_merge *merge)
{
	if (merge->source_lock == NULL &&
	    folder_merge_lock(merge, merge->source, &merge->source_lock) < 0)
		return -1;
	return folder_merge_lock(merge, merge->target, &merge->target_lock);
}

/* The name of a folder below, or NULL. */
static const char *folder_merge_child(struct folder_merge *merge)
{
	const char *pattern =
		t_strdup_printf("%s%c*", merge->folder->name,
				mail_namespace_get_sep(merge->ns));
	struct mailbox_list_iterate_context *iter;
	const struct mailbox_info *info;
	const char *child = NULL;
	size_t len = strlen(pattern) - 1;

	iter = mailbox_list_iter_init(merge->ns->list, pattern,
				      MAILBOX_LIST_ITER_NO_AUTO_BOXES);
	while (child == NULL && (info = mailbox_list_iter_next(iter)) != NULL) {
		/* The name may hold wildcards. */
		if (strncmp(info->vname, pattern, len) == 0 &&
		    (info->flags & MAILBOX_NONEXISTENT) == 0)
			child = t_strdup(info->vname);
	}
	if (mailbox_list_iter_deinit(&iter) < 0 && child == NULL)
		child = merge->folder->name;
	return child;
}

static int folder_merge_subscribe(struct folder_merge *merge)
{
	if (!merge->folder->subscribed)
		return 0;
	if (mailbox_set_subscribed(merge->target, TRUE) < 0)
		return folder_merge_failed(merge, merge->target,
					   "Cannot subscribe");
	if (mailbox_set_subscribed(merge->source, FALSE) < 0)
		return folder_merge_failed(merge, merge->source,
					   "Cannot unsubscribe");
	return 0;
}

/* Returns 1 if it is gone, 0 if mail has arrived in it. */
static int folder_merge_remove(struct folder_merge *merge)
{
	struct mailbox *box = merge->source;
	const char *child = folder_merge_child(merge);
	enum mail_error error;

	if (child != NULL) {
		merge->error = t_strdup_printf(
			"'%s' is still below it; merge or move that first",
			log_escape(child));
		return -1;
	}
	mailbox_close(box);
	if (mailbox_delete_empty(box) == 0)
		return 1;
	(void)mailbox_get_last_internal_error(box, &error);
	if (error == MAIL_ERROR_NOTFOUND)
		return 1;
	if (error == MAIL_ERROR_EXISTS)
		return 0;
	return folder_merge_failed(merge, box, "Cannot remove");
}

/* Returns 1; 0 to try again. */
static int folder_merge_move(struct folder_merge *merge)
{
	if (folder_move(merge->source, merge->target, merge->set, merge->counts,
			&merge->error) == 0)
		return 1;
	/* Where a process was killed, Dovecot fails once, and has mended its
	   index by that. */
	if (merge->retried)
		return -1;
	merge->retried = TRUE;
	return 0;
}

/* Returns 1 if the folder is gone, 0 if another round is needed. */
static int folder_merge_round(struct folder_merge *merge)
{
	int ret;

	if ((ret = folder_merge_open_source(merge)) < 0)
		return -1;
	if (ret == 0)
		return folder_merge_remove(merge);
	if (folder_merge_open_target(merge, TRUE) < 0 ||
	    folder_merge_lock_both(merge) < 0 ||
	    folder_acl_inherit(merge->source, merge->target, &merge->error) <
		    0 ||
	    folder_acl_check(merge->source, merge->target, &merge->error) < 0)
		return -1;
	if ((ret = folder_merge_move(merge)) <= 0)
		return ret;
	if (folder_merge_subscribe(merge) < 0)
		return -1;
	return folder_merge_remove(merge);
}

static int folder_merge_rounds(struct folder_merge *merge)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < FOLDER_MERGE_ROUNDS; i++) {
		merge->error = NULL;
		ret = folder_merge_round(merge);
		folder_merge_close(merge);
	}
	if (ret == 0 && merge->error == NULL)
		merge->error = "Mail keeps arriving in it; run this again";
	return ret > 0 ? 0 : -1;
}

static int folder_merge_dry_run(struct folder_merge *merge)
{
	int ret;

	if ((ret = folder_merge_open_source(merge)) <= 0)
		return ret;
	if ((ret = folder_merge_open_target(merge, FALSE)) < 0)
		return -1;
	if (ret == 0)
		mailbox_free(&merge->target);
	else if (folder_acl_check(merge->source, merge->target, &merge->error) <
		 0)
		return -1;
	if (merge->set == NULL)
		return 0;
	return folder_move(merge->source, merge->target, merge->set,
			   merge->counts, &merge->error);
}

int folder_merge(struct mail_user *user, const struct legacy_folder *folder,
		 const struct folder_move_settings *set,
		 struct folder_move_counts *counts_r, const char **error_r)
{
	struct folder_merge merge = {
		.ns = folder_settings_inbox(user->namespaces),
		.folder = folder,
		.set = set,
		.counts = counts_r,
	};
	int ret;

	i_zero(counts_r);
	if (!set->dry_run)
		ret = folder_merge_rounds(&merge);
	else {
		ret = folder_merge_dry_run(&merge);
		folder_merge_close(&merge);
	}
	*error_r = merge.error;
	return ret;
}

int folder_merge_check(struct mail_user *user,
		       const struct legacy_folder *folder, const char **error_r)
{
	struct folder_merge merge = {
		.ns = folder_settings_inbox(user->namespaces),
		.folder = folder,
	};
	int ret = folder_merge_dry_run(&merge);

	folder_merge_close(&merge);
	*error_r = merge.error;
	return ret;
}
