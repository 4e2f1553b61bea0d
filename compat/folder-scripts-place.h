/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_SCRIPTS_PLACE_H
#define FOLDER_SCRIPTS_PLACE_H

/* Where Pigeonhole has a user's Sieve scripts. */

struct mail_user;

/* Paths of directories and files, NULL-terminated, on the data stack; each may
   be missing, and may begin with "~/". */
const char *const *folder_scripts_place_get(struct mail_user *user);

#endif
