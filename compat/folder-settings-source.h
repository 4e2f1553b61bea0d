/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_SETTINGS_SOURCE_H
#define FOLDER_SETTINGS_SOURCE_H

/* Where the folder plugins' settings come from: 2.3's plugin section, 2.4's
   configuration. Both know a user's own settings from the userdb. */

struct folder_setting_values;
struct mail_user;

/* Read the values as they were written, with defaults for the others.
   Returns 0 with *values_r living as long as the user, or -1 with *error_r a
   sentence. */
int folder_settings_source_read(struct mail_user *user,
				const struct folder_setting_values **values_r,
				const char **error_r);

#endif
