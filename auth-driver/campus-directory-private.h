/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_DIRECTORY_PRIVATE_H
#define CAMPUS_DIRECTORY_PRIVATE_H

#include "hash-decl.h"
#include "campus-directory.h"
#include "campus-ldap.h"
#include "campus-servers.h"
#include "campus-settings.h"

/* What the parts of campus-directory share. */

struct campus_directory {
	struct campus_directory *next;
	int refcount;
	pool_t pool;
	struct event *event;

	const struct campus_setting_values *values;
	struct campus_settings set;

	struct campus_servers *servers;

	/* logins and look-ups under way: campus_queue_size at most */
	unsigned int open_count;

	/* how many passwords may be tried for whom; NULL = no limit */
	struct bind_budget *budget;
	/* of the person found last it was known when the password may have
	   been set */
	bool tells_changes;
	/* it was asked whether there is a decoy */
	bool decoy_checked;
	/* the logins that wait for the result of another one */
	struct campus_attempt *attempts_head, *attempts_tail;

	/* DNs of groups whose names are no names, which the log has told */
	HASH_TABLE(char *, char *) told_groups;
	pool_t told_groups_pool;
};

/* An event for what we log about one request: "campus: " before each line,
   which is written even without auth_verbose. */
struct event *campus_directory_event_create(struct event *parent);

/* A login or look-up begins. Who is let in is served to its end: the cap is on
   these, never on the requests of one. FALSE if there are too many already,
   with *error_r a sentence; else campus_directory_leave() must follow. */
bool campus_directory_enter(struct campus_directory *directory,
			    const char **error_r);
void campus_directory_leave(struct campus_directory *directory);

/* What an answer says: its result code and text, for the log. On the data
   stack. */
const char *campus_directory_says(const struct directory_bind_answer *result);

/* Did the server give its whole answer, with success? If not, *error_r is a
   sentence for the log; what is asked for, and where, is named in it. */
bool campus_directory_answer_ok(const struct campus_ldap_answer *answer,
				const char *what, const char *base,
				const char **error_r);

#endif
