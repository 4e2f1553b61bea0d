/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of the choice among servers: steps as a table, and random histories of
   random servers with the breaker, against what must always hold. */

#include "lib.h"
#include "test-common.h"
#include "server-choice.h"
#include "server-health.h"

#include <stdio.h>
#include <stdlib.h>

/* A small generator of our own: the same numbers in every run. */
static uint32_t rnd_state = 2463534242U;
static uint32_t rnd(void)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 17;
	rnd_state ^= rnd_state << 5;
	return rnd_state;
}

#define T0 1000000
#define SECS(n) ((n)*1000)
#define A 1
#define B 2
#define C 4

static void test_server_choice_steps(void)
{
	enum step {
		DOWN,
		UP,
		/* a trial ends */
		SETTLE,
		/* nothing but time */
		LOOK
	};
	/* Three servers in listed order. After each step: which one is taken,
	   and which by those who have been at some. */
	static const struct {
		uint64_t now;
		enum step step;
		unsigned int idx;
		/* of SETTLE: did one end? */
		bool settled;
		int first, after_a, after_ab;
	} steps[] = {
		{ T0, LOOK, 0, FALSE, 0, 1, 2 },
		{ T0 + 1, DOWN, 2, FALSE, 0, 1, -1 },
		{ T0 + 2, DOWN, 0, FALSE, 1, 1, -1 },
		/* All are down: one is taken, and no other. */
		{ T0 + 3, DOWN, 1, FALSE, 0, -1, -1 },
		/* on trial, and there is no other */
		{ T0 + SECS(1), UP, 2, FALSE, 2, 2, 2 },
		/* Who has held out longer is taken, whatever its place. */
		{ T0 + SECS(3), UP, 0, FALSE, 2, 2, 2 },
		{ T0 + SECS(4), DOWN, 0, FALSE, 2, 2, 2 },
		{ T0 + SECS(5), UP, 1, FALSE, 2, 2, 2 },
		{ T0 + SECS(11) - 1, SETTLE, 0, FALSE, 2, 2, 2 },
		{ T0 + SECS(11), SETTLE, 2, TRUE, 2, 2, 2 },
		{ T0 + SECS(11), SETTLE, 0, FALSE, 2, 2, 2 },
		{ T0 + SECS(15), SETTLE, 1, TRUE, 1, 1, 2 },
		/* Its second trial: the first did not last. */
		{ T0 + SECS(20), UP, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(40) - 1, SETTLE, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(40), SETTLE, 0, TRUE, 0, 1, 2 },
		/* 40 seconds is the longest */
		{ T0 + SECS(41), DOWN, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(50), UP, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(90), SETTLE, 0, TRUE, 0, 1, 2 },
		{ T0 + SECS(91), DOWN, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(100), UP, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(140) - 1, SETTLE, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(140), SETTLE, 0, TRUE, 0, 1, 2 },
		/* It has been steady: the next trial is a short one. */
		{ T0 + SECS(140 + 300), DOWN, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(441), UP, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(451), SETTLE, 0, TRUE, 0, 1, 2 },
		/* A trial during which it goes down again is none. */
		{ T0 + SECS(452), DOWN, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(453), UP, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(460), DOWN, 0, FALSE, 1, 1, 2 },
		{ T0 + SECS(900), SETTLE, 0, FALSE, 1, 1, 2 },
	};
	struct server_choice choice;

	test_begin("server choice: steps");
	server_choice_init(&choice, SERVER_ORDER_LISTED, 3, T0);
	for (unsigned int i = 0; i < N_ELEMENTS(steps); i++) {
		uint64_t now = steps[i].now;
		unsigned int idx = UINT_MAX;

		switch (steps[i].step) {
		case DOWN:
			server_choice_went_down(&choice, steps[i].idx, now);
			break;
		case UP:
			server_choice_came_up(&choice, steps[i].idx, now);
			break;
		case SETTLE:
			test_assert_idx(
				server_choice_settle(&choice, now, &idx) ==
					steps[i].settled,
				i);
			test_assert_idx(
				!steps[i].settled || idx == steps[i].idx, i);
			break;
		case LOOK:
			break;
		}
		test_assert_idx(
			server_choice_pick(&choice, 0, i) == steps[i].first, i);
		test_assert_idx(server_choice_pick(&choice, A, i) ==
					steps[i].after_a,
				i);
		test_assert_idx(server_choice_pick(&choice, A | B, i) ==
					steps[i].after_ab,
				i);
		test_assert_idx(server_choice_pick(&choice, A | B | C, i) < 0,
				i);
	}
	test_end();
}

static void test_server_choice_balanced(void)
{
	enum {
		COUNT = 5,
		DRAWS = 50000
	};
	struct server_choice choice;
	unsigned int taken[COUNT], i;

	test_begin("server choice: balanced");
	server_choice_init(&choice, SERVER_ORDER_BALANCED, COUNT, T0);
	server_choice_went_down(&choice, 3, T0);
	server_choice_went_down(&choice, 4, T0);
	server_choice_came_up(&choice, 4, T0);
	/* the same chance for each that is up and not on trial */
	i_zero(&taken);
	for (i = 0; i < DRAWS; i++)
		taken[server_choice_pick(&choice, 0, rnd())]++;
	for (i = 0; i < 3; i++)
		test_assert_idx(taken[i] > DRAWS / 3 - 1000 &&
					taken[i] < DRAWS / 3 + 1000,
				i);
	test_assert(taken[3] == 0 && taken[4] == 0);
	/* the same for who has been at one */
	i_zero(&taken);
	for (i = 0; i < DRAWS; i++)
		taken[server_choice_pick(&choice, B, rnd())]++;
	test_assert(taken[0] > DRAWS / 2 - 1000 && taken[2] > DRAWS / 2 - 1000);
	/* at last the one on trial, and never the one that is down */
	test_assert(server_choice_pick(&choice, A | B | C, rnd()) == 4);
	test_assert(server_choice_pick(&choice, A | B | C | 16, rnd()) < 0);
	test_end();
}

static void test_server_choice_failed_it(void)
{
	static const struct {
		enum directory_outcome outcome;
		int code;
		bool result;
	} tests[] = {
		{ DIRECTORY_OUTCOME_NO_SERVER, 0, TRUE },
		{ DIRECTORY_OUTCOME_TIMEOUT, 0, TRUE },
		{ DIRECTORY_OUTCOME_TRANSPORT, 0, TRUE },
		{ DIRECTORY_OUTCOME_SERVICE_BIND, 0, TRUE },
		{ DIRECTORY_OUTCOME_QUEUE_FULL, 0, FALSE },
		{ DIRECTORY_OUTCOME_LIMIT, 0, FALSE },
		/* not answered: the code says nothing */
		{ DIRECTORY_OUTCOME_LIMIT, DIRECTORY_CODE_BUSY, FALSE },
		{ DIRECTORY_OUTCOME_ANSWERED, DIRECTORY_CODE_SUCCESS, FALSE },
		{ DIRECTORY_OUTCOME_ANSWERED,
		  DIRECTORY_CODE_INVALID_CREDENTIALS, FALSE },
		{ DIRECTORY_OUTCOME_ANSWERED,
		  DIRECTORY_CODE_CONSTRAINT_VIOLATION, FALSE },
		{ DIRECTORY_OUTCOME_ANSWERED, DIRECTORY_CODE_UNWILLING, FALSE },
		{ DIRECTORY_OUTCOME_ANSWERED, DIRECTORY_CODE_BUSY, TRUE },
		{ DIRECTORY_OUTCOME_ANSWERED, DIRECTORY_CODE_UNAVAILABLE,
		  TRUE },
		{ DIRECTORY_OUTCOME_ANSWERED, 1, FALSE },
		{ DIRECTORY_OUTCOME_ANSWERED, 32, FALSE },
		{ DIRECTORY_OUTCOME_ANSWERED, 80, FALSE },
	};

	test_begin("server choice: what sends a login on");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		const struct directory_bind_answer result = {
			.outcome = tests[i].outcome,
			.code = tests[i].code,
		};
		test_assert_idx(
			server_choice_failed_it(&result) == tests[i].result, i);
	}
	test_end();
}

static void test_server_choice_checks(void)
{
	struct server_choice choice;
	uint64_t next;
	unsigned int idx;

	test_begin("server choice: checks");
	server_choice_init(&choice, SERVER_ORDER_LISTED, 2, T0);
	next = T0 + SERVER_CHOICE_CHECK_MSECS;
	test_assert(server_choice_next(&choice) == next);
	test_assert(!server_choice_may_check(&choice, 0, next - 1, 0));
	/* the jitter is a quarter at most, and only makes it earlier */
	test_assert(server_choice_may_check(&choice, 0, next, 0));
	test_assert(choice.servers[0].next_check ==
		    next + SERVER_CHOICE_CHECK_MSECS);
	test_assert(server_choice_may_check(&choice, 1, next, 2499));
	test_assert(choice.servers[1].next_check == next + 7501);
	test_assert(server_choice_next(&choice) == next + 7501);
	test_assert(!server_choice_may_check(&choice, 1, next + 7500, 0));
	/* The breaker asks a server that is down. */
	server_choice_went_down(&choice, 1, next);
	test_assert(!server_choice_may_check(&choice, 1, next + SECS(60), 0));
	test_assert(server_choice_next(&choice) ==
		    choice.servers[0].next_check);
	/* more often on trial, and the trial's end is an event as well */
	server_choice_came_up(&choice, 1, next);
	test_assert(server_choice_next(&choice) ==
		    next + SERVER_CHOICE_TRIAL_CHECK_MSECS);
	test_assert(server_choice_may_check(&choice, 1, next + SECS(2), 0));
	test_assert(choice.servers[1].next_check == next + SECS(4));
	choice.servers[0].next_check = choice.servers[1].next_check =
		UINT64_MAX;
	test_assert(server_choice_next(&choice) ==
		    next + SERVER_CHOICE_TRIAL_MIN_MSECS);
	test_assert(server_choice_settle(&choice, next + SECS(10), &idx));
	/* all are down: nothing is due */
	server_choice_went_down(&choice, 0, next);
	server_choice_went_down(&choice, 1, next);
	test_assert(server_choice_next(&choice) == UINT64_MAX);
	test_end();
}

/*
 * Random histories: servers that come and go, logins that go through them
 */

#define SIM_SERVERS 4
#define SIM_LOGINS 4
#define SIM_PROBES 16
/* the module's defaults */
#define SIM_CONNECT 2000
#define SIM_OPERATION 3000
#define SIM_LOGIN 8000
#define SIM_DOWN_WAIT 100
#define NEVER UINT64_MAX

enum world {
	USABLE,
	/* says no at once */
	REFUSING,
	/* says nothing */
	SILENT
};

struct sim_server {
	struct server_health health;
	enum world world;
	uint64_t world_since;
	/* attempts to connect, and when each began; by their ends */
	unsigned int probes;
	uint64_t probe_ends[SIM_PROBES];
	/* of a check that is under way */
	uint64_t check_ends;
	/* the attempts while it was down: to see that they are few */
	uint64_t last_attempt;
	uint64_t up_since;
};

struct sim_login {
	uint64_t began, ends;
	int idx;
	uint32_t tried;
	bool all_down;
};

struct sim {
	struct server_choice choice;
	struct sim_server servers[SIM_SERVERS];
	struct sim_login logins[SIM_LOGINS];
	uint64_t now;
	unsigned int ok, failed, moved;
};

static unsigned int sim_rank(const struct sim *sim, unsigned int idx)
{
	const struct server_choice_server *server = &sim->choice.servers[idx];

	return sim->servers[idx].health.down ? 2 : server->on_trial ? 1 : 0;
}

static bool sim_all_down(const struct sim *sim)
{
	for (unsigned int i = 0; i < sim->choice.count; i++) {
		if (!sim->servers[i].health.down)
			return FALSE;
	}
	return TRUE;
}

static void sim_login_end(struct sim *sim, struct sim_login *login, bool ok)
{
	unsigned int took = (unsigned int)(sim->now - login->began);

	test_assert(took <= SIM_LOGIN);
	if (ok)
		sim->ok++;
	else {
		sim->failed++;
		/* It has been at every server that might have let it in. */
		for (unsigned int i = 0;
		     took < SIM_LOGIN && i < sim->choice.count; i++) {
			test_assert(sim->servers[i].health.down ||
				    (login->tried & (UINT32_C(1) << i)) != 0);
		}
		/* None was up at any time: it was answered at once. */
		test_assert(!login->all_down || took <= SIM_DOWN_WAIT);
	}
	login->idx = -1;
	login->ends = NEVER;
}

/* On to the first or the next server; FALSE if there is none. */
static bool sim_login_go(struct sim *sim, struct sim_login *login)
{
	int idx = server_choice_pick(&sim->choice, login->tried, rnd());
	const struct sim_server *server;

	for (unsigned int i = 0; i < sim->choice.count; i++) {
		bool tried = (login->tried & (UINT32_C(1) << i)) != 0;

		if (idx < 0) {
			/* None, so there is none that is up. */
			test_assert(tried || sim->servers[i].health.down);
		} else if (!tried) {
			/* Never one that is down while another one is up, and
			   never one on trial while another one is not. */
			test_assert(sim_rank(sim, (unsigned int)idx) <=
				    sim_rank(sim, i));
			/* in the order of the list */
			if (sim->choice.order == SERVER_ORDER_LISTED &&
			    sim_rank(sim, i) == 0)
				test_assert((unsigned int)idx <= i);
		}
	}
	if (idx < 0)
		return FALSE;
	/* never twice at the same */
	test_assert((login->tried & (UINT32_C(1) << idx)) == 0);
	test_assert(login->tried == 0 || !sim->servers[idx].health.down);
	if (login->tried != 0)
		sim->moved++;
	login->tried |= UINT32_C(1) << idx;
	login->idx = idx;
	server = &sim->servers[idx];
	if (server->health.down)
		login->ends = sim->now + SIM_DOWN_WAIT;
	else if (server->world == SILENT)
		login->ends = sim->now + SIM_OPERATION;
	else
		login->ends = sim->now + rnd() % 20;
	login->ends = I_MIN(login->ends, login->began + SIM_LOGIN);
	return TRUE;
}

static void sim_server_up(struct sim *sim, unsigned int idx)
{
	struct sim_server *server = &sim->servers[idx];

	server->probes = 0;
	server->up_since = sim->now;
	server_choice_came_up(&sim->choice, idx, sim->now);
	for (unsigned int i = 0; i < SIM_LOGINS; i++) {
		struct sim_login *login = &sim->logins[i];

		if (login->idx < 0)
			continue;
		login->all_down = FALSE;
		if (login->idx == (int)idx)
			login->ends = sim->now;
		else if (sim->servers[login->idx].health.down)
			(void)sim_login_go(sim, login);
	}
}

static void sim_server_failure(struct sim *sim, unsigned int idx)
{
	struct sim_server *server = &sim->servers[idx];

	if (!server_health_failure(&server->health, sim->now, rnd()))
		return;
	server->check_ends = NEVER;
	server->last_attempt = server->health.last_attempt;
	server_choice_went_down(&sim->choice, idx, sim->now);
	/* Nobody stays where somebody else has seen the time-out. */
	for (unsigned int i = 0; i < SIM_LOGINS; i++) {
		if (sim->logins[i].idx == (int)idx)
			(void)sim_login_go(sim, &sim->logins[i]);
	}
}

static bool sim_someone_waits(const struct sim *sim, unsigned int idx)
{
	for (unsigned int i = 0; i < SIM_LOGINS; i++) {
		if (sim->logins[i].idx == (int)idx)
			return TRUE;
	}
	return FALSE;
}

static void sim_probes(struct sim *sim, unsigned int idx)
{
	struct sim_server *server = &sim->servers[idx];
	unsigned int i;

	if (server->probes > 0 && server->probe_ends[0] <= sim->now) {
		server->probes--;
		for (i = 0; i < server->probes; i++)
			server->probe_ends[i] = server->probe_ends[i + 1];
		if (server->world != USABLE)
			sim_server_failure(sim, idx);
		else if (server_health_success(&server->health))
			sim_server_up(sim, idx);
	}
	if (server->health.down &&
	    server_health_may_attempt(&server->health, sim->now,
				      sim_someone_waits(sim, idx))) {
		uint64_t ends =
			sim->now +
			(server->world == SILENT ? SIM_CONNECT : 1 + rnd() % 5);

		/* five a second at most */
		test_assert(sim->now >=
				    server->last_attempt +
					    SERVER_HEALTH_ATTEMPT_GAP_MSECS ||
			    server->last_attempt == 0);
		server->last_attempt = sim->now;
		test_assert(server->probes < SIM_PROBES);
		for (i = server->probes++;
		     i > 0 && server->probe_ends[i - 1] > ends; i--)
			server->probe_ends[i] = server->probe_ends[i - 1];
		server->probe_ends[i] = ends;
	}
}

static void sim_check(struct sim *sim, unsigned int idx)
{
	struct sim_server *server = &sim->servers[idx];

	if (server->check_ends <= sim->now) {
		server->check_ends = NEVER;
		if (server->world != USABLE)
			sim_server_failure(sim, idx);
	}
	if (server_choice_may_check(&sim->choice, idx, sim->now, rnd()) &&
	    server->check_ends == NEVER)
		server->check_ends =
			sim->now +
			(server->world == SILENT ? SIM_OPERATION : 1);
}

static void sim_logins(struct sim *sim)
{
	for (unsigned int i = 0; i < SIM_LOGINS; i++) {
		struct sim_login *login = &sim->logins[i];
		unsigned int idx = (unsigned int)login->idx;

		if (login->idx < 0 || login->ends > sim->now)
			continue;
		if (!sim->servers[idx].health.down &&
		    sim->servers[idx].world == USABLE) {
			sim_login_end(sim, login, TRUE);
			continue;
		}
		if (!sim->servers[idx].health.down &&
		    sim->now < login->began + SIM_LOGIN) {
			/* which makes this one go on, too */
			sim_server_failure(sim, idx);
			if (login->idx != (int)idx)
				continue;
		}
		if (sim->now >= login->began + SIM_LOGIN ||
		    !sim_login_go(sim, login))
			sim_login_end(sim, login, FALSE);
	}
}

static void sim_world(struct sim *sim)
{
	unsigned int idx = rnd() % sim->choice.count;
	struct sim_server *server = &sim->servers[idx];

	if (rnd() % 4 == 0) {
		/* One person whose bind hangs, again and again, is not the
		   server's fault. */
		test_assert(!server_health_slow_bind(&server->health, sim->now,
						     4711));
		return;
	}
	server->world = rnd() % 2 == 0 ? USABLE :
			rnd() % 2 == 0 ? REFUSING :
					 SILENT;
	server->world_since = sim->now;
}

static void sim_begin_login(struct sim *sim)
{
	struct sim_login *login = &sim->logins[rnd() % SIM_LOGINS];

	if (login->idx >= 0)
		return;
	login->began = sim->now;
	login->tried = 0;
	login->all_down = sim_all_down(sim);
	test_assert(sim_login_go(sim, login));
}

static uint64_t sim_next(const struct sim *sim)
{
	uint64_t next = server_choice_next(&sim->choice);

	for (unsigned int i = 0; i < sim->choice.count; i++) {
		const struct sim_server *server = &sim->servers[i];

		next = I_MIN(next, server->check_ends);
		if (server->probes > 0)
			next = I_MIN(next, server->probe_ends[0]);
		if (server->health.down)
			next = I_MIN(next, server_health_next_attempt(
						   &server->health));
	}
	for (unsigned int i = 0; i < SIM_LOGINS; i++)
		next = I_MIN(next, sim->logins[i].ends);
	return I_MAX(next, sim->now);
}

static void sim_settle(struct sim *sim)
{
	unsigned int idx;

	while (server_choice_settle(&sim->choice, sim->now, &idx)) {
		/* never sooner, however often it comes and goes */
		test_assert(sim->now - sim->servers[idx].up_since >=
			    SERVER_CHOICE_TRIAL_MIN_MSECS);
	}
}

static void sim_step(struct sim *sim, uint64_t until)
{
	sim->now = until;
	for (unsigned int i = 0; i < sim->choice.count; i++) {
		const struct sim_server *server = &sim->servers[i];
		uint64_t usable_for = sim->now - server->world_since;

		sim_probes(sim, i);
		sim_check(sim, i);
		if (server->world != USABLE)
			continue;
		/* within a second */
		test_assert(usable_for <= 1000 || !server->health.down);
	}
	sim_settle(sim);
	sim_logins(sim);
}

static void sim_history(struct sim *sim)
{
	uint64_t next_world, next_login, usable;
	unsigned int pace = 1 + rnd() % 5000;

	i_zero(sim);
	sim->now = T0;
	server_choice_init(&sim->choice,
			   rnd() % 2 == 0 ? SERVER_ORDER_LISTED :
					    SERVER_ORDER_BALANCED,
			   1 + rnd() % SIM_SERVERS, sim->now);
	for (unsigned int i = 0; i < SIM_SERVERS; i++) {
		server_health_init(&sim->servers[i].health);
		sim->servers[i].check_ends = NEVER;
		sim->logins[i].idx = -1;
		sim->logins[i].ends = NEVER;
	}
	next_world = sim->now + rnd() % pace;
	next_login = sim->now + rnd() % 1000;
	for (unsigned int i = 0; i < 100; i++) {
		sim_step(sim,
			 I_MIN(I_MIN(next_world, next_login), sim_next(sim)));
		if (sim->now >= next_world) {
			sim_world(sim);
			next_world = sim->now + 1 + rnd() % pace;
		}
		if (sim->now >= next_login) {
			sim_begin_login(sim);
			next_login = sim->now + 1 + rnd() % 1000;
		}
	}

	/* At last all are usable, for good. */
	usable = sim->now;
	for (unsigned int i = 0; i < sim->choice.count; i++) {
		sim->servers[i].world = USABLE;
		sim->servers[i].world_since = usable;
	}
	while (sim_next(sim) < usable + 1000)
		sim_step(sim, sim_next(sim));
	for (unsigned int i = 0; i < sim->choice.count; i++)
		test_assert(!sim->servers[i].health.down);
	/* all preferred again within a minute, and the first before all */
	sim->now = usable + SECS(60);
	sim_settle(sim);
	for (unsigned int i = 0; i < sim->choice.count; i++)
		test_assert(!sim->choice.servers[i].on_trial);
	if (sim->choice.order == SERVER_ORDER_LISTED)
		test_assert(server_choice_pick(&sim->choice, 0, rnd()) == 0);
}

static void test_server_choice_simulation(void)
{
	/* A hundredth of it for valgrind, which looks for something else. */
	unsigned int histories =
		getenv("UNDER_VALGRIND") == NULL ? 100000 : 1000;
	uint64_t ok = 0, failed = 0, moved = 0;
	struct sim sim;

	test_begin("server choice: simulation");
	for (unsigned int i = 0; i < histories; i++) {
		sim_history(&sim);
		ok += sim.ok;
		failed += sim.failed;
		moved += sim.moved;
		if (test_has_failed()) {
			printf("in history %u\n", i);
			break;
		}
	}
	/* it did happen */
	test_assert(ok > histories * 4);
	test_assert(failed > histories / 2);
	test_assert(moved > histories / 2);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_server_choice_steps,      test_server_choice_balanced,
		test_server_choice_failed_it,  test_server_choice_checks,
		test_server_choice_simulation, NULL
	};
	return test_run(test_functions);
}
