/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_IDENTIFIER_H
#define ACL_IDENTIFIER_H

/* Whom an entry of an ACL means, as people and their programs write it:

     abcd0001, user=abcd0001           a user
     group=staff, $staff               a group
     group-override=staff, !$staff     what Dovecot calls a group-override
     owner, authenticated, anyone      and "anonymous", which is anyone

   and each of them with "-" before it: what such an entry takes away. Words and
   prefixes are in small letters, so that "Anyone" is nobody. */

#include "acl-union.h"

struct acl_identifier {
	/* "-": about rights that are taken away */
	bool negative;
	/* a group-override; the id is that of a group */
	bool override;
	enum acl_union_id id;
	/* of a user or group, as it was written; else NULL */
	const char *name;
};

/* Read an identifier. Whether the name can be a user's or a group's is not
   asked: an entry that has a bad one can be called by it, to take it away.
   Refused are names that are empty, too long (over NAME_PART_MAX_BYTES), no
   UTF-8 or hold control characters, and "#", the administrator's entries for
   all mailboxes. Returns 0, or -1 with *error_r a sentence. What comes back
   points into the text. */
int acl_identifier_from_text(const char *text, struct acl_identifier *id_r,
			     const char **error_r);

/* May rights be given to it, and taken away? Its name is turned into the one
   that a login or a group has, in small letters (name_check_canonical()), on
   the data stack. Returns 0, or -1 with *error_r a sentence. */
int acl_identifier_check(struct acl_identifier *id, const char **error_r);

/* The text that acl_identifier_from_text() reads so: with "user=" only before
   names that are no user's, which may look like something else. On the data
   stack. */
const char *acl_identifier_text(const struct acl_identifier *id);

#endif
