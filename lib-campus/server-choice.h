/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SERVER_CHOICE_H
#define SERVER_CHOICE_H

#include "directory-outcome.h"

/* Which of several directory servers a login takes, which one next when that
   one failed it, and when a server that was down has its place again. It is
   told what the breaker (server-health.h) says about each of them. Knows no
   socket and no clock: times are arguments, in milliseconds of any monotonic
   clock, and so are random numbers.

   A server that comes back is on trial first: it is taken only where no other
   can be. So a server that comes and goes does not take the logins with it each
   time. A trial is doubled when the one before did not last. */

#define SERVER_CHOICE_MAX 32
#define SERVER_CHOICE_TRIAL_MIN_MSECS (10 * 1000)
/* With the breaker's back-off it is less than a minute until a server that is
   usable again is preferred again. */
#define SERVER_CHOICE_TRIAL_MAX_MSECS (40 * 1000)
/* A server that held out for so long is as good as one that never failed. */
#define SERVER_CHOICE_STEADY_MSECS (5 * 60 * 1000)
/* A server that is up is asked so often whether it still answers. */
#define SERVER_CHOICE_CHECK_MSECS (10 * 1000)
#define SERVER_CHOICE_TRIAL_CHECK_MSECS (2 * 1000)

enum server_order {
	/* the first of the list that is up */
	SERVER_ORDER_LISTED,
	/* any that is up */
	SERVER_ORDER_BALANCED
};

struct server_choice_server {
	bool down, on_trial;
	/* down or up since then */
	uint64_t since;
	/* how long the last trial was to be; 0 = it needs to show nothing */
	uint64_t trial_msecs;
	uint64_t next_check;
};

struct server_choice {
	enum server_order order;
	unsigned int count;
	struct server_choice_server servers[SERVER_CHOICE_MAX];
};

/* All are taken to be up until the breaker says something else. */
void server_choice_init(struct server_choice *choice, enum server_order order,
			unsigned int count, uint64_t now);
/* What the breaker says about server idx. */
void server_choice_went_down(struct server_choice *choice, unsigned int idx,
			     uint64_t now);
void server_choice_came_up(struct server_choice *choice, unsigned int idx,
			   uint64_t now);

/* The server for a login that has been at those whose bit is set in tried.
   Servers that are down are taken only by who has been nowhere: that is
   answered at once if it stays so. Returns -1 if there is none. */
int server_choice_pick(const struct server_choice *choice, uint32_t tried,
		       uint32_t random);
/* How a request ended: did the server fail who asked, so that another one may
   know better? Never after an answer that decides. */
bool server_choice_failed_it(const struct directory_bind_answer *result);

/* Is some server's trial over? Then it has its place again, and *idx_r is which
   one; call it until it says no. */
bool server_choice_settle(struct server_choice *choice, uint64_t now,
			  unsigned int *idx_r);
/* Is it time to ask server idx whether it still answers? If TRUE it is noted.
 */
bool server_choice_may_check(struct server_choice *choice, unsigned int idx,
			     uint64_t now, uint32_t random);
/* When one of the two above may say yes next; UINT64_MAX = not before something
   happens. */
uint64_t server_choice_next(const struct server_choice *choice);

#endif
