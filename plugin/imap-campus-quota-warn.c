/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* An alert at login to whoever opens a mailbox that has passed its first
   level. Programs show it, and open many sessions: once a day is enough. */

#include "imap-campus-quota.h"
#include "ioloop.h"
#include "quota-compat.h"
#include "quota-limit.h"
#include "user-field.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define WARN_INTERVAL_SECS (24 * 60 * 60)
#define WARN_STAMP ".campus-quota-warned"

#define IMAP_CAMPUS_QUOTA_CONTEXT(obj)                                         \
	MODULE_CONTEXT_REQUIRE(obj, imap_campus_quota_module)

struct imap_campus_quota_client {
	union imap_module_context module_ctx;
	uint64_t warn_bytes;
};

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

/* Is it time to tell this person? Then that is noted. */
static bool is_due(struct mail_user *user)
{
	const char *path = stamp_path(user);
	struct stat st;
	int fd;

	if (path == NULL)
		return TRUE;
	if (stat(path, &st) == 0 && st.st_mtime <= ioloop_time &&
	    st.st_mtime > ioloop_time - WARN_INTERVAL_SECS)
		return FALSE;
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
	if (fd == -1 || futimens(fd, NULL) < 0) {
		e_error(user->event,
			"imap_campus_quota: cannot note in '%s' that a warning was "
			"given: %m",
			path);
	}
	i_close_fd(&fd);
	return TRUE;
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
	struct imap_campus_quota_client *qclient =
		IMAP_CAMPUS_QUOTA_CONTEXT(client);
	uint64_t used, limit;
	const char *error;

	qclient->module_ctx.super.init(client);
	if (quota_compat_get_storage(client->user, &used, &limit, &error) < 0) {
		e_error(client->event,
			"imap_campus_quota: cannot tell whether the mailbox is "
			"nearly full: %s",
			error);
		return;
	}
	if (used > qclient->warn_bytes && is_due(client->user))
		send_alert(client, used, limit);
}

void imap_campus_quota_warn_client_created(struct client *client)
{
	const char *value = user_field(client->user, "campus_quota_warn");
	struct imap_campus_quota_client *qclient;
	uint64_t warn_bytes;

	if (value == NULL || str_to_uint64(value, &warn_bytes) < 0)
		return;
	qclient = p_new(client->pool, struct imap_campus_quota_client, 1);
	qclient->warn_bytes = warn_bytes;
	qclient->module_ctx.super = client->v;
	client->v.init = imap_campus_quota_init;
	MODULE_CONTEXT_SET(client, imap_campus_quota_module, qclient);
}
