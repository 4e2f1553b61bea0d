/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Who acts in a session, and in which role: the auth driver's word. */

#include "lib.h"
#include "log-escape.h"
#include "mail-user.h"
#include "campus-acl.h"
#include "user-field.h"

int campus_acl_person_get(struct mail_user *user,
			  struct campus_acl_person *person_r,
			  const char **error_r)
{
	const char *master = user_field(user, "master_user");
	const char *role = user_field(user, "campus_role");

	i_zero(person_r);
	if (master == NULL || *master == '\0' ||
	    strcmp(master, user->username) == 0)
		return 0;
	if (role == NULL) {
		*error_r = t_strdup_printf(
			"'%s' opens the mailbox '%s' of somebody else, and the "
			"userdb says nothing about the role (campus_role): let "
			"a passdb with driver = campus do such logins, or have "
			"your own one's userdb return campus_role=owner",
			log_escape(master), log_escape(user->username));
		return -1;
	}
	if (project_role_from_name(role, &person_r->role) < 0 ||
	    person_r->role == PROJECT_ROLE_NONE) {
		*error_r = t_strdup_printf(
			"'%s' opens the mailbox '%s' with the unknown role "
			"campus_role=%s: it is owner, member or reader",
			log_escape(master), log_escape(user->username),
			log_escape(role));
		return -1;
	}
	person_r->name = p_strdup(user->pool, master);
	return 0;
}
