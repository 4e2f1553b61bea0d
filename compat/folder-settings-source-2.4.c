/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The folder plugins' settings in Dovecot 2.4: part of dovecot.conf. */

#include "lib.h"
#include "mail-user.h"
#include "settings.h"
#include "folder-setting-values.h"
#include "folder-settings-info-2.4.h"
#include "folder-settings-source.h"

int folder_settings_source_read(struct mail_user *user,
				const struct folder_setting_values **values_r,
				const char **error_r)
{
	if (settings_get(user->event, &folder_setting_parser_info, 0, values_r,
			 error_r) < 0)
		return -1;
	/* The user's pool keeps them; what we hold ourselves is given back. */
	pool_add_external_ref(user->pool, (*values_r)->pool);
	const struct folder_setting_values *held = *values_r;
	settings_free(held);
	return 0;
}
