/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_SETTING_VALUES_H
#define ACL_SETTING_VALUES_H

/* The table of campus_acl's settings: names without "campus_", and defaults, as
   text. What they mean is in dovecot-campus-settings(5). */

/* clang-format off */
#define ACL_SETTINGS(SETTING)                                                  \
	SETTING(acl_union, "yes")                                              \
	SETTING(acl_anyone, "no")
/* clang-format on */

#define ACL_SETTING_MEMBER(name, value) const char *name;
struct acl_setting_values {
	pool_t pool;
	ACL_SETTINGS(ACL_SETTING_MEMBER)
};

struct campus_acl_settings {
	/* ACL2=UNION; else Dovecot's own rule. */
	bool union_rule;
	/* Rights may be given to everybody. */
	bool anyone;
};

/* What the settings say. Returns 0, or -1 with *error_r a sentence that names
   the setting. */
int acl_setting_values_parse(const struct acl_setting_values *values,
			     struct campus_acl_settings *set_r,
			     const char **error_r);

#endif
