/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for the sum of an ACL's entries: it is what a second, slower
   reading of acl-union.h comes to, one right at a time, in any order. */

#include "lib.h"
#include "fuzzer.h"
#include "acl-union.h"

/* The input: a person in three bytes, then entries of five bytes. */
#define PERSON_BYTES 3
#define ENTRY_BYTES 5
#define MAX_ENTRIES 32

static const struct {
	const char *name;
	/* can a group be called so? */
	bool usable;
} names[] = {
	{ "alice", TRUE },	    { "staff", TRUE },
	{ "students", TRUE },	    { "alice@campus.example", TRUE },
	{ "a.b_c-d", TRUE },	    { "0", TRUE },
	{ "Staff", FALSE },	    { "staff ", FALSE },
	{ "-staff", FALSE },	    { "staff@a@b", FALSE },
	{ "cn=staff,dc=x", FALSE }, { "st\naff", FALSE },
	{ "st\xe4", FALSE },	    { "root", FALSE },
	{ "anyone", FALSE },	    { "", FALSE },
};

static bool name_is_usable(const char *name)
{
	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		if (strcmp(names[i].name, name) == 0)
			return names[i].usable;
	}
	i_unreached();
}

static bool model_means(const struct acl_union_entry *entry,
			const struct acl_union_person *person)
{
	bool named = person->user != NULL;

	if (entry->id == ACL_UNION_GROUP)
		return str_array_find(person->groups, entry->name);
	return entry->id == ACL_UNION_ANYONE ||
	       (entry->id == ACL_UNION_AUTHENTICATED && named) ||
	       (entry->id == ACL_UNION_OWNER && person->owner) ||
	       (entry->id == ACL_UNION_USER && named &&
		strcmp(entry->name, person->user) == 0);
}

/* Does a negative entry of ours, or of the administrator's, take the right? */
static bool model_is_taken(const struct acl_union_entry *entries,
			   unsigned int count,
			   const struct acl_union_person *person, bool global,
			   unsigned int right)
{
	for (unsigned int i = 0; i < count; i++) {
		if (entries[i].global != global || entries[i].taken == 0)
			continue;
		if (entries[i].id == ACL_UNION_GROUP &&
		    !name_is_usable(entries[i].name))
			return TRUE;
		if ((entries[i].taken & right) != 0 &&
		    model_means(&entries[i], person))
			return TRUE;
	}
	return FALSE;
}

static bool model_is_given(const struct acl_union_entry *entries,
			   unsigned int count,
			   const struct acl_union_person *person,
			   unsigned int right)
{
	bool written = FALSE;

	for (unsigned int i = 0; i < count; i++) {
		if ((entries[i].given & right) != 0 &&
		    model_means(&entries[i], person))
			return TRUE;
		if (entries[i].id == ACL_UNION_OWNER && !entries[i].global &&
		    entries[i].gives)
			written = TRUE;
	}
	return (person->role_rights & right) != 0 ||
	       (person->owner && !written);
}

static bool model_has(const struct acl_union_entry *entries, unsigned int count,
		      const struct acl_union_person *person, unsigned int right)
{
	if (model_is_taken(entries, count, person, TRUE, right))
		return FALSE;
	if (person->owner && (right == RIGHT_LOOKUP || right == RIGHT_ADMIN))
		return TRUE;
	return model_is_given(entries, count, person, right) &&
	       !model_is_taken(entries, count, person, FALSE, right);
}

static void check_rights(const struct acl_union_entry *entries,
			 unsigned int count,
			 const struct acl_union_person *person)
{
	struct acl_union_entry reversed[MAX_ENTRIES];
	unsigned int rights = acl_union_rights(entries, count, person);

	i_assert((rights & ~RIGHT_SET_ALL) == 0);
	for (unsigned int i = 0; i < RIGHT_COUNT; i++) {
		i_assert(((rights & 1U << i) != 0) ==
			 model_has(entries, count, person, 1U << i));
	}
	for (unsigned int i = 0; i < count; i++) {
		reversed[i] = entries[count - 1 - i];
		i_assert(acl_union_matches(&entries[i], person) ==
			 model_means(&entries[i], person));
	}
	i_assert(acl_union_rights(reversed, count, person) == rights);
}

/* Eleven bits. */
static unsigned int read_rights(uint8_t byte, uint8_t high)
{
	return (byte | (unsigned int)(high & 7) << 8) & RIGHT_SET_ALL;
}

static void read_entry(const uint8_t *data, struct acl_union_entry *entry)
{
	i_zero(entry);
	entry->id = (enum acl_union_id)(data[0] % (ACL_UNION_USER + 1));
	if (entry->id == ACL_UNION_USER || entry->id == ACL_UNION_GROUP)
		entry->name = names[data[1] % N_ELEMENTS(names)].name;
	entry->given = read_rights(data[2], data[4]);
	entry->taken = read_rights(data[3], data[4] >> 3);
	/* an entry that gives has a positive form, and so may another */
	entry->gives = entry->given != 0 || (data[4] & 0x40) != 0;
	entry->global = (data[4] & 0x80) != 0;
	entry->override = entry->id == ACL_UNION_GROUP && (data[1] & 0x80) != 0;
}

FUZZ_BEGIN_DATA(const uint8_t *data, size_t size)
	if (size >= PERSON_BYTES) {
		const char *groups[N_ELEMENTS(names) + 1];
		struct acl_union_entry entries[MAX_ENTRIES];
		struct acl_union_person person = {
			.user = (data[0] & 1) != 0 ? NULL : names[0].name,
			.owner = (data[0] & 2) != 0,
			.role_rights = read_rights(data[1], data[0] >> 2),
		};
		unsigned int i, groups_count = 0, count = 0;

		/* usable names, as a session is told no others */
		for (i = 0; i < 8 && i < N_ELEMENTS(names); i++) {
			if (names[i].usable && (data[2] & 1 << i) != 0)
				groups[groups_count++] = names[i].name;
		}
		groups[groups_count] = NULL;
		person.groups = groups;
		for (i = PERSON_BYTES;
		     i + ENTRY_BYTES <= size && count < MAX_ENTRIES;
		     i += ENTRY_BYTES)
			read_entry(data + i, &entries[count++]);
		check_rights(entries, count, &person);
	}
FUZZ_END
