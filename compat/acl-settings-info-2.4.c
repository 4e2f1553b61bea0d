/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The table of campus_acl's settings in the form that Dovecot 2.4's parser
   wants. The plugins that read them and libcampus_settings.so hold it. */

#include "lib.h"
#include "settings-parser.h"
#include "acl-setting-values.h"
#include "acl-settings-info-2.4.h"

static bool acl_settings_check(void *set, pool_t pool ATTR_UNUSED,
			       const char **error_r)
{
	struct campus_acl_settings parsed;

	return acl_setting_values_parse(set, &parsed, error_r) == 0;
}

#define ACL_SETTING_DEFINE(name, value)                                        \
	SETTING_DEFINE_STRUCT_STR_NOVARS("campus_" #name, name,                \
					 struct acl_setting_values),
static const struct setting_define acl_setting_defines[] = { ACL_SETTINGS(
	ACL_SETTING_DEFINE) SETTING_DEFINE_LIST_END };

#define ACL_SETTING_DEFAULT(name, value) .name = value,
static const struct acl_setting_values acl_setting_defaults = { ACL_SETTINGS(
	ACL_SETTING_DEFAULT) };

const struct setting_parser_info campus_acl_setting_parser_info = {
	.name = "campus_acl",
	.defines = acl_setting_defines,
	.defaults = &acl_setting_defaults,
	.struct_size = sizeof(struct acl_setting_values),
	.pool_offset1 = 1 + offsetof(struct acl_setting_values, pool),
	.check_func = acl_settings_check,
};
