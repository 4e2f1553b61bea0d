/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_LOOKUP_H
#define CAMPUS_LOOKUP_H

#include "auth-verdict.h"
#include "directory-map.h"

/* Find the one account that a name means. */

struct campus_directory;
struct campus_ldap;
struct campus_lookup;

enum campus_lookup_where {
	CAMPUS_LOOKUP_PEOPLE = 1,
	CAMPUS_LOOKUP_PROJECTS = 2,
	CAMPUS_LOOKUP_BOTH = 3
};

/* account is set for AUTH_FOUND_ONE, error (a sentence) for AUTH_FOUND_UNSURE.
   Both live as long as the pool and the callback respectively. */
typedef void campus_lookup_callback_t(enum auth_found found,
				      const struct directory_account *account,
				      const char *error, void *context);

/* The callback is called once, never before this returns. */
struct campus_lookup *
campus_lookup_start(struct campus_directory *directory,
		    struct campus_ldap *ldap, pool_t pool, struct event *event,
		    enum campus_lookup_where where, const char *name,
		    campus_lookup_callback_t *callback, void *context);
/* End it without its callback; NULL is fine. */
void campus_lookup_abort(struct campus_lookup **lookup);

#endif
