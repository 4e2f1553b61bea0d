/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef BIND_BUDGET_H
#define BIND_BUDGET_H

#include "net.h"

/* How many passwords may be tried for a person: fewer than the directory takes
   before it locks the account. Knows no socket and no clock: all times are
   arguments, in milliseconds of any monotonic clock. Names and passwords are
   kept as hashes only, with a random key that is in no file.

   Wrong passwords count for the interval. Networks from which the person has
   not logged in ("strangers") may spend half of the budget, all together. Of
   the other half a network from which the person has logged in before may spend
   all but the last try, which is left to such a network without a wrong
   password. So a stranger can lock nobody out of the networks that he uses, and
   neither can somebody in one of these networks out of the others.

   A password that was found to be wrong within the interval is wrong again
   without a bind and costs nothing (unless nobody can say whether it has been
   set since), as long as there is a budget left: once it
   is spent all passwords are answered alike, or one could try out which ones
   have been tried before.

   A try costs from its beginning on, so that many at once are no more than one
   after the other; who has to wait for their results is told so. Only the
   password that was right within the last ten seconds costs nothing: a person's
   many connections do not wait for one another. */

struct bind_budget;

struct bind_budget_settings {
	/* wrong passwords for one person within the interval: at least 2 */
	unsigned int failures;
	uint64_t interval_msecs;
	/* So many people are remembered, and so many names that nobody has.
	   These have a table of their own, since anybody can make up more. */
	unsigned int max_people, max_names;
};

enum bind_budget_answer {
	/* the budget is spent: no bind */
	BIND_BUDGET_REFUSED,
	/* found to be wrong before: no bind */
	BIND_BUDGET_WRONG,
	/* ask again when a try for this person has ended */
	BIND_BUDGET_WAIT,
	/* go on; bind_budget_end() must follow */
	BIND_BUDGET_BIND
};

enum bind_budget_outcome {
	/* trouble, or a refusal that says nothing about the password */
	BIND_BUDGET_OUTCOME_UNDECIDED,
	BIND_BUDGET_OUTCOME_WRONG,
	BIND_BUDGET_OUTCOME_RIGHT
};

/* One try: hashes of bind_budget_hash() and bind_budget_hash_password(). */
struct bind_budget_try {
	uint64_t person, network, password;
	/* the directory has such a person */
	bool exists;
	/* if the password is wrong it may be right the next time */
	bool forget;

	/* while it is under way */
	struct bind_budget_flight *flight;
	uint64_t began;
};

struct bind_budget *bind_budget_init(const struct bind_budget_settings *set);
void bind_budget_deinit(struct bind_budget **budget);

/* The network of a client: 192.0.2.0/24, 2001:db8:1:2::/64, or "local" for one
   without an address. On the data stack. */
const char *bind_budget_network(const struct ip_addr *ip);

uint64_t bind_budget_hash(const struct bind_budget *budget, const char *text);
/* changed is any text that is another one once the person's entry has changed:
   then a remembered password means nothing any more. */
uint64_t bind_budget_hash_password(const struct bind_budget *budget,
				   uint64_t person, const char *changed,
				   const char *password);

/* May this password be tried? If REFUSED, *until_r is the time by which it may
   be asked again if nothing else happens. */
enum bind_budget_answer bind_budget_begin(struct bind_budget *budget,
					  struct bind_budget_try *try,
					  uint64_t now, uint64_t *until_r);
/* What came of it. After RIGHT, who waits with the same password may all go on
   at once, until bind_budget_end(). */
void bind_budget_decide(struct bind_budget *budget, struct bind_budget_try *try,
			enum bind_budget_outcome outcome, uint64_t now);
/* The try is over, decided or not. */
void bind_budget_end(struct bind_budget *budget, struct bind_budget_try *try);

/* May a line about a refused try be logged now? At most one in an interval for
   each person, and one a second in all; if TRUE, *suppressed_r says how many
   were left out since the last. */
bool bind_budget_may_log(struct bind_budget *budget,
			 const struct bind_budget_try *try, uint64_t now,
			 unsigned int *suppressed_r);

/* How many people, and names of nobody, are remembered now. */
unsigned int bind_budget_count(const struct bind_budget *budget, bool exists);

#endif
