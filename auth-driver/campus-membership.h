/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_MEMBERSHIP_H
#define CAMPUS_MEMBERSHIP_H

#include "directory-map.h"
#include "project-role.h"

/* What a person is to a project mailbox, and in which groups, groups in groups
   included. */

struct campus_directory;
struct campus_ldap;
struct campus_membership;

struct campus_membership_answer {
	/* The server said all there is to say about the role, and it is the
	   highest that it gives. */
	bool role_complete;
	enum project_role role;
	/* The same about groups: their names, with commas between them and as
	   long as the pool; NULL if the settings want none. */
	bool groups_complete;
	const char *groups;
	/* a sentence if one of them is not complete, and is it the server's
	   fault, so that another one may know better? */
	const char *error;
	bool server_failed;
};
typedef void
campus_membership_callback_t(const struct campus_membership_answer *answer,
			     void *context);

/* mailbox = NULL: the person opens no project mailbox, and has no role. The
   event is for errors about single groups. The callback is called once, never
   before this returns. person, mailbox and event must stay valid until then. */
struct campus_membership *
campus_membership_start(struct campus_directory *directory,
			struct campus_ldap *ldap, pool_t pool,
			struct event *event,
			const struct directory_account *person,
			const struct directory_account *mailbox,
			campus_membership_callback_t *callback, void *context);
/* End it without its callback; NULL is fine. */
void campus_membership_abort(struct campus_membership **membership);

#endif
