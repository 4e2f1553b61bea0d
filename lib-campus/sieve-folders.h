/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SIEVE_FOLDERS_H
#define SIEVE_FOLDERS_H

/* Which folders does a Sieve script name? RFC 5228, and RFC 5490's
   mailboxexists. */

#include "array.h"

/* Append what the script says after fileinto, mailboxexists and the like. A
   name that the script puts together from variables is not recognised. Any
   bytes may be given. The names are in the pool, UTF-8 as the script has
   them. */
void sieve_folders_find(pool_t pool, const char *script,
			ARRAY_TYPE(const_string) *names);

#endif
