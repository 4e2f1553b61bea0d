/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DIRECTORY_ENTRY_H
#define DIRECTORY_ENTRY_H

#include "array.h"

/* One entry of the directory as plain data: no LDAP in sight. */

struct directory_value {
	/* a NUL follows the data, which may itself hold NULs */
	const unsigned char *data;
	size_t size;
};
ARRAY_DEFINE_TYPE(directory_value, struct directory_value);

struct directory_attribute {
	const char *name;
	ARRAY_TYPE(directory_value) values;
};
ARRAY_DEFINE_TYPE(directory_attribute, struct directory_attribute);

struct directory_entry {
	const char *dn;
	ARRAY_TYPE(directory_attribute) attributes;
};
ARRAY_DEFINE_TYPE(directory_entry, struct directory_entry);

/* A new entry, and its parts; everything is copied into the pool. */
struct directory_entry *directory_entry_create(pool_t pool, const char *dn);
void directory_entry_add(pool_t pool, struct directory_entry *entry,
			 const char *attribute, const void *data, size_t size);

/* The attribute of that name (compared without case), or NULL. */
const struct directory_attribute *
directory_entry_find(const struct directory_entry *entry, const char *name);

#endif
