/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_SHOWN_ROLE_H
#define CAMPUS_SHOWN_ROLE_H

#include "directory-entry.h"
#include "project-role.h"

struct campus_settings;

/* A project mailbox's entry, of which the server was to leave only the values
   that are one of these DNs (RFC 3876): the highest role that it shows for
   them. Values that are none of them say nothing, so a server that leaves too
   many gives nobody a role. */
enum project_role campus_shown_role(const struct campus_settings *set,
				    const struct directory_entry *entry,
				    const char *const *dns, unsigned int count);

#endif
