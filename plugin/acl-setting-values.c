/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From campus_acl's settings as text to what they mean. Known to the config
   process too, so nothing of lib-storage here. */

#include "lib.h"
#include "log-escape.h"
#include "acl-setting-values.h"

static int acl_setting_bool(const char *name, const char *value, bool *value_r,
			    const char **error_r)
{
	*value_r = strcmp(value, "yes") == 0;
	if (*value_r || strcmp(value, "no") == 0)
		return 0;
	*error_r = t_strdup_printf("campus_%s: '%s' is neither yes nor no",
				   name, log_escape(value));
	return -1;
}

int acl_setting_values_parse(const struct acl_setting_values *values,
			     struct campus_acl_settings *set_r,
			     const char **error_r)
{
	if (acl_setting_bool("acl_union", values->acl_union, &set_r->union_rule,
			     error_r) < 0 ||
	    acl_setting_bool("acl_anyone", values->acl_anyone, &set_r->anyone,
			     error_r) < 0)
		return -1;
	return 0;
}
