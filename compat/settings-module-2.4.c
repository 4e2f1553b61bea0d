/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* libcampus_settings.so: tells Dovecot 2.4's config process our settings. */

#include "lib.h"
#include "settings-parser.h"
#include "acl-settings-info-2.4.h"
#include "folder-settings-info-2.4.h"
#include "quota-settings-info-2.4.h"
#include "settings-info-2.4.h"

extern const struct setting_parser_info *campus_settings_set_infos[];
extern const char *campus_settings_version;

const char *campus_settings_version = DOVECOT_ABI_VERSION;
const struct setting_parser_info *campus_settings_set_infos[] = {
	&campus_setting_parser_info, &campus_acl_setting_parser_info,
	&folder_setting_parser_info, &quota_setting_values_parser_info, NULL
};
