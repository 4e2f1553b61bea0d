/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_SETTINGS_SOURCE_H
#define ACL_SETTINGS_SOURCE_H

/* Where campus_acl's settings come from: 2.3's plugin section, 2.4's
   configuration. Both know a user's own settings from the userdb. */

struct mail_user;
struct campus_acl_settings;

/* Read and check the settings. Returns 0, or -1 with *error_r a sentence. */
int acl_settings_source_read(struct mail_user *user,
			     struct campus_acl_settings *set_r,
			     const char **error_r);

#endif
