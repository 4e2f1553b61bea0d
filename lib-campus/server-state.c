/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One server's state as a line of text, and back. */

#include "lib.h"
#include "str.h"
#include "strescape.h"
#include "strnum.h"
#include "server-state.h"

static const char *const state_words[] = {
	[SERVER_STATE_DOWN] = "down",
	[SERVER_STATE_TRIAL] = "on trial",
	[SERVER_STATE_UP] = "up",
};

const char *server_state_word_name(enum server_state_word word)
{
	return state_words[word];
}

const char *server_state_write(const struct server_state *state)
{
	string_t *text = t_str_new(256);

	str_append_tabescaped(text, state->server);
	str_printfa(text, "\t%s\t%" PRIu64 "\t%u\t%u\t%u\t%" PRIu64 "\t",
		    state_words[state->word], state->since_msecs,
		    state->connections, state->in_flight, state->waiting,
		    state->next_msecs);
	str_append_tabescaped(text, state->why);
	return str_c(text);
}

int server_state_parse(const char *text, struct server_state *state_r)
{
	const char *const *fields = t_strsplit_tabescaped(text);

	i_zero(state_r);
	if (str_array_length(fields) != 8 ||
	    str_to_uint64(fields[2], &state_r->since_msecs) < 0 ||
	    str_to_uint(fields[3], &state_r->connections) < 0 ||
	    str_to_uint(fields[4], &state_r->in_flight) < 0 ||
	    str_to_uint(fields[5], &state_r->waiting) < 0 ||
	    str_to_uint64(fields[6], &state_r->next_msecs) < 0)
		return -1;
	state_r->server = fields[0];
	state_r->why = fields[7];
	for (unsigned int i = 0; i < N_ELEMENTS(state_words); i++) {
		if (strcmp(fields[1], state_words[i]) == 0) {
			state_r->word = (enum server_state_word)i;
			return 0;
		}
	}
	return -1;
}
