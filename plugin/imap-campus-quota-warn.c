/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* An alert at login to whoever opens a mailbox that has passed its first
   level. Programs show it, and open many sessions: once a day is enough. */

#include "imap-campus-quota.h"
#include "ioloop.h"
#include "module-context.h"
#include "day-stamp.h"
#include "quota-levels.h"
#include "user-field.h"

#define WARN_STAMP ".campus-quota-warned"

#define IMAP_CAMPUS_QUOTA_CONTEXT(obj)                                         \
	MODULE_CONTEXT_REQUIRE(obj, imap_campus_quota_module)

static MODULE_CONTEXT_DEFINE_INIT(imap_campus_quota_module,
				  &imap_module_register);

/* A file of this name is there, younger than a day, if this person has been
   told. Names of people are canonical, so they can be part of one. NULL if
   there is no home. */
static const char *stamp_path(struct mail_user *user)
{
	const char *person = user_field(user, "master_user");
	const char *home;

	if (mail_user_get_home(user, &home) <= 0)
		return NULL;
	return person == NULL || *person == '\0' ?
		       t_strdup_printf("%s/" WARN_STAMP, home) :
		       t_strdup_printf("%s/" WARN_STAMP "-%s", home, person);
}

/* Is it time to tell this person? Then that is noted. If it cannot be, rather
   tell him too often. */
static bool is_due(struct mail_user *user)
{
	const char *path = stamp_path(user), *error;
	int fd, ret;

	if (path == NULL)
		return TRUE;
	ret = day_stamp_open(path, ioloop_time, &fd, &error);
	if (ret < 0)
		e_error(user->event, "imap_campus_quota: %s", error);
	else if (ret > 0)
		day_stamp_close(&fd, TRUE);
	return ret != 0;
}

static void send_alert(struct client *client, uint64_t used, uint64_t limit)
{
	const char *holds =
		limit == 0 ? t_strdup_printf("has grown to %s",
					     quota_limit_text(used)) :
			     t_strdup_printf("is nearly full, with %s of %s",
					     quota_limit_text(used),
					     quota_limit_text(limit));

	client_send_line(client,
			 t_strdup_printf("* OK [ALERT] This mailbox %s. Please "
					 "delete what is no longer needed.",
					 holds));
}

/* The login has been answered already, so that nobody waits for the count. */
static void imap_campus_quota_init(struct client *client)
{
	union imap_module_context *ctx = IMAP_CAMPUS_QUOTA_CONTEXT(client);
	struct quota_levels levels;
	const char *error;
	int ret;

	ctx->super.init(client);
	ret = quota_levels_passed(client->user, QUOTA_LEVEL_WARN, &levels,
				  &error);
	if (ret < 0) {
		e_error(client->event,
			"imap_campus_quota: cannot tell whether the mailbox is "
			"nearly full: %s",
			error);
	} else if (ret > 0 && is_due(client->user)) {
		send_alert(client, levels.used,
			   levels.levels[QUOTA_LEVEL_RECEIVE]);
	}
}

void imap_campus_quota_warn_client_created(struct client *client)
{
	union imap_module_context *ctx;

	if (user_field(client->user, "campus_quota_warn") == NULL)
		return;
	ctx = p_new(client->pool, union imap_module_context, 1);
	ctx->super = client->v;
	client->v.init = imap_campus_quota_init;
	MODULE_CONTEXT_SET_SELF(client, imap_campus_quota_module, ctx);
}
