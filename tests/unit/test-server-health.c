/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of the breaker: steps as tables, and random steps against its bounds.
 */

#include "lib.h"
#include "test-common.h"
#include "server-health.h"

/* A small generator of our own: the same numbers in every run. */
static uint32_t test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

enum step {
	/* a failure; a success; an attempt that nobody, that somebody waits for
	 */
	FAIL,
	OK,
	TRY,
	TRY_NOW
};

struct step_row {
	uint64_t now;
	enum step step;
	/* what the function says */
	bool result;
	/* then server_health_next_attempt(), with the least and the most jitter
	 */
	uint64_t next_min, next_max;
};

/* As from a clock that has been running for a while */
#define T0 1000000

static const struct step_row steps_refused[] = {
	/* up: always */
	{ T0, TRY, TRUE, 0, 0 },
	{ T0, TRY, TRUE, 0, 0 },
	{ T0 + 1, TRY, TRUE, 0, 0 },
	{ T0 + 2, OK, FALSE, 0, 0 },
	/* the connection breaks long after */
	{ T0 + 5000, FAIL, TRUE, T0 + 5025, T0 + 5050 },
	{ T0 + 5024, TRY, FALSE, T0 + 5025, T0 + 5050 },
	{ T0 + 5050, TRY, TRUE, T0 + 5550, T0 + 5550 },
	/* refused at once: from here on the gap or the back-off */
	{ T0 + 5051, FAIL, FALSE, T0 + 5250, T0 + 5250 },
	{ T0 + 5249, TRY, FALSE, T0 + 5250, T0 + 5250 },
	{ T0 + 5249, TRY_NOW, FALSE, T0 + 5250, T0 + 5250 },
	{ T0 + 5250, TRY, TRUE, T0 + 5750, T0 + 5750 },
	{ T0 + 5251, FAIL, FALSE, T0 + 5450, T0 + 5451 },
	{ T0 + 5451, TRY, TRUE, T0 + 5951, T0 + 5951 },
	{ T0 + 5452, FAIL, FALSE, T0 + 5652, T0 + 5852 },
	/* another connection of the same attempt */
	{ T0 + 5640, FAIL, FALSE, T0 + 5652, T0 + 5852 },
	/* somebody waits: the gap is enough */
	{ T0 + 5650, TRY_NOW, FALSE, T0 + 5652, T0 + 5852 },
	{ T0 + 5651, TRY_NOW, TRUE, T0 + 6151, T0 + 6151 },
	{ T0 + 5652, FAIL, FALSE, T0 + 5902, T0 + 6151 },
	{ T0 + 6151, TRY, TRUE, T0 + 6651, T0 + 6651 },
	{ T0 + 6152, FAIL, FALSE, T0 + 6402, T0 + 6651 },
	{ T0 + 6651, TRY, TRUE, T0 + 7151, T0 + 7151 },
	/* back */
	{ T0 + 6653, OK, TRUE, 0, 0 },
	{ T0 + 6653, TRY, TRUE, 0, 0 },
	{ T0 + 6654, OK, FALSE, 0, 0 },
	/* and down again: the back-off begins anew */
	{ T0 + 9000, FAIL, TRUE, T0 + 9025, T0 + 9050 },
};

static const struct step_row steps_flapping[] = {
	/* accepts connections and resets them at once */
	{ T0, TRY, TRUE, 0, 0 },
	{ T0 + 1, OK, FALSE, 0, 0 },
	{ T0 + 2, FAIL, TRUE, T0 + 200, T0 + 200 },
	{ T0 + 199, TRY_NOW, FALSE, T0 + 200, T0 + 200 },
	{ T0 + 200, TRY_NOW, TRUE, T0 + 700, T0 + 700 },
	{ T0 + 201, OK, TRUE, 0, 0 },
	{ T0 + 202, FAIL, TRUE, T0 + 400, T0 + 400 },
};

static const struct step_row steps_hanging[] = {
	/* attempts that end after two seconds, so that four overlap */
	{ T0, FAIL, TRUE, T0 + 25, T0 + 50 },
	{ T0 + 50, TRY, TRUE, T0 + 550, T0 + 550 },
	{ T0 + 549, TRY, FALSE, T0 + 550, T0 + 550 },
	{ T0 + 550, TRY, TRUE, T0 + 1050, T0 + 1050 },
	{ T0 + 1050, TRY, TRUE, T0 + 1550, T0 + 1550 },
	{ T0 + 1550, TRY, TRUE, T0 + 2050, T0 + 2050 },
	/* the first one's end does not put off the next */
	{ T0 + 2049, FAIL, FALSE, T0 + 2050, T0 + 2050 },
	{ T0 + 2050, TRY, TRUE, T0 + 2550, T0 + 2550 },
};

static const struct step_row steps_many_break[] = {
	/* 32 connections to a server that stops: one failure */
	{ T0, TRY, TRUE, 0, 0 },
	{ T0 + 1, OK, FALSE, 0, 0 },
	{ T0 + 900, FAIL, TRUE, T0 + 925, T0 + 950 },
	{ T0 + 901, FAIL, FALSE, T0 + 925, T0 + 950 },
	{ T0 + 940, FAIL, FALSE, T0 + 925, T0 + 950 },
	{ T0 + 950, TRY, TRUE, T0 + 1450, T0 + 1450 },
	{ T0 + 951, FAIL, FALSE, T0 + 1150, T0 + 1150 },
};

static void test_steps(const struct step_row *rows, unsigned int count,
		       uint32_t jitter)
{
	struct server_health health;
	uint64_t next;
	unsigned int i;
	bool result = FALSE;

	server_health_init(&health);
	test_assert(server_health_next_attempt(&health) == 0);
	for (i = 0; i < count; i++) {
		switch (rows[i].step) {
		case FAIL:
			result = server_health_failure(&health, rows[i].now,
						       jitter);
			break;
		case OK:
			result = server_health_success(&health);
			break;
		case TRY:
		case TRY_NOW:
			result = server_health_may_attempt(
				&health, rows[i].now, rows[i].step == TRY_NOW);
			break;
		}
		next = server_health_next_attempt(&health);
		test_assert_idx(result == rows[i].result, i);
		test_assert_idx(next >= rows[i].next_min, i);
		test_assert_idx(next <= rows[i].next_max, i);
	}
}

static void test_server_health_steps(void)
{
	/* With these the jitter is as small and as large as it can be for each
	   back-off: 25, 50, 100, 200, 250 are the largest. */
	static const uint32_t jitters[] = {
		0, 25, 50, 100, 200, 250, UINT32_MAX
	};
	unsigned int i;

	test_begin("server health: steps");
	for (i = 0; i < N_ELEMENTS(jitters); i++) {
		/* rows that try at the earliest time need the least jitter */
		test_steps(steps_refused, N_ELEMENTS(steps_refused),
			   jitters[i]);
		test_steps(steps_flapping, N_ELEMENTS(steps_flapping),
			   jitters[i]);
		test_steps(steps_hanging, N_ELEMENTS(steps_hanging),
			   jitters[i]);
		test_steps(steps_many_break, N_ELEMENTS(steps_many_break),
			   jitters[i]);
	}
	test_end();
}

static void test_server_health_jitter(void)
{
	static const struct {
		uint32_t jitter;
		uint64_t next;
	} tests[] = {
		{ 0, T0 + 25 },	 { 1, T0 + 26 },  { 12, T0 + 37 },
		{ 24, T0 + 49 }, { 25, T0 + 50 }, { 26, T0 + 25 },
	};
	struct server_health health;

	test_begin("server health: jitter");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		server_health_init(&health);
		(void)server_health_failure(&health, T0, tests[i].jitter);
		test_assert_idx(server_health_next_attempt(&health) ==
					tests[i].next,
				i);
	}
	/* counts that can grow no more do not begin anew */
	server_health_init(&health);
	health.failures = UINT_MAX;
	(void)server_health_failure(&health, T0, 0);
	test_assert(server_health_next_attempt(&health) == T0 + 250);
	test_end();
}

static void test_server_health_slow_bind(void)
{
	static const struct {
		uint64_t now;
		uint32_t person;
		/* begin with a new server */
		bool fresh;
		bool result;
	} tests[] = {
		/* one person, often */
		{ T0, 1, TRUE, FALSE },
		{ T0 + 1, 1, FALSE, FALSE },
		{ T0 + 2, 1, FALSE, FALSE },
		{ T0 + 3, 1, FALSE, FALSE },
		/* two */
		{ T0 + 4, 2, FALSE, FALSE },
		{ T0 + 5, 1, FALSE, FALSE },
		{ T0 + 6, 2, FALSE, FALSE },
		/* three */
		{ T0 + 7, 3, FALSE, TRUE },
		/* then new evidence is needed */
		{ T0 + 8, 3, FALSE, FALSE },
		{ T0 + 9, 2, FALSE, FALSE },
		{ T0 + 10, 1, FALSE, TRUE },
		/* too far apart */
		{ T0, 1, TRUE, FALSE },
		{ T0 + 5000, 2, FALSE, FALSE },
		{ T0 + 10000, 3, FALSE, FALSE },
		/* just within */
		{ T0 + 14999, 4, FALSE, TRUE },
		/* seen again: the later time counts */
		{ T0, 1, TRUE, FALSE },
		{ T0 + 5000, 2, FALSE, FALSE },
		{ T0 + 9000, 1, FALSE, FALSE },
		{ T0 + 11000, 3, FALSE, TRUE },
		/* of the same person only the later time counts */
		{ T0, 1, TRUE, FALSE },
		{ T0 + 5000, 2, FALSE, FALSE },
		{ T0 + 6000, 2, FALSE, FALSE },
		{ T0 + 10500, 3, FALSE, FALSE },
		/* hash and clock may be 0 */
		{ 0, 0, TRUE, FALSE },
		{ 0, 0, FALSE, FALSE },
		{ 0, 1, FALSE, FALSE },
		{ 0, 2, FALSE, TRUE },
		{ 0, 1, TRUE, FALSE },
		{ 0, 2, FALSE, FALSE },
		{ 10001, 3, FALSE, FALSE },
		{ 20000, 0, TRUE, FALSE },
		{ 20000, 1, FALSE, FALSE },
	};
	struct server_health health;
	unsigned int i;

	test_begin("server health: slow binds");
	server_health_init(&health);
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		if (tests[i].fresh)
			server_health_init(&health);
		test_assert_idx(server_health_slow_bind(&health, tests[i].now,
							tests[i].person) ==
					tests[i].result,
				i);
		/* never by itself */
		test_assert_idx(!health.down, i);
	}
	/* the break-down takes the record with it */
	server_health_init(&health);
	test_assert(!server_health_slow_bind(&health, T0, 1));
	test_assert(!server_health_slow_bind(&health, T0, 2));
	test_assert(server_health_failure(&health, T0, 0));
	test_assert(!server_health_slow_bind(&health, T0, 3));
	/* a success does not */
	server_health_init(&health);
	test_assert(!server_health_slow_bind(&health, T0, 1));
	test_assert(!server_health_slow_bind(&health, T0, 2));
	test_assert(!server_health_success(&health));
	test_assert(server_health_slow_bind(&health, T0, 3));
	test_end();
}

static void test_server_health_log(void)
{
	static const struct {
		uint64_t now;
		bool result;
		unsigned int suppressed;
	} tests[] = {
		{ 0, TRUE, 0 },	    { 0, FALSE, 0 },	{ 1, FALSE, 0 },
		{ 999, FALSE, 0 },  { 1000, TRUE, 3 },	{ 2000, TRUE, 0 },
		{ 2999, FALSE, 0 }, { 10000, TRUE, 1 },
	};
	struct server_health health;
	unsigned int i, suppressed;

	test_begin("server health: log");
	server_health_init(&health);
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		suppressed = 4711;
		test_assert_idx(server_health_may_log(&health, tests[i].now,
						      &suppressed) ==
					tests[i].result,
				i);
		test_assert_idx(suppressed == tests[i].suppressed, i);
	}
	health.log_suppressed = UINT_MAX;
	test_assert(!server_health_may_log(&health, 10001, &suppressed));
	test_assert(server_health_may_log(&health, 11000, &suppressed));
	test_assert(suppressed == UINT_MAX);
	test_end();
}

/* One server as the world sees it: connections take their time, and all ends in
   an unpredictable order. */
static void test_server_health_simulation(void)
{
	enum {
		STEPS = 100000,
		PROBES = 64
	};
	struct server_health health;
	uint64_t now = 0, last_try_down = 0, last_log = 0, down_since = 0;
	uint64_t probe_ends[PROBES], usable_since;
	uint32_t rnd = 2463534242U;
	unsigned int i, probes = 0, suppressed, lines = 0, asked = 0;
	unsigned int told = 0, recoveries = 0, attempts = 0;
	bool usable = TRUE, tried_down = FALSE, logged = FALSE;

	test_begin("server health: simulation");
	server_health_init(&health);
	for (i = 0; i < STEPS; i++) {
		bool was_down = health.down;
		uint64_t next;

		/* the caller's timer never sleeps past the next attempt */
		next = server_health_next_attempt(&health);
		now += test_random(&rnd) % 40;
		if (was_down && next > 0 && now > next &&
		    test_random(&rnd) % 2 == 0)
			now = I_MAX(next, now - 39);

		/* The server comes and goes. */
		if (test_random(&rnd) % 500 == 0)
			usable = !usable;
		/* Established connections break. */
		if (!usable && test_random(&rnd) % 4 == 0) {
			if (server_health_failure(&health, now,
						  test_random(&rnd)))
				down_since = now;
		}
		/* Attempts end; those made meanwhile end later. */
		if (probes > 0 && probe_ends[0] <= now) {
			probes--;
			for (unsigned int i = 0; i < probes; i++)
				probe_ends[i] = probe_ends[i + 1];
			if (!usable) {
				if (server_health_failure(&health, now,
							  test_random(&rnd)))
					down_since = now;
			} else {
				if (server_health_success(&health)) {
					recoveries++;
					/* as the header demands */
					probes = 0;
				}
			}
		}
		/* Slow people */
		if (test_random(&rnd) % 100 == 0 &&
		    server_health_slow_bind(&health, now,
					    test_random(&rnd) % 5) &&
		    server_health_failure(&health, now, test_random(&rnd)))
			down_since = now;

		/* An attempt, by the timer or because someone waits */
		was_down = health.down;
		if (server_health_may_attempt(&health, now,
					      test_random(&rnd) % 3 == 0)) {
			if (was_down) {
				attempts++;
				/* never closer than the gap */
				if (tried_down)
					test_assert_idx(
						now - last_try_down >=
							SERVER_HEALTH_ATTEMPT_GAP_MSECS,
						i);
				last_try_down = now;
				tried_down = TRUE;
			}
			if (probes < PROBES) {
				uint64_t ends =
					now +
					(test_random(&rnd) % 2 == 0 ?
						 test_random(&rnd) % 5 :
						 test_random(&rnd) % 2000);
				unsigned int j = probes++;

				/* sorted by their end */
				for (; j > 0 && probe_ends[j - 1] > ends; j--)
					probe_ends[j] = probe_ends[j - 1];
				probe_ends[j] = ends;
			}
		} else {
			test_assert_idx(was_down, i);
		}
		if (health.down) {
			/* The next attempt is never far: within the back-off
			   of the last attempt or of the break-down. */
			uint64_t since = I_MAX(down_since, health.last_attempt);

			next = server_health_next_attempt(&health);
			test_assert_idx(
				next <= since + SERVER_HEALTH_BACKOFF_MAX_MSECS,
				i);
			if (tried_down)
				test_assert_idx(
					next >= last_try_down +
							SERVER_HEALTH_ATTEMPT_GAP_MSECS,
					i);
		}

		/* Log lines */
		if (health.down) {
			asked++;
			if (server_health_may_log(&health, now, &suppressed)) {
				if (logged)
					test_assert_idx(now - last_log >= 1000,
							i);
				logged = TRUE;
				last_log = now;
				lines++;
				told += suppressed;
			}
		}
	}
	/* nothing that was left out is forgotten */
	test_assert(told + lines + health.log_suppressed == asked);
	/* it did come back, again and again */
	test_assert(recoveries > 50);
	test_assert(attempts > 1000);

	/* At last the server stays usable: within a second it is used. */
	usable_since = now;
	(void)server_health_failure(&health, now, test_random(&rnd));
	for (; health.down && now - usable_since < 1000; now++) {
		if (server_health_may_attempt(&health, now, FALSE))
			(void)server_health_success(&health);
	}
	test_assert(!health.down);
	test_assert(now - usable_since <= SERVER_HEALTH_BACKOFF_MAX_MSECS + 1);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_server_health_steps,      test_server_health_jitter,
		test_server_health_slow_bind,  test_server_health_log,
		test_server_health_simulation, NULL
	};
	return test_run(test_functions);
}
