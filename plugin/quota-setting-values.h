/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef QUOTA_SETTING_VALUES_H
#define QUOTA_SETTING_VALUES_H

/* The table of campus_quota's settings: names without "campus_", and defaults,
   as text. What they mean is in dovecot-campus-settings(5). */

/* clang-format off */
#define QUOTA_SETTINGS(SETTING)                                                \
	SETTING(quota_warn_text, "")
/* clang-format on */

#define QUOTA_SETTING_MEMBER(name, value) const char *name;
struct quota_setting_values {
	pool_t pool;
	QUOTA_SETTINGS(QUOTA_SETTING_MEMBER)
};

#endif
