/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Reads a Sieve script as a row of tokens: enough to tell a folder's name from
   other strings. */

#include "lib.h"
#include "str.h"
#include "sieve-folders.h"

#include <ctype.h>

/* Commands and tests whose strings are names of folders. */
static const char *const sieve_folder_commands[] = { "fileinto",
						     "mailboxexists", NULL };

/* The end of what begins at p and ends with a mark. */
static const char *sieve_skip_to(const char *p, const char *mark)
{
	const char *end = strstr(p, mark);

	return end == NULL ? p + strlen(p) : end + strlen(mark);
}

/* A quoted string, from behind its first quote. */
static const char *sieve_read_string(const char *p, string_t *value)
{
	for (; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		str_append_c(value, *p);
	}
	return *p == '\0' ? p : p + 1;
}

static bool sieve_is_word(char chr)
{
	return i_isalnum(chr) || chr == '_';
}

void sieve_folders_find(pool_t pool, const char *script,
			ARRAY_TYPE(const_string) *names)
{
	string_t *value = t_str_new(128);
	bool in_command = FALSE;
	const char *p = script;

	while (*p != '\0') {
		str_truncate(value, 0);
		if (*p == '#') {
			p = sieve_skip_to(p, "\n");
		} else if (*p == '/' && p[1] == '*') {
			p = sieve_skip_to(p + 2, "*/");
		} else if (*p == '"') {
			p = sieve_read_string(p + 1, value);
			if (in_command) {
				const char *name = p_strdup(pool, str_c(value));

				array_push_back(names, &name);
			}
		} else if (sieve_is_word(*p) || *p == ':') {
			str_append_c(value, *p++);
			while (sieve_is_word(*p))
				str_append_c(value, *p++);
			if (strcasecmp(str_c(value), "text") == 0 && *p == ':')
				p = sieve_skip_to(p, "\n.");
			else if (*str_c(value) != ':')
				in_command = str_array_icase_find(
					sieve_folder_commands, str_c(value));
		} else {
			if (strchr(";{})", *p) != NULL)
				in_command = FALSE;
			p++;
		}
	}
}
