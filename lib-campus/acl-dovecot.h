/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_DOVECOT_H
#define ACL_DOVECOT_H

/* Dovecot's own rule for ACLs, to compare ACL2=UNION with: the most specific
   entry that means a person replaces the less specific ones. */

#include "acl-union.h"

/* The person's rights by the entries of an ACL. Those of the owner and of a
   role are what holds as long as no entry means the person. */
unsigned int acl_dovecot_rights(const struct acl_union_entry *entries,
				unsigned int count,
				const struct acl_union_person *person);

#endif
