/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef QUOTA_MESSAGE_H
#define QUOTA_MESSAGE_H

/* The message that a mailbox gets when it has passed its first level. */

#include "quota-limit.h"

struct quota_message {
	/* Addresses. */
	const char *from, *to;
	/* What the mailbox is called. */
	const char *mailbox;
	/* Without <>. */
	const char *id;
	/* As quota_message_check_text() lets it pass; empty = the built-in
	   one. The first line is the subject. */
	const char *text;
	time_t time;
	uint64_t used;
	/* 0 = none */
	uint64_t levels[QUOTA_LEVEL_COUNT];
};

/* May a site have this text? It is UTF-8, with {mailbox}, {used}, {warn},
   {send} and {receive} to be filled in. Returns 0, or -1 with *error_r a
   sentence that names the setting. */
int quota_message_check_text(const char *text, const char **error_r);

/* Append the whole message, with LF at the end of each line. A line that names
   a level which there is not is left out. */
void quota_message_write(string_t *dest, const struct quota_message *message);

#endif
