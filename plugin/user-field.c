/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Finds a userdb field of the session's user. */

#include "lib.h"
#include "mail-user.h"
#include "user-field.h"

const char *user_field(const struct mail_user *user, const char *key)
{
	const char *const *fields = user->userdb_fields;
	size_t len = strlen(key);

	for (; fields != NULL && *fields != NULL; fields++) {
		if (strncmp(*fields, key, len) == 0 && (*fields)[len] == '=')
			return *fields + len + 1;
	}
	return NULL;
}
