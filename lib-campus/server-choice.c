/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Which of several directory servers is asked, and which one after it. */

#include "lib.h"
#include "server-choice.h"

void server_choice_init(struct server_choice *choice, enum server_order order,
			unsigned int count, uint64_t now)
{
	i_assert(count > 0 && count <= SERVER_CHOICE_MAX);
	i_zero(choice);
	choice->order = order;
	choice->count = count;
	for (unsigned int i = 0; i < count; i++) {
		choice->servers[i].since = now;
		choice->servers[i].next_check = now + SERVER_CHOICE_CHECK_MSECS;
	}
}

void server_choice_went_down(struct server_choice *choice, unsigned int idx,
			     uint64_t now)
{
	struct server_choice_server *server = &choice->servers[idx];

	if (!server->on_trial && now >= server->since + server->trial_msecs +
						 SERVER_CHOICE_STEADY_MSECS)
		server->trial_msecs = 0;
	server->down = TRUE;
	server->on_trial = FALSE;
	server->since = now;
}

void server_choice_came_up(struct server_choice *choice, unsigned int idx,
			   uint64_t now)
{
	struct server_choice_server *server = &choice->servers[idx];

	if (server->trial_msecs == 0)
		server->trial_msecs = SERVER_CHOICE_TRIAL_MIN_MSECS;
	else
		server->trial_msecs = I_MIN(server->trial_msecs * 2,
					    SERVER_CHOICE_TRIAL_MAX_MSECS);
	server->down = FALSE;
	server->on_trial = TRUE;
	server->since = now;
	server->next_check = now + SERVER_CHOICE_TRIAL_CHECK_MSECS;
}

/* The less the better. */
static unsigned int server_rank(const struct server_choice_server *server)
{
	return server->down ? 2 : server->on_trial ? 1 : 0;
}

/* Both are of the same rank, and a stands before b in the list. */
static bool server_is_later(const struct server_choice_server *a,
			    const struct server_choice_server *b)
{
	/* The trial is for what has held out longest: logins do not follow a
	   server that comes and goes. */
	return a->on_trial && a->since > b->since;
}

int server_choice_pick(const struct server_choice *choice, uint32_t tried,
		       uint32_t random)
{
	unsigned int alike = 0;
	int best = -1;

	for (unsigned int i = 0; i < choice->count; i++) {
		const struct server_choice_server *server = &choice->servers[i];
		unsigned int rank = server_rank(server), best_rank;

		if ((tried & (UINT32_C(1) << i)) != 0 ||
		    (server->down && tried != 0))
			continue;
		best_rank = best < 0 ? UINT_MAX :
				       server_rank(&choice->servers[best]);
		if (rank > best_rank)
			continue;
		if (rank < best_rank) {
			best = (int)i;
			alike = 1;
			continue;
		}
		alike++;
		if (choice->order == SERVER_ORDER_BALANCED) {
			/* each of them with the same chance */
			if (random % alike == 0)
				best = (int)i;
			random /= alike;
		} else if (server_is_later(&choice->servers[best], server)) {
			best = (int)i;
		}
	}
	return best;
}

bool server_choice_failed_it(const struct directory_bind_answer *result)
{
	switch (result->outcome) {
	case DIRECTORY_OUTCOME_NO_SERVER:
	case DIRECTORY_OUTCOME_TIMEOUT:
	case DIRECTORY_OUTCOME_TRANSPORT:
	case DIRECTORY_OUTCOME_SERVICE_BIND:
		return TRUE;
	case DIRECTORY_OUTCOME_QUEUE_FULL:
	case DIRECTORY_OUTCOME_LIMIT:
		/* our own caps: the same everywhere */
		return FALSE;
	case DIRECTORY_OUTCOME_ANSWERED:
		return result->code == DIRECTORY_CODE_BUSY ||
		       result->code == DIRECTORY_CODE_UNAVAILABLE;
	}
	return FALSE;
}

bool server_choice_settle(struct server_choice *choice, uint64_t now,
			  unsigned int *idx_r)
{
	for (unsigned int i = 0; i < choice->count; i++) {
		struct server_choice_server *server = &choice->servers[i];

		if (server->on_trial &&
		    now >= server->since + server->trial_msecs) {
			server->on_trial = FALSE;
			*idx_r = i;
			return TRUE;
		}
	}
	return FALSE;
}

bool server_choice_may_check(struct server_choice *choice, unsigned int idx,
			     uint64_t now, uint32_t random)
{
	struct server_choice_server *server = &choice->servers[idx];
	uint64_t gap = server->on_trial ? SERVER_CHOICE_TRIAL_CHECK_MSECS :
					  SERVER_CHOICE_CHECK_MSECS;

	if (server->down || now < server->next_check)
		return FALSE;
	/* Many processes shall not ask in step. */
	server->next_check = now + gap - random % (gap / 4);
	return TRUE;
}

uint64_t server_choice_next(const struct server_choice *choice)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < choice->count; i++) {
		const struct server_choice_server *server = &choice->servers[i];

		if (server->down)
			continue;
		next = I_MIN(next, server->next_check);
		if (server->on_trial)
			next = I_MIN(next, server->since + server->trial_msecs);
	}
	return next;
}
