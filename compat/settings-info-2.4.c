/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The table of settings in the form that Dovecot 2.4's parser wants. The auth
   module and libcampus_settings.so both hold it. */

#include "lib.h"
#include "settings-parser.h"
#include "campus-setting-values.h"
#include "campus-settings.h"
#include "settings-info-2.4.h"

static bool campus_settings_check(void *set, pool_t pool, const char **error_r)
{
	/* What needs the file system or a whole configuration is left to the
	   auth process. */
	return campus_settings_parse(pool, set, NULL, error_r) == 0;
}

#define CAMPUS_SETTING_DEFINE(name, value)                                     \
	SETTING_DEFINE_STRUCT_STR_NOVARS("campus_" #name, name,                \
					 struct campus_setting_values),
static const struct setting_define campus_setting_defines[] = { CAMPUS_SETTINGS(
	CAMPUS_SETTING_DEFINE) SETTING_DEFINE_LIST_END };

#define CAMPUS_SETTING_DEFAULT(name, value) .name = value,
static const struct campus_setting_values campus_setting_defaults = {
	CAMPUS_SETTINGS(CAMPUS_SETTING_DEFAULT)
};

const struct setting_parser_info campus_setting_parser_info = {
	.name = "campus",
	.defines = campus_setting_defines,
	.defaults = &campus_setting_defaults,
	.struct_size = sizeof(struct campus_setting_values),
	.pool_offset1 = 1 + offsetof(struct campus_setting_values, pool),
	.check_func = campus_settings_check,
};
