/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DOVECOT_COMPAT_H
#define DOVECOT_COMPAT_H

/* Functions of libdovecot whose names or arguments changed between the series,
   in the newest spelling. Behaviour that changed is a pair of files *-2.3.c and
   *-2.4.c behind one header; the Makefile picks. */

#include "lib.h"

#if DOVECOT_VERSION_MAJOR != 2 || DOVECOT_VERSION_MINOR < 3
#error dovecot-campus needs Dovecot 2.3 or 2.4
#endif

#if DOVECOT_VERSION_MINOR >= 4
#include "str-parse.h"
#else
/* 2.4 moved it out of lib-settings, whose two headers exclude each other here.
 */
int settings_get_time_msecs(const char *str, unsigned int *msecs_r,
			    const char **error_r);
#define str_parse_get_interval_msecs settings_get_time_msecs
#endif

#endif
