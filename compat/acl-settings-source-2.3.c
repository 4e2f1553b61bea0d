/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* campus_acl's settings in Dovecot 2.3: lines of its plugin section. */

#include "lib.h"
#include "log-escape.h"
#include "mail-user.h"
#include "acl-settings-source.h"

int acl_settings_source_read(struct mail_user *user, bool *union_rule_r,
			     const char **error_r)
{
	const char *value = mail_user_plugin_getenv(user, "campus_acl_union");

	*union_rule_r = TRUE;
	if (value == NULL || strcmp(value, "yes") == 0)
		return 0;
	*union_rule_r = FALSE;
	if (strcmp(value, "no") == 0)
		return 0;
	*error_r =
		t_strdup_printf("campus_acl_union: '%s' is neither yes nor no",
				log_escape(value));
	return -1;
}
