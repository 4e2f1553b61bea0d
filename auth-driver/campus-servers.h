/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_SERVERS_H
#define CAMPUS_SERVERS_H

/* The directory's servers, and the way of a login through them: all its steps
   are asked of one server; when that one fails it, the login as a whole begins
   again at the next (server-choice.h). */

struct campus_ldap;
struct campus_servers;
struct campus_settings;
struct server_state;

/* Check what the servers need; connect to nothing yet.
   Returns 0, or -1 with *error_r a sentence. */
int campus_servers_init(const struct campus_settings *set,
			struct event *event_parent,
			struct campus_servers **servers_r,
			const char **error_r);
/* Requests that are left end with DIRECTORY_OUTCOME_NO_SERVER now, and those
   that come later when this is called again. */
void campus_servers_close(struct campus_servers *servers);
/* Closes them first. */
void campus_servers_deinit(struct campus_servers **servers);
/* Connect to all of them, and from then on look after them, logins or not. */
void campus_servers_warm_up(struct campus_servers *servers);

unsigned int campus_servers_count(const struct campus_servers *servers);
/* What an administrator is told about one of them. */
void campus_servers_state(const struct campus_servers *servers,
			  unsigned int idx, struct server_state *state_r);

typedef void campus_visit_callback_t(void *context);
/* One login, look-up or list at its server; part of the caller's struct. */
struct campus_visit {
	struct campus_visit *prev, *next;
	struct campus_servers *servers;
	/* the server to ask */
	struct campus_ldap *ldap;
	unsigned int idx;
	/* a bit for each server that it has been at */
	uint32_t tried;
	campus_visit_callback_t *again;
	void *context;
};

/* again() is called when the server turns out to be down and visit->ldap has
   become another one: drop the requests that are under way and begin again.
   Never from within another function of this file. */
void campus_visit_begin(struct campus_visit *visit,
			struct campus_servers *servers,
			campus_visit_callback_t *again, void *context);
/* The server failed the caller. If TRUE, visit->ldap has become another one:
   begin again there. FALSE if there is no other, or it has been there. */
bool campus_visit_next(struct campus_visit *visit);
/* From now on it stays where it is: something has been made of an answer. */
void campus_visit_stay(struct campus_visit *visit);
void campus_visit_end(struct campus_visit *visit);

#endif
