/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From the entries of groups to the names by which ACLs know them. */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "log-escape.h"
#include "name-check.h"
#include "directory-group.h"

int directory_group_names(pool_t pool, const struct directory_entry *entry,
			  const char *attribute,
			  const char *const *reserved_domains,
			  ARRAY_TYPE(const_string) *names,
			  const char **ignored_r, const char **error_r)
{
	const struct directory_attribute *attr =
		directory_entry_find(entry, attribute);
	const struct directory_value *value;
	const char *name, *error;

	*ignored_r = NULL;
	if (attr == NULL || array_count(&attr->values) == 0) {
		*error_r = t_strdup_printf(
			"Group '%s' is malformed: its attribute %s is missing "
			"(or may not be read)",
			log_escape(entry->dn), log_escape(attribute));
		return -1;
	}
	array_foreach(&attr->values, value) {
		if (name_check_canonical(value->data, value->size,
					 reserved_domains, &name, &error) < 0) {
			if (*ignored_r != NULL)
				continue;
			*ignored_r = t_strdup_printf(
				"Group '%s' is no group in ACLs: its attribute "
				"%s cannot name one: %s",
				log_escape(entry->dn), log_escape(attribute),
				error);
			continue;
		}
		name = p_strdup(pool, name);
		array_push_back(names, &name);
	}
	return 0;
}

const char *directory_group_list(const ARRAY_TYPE(const_string) *names)
{
	string_t *list = t_str_new(256);
	ARRAY_TYPE(const_string) sorted;
	const char *name, *last = NULL;

	t_array_init(&sorted, array_count(names) + 1);
	array_append_array(&sorted, names);
	array_sort(&sorted, i_strcmp_p);
	array_foreach_elem(&sorted, name) {
		if (last != NULL && strcmp(last, name) == 0)
			continue;
		if (last != NULL)
			str_append_c(list, ',');
		str_append(list, name);
		last = name;
	}
	return str_c(list);
}

static const char *group_dn_without_spaces(const char *dn)
{
	string_t *str = t_str_new(128);

	for (; *dn != '\0'; dn++) {
		if (*dn != ' ')
			str_append_c(str, *dn);
	}
	return str_c(str);
}

bool directory_group_is_below(const char *dn, const char *base)
{
	size_t dn_len, base_len;

	dn = group_dn_without_spaces(dn);
	base = group_dn_without_spaces(base);
	dn_len = strlen(dn);
	base_len = strlen(base);
	return dn_len > base_len && dn[dn_len - base_len - 1] == ',' &&
	       strcasecmp(dn + dn_len - base_len, base) == 0;
}
