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

struct campus_lookup_answer {
	enum auth_found found;
	/* AUTH_FOUND_ONE: the account, as long as the pool, and where it is */
	const struct directory_account *account;
	enum campus_lookup_where where;
	/* where there is any entry of that name, meant or not; complete unless
	   AUTH_FOUND_UNSURE */
	enum campus_lookup_where anywhere;
	/* AUTH_FOUND_UNSURE: a sentence, and is it the server's fault, so that
	   another one may know better? */
	const char *error;
	bool server_failed;
};
typedef void campus_lookup_callback_t(const struct campus_lookup_answer *answer,
				      void *context);

/* The callback is called once, never before this returns. A site without
   project mailboxes is not asked for any; people there are always. parts: what
   the caller will look at besides names. */
struct campus_lookup *
campus_lookup_start(struct campus_directory *directory,
		    struct campus_ldap *ldap, pool_t pool, struct event *event,
		    enum campus_lookup_where where,
		    enum directory_map_part parts, const char *name,
		    campus_lookup_callback_t *callback, void *context);
/* End it without its callback; NULL is fine. */
void campus_lookup_abort(struct campus_lookup **lookup);

#endif
