/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of the budget of binds: steps as tables, random steps against a simple
   model and a directory that counts, and what it remembers. */

#include "lib.h"
#include "test-common.h"
#include "bind-budget.h"

#define INTERVAL 1000
#define PROVEN 10000
/* As from a clock that has been running for a while */
#define T0 1000000

/* A small generator of our own: the same numbers in every run. */
static uint32_t test_random(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

static struct bind_budget *test_budget(unsigned int failures,
				       unsigned int people, unsigned int names)
{
	const struct bind_budget_settings set = {
		.failures = failures,
		.interval_msecs = INTERVAL,
		.max_people = people,
		.max_names = names,
	};

	return bind_budget_init(&set);
}

enum step {
	/* a whole try that comes to this */
	WRONG,
	RIGHT,
	LOST,
	/* one that is kept, and later ends like this */
	START,
	END_WRONG,
	END_RIGHT,
	END_LOST,
	/* RIGHT is known, but the try has not ended */
	PROVE
};

struct step_row {
	uint64_t now;
	enum step step;
	/* the place where a try is kept */
	unsigned int place;
	uint64_t network, password;
	/* what bind_budget_begin() says, and until when; else not looked at */
	enum bind_budget_answer answer;
	uint64_t until;
};

#define BIND BIND_BUDGET_BIND, 0
#define WAIT BIND_BUDGET_WAIT, 0
#define AGAIN BIND_BUDGET_WRONG, 0
#define NO(until) BIND_BUDGET_REFUSED, until
#define SAME 0, 0, 0, 0

/* A stranger's guesses; and the person, who was here before from network 1. */
static const struct step_row steps_stranger[] = {
	{ T0, RIGHT, 0, 1, 100, BIND },
	{ T0 + 10, WRONG, 0, 7, 1, BIND },
	{ T0 + 20, WRONG, 0, 7, 2, BIND },
	{ T0 + 30, WRONG, 0, 7, 3, NO(T0 + 10 + INTERVAL) },
	/* from elsewhere, too; the right one, too; those tried, too */
	{ T0 + 40, WRONG, 0, 8, 4, NO(T0 + 10 + INTERVAL) },
	{ T0 + 40, RIGHT, 0, 8, 100, NO(T0 + 10 + INTERVAL) },
	{ T0 + 40, WRONG, 0, 7, 1, NO(T0 + 10 + INTERVAL) },
	/* the person, with a slip of the finger */
	{ T0 + 50, RIGHT, 0, 1, 100, BIND },
	{ T0 + 50, WRONG, 0, 1, 5, BIND },
	{ T0 + 51, RIGHT, 0, 1, 100, NO(T0 + 10 + INTERVAL) },
	{ T0 + 10 + INTERVAL - 1, RIGHT, 0, 1, 100, NO(T0 + 10 + INTERVAL) },
	{ T0 + 10 + INTERVAL, RIGHT, 0, 1, 100, BIND },
	/* that success has taken back the slip; the stranger has one more */
	{ T0 + 10 + INTERVAL, WRONG, 0, 8, 2, AGAIN },
	{ T0 + 10 + INTERVAL, WRONG, 0, 8, 6, BIND },
	{ T0 + 10 + INTERVAL, WRONG, 0, 8, 7, NO(T0 + 20 + INTERVAL) },
};

/* A person at home, and a program with an old password */
static const struct step_row steps_old_password[] = {
	{ T0, WRONG, 0, 1, 9, BIND },
	{ T0 + 1, WRONG, 0, 1, 9, AGAIN },
	{ T0 + 2, WRONG, 0, 2, 9, AGAIN },
	{ T0 + 3, RIGHT, 0, 1, 100, BIND },
	/* a success here forgets failures here */
	{ T0 + 4, WRONG, 0, 1, 9, BIND },
	{ T0 + 4 + INTERVAL - 1, WRONG, 0, 1, 9, AGAIN },
	{ T0 + 4 + INTERVAL, WRONG, 0, 1, 9, BIND },
	/* trouble decides nothing */
	{ T0 + 5 + INTERVAL, LOST, 0, 1, 8, BIND },
	{ T0 + 5 + INTERVAL, LOST, 0, 1, 8, BIND },
	/* one known network may spend all but one */
	{ T0 + 6 + INTERVAL, WRONG, 0, 1, 7, BIND },
	{ T0 + 7 + INTERVAL, WRONG, 0, 1, 6, BIND },
	{ T0 + 8 + INTERVAL, WRONG, 0, 1, 5, NO(T0 + 4 + 2 * INTERVAL) },
	{ T0 + 8 + INTERVAL, WRONG, 0, 2, 5, NO(T0 + 4 + 2 * INTERVAL) },
};

/* Two known networks: an attacker in one of them leaves a try for the other. */
static const struct step_row steps_two_networks[] = {
	{ T0, RIGHT, 0, 1, 100, BIND },
	{ T0, RIGHT, 0, 2, 100, BIND },
	{ T0 + 1, WRONG, 0, 7, 1, BIND },
	{ T0 + 2, WRONG, 0, 7, 2, BIND },
	{ T0 + 3, WRONG, 0, 1, 3, BIND },
	{ T0 + 4, WRONG, 0, 1, 4, NO(T0 + 1 + INTERVAL) },
	{ T0 + 5, RIGHT, 0, 2, 100, BIND },
	{ T0 + 6, LOST, 0, 2, 100, BIND },
	{ T0 + 7, WRONG, 0, 2, 5, BIND },
	{ T0 + 8, RIGHT, 0, 2, 100, NO(T0 + 2 + INTERVAL) },
};

/* Many at once cost no less than one after the other. */
static const struct step_row steps_at_once[] = {
	{ T0, START, 0, 7, 1, BIND },
	{ T0, START, 1, 7, 2, BIND },
	{ T0, START, 2, 7, 3, WAIT },
	{ T0, START, 2, 8, 3, WAIT },
	/* the same as one that is under way, wherever */
	{ T0, START, 2, 7, 1, WAIT },
	{ T0 + 1, END_LOST, 0, SAME },
	{ T0 + 1, START, 0, 8, 3, BIND },
	{ T0 + 2, END_WRONG, 1, SAME },
	{ T0 + 2, START, 1, 7, 2, AGAIN },
	{ T0 + 2, START, 1, 7, 4, WAIT },
	{ T0 + 3, END_WRONG, 0, SAME },
	{ T0 + 3, START, 0, 7, 4, NO(T0 + 2 + INTERVAL) },
};

/* The right password many times at once: one goes first, then all. */
static const struct step_row steps_proven[] = {
	{ T0, START, 0, 1, 100, BIND },
	{ T0, START, 1, 1, 100, WAIT },
	{ T0 + 1, PROVE, 0, SAME },
	{ T0 + 1, START, 1, 1, 100, BIND },
	{ T0 + 1, START, 2, 1, 100, BIND },
	{ T0 + 1, START, 3, 3, 100, BIND },
	{ T0 + 1, END_RIGHT, 0, SAME },
	/* as long as one is under way */
	{ T0 + 2, START, 0, 1, 100, BIND },
	{ T0 + 2, START, 4, 1, 100, BIND },
	/* changed just now: no more of these */
	{ T0 + 3, END_WRONG, 0, SAME },
	{ T0 + 3, START, 0, 1, 100, AGAIN },
	{ T0 + 4, END_WRONG, 1, SAME },
	{ T0 + 4, END_RIGHT, 2, SAME },
	{ T0 + 4, END_RIGHT, 3, SAME },
	{ T0 + 4, END_LOST, 4, SAME },
	/* a success forgets only what failed before it began */
	{ T0 + 5, START, 0, 1, 100, AGAIN },
	{ T0 + 5, RIGHT, 0, 1, 101, BIND },
	{ T0 + 6, START, 0, 1, 100, BIND },
	{ T0 + 6, END_LOST, 0, SAME },
};

static void test_step(struct bind_budget *budget, struct bind_budget_try *kept,
		      const struct step_row *row, unsigned int idx)
{
	static const enum bind_budget_outcome outcomes[] = {
		[WRONG] = BIND_BUDGET_OUTCOME_WRONG,
		[RIGHT] = BIND_BUDGET_OUTCOME_RIGHT,
		[LOST] = BIND_BUDGET_OUTCOME_UNDECIDED,
		[START] = BIND_BUDGET_OUTCOME_UNDECIDED,
		[END_WRONG] = BIND_BUDGET_OUTCOME_WRONG,
		[END_RIGHT] = BIND_BUDGET_OUTCOME_RIGHT,
		[END_LOST] = BIND_BUDGET_OUTCOME_UNDECIDED,
		[PROVE] = BIND_BUDGET_OUTCOME_RIGHT,
	};
	struct bind_budget_try try = {
		.person = 1,
		.network = row->network,
		.password = row->password,
		.exists = TRUE,
	};
	enum bind_budget_answer answer;
	uint64_t until = 0;

	switch (row->step) {
	case WRONG:
	case RIGHT:
	case LOST:
	case START:
		answer = bind_budget_begin(budget, &try, row->now, &until);
		test_assert_ucmp_idx(answer, ==, row->answer, idx);
		if (row->answer == BIND_BUDGET_REFUSED)
			test_assert_ucmp_idx(until, ==, row->until, idx);
		if (answer != BIND_BUDGET_BIND)
			break;
		if (row->step == START) {
			kept[row->place] = try;
			break;
		}
		bind_budget_decide(budget, &try, outcomes[row->step], row->now);
		bind_budget_end(budget, &try);
		break;
	case END_WRONG:
	case END_RIGHT:
	case END_LOST:
	case PROVE:
		bind_budget_decide(budget, &kept[row->place],
				   outcomes[row->step], row->now);
		if (row->step != PROVE)
			bind_budget_end(budget, &kept[row->place]);
		break;
	}
}

static void test_steps(void)
{
	static const struct {
		const char *name;
		const struct step_row *rows;
		unsigned int count;
	} tests[] = {
		{ "stranger", steps_stranger, N_ELEMENTS(steps_stranger) },
		{ "old password", steps_old_password,
		  N_ELEMENTS(steps_old_password) },
		{ "two networks", steps_two_networks,
		  N_ELEMENTS(steps_two_networks) },
		{ "at once", steps_at_once, N_ELEMENTS(steps_at_once) },
		{ "proven", steps_proven, N_ELEMENTS(steps_proven) },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		struct bind_budget *budget = test_budget(4, 10, 10);
		struct bind_budget_try kept[5];

		i_zero(&kept);
		test_begin(t_strdup_printf("bind budget: %s", tests[i].name));
		for (unsigned int j = 0; j < tests[i].count; j++)
			test_step(budget, kept, &tests[i].rows[j], j);
		for (unsigned int j = 0; j < N_ELEMENTS(kept); j++)
			test_assert_idx(kept[j].flight == NULL, j);
		bind_budget_deinit(&budget);
		test_end();
	}
}

/* A password that may be right the next time is tried, and counts, again. */
static void test_forget(void)
{
	struct bind_budget *budget = test_budget(4, 10, 10);
	struct bind_budget_try try = {
		.person = 1, .network = 7, .password = 1, .exists = TRUE
	};
	uint64_t until;

	test_begin("bind budget: forget");
	for (unsigned int i = 0; i < 2; i++) {
		try.forget = TRUE;
		test_assert_idx(bind_budget_begin(budget, &try, T0 + i,
						  &until) == BIND_BUDGET_BIND,
				i);
		bind_budget_decide(budget, &try, BIND_BUDGET_OUTCOME_WRONG,
				   T0 + i);
		bind_budget_end(budget, &try);
	}
	test_assert(bind_budget_begin(budget, &try, T0 + 2, &until) ==
		    BIND_BUDGET_REFUSED);
	test_assert(until == T0 + INTERVAL);
	bind_budget_deinit(&budget);
	test_end();
}

/* How many wrong passwords each kind of network has, by the size. */
static void test_sizes(void)
{
	static const struct {
		unsigned int failures, stranger, known, last;
	} tests[] = {
		{ 2, 1, 1, 0 }, { 3, 1, 1, 1 },	 { 4, 2, 1, 1 },
		{ 5, 2, 2, 1 }, { 10, 5, 4, 1 }, { 100, 50, 49, 1 },
	};

	test_begin("bind budget: sizes");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		struct bind_budget *budget =
			test_budget(tests[i].failures, 10, 10);
		const unsigned int expected[] = { tests[i].stranger,
						  tests[i].known,
						  tests[i].last };
		struct bind_budget_try try = { .person = 1, .exists = TRUE };
		uint64_t password = 1, until;

		for (unsigned int j = 1; j < N_ELEMENTS(expected); j++) {
			try.network = j;
			try.password = 100000;
			test_assert(
				bind_budget_begin(budget, &try, T0, &until) ==
				BIND_BUDGET_BIND);
			bind_budget_decide(budget, &try,
					   BIND_BUDGET_OUTCOME_RIGHT, T0);
			bind_budget_end(budget, &try);
		}
		for (unsigned int j = 0; j < N_ELEMENTS(expected); j++) {
			unsigned int count = 0;

			try.network = j;
			try.password = password++;
			while (bind_budget_begin(budget, &try, T0, &until) ==
			       BIND_BUDGET_BIND) {
				bind_budget_decide(budget, &try,
						   BIND_BUDGET_OUTCOME_WRONG,
						   T0 + 1);
				bind_budget_end(budget, &try);
				try.password = password++;
				count++;
			}
			test_assert_ucmp_idx(count, ==, expected[j],
					     i * 10 + j);
		}
		bind_budget_deinit(&budget);
	}
	test_end();
}

/*
 * The model: everything that ever happened to one person, read anew each time
 */

#define MODEL_STEPS 5000
#define MODEL_NETWORKS 20
#define MODEL_PASSWORDS 6
#define MODEL_RIGHT 0
#define MODEL_PLACES 12
#define MODEL_FAILURES 4

struct model_event {
	uint64_t when, began;
	unsigned int network, password;
	bool right;
};

struct model {
	struct model_event events[MODEL_STEPS];
	unsigned int count;
	struct model_try {
		bool used, proven;
		uint64_t began;
		unsigned int network, password;
	} tries[MODEL_PLACES];
};

static bool model_knows(const struct model *model, unsigned int network)
{
	bool seen[MODEL_NETWORKS] = { FALSE };
	unsigned int others = 0;

	for (unsigned int i = model->count; i > 0; i--) {
		const struct model_event *event = &model->events[i - 1];

		if (!event->right)
			continue;
		if (event->network == network)
			return TRUE;
		if (!seen[event->network] && ++others == 16)
			return FALSE;
		seen[event->network] = TRUE;
	}
	return FALSE;
}

static bool model_counts(const struct model *model, unsigned int idx,
			 uint64_t now)
{
	const struct model_event *event = &model->events[idx];

	if (event->right || event->when + INTERVAL <= now)
		return FALSE;
	for (unsigned int i = idx + 1; i < model->count; i++) {
		if (model->events[i].right &&
		    model->events[i].network == event->network &&
		    event->when < model->events[i].began)
			return FALSE;
	}
	return TRUE;
}

static bool model_allows(const struct model *model, unsigned int network,
			 bool with_tries, uint64_t now)
{
	unsigned int all = 0, strangers = 0, here = 0, other;

	for (unsigned int i = 0; i < model->count + MODEL_PLACES; i++) {
		if (i < model->count) {
			if (!model_counts(model, i, now))
				continue;
			other = model->events[i].network;
		} else {
			const struct model_try *try =
				&model->tries[i - model->count];
			if (!with_tries || !try->used || try->proven)
				continue;
			other = try->network;
		}
		all++;
		strangers += model_knows(model, other) ? 0 : 1;
		here += other == network ? 1 : 0;
	}
	if (!model_knows(model, network))
		return strangers < MODEL_FAILURES / 2 &&
		       all < MODEL_FAILURES - 1;
	return all < MODEL_FAILURES - (here > 0 ? 1 : 0);
}

/* Within the last ten seconds */
static bool model_was_right(const struct model *model, unsigned int password,
			    uint64_t now)
{
	for (unsigned int i = model->count; i > 0; i--) {
		const struct model_event *event = &model->events[i - 1];

		if (event->right && event->password == password)
			return event->when + PROVEN > now;
	}
	return FALSE;
}

static enum bind_budget_answer model_answer(const struct model *model,
					    unsigned int network,
					    unsigned int password, uint64_t now)
{
	if (!model_allows(model, network, FALSE, now))
		return BIND_BUDGET_REFUSED;
	for (unsigned int i = 0; i < model->count; i++) {
		if (model->events[i].password == password &&
		    model_counts(model, i, now))
			return BIND_BUDGET_WRONG;
	}
	for (unsigned int i = 0; i < MODEL_PLACES; i++) {
		if (model->tries[i].used &&
		    model->tries[i].password == password)
			return model->tries[i].proven ? BIND_BUDGET_BIND :
							BIND_BUDGET_WAIT;
	}
	if (model_was_right(model, password, now))
		return BIND_BUDGET_BIND;
	return model_allows(model, network, TRUE, now) ? BIND_BUDGET_BIND :
							 BIND_BUDGET_WAIT;
}

/* What a directory counts that forgets at each success */
static unsigned int model_directory_count(const struct model *model,
					  uint64_t now)
{
	unsigned int count = 0;

	for (unsigned int i = model->count; i > 0; i--) {
		const struct model_event *event = &model->events[i - 1];

		if (event->right || event->when + INTERVAL <= now)
			break;
		count++;
	}
	return count;
}

static void test_model_end(struct bind_budget *budget, struct model *model,
			   struct bind_budget_try *kept, unsigned int place,
			   uint64_t now, bool lost)
{
	struct model_try *try = &model->tries[place];
	bool right = try->password == MODEL_RIGHT;

	if (!lost) {
		model->events[model->count++] = (struct model_event){
			.when = now,
			.began = try->began,
			.network = try->network,
			.password = try->password,
			.right = right,
		};
	}
	/* While another one of the same password is under way, it stays proven.
	 */
	for (unsigned int i = 0; !lost && right && i < MODEL_PLACES; i++) {
		if (model->tries[i].password == MODEL_RIGHT)
			model->tries[i].proven = TRUE;
	}
	bind_budget_decide(budget, &kept[place],
			   lost	 ? BIND_BUDGET_OUTCOME_UNDECIDED :
			   right ? BIND_BUDGET_OUTCOME_RIGHT :
				   BIND_BUDGET_OUTCOME_WRONG,
			   now);
	bind_budget_end(budget, &kept[place]);
	i_zero(try);
	/* 0 is the right one */
	try->password = UINT_MAX;
}

static void test_model(void)
{
	struct bind_budget *budget = test_budget(MODEL_FAILURES, 10, 10);
	struct model *model = i_new(struct model, 1);
	struct bind_budget_try kept[MODEL_PLACES];
	unsigned int answers[BIND_BUDGET_BIND + 1] = { 0 };
	uint32_t seed = 4711;
	uint64_t now = T0, until, later;

	test_begin("bind budget: random steps against the model");
	i_zero(&kept);
	for (unsigned int i = 0; i < MODEL_PLACES; i++)
		model->tries[i].password = UINT_MAX;
	for (unsigned int i = 0; i < MODEL_STEPS && !test_has_failed(); i++) {
		unsigned int place = test_random(&seed, MODEL_PLACES);
		struct model_try *try = &model->tries[place];
		struct bind_budget_try again;

		now += test_random(&seed, 3) == 0 ? test_random(&seed, 200) : 0;
		if (try->used) {
			test_model_end(budget, model, kept, place, now,
				       test_random(&seed, 4) == 0);
			test_assert_ucmp_idx(model_directory_count(model, now),
					     <=, MODEL_FAILURES, i);
			continue;
		}
		try->network = test_random(&seed, 3) == 0 ?
				       test_random(&seed, MODEL_NETWORKS) :
				       test_random(&seed, 3);
		try->password = test_random(&seed, MODEL_PASSWORDS);
		kept[place] = (struct bind_budget_try){
			.person = 1,
			.network = try->network,
			.password = try->password,
			.exists = TRUE,
		};
		unsigned int password = try->password;
		/* not among those that are asked about */
		try->password = UINT_MAX;
		enum bind_budget_answer expected =
			model_answer(model, try->network, password, now);
		enum bind_budget_answer answer =
			bind_budget_begin(budget, &kept[place], now, &until);

		test_assert_ucmp_idx(answer, ==, expected, i);
		answers[answer]++;
		if (answer == BIND_BUDGET_REFUSED) {
			test_assert_idx(!model_allows(model, try->network,
						      FALSE, until - 1),
					i);
			test_assert_idx(
				model_allows(model, try->network, FALSE, until),
				i);
		}
		if (answer != BIND_BUDGET_BIND)
			continue;
		for (unsigned int j = 0; j < MODEL_PLACES; j++) {
			if (model->tries[j].used &&
			    model->tries[j].password == password)
				try->proven = TRUE;
		}
		if (model_was_right(model, password, now))
			try->proven = TRUE;
		try->used = TRUE;
		try->password = password;
		try->began = now;
		again = kept[place];
		again.flight = NULL;
		later = now;
		if (!try->proven)
			test_assert_idx(bind_budget_begin(budget, &again, later,
							  &until) !=
						BIND_BUDGET_BIND,
					i);
	}
	for (unsigned int i = 0; i < N_ELEMENTS(answers); i++)
		test_assert_ucmp_idx(answers[i], >, 100, i);
	for (unsigned int i = 0; i < MODEL_PLACES; i++) {
		if (model->tries[i].used)
			test_model_end(budget, model, kept, i, now, TRUE);
	}
	bind_budget_deinit(&budget);
	i_free(model);
	test_end();
}

/*
 * What is remembered
 */

static enum bind_budget_answer test_guess(struct bind_budget *budget,
					  uint64_t person, bool exists,
					  uint64_t network, uint64_t password,
					  enum bind_budget_outcome outcome,
					  uint64_t now)
{
	struct bind_budget_try try = { .person = person,
				       .network = network,
				       .password = password,
				       .exists = exists };
	uint64_t until;
	enum bind_budget_answer answer =
		bind_budget_begin(budget, &try, now, &until);

	if (answer == BIND_BUDGET_BIND) {
		bind_budget_decide(budget, &try, outcome, now);
		bind_budget_end(budget, &try);
	}
	return answer;
}

static void test_bounds(void)
{
	struct bind_budget *budget = test_budget(4, 10, 20);
	const enum bind_budget_outcome wrong = BIND_BUDGET_OUTCOME_WRONG;
	const enum bind_budget_outcome right = BIND_BUDGET_OUTCOME_RIGHT;

	test_begin("bind budget: bounds");
	/* the person was here, and a stranger has spent what strangers may */
	test_assert(test_guess(budget, 1, TRUE, 1, 100, right, T0) ==
		    BIND_BUDGET_BIND);
	for (unsigned int i = 0; i < 2; i++) {
		test_assert(test_guess(budget, 1, TRUE, 7, i, wrong, T0) ==
			    BIND_BUDGET_BIND);
	}
	/* names that nobody has do not push people out */
	for (unsigned int i = 0; i < 1000; i++) {
		test_assert_idx(test_guess(budget, i, FALSE, 7, 1, wrong, T0) ==
					BIND_BUDGET_BIND,
				i);
		test_assert_ucmp_idx(bind_budget_count(budget, FALSE), <=, 20,
				     i);
	}
	test_assert_ucmp(bind_budget_count(budget, TRUE), ==, 1);
	test_assert(test_guess(budget, 1, TRUE, 7, 9, wrong, T0) ==
		    BIND_BUDGET_REFUSED);
	/* people who log in do not push out one whose failures count */
	for (unsigned int i = 2; i < 1000; i++) {
		test_assert_idx(test_guess(budget, i, TRUE, 7, 1, right, T0) ==
					BIND_BUDGET_BIND,
				i);
		test_assert_ucmp_idx(bind_budget_count(budget, TRUE), <=, 10,
				     i);
	}
	test_assert(test_guess(budget, 1, TRUE, 7, 9, wrong, T0) ==
		    BIND_BUDGET_REFUSED);
	test_assert(test_guess(budget, 1, TRUE, 1, 100, right, T0) ==
		    BIND_BUDGET_BIND);

	/* a known network stays known among 15 others, and no longer */
	for (unsigned int i = 0; i < 15; i++) {
		test_assert_idx(test_guess(budget, 1, TRUE, 20 + i, 100, right,
					   T0 + INTERVAL) == BIND_BUDGET_BIND,
				i);
	}
	for (unsigned int i = 0; i < 2; i++) {
		test_assert(test_guess(budget, 1, TRUE, 7, i, wrong,
				       T0 + INTERVAL) == BIND_BUDGET_BIND);
	}
	test_assert(test_guess(budget, 1, TRUE, 1, 100,
			       BIND_BUDGET_OUTCOME_UNDECIDED,
			       T0 + INTERVAL) == BIND_BUDGET_BIND);
	test_assert(test_guess(budget, 1, TRUE, 40, 100, right,
			       T0 + 2 * INTERVAL) == BIND_BUDGET_BIND);
	for (unsigned int i = 0; i < 2; i++) {
		test_assert(test_guess(budget, 1, TRUE, 7, i, wrong,
				       T0 + 2 * INTERVAL) == BIND_BUDGET_BIND);
	}
	test_assert(test_guess(budget, 1, TRUE, 1, 100, right,
			       T0 + 2 * INTERVAL) == BIND_BUDGET_REFUSED);

	/* of a try that came to nothing, nothing is left */
	test_assert(test_guess(budget, 5000, FALSE, 1, 1,
			       BIND_BUDGET_OUTCOME_UNDECIDED,
			       T0 + 2 * INTERVAL) == BIND_BUDGET_BIND);
	test_assert_ucmp(bind_budget_count(budget, FALSE), <=, 20);
	bind_budget_deinit(&budget);
	test_end();
}

static void test_log(void)
{
	struct bind_budget *budget = test_budget(2, 10, 10);
	struct bind_budget_try alice = { .person = 1, .exists = TRUE };
	struct bind_budget_try bob = { .person = 2, .exists = TRUE };
	unsigned int suppressed;

	test_begin("bind budget: log");
	for (unsigned int i = 1; i <= 2; i++) {
		(void)test_guess(budget, i, TRUE, 1, 1,
				 BIND_BUDGET_OUTCOME_WRONG, T0);
	}
	test_assert(bind_budget_may_log(budget, &alice, T0, &suppressed));
	test_assert_ucmp(suppressed, ==, 0);
	test_assert(
		!bind_budget_may_log(budget, &alice, T0 + 999, &suppressed));
	test_assert(!bind_budget_may_log(budget, &bob, T0 + 999, &suppressed));
	test_assert(
		bind_budget_may_log(budget, &alice, T0 + 1000, &suppressed));
	test_assert_ucmp(suppressed, ==, 1);
	test_assert(bind_budget_may_log(budget, &bob, T0 + 2000, &suppressed));
	test_assert_ucmp(suppressed, ==, 0);
	bind_budget_deinit(&budget);
	test_end();
}

static void test_network(void)
{
	static const struct {
		const char *ip, *network;
	} tests[] = {
		{ "192.0.2.7", "192.0.2.0/24" },
		{ "192.0.2.255", "192.0.2.0/24" },
		{ "192.0.3.1", "192.0.3.0/24" },
		{ "::ffff:192.0.2.7", "192.0.2.0/24" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "2001:db8:1:2::", "2001:db8:1:2::/64" },
		{ "::1", "::/64" },
	};
	struct ip_addr ip;

	test_begin("bind budget: networks");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(net_addr2ip(tests[i].ip, &ip) == 0, i);
		test_assert_strcmp_idx(bind_budget_network(&ip),
				       tests[i].network, i);
	}
	i_zero(&ip);
	test_assert_strcmp(bind_budget_network(&ip), "local");
	test_end();
}

static void test_hash(void)
{
	struct bind_budget *a = test_budget(2, 1, 1), *b = test_budget(2, 1, 1);
	uint64_t hash = bind_budget_hash_password(a, 1, "now", "password");

	test_begin("bind budget: hashes");
	test_assert(bind_budget_hash(a, "x") == bind_budget_hash(a, "x"));
	test_assert(bind_budget_hash(a, "x") != bind_budget_hash(a, "y"));
	test_assert(bind_budget_hash(a, "x") != bind_budget_hash(b, "x"));
	test_assert(hash == bind_budget_hash_password(a, 1, "now", "password"));
	test_assert(hash != bind_budget_hash_password(a, 2, "now", "password"));
	test_assert(hash != bind_budget_hash_password(a, 1, "new", "password"));
	test_assert(hash != bind_budget_hash_password(a, 1, "now", "Password"));
	test_assert(hash != bind_budget_hash_password(a, 1, "nowp", "assword"));
	bind_budget_deinit(&a);
	bind_budget_deinit(&b);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_steps, test_forget, test_sizes,   test_model, test_bounds,
		test_log,   test_hash,	 test_network, NULL
	};
	return test_run(test_functions);
}
