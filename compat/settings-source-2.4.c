/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Settings of Dovecot 2.4: part of dovecot.conf, registered with the config
   process by libcampus_settings.so. */

#include "auth-compat.h"
#include "settings.h"
#include "campus-setting-values.h"
#include "settings-info-2.4.h"
#include "settings-source.h"

int settings_source_read(pool_t pool, const struct auth_compat_source *source,
			 const struct campus_setting_values **values_r,
			 const char **error_r)
{
	const struct campus_setting_values *values;

	if (settings_get(source->event, &campus_setting_parser_info, 0, &values,
			 error_r) < 0)
		return -1;
	*values_r = campus_setting_values_dup(pool, values);
	settings_free(values);
	return 0;
}
