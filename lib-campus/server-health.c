/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* A breaker for one directory server: up or down, when to try again, when to
   log. */

#include "lib.h"
#include "server-health.h"

#define LOG_GAP_MSECS 1000

void server_health_init(struct server_health *health)
{
	i_zero(health);
}

bool server_health_success(struct server_health *health)
{
	bool was_down = health->down;

	health->down = FALSE;
	health->failures = 0;
	health->probing = FALSE;
	/* Slow binds stay on record: that a connection can be made says nothing
	   about how long a person's bind takes on it. */
	return was_down;
}

/* 50, 100, 200, 400, 500, 500 … */
static uint64_t server_health_backoff(const struct server_health *health)
{
	uint64_t backoff = SERVER_HEALTH_BACKOFF_MIN_MSECS;
	unsigned int i;

	for (i = 1; i < health->failures; i++) {
		backoff *= 2;
		if (backoff >= SERVER_HEALTH_BACKOFF_MAX_MSECS)
			return SERVER_HEALTH_BACKOFF_MAX_MSECS;
	}
	return backoff;
}

bool server_health_failure(struct server_health *health, uint64_t now,
			   uint32_t jitter)
{
	bool was_up = !health->down;
	uint64_t half, next, earliest, latest;

	if (!was_up && !health->probing) {
		/* One more connection of the same break-down. It must neither
		   lengthen the back-off nor put off the next attempt. */
		return FALSE;
	}
	health->down = TRUE;
	health->probing = FALSE;
	if (health->failures < UINT_MAX)
		health->failures++;
	i_zero(&health->slow);

	/* Half of the back-off is fixed, half is left to chance, so that many
	   processes do not come back at the same instant. */
	half = server_health_backoff(health) / 2;
	next = now + half + jitter % (half + 1);
	if (health->attempted) {
		earliest =
			health->last_attempt + SERVER_HEALTH_ATTEMPT_GAP_MSECS;
		latest = health->last_attempt + SERVER_HEALTH_BACKOFF_MAX_MSECS;
		/* An attempt can take seconds to fail, and others go out
		   meanwhile. Its end must not put off the next one. */
		if (!was_up && next > latest)
			next = latest;
		if (next < earliest)
			next = earliest;
	}
	health->next_attempt = next;
	return was_up;
}

bool server_health_slow_bind(struct server_health *health, uint64_t now,
			     uint32_t person_hash)
{
	unsigned int i, found = 0, oldest = 0, recent = 0;
	bool known = FALSE;

	/* 0 marks a free place */
	if (now == 0)
		now = 1;
	for (i = 0; i < N_ELEMENTS(health->slow); i++) {
		if (health->slow[i].when != 0 &&
		    health->slow[i].when + SERVER_HEALTH_SLOW_WINDOW_MSECS <=
			    now)
			i_zero(&health->slow[i]);
		if (health->slow[i].when != 0 &&
		    health->slow[i].person == person_hash) {
			known = TRUE;
			found = i;
		}
		if (health->slow[i].when < health->slow[oldest].when)
			oldest = i;
	}
	if (!known)
		found = oldest;
	health->slow[found].person = person_hash;
	health->slow[found].when = now;

	for (i = 0; i < N_ELEMENTS(health->slow); i++) {
		if (health->slow[i].when != 0)
			recent++;
	}
	if (recent < SERVER_HEALTH_SLOW_PEOPLE)
		return FALSE;
	/* The next verdict needs new evidence. */
	i_zero(&health->slow);
	return TRUE;
}

bool server_health_may_attempt(struct server_health *health, uint64_t now,
			       bool someone_waits)
{
	if (health->down) {
		if (health->attempted &&
		    now < health->last_attempt +
				    SERVER_HEALTH_ATTEMPT_GAP_MSECS)
			return FALSE;
		if (!someone_waits && now < health->next_attempt)
			return FALSE;
		/* If this one hangs, the next goes out beside it. */
		health->next_attempt = now + SERVER_HEALTH_BACKOFF_MAX_MSECS;
	}
	health->attempted = TRUE;
	health->probing = TRUE;
	health->last_attempt = now;
	return TRUE;
}

uint64_t server_health_next_attempt(const struct server_health *health)
{
	return health->down ? health->next_attempt : 0;
}

bool server_health_may_log(struct server_health *health, uint64_t now,
			   unsigned int *suppressed_r)
{
	*suppressed_r = 0;
	if (health->logged && now < health->last_log + LOG_GAP_MSECS) {
		if (health->log_suppressed < UINT_MAX)
			health->log_suppressed++;
		return FALSE;
	}
	*suppressed_r = health->log_suppressed;
	health->log_suppressed = 0;
	health->logged = TRUE;
	health->last_log = now;
	return TRUE;
}
