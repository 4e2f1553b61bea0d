/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The folder plugins' settings in Dovecot 2.3: lines of its plugin section. */

#include "lib.h"
#include "mail-user.h"
#include "folder-setting-values.h"
#include "folder-settings-source.h"

static const char *folder_setting_read(struct mail_user *user, const char *key,
				       const char *value)
{
	const char *set = mail_user_plugin_getenv(user, key);

	return set == NULL ? value : set;
}

#define FOLDER_SETTING_READ(name, value)                                       \
	values->name = folder_setting_read(user, "campus_folder_" #name, value);
int folder_settings_source_read(struct mail_user *user,
				const struct folder_setting_values **values_r,
				const char **error_r)
{
	struct folder_setting_values *values =
		p_new(user->pool, struct folder_setting_values, 1);

	(void)error_r;
	FOLDER_SETTINGS(FOLDER_SETTING_READ)
	*values_r = values;
	return 0;
}
