/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

/* What the auth process tells doveadm about its servers, and how: the answer to
   a userdb look-up of a service of our own has a field for each server,
   SERVER_STATE_FIELD and a number. */

#define SERVER_STATE_SERVICE "campus-servers"
#define SERVER_STATE_FIELD "campus_server"

enum server_state_word {
	SERVER_STATE_DOWN,
	/* up, and taken only where no other is up */
	SERVER_STATE_TRIAL,
	SERVER_STATE_UP
};

struct server_state {
	/* its URI */
	const char *server;
	enum server_state_word word;
	/* it has been so for this long */
	uint64_t since_msecs;
	/* open connections; requests that it has to answer; those that wait for
	   a connection */
	unsigned int connections, in_flight, waiting;
	/* while down: when it is tried; on trial: when that ends; from now */
	uint64_t next_msecs;
	/* while down: why; else "" */
	const char *why;
};

const char *server_state_word_name(enum server_state_word word);

/* The state as the value of a field. On the data stack. */
const char *server_state_write(const struct server_state *state);
/* The other way. Texts are on the data stack. Returns 0, or -1 if it makes no
   sense. */
int server_state_parse(const char *text, struct server_state *state_r);

#endif
