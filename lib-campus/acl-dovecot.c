/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Applies the entries of an ACL one kind after the other, as Dovecot does. */

#include "lib.h"
#include "acl-dovecot.h"

/* The kinds of entries, the most specific last. */
static const struct {
	enum acl_union_id id;
	bool override;
} acl_dovecot_order[] = {
	{ ACL_UNION_ANYONE, FALSE }, { ACL_UNION_AUTHENTICATED, FALSE },
	{ ACL_UNION_GROUP, FALSE },  { ACL_UNION_OWNER, FALSE },
	{ ACL_UNION_USER, FALSE },   { ACL_UNION_GROUP, TRUE },
};

/* From here on an entry may mean the owner. */
#define ACL_DOVECOT_OWNER 3

struct acl_dovecot_sum {
	unsigned int given, taken;
	bool global;
};

/* Apply the matching entries of one kind: the first replaces what holds, the
   others add to it. */
static void acl_dovecot_apply(const struct acl_union_entry *entries,
			      unsigned int count,
			      const struct acl_union_person *person,
			      unsigned int kind, bool global,
			      struct acl_dovecot_sum *sum)
{
	bool first = TRUE;

	for (unsigned int i = 0; i < count; i++) {
		if (entries[i].global != global ||
		    entries[i].id != acl_dovecot_order[kind].id ||
		    entries[i].override != acl_dovecot_order[kind].override ||
		    !acl_union_matches(&entries[i], person))
			continue;
		if (global && !sum->global) {
			/* Nobody takes away what the administrator gives. */
			sum->taken = 0;
			sum->global = TRUE;
		}
		if (entries[i].gives)
			sum->given =
				entries[i].given | (first ? 0 : sum->given);
		if (entries[i].taken != 0)
			sum->taken =
				entries[i].taken | (first ? 0 : sum->taken);
		first = FALSE;
	}
}

unsigned int acl_dovecot_rights(const struct acl_union_entry *entries,
				unsigned int count,
				const struct acl_union_person *person)
{
	struct acl_dovecot_sum sum = {
		.given = person->owner ? RIGHT_SET_ALL : person->role_rights,
	};
	/* Local entries for the many are nothing to the owner. */
	unsigned int kind = person->owner ? ACL_DOVECOT_OWNER : 0;

	for (; kind < N_ELEMENTS(acl_dovecot_order); kind++) {
		acl_dovecot_apply(entries, count, person, kind, FALSE, &sum);
	}
	for (kind = 0; kind < N_ELEMENTS(acl_dovecot_order); kind++)
		acl_dovecot_apply(entries, count, person, kind, TRUE, &sum);
	return sum.given & ~sum.taken & RIGHT_SET_ALL;
}
