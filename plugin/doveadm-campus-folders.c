/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* doveadm campus folders: shows a user's legacy folders, and merges them into
   the special folders that their names mean today. */

#include "lib.h"
#include "array.h"
#include "mail-namespace.h"
#include "mail-storage.h"
#include "mail-user.h"
#include "doveadm-compat.h"
#include "doveadm-print.h"
#include "doveadm-campus-folders.h"
#include "log-escape.h"
#include "folder-merge.h"
#include "folder-scripts.h"
#include "folder-settings.h"
#include "legacy-folders.h"

#include <sysexits.h>
#include <unistd.h>

/* A line of progress after so many messages. */
#define FOLDERS_PROGRESS 1000

struct folders_merge_context {
	struct doveadm_mail_cmd_context ctx;
	/* One folder's merge. */
	struct folder_move_settings set;
	const struct legacy_folder *folder;
	unsigned int next_progress;
	bool show_progress;
};

/* What a command needs of a user. */
struct folders_user {
	struct mail_user *user;
	struct mail_namespace *inbox;
	const struct folder_roles *roles;
	pool_t pool;
	ARRAY_TYPE(legacy_folder) folders;
};

/* Returns 1; 0 if the user has no special folders; -1 after an error. */
static int folders_user_init(struct doveadm_mail_cmd_context *ctx,
			     struct mail_user *user, struct folders_user *fuser)
{
	const char *error;
	int ret;

	i_zero(fuser);
	folder_merge_prepare(user);
	fuser->user = user;
	fuser->inbox = folder_settings_inbox(user->namespaces);
	fuser->pool = pool_alloconly_create("campus folders", 1024);
	if ((ret = folder_settings_get(user, &fuser->roles, &error)) > 0 &&
	    legacy_folders_find(user, fuser->roles, fuser->pool,
				&fuser->folders, &error) < 0)
		ret = -1;
	if (ret < 0) {
		i_error("%s", error);
		doveadm_mail_failed_error(ctx, MAIL_ERROR_TEMP);
	}
	return ret;
}

static void folders_user_deinit(struct folders_user *fuser)
{
	fuser->user->dsyncing = FALSE;
	pool_unref(&fuser->pool);
}

/* No table of nothing for a user who does not exist or cannot be opened. */
static void folders_cmd_deinit(struct doveadm_mail_cmd_context *ctx)
{
	/* A server tells by the first, and doveadm itself by the second, which
	   alone is not set by a command that was run. */
	if (ctx->iterate_single_user &&
	    (ctx->exit_code == EX_NOUSER ||
	     (ctx->exit_code == 0 && doveadm_exit_code != 0)))
		doveadm_print_hide_titles = TRUE;
}

/*
 * check
 */

/* Returns FALSE if the folder does not exist, or after an error. */
static bool folders_status(struct doveadm_mail_cmd_context *ctx,
			   struct mail_namespace *inbox, const char *name,
			   struct mailbox_status *status_r)
{
	struct mailbox *box =
		mailbox_alloc(inbox->list, name,
			      MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	enum mailbox_existence existence;
	int ret;

	i_zero(status_r);
	ret = mailbox_exists(box, FALSE, &existence);
	if (ret == 0 && existence == MAILBOX_EXISTENCE_SELECT) {
		ret = mailbox_get_status(box, STATUS_MESSAGES | STATUS_UNSEEN,
					 status_r);
	}
	if (ret < 0) {
		i_error("Cannot look into '%s': %s", log_escape(name),
			mailbox_get_last_internal_error(box, NULL));
		doveadm_mail_failed_mailbox(ctx, box);
	}
	mailbox_free(&box);
	return ret == 0 && existence == MAILBOX_EXISTENCE_SELECT;
}

static void folders_check_canonical(struct doveadm_mail_cmd_context *ctx,
				    struct folders_user *fuser,
				    enum folder_role role)
{
	const char *name =
		t_strconcat(fuser->inbox->prefix,
			    folder_roles_canonical(fuser->roles, role), NULL);
	struct mailbox_status status;
	bool exists = folders_status(ctx, fuser->inbox, name, &status);

	doveadm_print(folder_role_name(role));
	doveadm_print(name);
	doveadm_print_num(status.messages);
	doveadm_print_num(status.unseen);
	doveadm_print_num(0);
	doveadm_print("");
	doveadm_print("");
	doveadm_print(exists ? "" : "not made yet");
}

static void folders_check_legacy(struct doveadm_mail_cmd_context *ctx,
				 struct folders_user *fuser,
				 const struct folder_scripts *scripts,
				 const struct legacy_folder *folder)
{
	const char *error = NULL;
	struct mailbox_status status;

	(void)folders_status(ctx, fuser->inbox, folder->name, &status);
	if (folder_merge_check(fuser->user, folder, &error) == 0)
		error = "";
	doveadm_print(folder_role_name(folder->role));
	doveadm_print(folder->name);
	doveadm_print_num(status.messages);
	doveadm_print_num(status.unseen);
	doveadm_print_num(folder->children);
	doveadm_print(folder->target);
	doveadm_print(folder_scripts_find(scripts, folder->name));
	doveadm_print(error);
}

static int cmd_folders_check_run(struct doveadm_mail_cmd_context *ctx,
				 struct mail_user *user)
{
	const struct legacy_folder *folder;
	struct folder_scripts *scripts;
	struct folders_user fuser;
	enum folder_role role;
	int ret;

	if ((ret = folders_user_init(ctx, user, &fuser)) > 0) {
		scripts = folder_scripts_read(user, fuser.pool);
		for (role = 1; role < FOLDER_ROLE_COUNT; role++) {
			if (folder_roles_canonical(fuser.roles, role) == NULL)
				continue;
			T_BEGIN
			{
				folders_check_canonical(ctx, &fuser, role);
			}
			T_END;
			array_foreach(&fuser.folders, folder) {
				if (folder->role != role)
					continue;
				T_BEGIN
				{
					folders_check_legacy(ctx, &fuser,
							     scripts, folder);
				}
				T_END;
			}
		}
	}
	folders_user_deinit(&fuser);
	return ret < 0 ? -1 : 0;
}

static void folders_check_init(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED)
{
	doveadm_print_header_simple("role");
	doveadm_print_header_simple("folder");
	doveadm_print_header("messages", "messages",
			     DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("unread", "unread",
			     DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("children", "children",
			     DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header_simple("into");
	doveadm_print_header_simple("scripts");
	doveadm_print_header("note", "note", DOVEADM_PRINT_HEADER_FLAG_EXPAND);
}
DOVEADM_COMPAT_INIT(cmd_folders_check_init, folders_check_init)

static struct doveadm_mail_cmd_context *cmd_folders_check_alloc(void)
{
	struct doveadm_mail_cmd_context *ctx =
		doveadm_mail_cmd_alloc(struct doveadm_mail_cmd_context);

	ctx->v.init = cmd_folders_check_init;
	ctx->v.run = cmd_folders_check_run;
	ctx->v.deinit = folders_cmd_deinit;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return ctx;
}

struct doveadm_cmd_ver2 doveadm_cmd_campus_folders_check = {
	.name = "campus folders check",
	.mail_cmd = cmd_folders_check_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX,
	/* clang-format off */
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAMS_END
	/* clang-format on */
};

/*
 * merge
 */

static bool folders_merge_progress(const struct folder_move_counts *counts,
				   void *context)
{
	struct folders_merge_context *ctx = context;
	unsigned int done = counts->copied + counts->joined;

	if (ctx->show_progress && done >= ctx->next_progress) {
		i_info("%u of %u messages of '%s' are in '%s'", done,
		       counts->messages, log_escape(ctx->folder->name),
		       log_escape(ctx->folder->target));
		ctx->next_progress =
			(done / FOLDERS_PROGRESS + 1) * FOLDERS_PROGRESS;
	}
	return !doveadm_is_killed();
}

static int folders_merge_one(struct folders_merge_context *ctx,
			     struct mail_user *user,
			     const struct legacy_folder *folder)
{
	struct folder_move_counts counts;
	const char *error;
	int ret;

	ctx->folder = folder;
	ctx->next_progress = FOLDERS_PROGRESS;
	ret = folder_merge(user, folder, &ctx->set, &counts, &error);
	doveadm_print(folder_role_name(folder->role));
	doveadm_print(folder->name);
	doveadm_print(folder->target);
	doveadm_print_num(counts.copied);
	doveadm_print_num(counts.joined);
	if (ret == 0) {
		doveadm_print(ctx->set.dry_run ? "would be merged" : "merged");
		return 0;
	}
	doveadm_print("left");
	i_error("'%s' is not merged into '%s': %s", log_escape(folder->name),
		log_escape(folder->target), error);
	doveadm_mail_failed_error(&ctx->ctx, MAIL_ERROR_TEMP);
	return -1;
}

static int cmd_folders_merge_run(struct doveadm_mail_cmd_context *_ctx,
				 struct mail_user *user)
{
	struct folders_merge_context *ctx =
		container_of(_ctx, struct folders_merge_context, ctx);
	const struct legacy_folder *folder;
	struct folders_user fuser;
	int ret;

	if ((ret = folders_user_init(_ctx, user, &fuser)) > 0) {
		unsigned int i = array_count(&fuser.folders);

		/* What is below comes first. */
		while (i-- > 0 && !doveadm_is_killed()) {
			folder = array_idx(&fuser.folders, i);
			T_BEGIN
			{
				if (folders_merge_one(ctx, user, folder) < 0)
					ret = -1;
			}
			T_END;
		}
	}
	folders_user_deinit(&fuser);
	return ret < 0 ? -1 : 0;
}

static void folders_merge_init(struct doveadm_mail_cmd_context *_ctx)
{
	struct folders_merge_context *ctx =
		container_of(_ctx, struct folders_merge_context, ctx);

	ctx->set.dry_run = doveadm_compat_flag(_ctx, "dry-run");
	ctx->set.progress = folders_merge_progress;
	ctx->set.context = ctx;
	ctx->show_progress =
		!doveadm_server && (doveadm_verbose || isatty(STDERR_FILENO));
	doveadm_print_header_simple("role");
	doveadm_print_header_simple("folder");
	doveadm_print_header_simple("into");
	doveadm_print_header("copied", "copied",
			     DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header("there", "there before",
			     DOVEADM_PRINT_HEADER_FLAG_NUMBER);
	doveadm_print_header_simple("result");
}
DOVEADM_COMPAT_INIT(cmd_folders_merge_init, folders_merge_init)

static struct doveadm_mail_cmd_context *cmd_folders_merge_alloc(void)
{
	struct folders_merge_context *ctx =
		doveadm_mail_cmd_alloc(struct folders_merge_context);

	ctx->ctx.v.init = cmd_folders_merge_init;
	ctx->ctx.v.run = cmd_folders_merge_run;
	ctx->ctx.v.deinit = folders_cmd_deinit;
	DOVEADM_COMPAT_KNOW_OPTIONS(&ctx->ctx);
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return &ctx->ctx;
}

struct doveadm_cmd_ver2 doveadm_cmd_campus_folders_merge = {
	.name = "campus folders merge",
	.mail_cmd = cmd_folders_merge_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX "[--dry-run]",
	/* clang-format off */
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAM('n', "dry-run", CMD_PARAM_BOOL, 0)
DOVEADM_CMD_PARAMS_END
	/* clang-format on */
};
