/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef LOAD_H
#define LOAD_H

/* What the load generators of the bench share: who logs in, the clock, and the
   line of results. They know nothing of Dovecot. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Field 1 to 3 of a line on standard input; a missing one is "". What they mean
   each generator says. */
#define LOAD_FIELDS 3

struct load_login {
	char *fields[LOAD_FIELDS];
};

struct load {
	struct load_login *logins;
	size_t logins_count, next;

	/* until so many logins have begun, and this time has come */
	uint64_t count, end;
	uint64_t began, last_done;
	/* of each login that is done */
	uint32_t *usecs;
	size_t done, done_size;
	uint64_t begun, wrong;
};

/* microseconds of the monotonic clock */
uint64_t load_now(void);
/* Read the logins and start the clock: load for so many seconds, or longer
   until there were count logins. */
void load_init(struct load *load, double seconds, uint64_t count);
/* The next login, round and round; NULL when it is time to stop. */
const struct load_login *load_next(struct load *load);
/* One is done that began then; right: the answer is what it should be. What it
   was is told once. */
void load_done(struct load *load, uint64_t began, bool right,
	       const char *answer);
/* Print the results: a line of NAME=NUMBER. */
void load_report(struct load *load);

/* Say why, and end. */
void load_die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* realloc() that does not fail */
void *load_realloc(void *mem, size_t size);

#endif
