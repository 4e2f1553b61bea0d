/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The question whether a person may write mail from an address, as text. */

#include "lib.h"
#include "sender-question.h"

const char *sender_question_text(const char *person, const char *address)
{
	i_assert(strchr(person, '/') == NULL);
	return t_strconcat(person, "/", address, NULL);
}

int sender_question_parse(const char *text, const char **person_r,
			  const char **address_r)
{
	const char *slash = strchr(text, '/');

	if (slash == NULL || slash == text || slash[1] == '\0')
		return -1;
	*person_r = t_strdup_until(text, slash);
	*address_r = slash + 1;
	return 0;
}
