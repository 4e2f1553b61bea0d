/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* A message in the mailbox that has passed its first level, once a day, for
   those whose program shows no alert, or who only get mail. */

#include "lib.h"
#include "guid.h"
#include "hex-binary.h"
#include "ioloop.h"
#include "istream.h"
#include "str.h"
#include "mail-namespace.h"
#include "mail-storage.h"
#include "mail-user.h"
#include "message-address.h"
#include "campus-quota.h"
#include "day-stamp.h"
#include "project-role.h"
#include "quota-levels.h"
#include "quota-message.h"
#include "quota-settings-source.h"
#include "right-set.h"
#include "user-field.h"

#define WARN_STAMP ".campus-quota-mailed"

/* Nothing is written in the session of a person who may write nothing. */
static bool campus_quota_may_write(struct mail_user *user)
{
	const char *name = user_field(user, "campus_role");
	enum project_role role = PROJECT_ROLE_NONE;

	return name == NULL ||
	       (project_role_from_name(name, &role) == 0 &&
		(project_role_rights(role, FALSE) & RIGHT_INSERT) != 0);
}

static int campus_quota_make(struct mail_user *user,
			     const struct quota_levels *levels, string_t *dest,
			     const char **error_r)
{
	const struct message_address *postmaster;
	struct quota_message message = {
		.mailbox = user->username,
		.time = ioloop_time,
		.used = levels->used,
	};
	const char *error;
	guid_128_t guid;

	memcpy(message.levels, levels->levels, sizeof(message.levels));
	if (!mail_user_get_postmaster_address(user, &postmaster, error_r))
		return -1;
	if (quota_settings_source_text(user, &message.text, &error) < 0) {
		e_error(user->event,
			"campus_quota: the built-in text is used: %s", error);
		message.text = "";
	}
	guid_128_generate(guid);
	message.from = t_strdup_printf("%s@%s", postmaster->mailbox,
				       postmaster->domain);
	message.to = strchr(user->username, '@') != NULL ?
			     user->username :
			     t_strdup_printf("%s@%s", user->username,
					     postmaster->domain);
	message.id = t_strdup_printf("%s@%s", guid_128_to_string(guid),
				     postmaster->domain);
	quota_message_write(dest, &message);
	return 0;
}

static int campus_quota_save_to(struct mailbox *box, struct istream *input)
{
	struct mailbox_transaction_context *trans;
	struct mail_save_context *ctx;
	int ret;

	if (mailbox_open(box) < 0)
		return -1;
	trans = mailbox_transaction_begin(
		box, MAILBOX_TRANSACTION_FLAG_EXTERNAL, __func__);
	ctx = mailbox_save_alloc(trans);
	ret = mailbox_save_begin(&ctx, input);
	if (ret == 0)
		ret = mailbox_save_continue(ctx);
	if (ret == 0)
		ret = mailbox_save_finish(&ctx);
	else if (ctx != NULL)
		mailbox_save_cancel(&ctx);
	if (ret == 0)
		return mailbox_transaction_commit(&trans);
	mailbox_transaction_rollback(&trans);
	return -1;
}

/* Whatever entries an ACL has, and however full it is: a person who is told
   nothing will not make room. */
static int campus_quota_save(struct mail_user *user, const string_t *text,
			     const char **error_r)
{
	struct mail_namespace *ns = mail_namespace_find_inbox(user->namespaces);
	struct istream *input =
		i_stream_create_from_data(str_data(text), str_len(text));
	struct mailbox *box;
	int ret;

	/* the quota plugin's word for "do not look" */
	user->dsyncing = TRUE;
	box = mailbox_alloc(ns->list, "INBOX",
			    MAILBOX_FLAG_SAVEONLY | MAILBOX_FLAG_IGNORE_ACLS);
	ret = campus_quota_save_to(box, input);
	if (ret < 0)
		*error_r = t_strdup(mailbox_get_last_internal_error(box, NULL));
	mailbox_free(&box);
	user->dsyncing = FALSE;
	i_stream_unref(&input);
	return ret;
}

static int campus_quota_warn_now(struct mail_user *user, const char *path,
				 const struct quota_levels *levels,
				 const char **error_r)
{
	string_t *text = t_str_new(1024);
	int fd, ret;

	ret = day_stamp_open(path, ioloop_time, &fd, error_r);
	if (ret <= 0)
		return ret;
	if (campus_quota_make(user, levels, text, error_r) < 0 ||
	    campus_quota_save(user, text, error_r) < 0)
		ret = -1;
	day_stamp_close(&fd, ret > 0);
	return ret;
}

void campus_quota_warn(struct mail_user *user)
{
	struct quota_levels levels;
	const char *home, *path, *error;
	int ret;

	if (user_field(user, "campus_quota_warn") == NULL ||
	    !campus_quota_may_write(user) || user->dsyncing ||
	    mail_user_get_home(user, &home) <= 0)
		return;
	path = t_strconcat(home, "/" WARN_STAMP, NULL);
	if (!day_stamp_is_due(path, ioloop_time))
		return;
	ret = quota_levels_passed(user, QUOTA_LEVEL_WARN, &levels, &error);
	if (ret > 0)
		ret = campus_quota_warn_now(user, path, &levels, &error);
	if (ret < 0) {
		e_error(user->event,
			"campus_quota: cannot warn of the mailbox's size: %s",
			error);
	}
}
