/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_MEMBERSHIP_H
#define CAMPUS_MEMBERSHIP_H

#include "directory-map.h"
#include "project-role.h"

/* What a person is to a project mailbox, groups in groups included. */

struct campus_directory;
struct campus_ldap;
struct campus_membership;

/* complete = the server said all there is to say, and role is the highest that
   it gives; else error is a sentence. */
typedef void campus_membership_callback_t(bool complete, enum project_role role,
					  const char *error, void *context);

/* The callback is called once, never before this returns. person and mailbox
   must stay valid until then. */
struct campus_membership *
campus_membership_start(struct campus_directory *directory,
			struct campus_ldap *ldap, pool_t pool,
			const struct directory_account *person,
			const struct directory_account *mailbox,
			campus_membership_callback_t *callback, void *context);
/* End it without its callback; NULL is fine. */
void campus_membership_abort(struct campus_membership **membership);

#endif
