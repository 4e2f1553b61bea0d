/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Pigeonhole's places in Dovecot 2.3: its plugin settings. */

#include "lib.h"
#include "array.h"
#include "mail-user.h"
#include "folder-scripts-place.h"

const char *const *folder_scripts_place_get(struct mail_user *user)
{
	const char *value = mail_user_plugin_getenv(user, "sieve");
	const char *dir = mail_user_plugin_getenv(user, "sieve_dir");
	ARRAY_TYPE(const_string) places;
	const char *place, *active;

	/* "PATH" or "file:PATH;active=PATH" */
	if (value == NULL || *value == '\0')
		value = "file:~/sieve;active=~/.dovecot.sieve";
	t_array_init(&places, 4);
	active = strstr(value, ";active=");
	if (strncmp(value, "file:", 5) == 0)
		value += 5;
	place = t_strcut(value, ';');
	array_push_back(&places, &place);
	if (active != NULL) {
		place = t_strcut(active + strlen(";active="), ';');
		array_push_back(&places, &place);
	}
	if (dir != NULL && *dir != '\0')
		array_push_back(&places, &dir);
	array_append_zero(&places);
	return array_front(&places);
}
