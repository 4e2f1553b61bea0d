/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DRIVER_CAMPUS_H
#define DRIVER_CAMPUS_H

#include "directory-map.h"
#include "project-role.h"

/* What the passdb and the userdb driver share. */

struct auth_compat_source;
struct campus_directory;
struct campus_settings;

extern struct passdb_module_interface passdb_campus;
extern struct userdb_module_interface userdb_campus;

/* Read and check the settings, and open their directory.
   Returns 0, or -1 with *error_r a sentence. */
int driver_campus_open(pool_t pool, const struct auth_compat_source *source,
		       struct campus_directory **directory_r,
		       const char **error_r);
/* The process is about to serve: warn of core settings that shut our names out
   or would put us into worker processes, and connect, unless this is an auth
   worker. */
void driver_campus_init(struct campus_directory *directory, bool *blocking);

struct driver_campus_field {
	const char *name, *value;
};
#define DRIVER_CAMPUS_FIELDS_MAX 11
/* The userdb fields of a mailbox: always the whole set, since a single one
   would already make the prefetch userdb succeed. */
struct driver_campus_fields {
	struct driver_campus_field fields[DRIVER_CAMPUS_FIELDS_MAX];
	unsigned int count;
};

/* Values are on the data stack, or live as long as their sources. A text of the
   directory that Dovecot could take for more than text is left out, with an
   error logged; so is a quota that is none, and what the site has set for
   everybody counts. groups = NULL: whoever acts is not known, or is not told.
 */
struct driver_campus_fields
driver_campus_fields(const struct campus_settings *set, struct event *event,
		     const struct directory_account *mailbox,
		     enum project_role role, const char *groups);

#endif
