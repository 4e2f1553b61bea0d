/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The table of the folder plugins' settings in the form that Dovecot 2.4's
   parser wants. Each plugin that reads them and libcampus_settings.so hold
   it. */

#include "lib.h"
#include "settings-parser.h"
#include "folder-role.h"
#include "folder-setting-values.h"
#include "folder-settings-info-2.4.h"

static bool folder_settings_check(void *set, pool_t pool, const char **error_r)
{
	struct folder_roles_settings roles;

	return folder_setting_values_parse(pool, set, &roles, error_r) == 0;
}

#define FOLDER_SETTING_DEFINE(name, value)                                     \
	SETTING_DEFINE_STRUCT_STR_NOVARS("campus_folder_" #name, name,         \
					 struct folder_setting_values),
static const struct setting_define folder_setting_defines[] = { FOLDER_SETTINGS(
	FOLDER_SETTING_DEFINE) SETTING_DEFINE_LIST_END };

#define FOLDER_SETTING_DEFAULT(name, value) .name = value,
static const struct folder_setting_values folder_setting_defaults = {
	FOLDER_SETTINGS(FOLDER_SETTING_DEFAULT)
};

const struct setting_parser_info folder_setting_parser_info = {
	.name = "campus_folder",
	.defines = folder_setting_defines,
	.defaults = &folder_setting_defaults,
	.struct_size = sizeof(struct folder_setting_values),
	.pool_offset1 = 1 + offsetof(struct folder_setting_values, pool),
	.check_func = folder_settings_check,
};
