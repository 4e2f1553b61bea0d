/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_COMPARE_H
#define ACL_COMPARE_H

/* Would people be allowed more by another ACL? ACLs are the text of Dovecot's
   dovecot-acl files: lines "identifier rights :named rights"; "-identifier"
   takes rights away (RFC 4314). */

/* Does the ACL "to" give anybody but the owner a right that "from" does not
   give them? NULL is an ACL that names nobody. In doubt it does. Returns TRUE
   with *id_r the identifier, such as "group=staff", on the data stack. */
bool acl_compare_widens(const char *from, const char *to, const char *owner,
			const char **id_r);

#endif
