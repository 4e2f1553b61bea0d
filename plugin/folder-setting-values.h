/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_SETTING_VALUES_H
#define FOLDER_SETTING_VALUES_H

/* The table of the folder plugins' settings: names without "campus_folder_",
   and defaults, as text. What they mean is in dovecot-campus-settings(5). */

/* clang-format off */
#define FOLDER_SETTINGS(SETTING)                                               \
	SETTING(drafts_policy, "alias")                                        \
	SETTING(drafts_aliases, "")                                            \
	SETTING(sent_policy, "alias")                                          \
	SETTING(sent_aliases, "")                                              \
	SETTING(trash_policy, "alias")                                         \
	SETTING(trash_aliases, "")                                             \
	SETTING(junk_policy, "alias")                                          \
	SETTING(junk_aliases, "")                                              \
	SETTING(archive_policy, "off")                                         \
	SETTING(archive_aliases, "")                                           \
	SETTING(extended_aliases, "no")
/* clang-format on */

#define FOLDER_SETTING_MEMBER(name, value) const char *name;
struct folder_setting_values {
	pool_t pool;
	FOLDER_SETTINGS(FOLDER_SETTING_MEMBER)
};

struct folder_roles_settings;

/* What the settings say by themselves: policies and aliases, not the names of
   the folders. Returns 0, or -1 with *error_r a sentence that names the
   setting. */
int folder_setting_values_parse(pool_t pool,
				const struct folder_setting_values *values,
				struct folder_roles_settings *set_r,
				const char **error_r);

#endif
