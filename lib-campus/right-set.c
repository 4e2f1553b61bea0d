/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Between rights as bits, as letters and as names. */

#include "lib.h"
#include "log-escape.h"
#include "right-set.h"

/* A right's bit is its place in the table. */
static const struct {
	char letter;
	const char *name;
} rights_table[RIGHT_COUNT] = {
	{ 'l', "lookup" },     { 'r', "read" },		 { 'w', "write" },
	{ 's', "write-seen" }, { 't', "write-deleted" }, { 'i', "insert" },
	{ 'p', "post" },       { 'e', "expunge" },	 { 'k', "create" },
	{ 'x', "delete" },     { 'a', "admin" },
};

unsigned int right_from_letter(char letter)
{
	for (unsigned int i = 0; i < RIGHT_COUNT; i++) {
		if (rights_table[i].letter == letter)
			return 1U << i;
	}
	return RIGHT_UNKNOWN;
}

unsigned int right_from_name(const char *name)
{
	for (unsigned int i = 0; i < RIGHT_COUNT; i++) {
		if (strcmp(rights_table[i].name, name) == 0)
			return 1U << i;
	}
	return RIGHT_UNKNOWN;
}

int right_set_from_letters(const char *letters, unsigned int *rights_r,
			   const char **error_r)
{
	unsigned int rights = 0;

	for (; *letters != '\0'; letters++) {
		if (*letters == 'c')
			rights |= RIGHT_CREATE | RIGHT_DELETE;
		else if (*letters == 'd')
			rights |= RIGHT_WRITE_DELETED | RIGHT_EXPUNGE;
		else
			rights |= right_from_letter(*letters);
		if ((rights & RIGHT_UNKNOWN) != 0) {
			*error_r = t_strdup_printf("There is no right '%s'",
						   log_escape_data(letters, 1));
			return -1;
		}
	}
	*rights_r = rights;
	return 0;
}

const char *right_set_letters(unsigned int rights)
{
	char *letters = t_malloc0(RIGHT_COUNT + 1);
	unsigned int count = 0;

	for (unsigned int i = 0; i < RIGHT_COUNT; i++) {
		if ((rights & 1U << i) != 0)
			letters[count++] = rights_table[i].letter;
	}
	return letters;
}

const char *const *right_set_names(unsigned int rights)
{
	const char **names = t_new(const char *, RIGHT_COUNT + 1);
	unsigned int count = 0;

	for (unsigned int i = 0; i < RIGHT_COUNT; i++) {
		if ((rights & 1U << i) != 0)
			names[count++] = rights_table[i].name;
	}
	return names;
}
