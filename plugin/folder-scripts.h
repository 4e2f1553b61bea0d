/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_SCRIPTS_H
#define FOLDER_SCRIPTS_H

/* Which of a user's Sieve scripts name a folder. They are read only: the old
   name goes on working as an alias. */

struct mail_user;
struct folder_scripts;

/* Read the user's scripts; everything is in the pool. What cannot be read is
   logged and left out. */
struct folder_scripts *folder_scripts_read(struct mail_user *user, pool_t pool);

/* The scripts that name the folder, with or without the namespace's prefix,
   separated by commas; "" if there is none. On the data stack. */
const char *folder_scripts_find(const struct folder_scripts *scripts,
				const char *folder);

#endif
