/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What the load generators of the bench share. */

#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void load_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *load_realloc(void *mem, size_t size)
{
	mem = realloc(mem, size);
	if (mem == NULL)
		load_die("out of memory");
	return mem;
}

uint64_t load_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void load_read(struct load *load)
{
	size_t line_size = 0, alloced = 0;
	char *line = NULL;
	ssize_t len;

	while ((len = getline(&line, &line_size, stdin)) > 0) {
		struct load_login *login;
		char *rest = line;

		line[strcspn(line, "\n")] = '\0';
		if (load->logins_count == alloced) {
			alloced = alloced * 2 + 64;
			load->logins = load_realloc(
				load->logins, alloced * sizeof(*load->logins));
		}
		login = &load->logins[load->logins_count++];
		for (int i = 0; i < LOAD_FIELDS; i++) {
			const char *field = strsep(&rest, "\t");

			login->fields[i] = strdup(field == NULL ? "" : field);
		}
	}
	free(line);
	if (load->logins_count == 0)
		load_die("no logins on standard input");
}

void load_init(struct load *load, double seconds, uint64_t count)
{
	memset(load, 0, sizeof(*load));
	load_read(load);
	load->count = count;
	load->began = load->last_done = load_now();
	load->end = load->began + (uint64_t)(seconds * 1e6);
}

const struct load_login *load_next(struct load *load)
{
	if (load->begun >= load->count && load_now() >= load->end)
		return NULL;
	load->begun++;
	return &load->logins[load->next++ % load->logins_count];
}

void load_done(struct load *load, uint64_t began, bool right,
	       const char *answer)
{
	load->last_done = load_now();
	if (load->done == load->done_size) {
		load->done_size = load->done_size * 2 + 1024;
		load->usecs = load_realloc(
			load->usecs, load->done_size * sizeof(*load->usecs));
	}
	load->usecs[load->done++] = (uint32_t)(load->last_done - began);
	if (!right && load->wrong++ == 0)
		fprintf(stderr, "wrong answer: %s\n", answer);
}

static int compare_usecs(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

void load_report(struct load *load)
{
	double seconds = (double)(load->last_done - load->began) / 1e6;

	if (load->done == 0)
		load_die("no login was ever answered");
	qsort(load->usecs, load->done, sizeof(*load->usecs), compare_usecs);
	printf("logins=%zu rate=%.2f wrong=%llu median_us=%u p99_us=%u "
	       "max_us=%u\n",
	       load->done, (double)load->done / seconds,
	       (unsigned long long)load->wrong, load->usecs[load->done / 2],
	       load->usecs[load->done * 99 / 100], load->usecs[load->done - 1]);
}
