/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Which role does an entry show, of which the server has left only the values
   that were asked for? */

#include "lib.h"
#include "array.h"
#include "campus-ldap.h"
#include "campus-settings.h"
#include "campus-shown-role.h"

static bool value_is_any_of(const struct directory_value *value,
			    const char *const *dns, unsigned int count)
{
	const char *text = (const char *)value->data;

	if (memchr(value->data, '\0', value->size) != NULL)
		return FALSE;
	for (unsigned int i = 0; i < count; i++) {
		if (strcasecmp(text, dns[i]) == 0 ||
		    campus_ldap_dn_is_within(text, dns[i], TRUE))
			return TRUE;
	}
	return FALSE;
}

enum project_role campus_shown_role(const struct campus_settings *set,
				    const struct directory_entry *entry,
				    const char *const *dns, unsigned int count)
{
	const struct directory_attribute *attribute;
	const struct directory_value *value;

	for (enum project_role role = PROJECT_ROLE_OWNER;
	     role > PROJECT_ROLE_NONE; role--) {
		attribute =
			directory_entry_find(entry, set->role_attributes[role]);
		if (attribute == NULL)
			continue;
		array_foreach(&attribute->values, value) {
			if (value_is_any_of(value, dns, count))
				return role;
		}
	}
	return PROJECT_ROLE_NONE;
}
