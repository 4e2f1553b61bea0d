/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_UNION_H
#define ACL_UNION_H

/* ACL2=UNION, as Courier has it: what the entries of an ACL allow one person.

   All entries that match count, not only the most specific one:

   1. the sum of what matching entries give, and of what the person's role
      brings along;
   2. minus the sum of what matching local negative entries take;
   3. the owner's lookup and admin rights come back, so that nobody can lock
      himself out;
   4. minus the sum of what matching global negative entries take: the
      administrator's word is final.

   The owner of a mailbox has all rights by a local entry "owner" that need not
   be written down; one that is written down stands in its place. Everything
   else that is written down only adds and takes away. */

#include "right-set.h"

enum acl_union_id {
	/* everybody, those without a name too */
	ACL_UNION_ANYONE,
	/* everybody with a name */
	ACL_UNION_AUTHENTICATED,
	/* a group's members; what Dovecot calls group-override counts alike */
	ACL_UNION_GROUP,
	ACL_UNION_OWNER,
	ACL_UNION_USER
};

struct acl_union_entry {
	enum acl_union_id id;
	/* of a user or group, else NULL */
	const char *name;
	/* what it gives, and what its negative form takes: bits of right-set */
	unsigned int given, taken;
	/* Is there a positive form, even one that gives nothing? */
	bool gives;
	/* the administrator's, for all mailboxes */
	bool global;
	/* of a group, and Dovecot's own rule lets it beat a user's */
	bool override;
};

struct acl_union_person {
	/* NULL = without a name */
	const char *user;
	/* NULL-terminated, or NULL = none */
	const char *const *groups;
	/* Does "owner" mean this person? */
	bool owner;
	/* what the role in a project mailbox brings along; the owner's rights
	   need not be in it */
	unsigned int role_rights;
};

/* Does the entry mean this person? */
bool acl_union_matches(const struct acl_union_entry *entry,
		       const struct acl_union_person *person);

/* Is it a negative entry for a group that cannot be one? Names of groups are
   like those of people (name_check_canonical()), in small letters. Nobody can
   tell whom the entry was meant for, so it takes everything from everybody. */
bool acl_union_takes_all(const struct acl_union_entry *entry);

/* The person's rights. */
unsigned int acl_union_rights(const struct acl_union_entry *entries,
			      unsigned int count,
			      const struct acl_union_person *person);

#endif
