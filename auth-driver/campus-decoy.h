/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_DECOY_H
#define CAMPUS_DECOY_H

/* Is there an entry with the name of campus_decoy_dn? */

struct campus_directory;
struct campus_ldap;

/* Ask that server, the first time that this is called, and warn if not: its
   binds alone do not tell. */
void campus_decoy_check(struct campus_directory *directory,
			struct campus_ldap *ldap);

#endif
