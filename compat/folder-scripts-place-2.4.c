/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Pigeonhole's places in Dovecot 2.4: its defaults, since its settings are
   known to its own library only. */

#include "lib.h"
#include "folder-scripts-place.h"

const char *const *folder_scripts_place_get(struct mail_user *user ATTR_UNUSED)
{
	static const char *const places[] = { "~/sieve", "~/.dovecot.sieve",
					      NULL };

	return places;
}
