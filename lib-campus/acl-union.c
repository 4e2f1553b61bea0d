/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Adds up the entries of an ACL for one person. */

#include "lib.h"
#include "name-check.h"
#include "acl-union.h"

static bool acl_union_is_member(const struct acl_union_person *person,
				const char *group)
{
	const char *const *groups = person->groups;

	for (; groups != NULL && *groups != NULL; groups++) {
		if (strcmp(*groups, group) == 0)
			return TRUE;
	}
	return FALSE;
}

bool acl_union_matches(const struct acl_union_entry *entry,
		       const struct acl_union_person *person)
{
	switch (entry->id) {
	case ACL_UNION_ANYONE:
		return TRUE;
	case ACL_UNION_AUTHENTICATED:
		return person->user != NULL;
	case ACL_UNION_GROUP:
		return acl_union_is_member(person, entry->name);
	case ACL_UNION_OWNER:
		return person->owner;
	case ACL_UNION_USER:
		return person->user != NULL &&
		       strcmp(person->user, entry->name) == 0;
	}
	i_unreached();
}

bool acl_union_takes_all(const struct acl_union_entry *entry)
{
	const char *name, *error;

	if (entry->taken == 0 || entry->id != ACL_UNION_GROUP)
		return FALSE;
	return name_check_canonical((const unsigned char *)entry->name,
				    strlen(entry->name), NULL, &name,
				    &error) < 0 ||
	       strcmp(name, entry->name) != 0;
}

unsigned int acl_union_rights(const struct acl_union_entry *entries,
			      unsigned int count,
			      const struct acl_union_person *person)
{
	unsigned int given = person->role_rights;
	unsigned int taken[2] = { 0, 0 };
	bool owner_is_written = FALSE;

	for (unsigned int i = 0; i < count; i++) {
		const struct acl_union_entry *entry = &entries[i];

		if (acl_union_takes_all(entry))
			taken[entry->global ? 1 : 0] = RIGHT_SET_ALL;
		if (!acl_union_matches(entry, person))
			continue;
		given |= entry->given;
		taken[entry->global ? 1 : 0] |= entry->taken;
		if (entry->id == ACL_UNION_OWNER && entry->gives &&
		    !entry->global)
			owner_is_written = TRUE;
	}
	if (person->owner && !owner_is_written)
		given |= RIGHT_SET_ALL;
	given &= ~taken[0];
	if (person->owner)
		given |= RIGHT_LOOKUP | RIGHT_ADMIN;
	return given & ~taken[1] & RIGHT_SET_ALL;
}
