/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

/* Is a directory server usable, and when may it be tried again? A breaker that
   knows no socket and no clock: all times are arguments, in milliseconds of any
   monotonic clock. */

#define SERVER_HEALTH_BACKOFF_MIN_MSECS 50
#define SERVER_HEALTH_BACKOFF_MAX_MSECS 500
/* no more than five attempts to connect to a failing server in a second */
#define SERVER_HEALTH_ATTEMPT_GAP_MSECS 200
/* that many different people whose binds time out within the window speak
   against the server; fewer may be their own doing */
#define SERVER_HEALTH_SLOW_PEOPLE 3
#define SERVER_HEALTH_SLOW_WINDOW_MSECS 10000

struct server_health {
	bool down;
	unsigned int failures; /* of attempts in a row, and what began it */
	/* last_attempt is valid if attempted; next_attempt while down */
	uint64_t last_attempt, next_attempt;
	bool attempted;
	/* an attempt was made since the last failure that counted */
	bool probing;
	/* hashes of the people whose binds timed out, and when */
	struct {
		uint32_t person;
		uint64_t when;
	} slow[SERVER_HEALTH_SLOW_PEOPLE];
	uint64_t last_log;
	bool logged;
	unsigned int log_suppressed;
};

void server_health_init(struct server_health *health);

/* A connection was made and our own bind succeeded. TRUE if it was down: give
   up the other attempts that are still under way then, since their time-outs
   speak of the past. */
bool server_health_success(struct server_health *health);
/* A transport error, a timeout of ours, 51, 52, or our own bind refused. Many
   connections that break at once count as one. jitter is any random number.
   TRUE if it was up. */
bool server_health_failure(struct server_health *health, uint64_t now,
			   uint32_t jitter);
/* A person's bind timed out. TRUE if that makes the server look failed: call
   server_health_failure() then. */
bool server_health_slow_bind(struct server_health *health, uint64_t now,
			     uint32_t person_hash);
/* May a connection be attempted at this time? If TRUE the attempt is noted.
   While up, always; while down by back-off, or when someone waits for it, but
   never closer than the attempt gap. */
bool server_health_may_attempt(struct server_health *health, uint64_t now,
			       bool someone_waits);
/* When server_health_may_attempt() will next say yes without anybody waiting:
   at most SERVER_HEALTH_BACKOFF_MAX_MSECS after the last attempt or the first
   failure. 0 while up. */
uint64_t server_health_next_attempt(const struct server_health *health);
/* May a line about this server's trouble be logged now? At most one a second;
   if TRUE, *suppressed_r says how many were left out since the last. */
bool server_health_may_log(struct server_health *health, uint64_t now,
			   unsigned int *suppressed_r);

#endif
