/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_CHANGE_H
#define ACL_CHANGE_H

/* Which changes of an ACL are refused, whoever asks for them. What is there
   already may stay, and everything may be taken back. */

#include "acl-union.h"

struct acl_change_rules {
	/* Entries are added up (ACL2=UNION), so that "owner" alone decides what
	   the owner gives away. */
	bool union_rule;
	/* Rights may be given to anyone and authenticated. */
	bool anyone;
	/* By Dovecot's own rule an entry for this user stands in the place of
	   the one for the owner; NULL = for nobody. */
	const char *owner;
};

/* One entry, before the change and after it; nothing given and taken stands for
   no entry. Refused are rights for names that can be nobody's, for everybody
   unless the rules allow that, and to take l or a from the owner. Returns 0, or
   -1 with *error_r a sentence. */
int acl_change_check(const struct acl_union_entry *before,
		     const struct acl_union_entry *after,
		     const struct acl_change_rules *rules,
		     const char **error_r);

#endif
