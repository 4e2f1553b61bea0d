/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* campus_quota's settings in Dovecot 2.4: part of dovecot.conf. */

#include "lib.h"
#include "mail-user.h"
#include "settings.h"
#include "quota-setting-values.h"
#include "quota-settings-info-2.4.h"
#include "quota-settings-source.h"

int quota_settings_source_text(struct mail_user *user, const char **text_r,
			       const char **error_r)
{
	const struct quota_setting_values *values;

	if (settings_get(user->event, &quota_setting_values_parser_info, 0,
			 &values, error_r) < 0)
		return -1;
	*text_r = t_strdup(values->quota_warn_text);
	settings_free(values);
	return 0;
}
