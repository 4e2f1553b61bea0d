/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One entry of the directory as plain data, copied into a pool. */

#include "lib.h"
#include "array.h"
#include "directory-entry.h"

/* Most entries have a handful of attributes with one or two values. */
#define ATTRIBUTES_INITIAL 8
#define VALUES_INITIAL 2

struct directory_entry *directory_entry_create(pool_t pool, const char *dn)
{
	struct directory_entry *entry;

	entry = p_new(pool, struct directory_entry, 1);
	entry->dn = p_strdup(pool, dn);
	p_array_init(&entry->attributes, pool, ATTRIBUTES_INITIAL);
	return entry;
}

void directory_entry_add(pool_t pool, struct directory_entry *entry,
			 const char *attribute, const void *data, size_t size)
{
	struct directory_attribute *attr, *found = NULL;
	struct directory_value *value;
	unsigned char *copy;

	array_foreach_modifiable(&entry->attributes, attr) {
		if (strcasecmp(attr->name, attribute) == 0) {
			found = attr;
			break;
		}
	}
	if (found == NULL) {
		found = array_append_space(&entry->attributes);
		found->name = p_strdup(pool, attribute);
		p_array_init(&found->values, pool, VALUES_INITIAL);
	}

	copy = p_malloc(pool, size + 1);
	if (size > 0)
		memcpy(copy, data, size);
	value = array_append_space(&found->values);
	value->data = copy;
	value->size = size;
}

const struct directory_attribute *
directory_entry_find(const struct directory_entry *entry, const char *name)
{
	const struct directory_attribute *attr;

	array_foreach(&entry->attributes, attr) {
		if (strcasecmp(attr->name, name) == 0)
			return attr;
	}
	return NULL;
}
