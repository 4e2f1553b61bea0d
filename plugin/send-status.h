/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SEND_STATUS_H
#define SEND_STATUS_H

/* What the service campus-send-status asks the plugin campus_quota, which it
   finds among those that are loaded. */

struct mail_user;

/* As quota_levels_may_send(). */
typedef int campus_quota_may_send_t(struct mail_user *user,
				    const char **text_r);
#define CAMPUS_QUOTA_MAY_SEND "campus_quota_plugin_may_send"
campus_quota_may_send_t campus_quota_plugin_may_send;

#endif
