/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The table of campus_quota's settings in the form that Dovecot 2.4's parser
   wants. The plugin that reads them and libcampus_settings.so hold it. */

#include "lib.h"
#include "settings-parser.h"
#include "quota-message.h"
#include "quota-setting-values.h"
#include "quota-settings-info-2.4.h"

static bool quota_settings_check(void *set, pool_t pool ATTR_UNUSED,
				 const char **error_r)
{
	const struct quota_setting_values *values = set;

	return quota_message_check_text(values->quota_warn_text, error_r) == 0;
}

#define QUOTA_SETTING_DEFINE(name, value)                                      \
	SETTING_DEFINE_STRUCT_STR_NOVARS("campus_" #name, name,                \
					 struct quota_setting_values),
static const struct setting_define quota_setting_defines[] = { QUOTA_SETTINGS(
	QUOTA_SETTING_DEFINE) SETTING_DEFINE_LIST_END };

#define QUOTA_SETTING_DEFAULT(name, value) .name = value,
static const struct quota_setting_values quota_setting_defaults = {
	QUOTA_SETTINGS(QUOTA_SETTING_DEFAULT)
};

const struct setting_parser_info quota_setting_values_parser_info = {
	.name = "campus_quota",
	.defines = quota_setting_defines,
	.defaults = &quota_setting_defaults,
	.struct_size = sizeof(struct quota_setting_values),
	.pool_offset1 = 1 + offsetof(struct quota_setting_values, pool),
	.check_func = quota_settings_check,
};
