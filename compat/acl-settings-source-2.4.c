/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* campus_acl's settings in Dovecot 2.4: part of dovecot.conf. */

#include "lib.h"
#include "mail-user.h"
#include "settings.h"
#include "acl-setting-values.h"
#include "acl-settings-info-2.4.h"
#include "acl-settings-source.h"

int acl_settings_source_read(struct mail_user *user,
			     struct campus_acl_settings *set_r,
			     const char **error_r)
{
	const struct acl_setting_values *values;
	int ret;

	if (settings_get(user->event, &campus_acl_setting_parser_info, 0,
			 &values, error_r) < 0)
		return -1;
	ret = acl_setting_values_parse(values, set_r, error_r);
	settings_free(values);
	return ret;
}
