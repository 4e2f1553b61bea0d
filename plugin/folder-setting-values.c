/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From the folder plugins' settings as text to what they mean. Known to the
   config process too, so nothing of lib-storage here. */

#include "lib.h"
#include "folder-role.h"
#include "log-escape.h"
#include "folder-setting-values.h"

#define ROLE_SETTINGS(role, name)                                              \
	{                                                                      \
		role, offsetof(struct folder_setting_values, name##_policy),   \
			offsetof(struct folder_setting_values, name##_aliases) \
	}
static const struct {
	enum folder_role role;
	size_t policy, aliases;
} role_settings[] = {
	ROLE_SETTINGS(FOLDER_ROLE_DRAFTS, drafts),
	ROLE_SETTINGS(FOLDER_ROLE_SENT, sent),
	ROLE_SETTINGS(FOLDER_ROLE_TRASH, trash),
	ROLE_SETTINGS(FOLDER_ROLE_JUNK, junk),
	ROLE_SETTINGS(FOLDER_ROLE_ARCHIVE, archive),
};

static const char *folder_setting(const struct folder_setting_values *values,
				  size_t offset)
{
	return *(const char *const *)CONST_PTR_OFFSET(values, offset);
}

int folder_setting_values_parse(pool_t pool,
				const struct folder_setting_values *values,
				struct folder_roles_settings *set_r,
				const char **error_r)
{
	const char *error;

	i_zero(set_r);
	for (unsigned int i = 0; i < N_ELEMENTS(role_settings); i++) {
		struct folder_role_settings *role =
			&set_r->roles[role_settings[i].role];
		const char *name = folder_role_name(role_settings[i].role);

		if (folder_policy_parse(
			    folder_setting(values, role_settings[i].policy),
			    &role->policy, &error) < 0) {
			*error_r = t_strdup_printf(
				"campus_folder_%s_policy: %s", name, error);
			return -1;
		}
		if (folder_aliases_parse(
			    pool,
			    folder_setting(values, role_settings[i].aliases),
			    &role->aliases, &error) < 0) {
			*error_r = t_strdup_printf(
				"campus_folder_%s_aliases: %s", name, error);
			return -1;
		}
	}
	if (strcmp(values->extended_aliases, "yes") == 0)
		set_r->extended_aliases = TRUE;
	else if (strcmp(values->extended_aliases, "no") != 0) {
		*error_r = t_strdup_printf(
			"campus_folder_extended_aliases: '%s' is neither yes "
			"nor no",
			log_escape(values->extended_aliases));
		return -1;
	}
	return 0;
}
