/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef QUOTA_SETTINGS_SOURCE_H
#define QUOTA_SETTINGS_SOURCE_H

/* Where campus_quota's settings come from: 2.3's plugin section, 2.4's
   configuration. Both know a user's own settings from the userdb. */

struct mail_user;

/* The text of the warning, checked. Returns 0 with *text_r on the data stack,
   or -1 with *error_r a sentence. */
int quota_settings_source_text(struct mail_user *user, const char **text_r,
			       const char **error_r);

#endif
