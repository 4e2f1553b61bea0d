/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* campus_acl's settings in Dovecot 2.3: lines of its plugin section. */

#include "lib.h"
#include "mail-user.h"
#include "acl-setting-values.h"
#include "acl-settings-source.h"

static const char *acl_setting_read(struct mail_user *user, const char *key,
				    const char *value)
{
	const char *set = mail_user_plugin_getenv(user, key);

	return set == NULL ? value : set;
}

#define ACL_SETTING_READ(name, value)                                          \
	.name = acl_setting_read(user, "campus_" #name, value),
int acl_settings_source_read(struct mail_user *user,
			     struct campus_acl_settings *set_r,
			     const char **error_r)
{
	const struct acl_setting_values values = { ACL_SETTINGS(
		ACL_SETTING_READ) };

	return acl_setting_values_parse(&values, set_r, error_r);
}
