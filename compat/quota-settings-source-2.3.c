/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* campus_quota's settings in Dovecot 2.3: lines of its plugin section. */

#include "lib.h"
#include "mail-user.h"
#include "quota-message.h"
#include "quota-setting-values.h"
#include "quota-settings-source.h"

int quota_settings_source_text(struct mail_user *user, const char **text_r,
			       const char **error_r)
{
	*text_r = mail_user_plugin_getenv(user, "campus_quota_warn_text");
	if (*text_r == NULL)
		*text_r = "";
	return quota_message_check_text(*text_r, error_r);
}
