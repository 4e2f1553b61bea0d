/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef QUOTA_SETTINGS_INFO_2_4_H
#define QUOTA_SETTINGS_INFO_2_4_H

/* How Dovecot 2.4's settings parser sees campus_quota's settings. */

extern const struct setting_parser_info quota_setting_values_parser_info;

#endif
