/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of the text in which the auth process tells about its servers. */

#include "lib.h"
#include "test-common.h"
#include "server-state.h"

static void test_server_state_both_ways(void)
{
	static const struct {
		struct server_state state;
		const char *text;
	} tests[] = {
		{ { "ldap://a", SERVER_STATE_UP, 0, 0, 0, 0, 0, "" },
		  "ldap://a\tup\t0\t0\t0\t0\t0\t" },
		{ { "ldaps://[::1]:636", SERVER_STATE_DOWN, 12345, 1, 2, 3, 250,
		    "Cannot connect: refused" },
		  "ldaps://[::1]:636\tdown\t12345\t1\t2\t3\t250\t"
		  "Cannot connect: refused" },
		{ { "ldap://b", SERVER_STATE_TRIAL, UINT64_MAX, UINT_MAX,
		    UINT_MAX, UINT_MAX, UINT64_MAX, "a\tb\nc" },
		  "ldap://b\ton trial\t18446744073709551615\t4294967295\t"
		  "4294967295\t4294967295\t18446744073709551615\t"
		  "a\001tb\001nc" },
	};

	test_begin("server state: both ways");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		const struct server_state *state = &tests[i].state;
		const char *text = server_state_write(state);
		struct server_state back;

		test_assert_strcmp_idx(text, tests[i].text, i);
		if (server_state_parse(text, &back) < 0) {
			test_assert_idx(FALSE, i);
			continue;
		}
		test_assert_strcmp_idx(back.server, state->server, i);
		test_assert_strcmp_idx(back.why, state->why, i);
		test_assert_idx(
			back.word == state->word &&
				back.since_msecs == state->since_msecs &&
				back.connections == state->connections &&
				back.in_flight == state->in_flight &&
				back.waiting == state->waiting &&
				back.next_msecs == state->next_msecs,
			i);
	}
	test_end();
}

static void test_server_state_nonsense(void)
{
	static const char *const tests[] = {
		"",
		"ldap://a",
		"ldap://a\tup\t0\t0\t0\t0\t0",
		"ldap://a\tup\t0\t0\t0\t0\t0\t\t",
		"ldap://a\taway\t0\t0\t0\t0\t0\t",
		"ldap://a\tup\t-1\t0\t0\t0\t0\t",
		"ldap://a\tup\t0\tx\t0\t0\t0\t",
		"ldap://a\tup\t0\t0\t4294967296\t0\t0\t",
	};
	struct server_state state;

	test_begin("server state: nonsense");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++)
		test_assert_idx(server_state_parse(tests[i], &state) < 0, i);
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_server_state_both_ways, test_server_state_nonsense, NULL
	};
	return test_run(test_functions);
}
