/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The table of campus_acl's settings in the form that Dovecot 2.4's parser
   wants. The plugins that read them and libcampus_settings.so hold it. */

#include "lib.h"
#include "settings-parser.h"
#include "acl-settings-info-2.4.h"

static const struct setting_define acl_setting_defines[] = {
	SETTING_DEFINE_STRUCT_BOOL("campus_acl_union", acl_union,
				   struct acl_setting_values),
	SETTING_DEFINE_LIST_END
};

static const struct acl_setting_values acl_setting_defaults = {
	.acl_union = TRUE,
};

const struct setting_parser_info campus_acl_setting_parser_info = {
	.name = "campus_acl",
	.defines = acl_setting_defines,
	.defaults = &acl_setting_defaults,
	.struct_size = sizeof(struct acl_setting_values),
	.pool_offset1 = 1 + offsetof(struct acl_setting_values, pool),
};
