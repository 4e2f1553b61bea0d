/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_ENTRY_H
#define ACL_ENTRY_H

/* Entries of an ACL between the acl plugin's form and ours, and the changes of
   one that are refused. */

#include "acl-compat.h"
#include "acl-setting-values.h"
#include "acl-union.h"

/* So many entries an ACL gets at most; one that has more keeps them. */
#define ACL_ENTRY_MAX_COUNT 1000U

/* The rights that have letters, as bits of right-set; names may be NULL. */
unsigned int acl_entry_bits(const char *const *names);

/* The name stays that of the acl plugin's entry. */
void acl_entry_init(const struct acl_rights *rights,
		    struct acl_union_entry *entry_r);

/* Read the mailbox's own entry for whom rights->id_type and identifier name. If
   there is none, the entry has neither form. Returns 0, or -1 if the ACL cannot
   be read. */
int acl_entry_read(struct acl_object *aclobj, const struct acl_rights *rights,
		   struct acl_union_entry *entry_r);

/* The name of the owner who acts, or else of whose mailbox it is; NULL if it is
   nobody's. */
const char *acl_entry_owner(const struct acl_backend *backend);

/* Is the change one that acl_change_check() refuses, or one entry too many?
   Returns 0 if not, or -1 with *error_r a sentence. */
int acl_entry_check_update(struct acl_object *aclobj,
			   const struct acl_rights_update *update,
			   const struct campus_acl_settings *set,
			   const char **error_r);

#endif
