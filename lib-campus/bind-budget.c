/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Wrong passwords and networks of each person; may one more password be tried?
 */

#include "lib.h"
#include "hash.h"
#include "hmac.h"
#include "llist.h"
#include "randgen.h"
#include "safe-memset.h"
#include "sha2.h"
#include "bind-budget.h"

/* The networks from which a person has logged in, those used last. */
#define BUDGET_NETWORKS 16
/* So many of the least recently used are looked at for one to forget. */
#define BUDGET_FORGET_LOOK 32
#define BUDGET_LOG_GAP_MSECS 1000
/* So long a right password is known to be right. */
#define BUDGET_PROVEN_MSECS 10000

struct budget_failure {
	uint64_t when;
	uint64_t network, password;
	bool remembered;
};

/* Tries of one password for one person that are under way. */
struct bind_budget_flight {
	struct bind_budget_flight *prev, *next;
	struct budget_person *person;
	/* of the first */
	uint64_t network;
	uint64_t password;
	unsigned int count;
	/* The server has said that it is right: it costs nothing any more. */
	bool proven;
	/* It has become a failure. */
	bool failed;
};

struct budget_person {
	/* least recently used first */
	struct budget_person *prev, *next;
	uint64_t id;
	struct bind_budget_flight *flights;
	/* oldest first; room for as many as the budget, made at the first */
	struct budget_failure *failures;
	unsigned int failures_count;
	unsigned int networks_count;
	/* used last first */
	uint64_t networks[BUDGET_NETWORKS];
	/* the password that was right last, for a short while; then 0, and in
	   no list */
	uint64_t proven, proven_until;
	struct budget_person *proven_prev, *proven_next;
	/* no line about this person before; 0 = none was logged */
	uint64_t log_after;
};

struct budget_table {
	HASH_TABLE(struct budget_person *, struct budget_person *) people;
	struct budget_person *head, *tail;
	unsigned int max;
};

struct bind_budget {
	struct bind_budget_settings set;
	unsigned char key[SHA256_RESULTLEN];
	/* names of nobody; people */
	struct budget_table tables[2];
	/* those of whom a right password is remembered, in the order in which
	   that ends */
	struct budget_person *proven_head, *proven_tail;

	uint64_t last_log;
	bool logged;
	unsigned int log_suppressed;
};

static unsigned int budget_person_hash(const struct budget_person *person)
{
	return (unsigned int)person->id;
}

static int budget_person_cmp(const struct budget_person *a,
			     const struct budget_person *b)
{
	return a->id < b->id ? -1 : a->id > b->id ? 1 : 0;
}

struct bind_budget *bind_budget_init(const struct bind_budget_settings *set)
{
	struct bind_budget *budget = i_new(struct bind_budget, 1);

	i_assert(set->failures >= 2 && set->interval_msecs > 0);
	i_assert(set->max_people > 0 && set->max_names > 0);
	budget->set = *set;
	random_fill(budget->key, sizeof(budget->key));
	for (unsigned int i = 0; i < N_ELEMENTS(budget->tables); i++) {
		hash_table_create(&budget->tables[i].people, default_pool, 0,
				  budget_person_hash, budget_person_cmp);
	}
	budget->tables[FALSE].max = set->max_names;
	budget->tables[TRUE].max = set->max_people;
	return budget;
}

static void budget_forget_proven(struct bind_budget *budget,
				 struct budget_person *person)
{
	if (person->proven_until == 0)
		return;
	DLLIST2_REMOVE_FULL(&budget->proven_head, &budget->proven_tail, person,
			    proven_prev, proven_next);
	person->proven = person->proven_until = 0;
}

static void budget_remember_proven(struct bind_budget *budget,
				   struct budget_person *person,
				   uint64_t password, uint64_t now)
{
	budget_forget_proven(budget, person);
	person->proven = password;
	person->proven_until = now + BUDGET_PROVEN_MSECS;
	DLLIST2_APPEND_FULL(&budget->proven_head, &budget->proven_tail, person,
			    proven_prev, proven_next);
}

static void budget_forget(struct bind_budget *budget,
			  struct budget_table *table,
			  struct budget_person *person)
{
	budget_forget_proven(budget, person);
	hash_table_remove(table->people, person);
	DLLIST2_REMOVE(&table->head, &table->tail, person);
	i_free(person->failures);
	i_free(person);
}

void bind_budget_deinit(struct bind_budget **_budget)
{
	struct bind_budget *budget = *_budget;

	*_budget = NULL;
	if (budget == NULL)
		return;
	for (unsigned int i = 0; i < N_ELEMENTS(budget->tables); i++) {
		struct budget_table *table = &budget->tables[i];

		while (table->head != NULL) {
			i_assert(table->head->flights == NULL);
			budget_forget(budget, table, table->head);
		}
		hash_table_destroy(&table->people);
	}
	safe_memset(budget->key, 0, sizeof(budget->key));
	i_free(budget);
}

const char *bind_budget_network(const struct ip_addr *ip)
{
	struct ip_addr network = *ip;
	unsigned int bits;

	if (network.family == 0)
		return "local";
	(void)net_ipv6_mapped_ipv4_convert(ip, &network);
	if (network.family == AF_INET) {
		network.u.ip4.s_addr &= htonl(0xffffff00);
		bits = 24;
	} else {
		memset(&network.u.ip6.s6_addr[8], 0, 8);
		bits = 64;
	}
	return t_strdup_printf("%s/%u", net_ip2addr(&network), bits);
}

static uint64_t budget_hash(const struct bind_budget *budget,
			    const char *const *parts, unsigned int count)
{
	unsigned char digest[SHA256_RESULTLEN];
	struct hmac_context hmac;
	uint64_t hash;

	hmac_init(&hmac, budget->key, sizeof(budget->key), &hash_method_sha256);
	/* with the NUL, so that no two lists read alike */
	for (unsigned int i = 0; i < count; i++)
		hmac_update(&hmac, parts[i], strlen(parts[i]) + 1);
	hmac_final(&hmac, digest);
	memcpy(&hash, digest, sizeof(hash));
	safe_memset(&hmac, 0, sizeof(hmac));
	safe_memset(digest, 0, sizeof(digest));
	return hash;
}

uint64_t bind_budget_hash(const struct bind_budget *budget, const char *text)
{
	return budget_hash(budget, &text, 1);
}

uint64_t bind_budget_hash_password(const struct bind_budget *budget,
				   uint64_t person, const char *changed,
				   const char *password)
{
	const char *parts[] = { dec2str(person), changed, password };

	return budget_hash(budget, parts, N_ELEMENTS(parts));
}

static void budget_expire(const struct bind_budget *budget,
			  struct budget_person *person, uint64_t now)
{
	unsigned int gone = 0;

	while (gone < person->failures_count &&
	       person->failures[gone].when + budget->set.interval_msecs <= now)
		gone++;
	if (gone == 0)
		return;
	person->failures_count -= gone;
	memmove(person->failures, person->failures + gone,
		person->failures_count * sizeof(*person->failures));
}

/* Forget somebody, the least recently used first: of these rather one who has
   no failures that still count, and never one with a try under way. */
static void budget_make_room(struct bind_budget *budget,
			     struct budget_table *table, uint64_t now)
{
	struct budget_person *person = table->head, *victim = NULL;

	for (unsigned int i = 0; i < BUDGET_FORGET_LOOK && person != NULL;
	     i++, person = person->next) {
		if (person->flights != NULL)
			continue;
		budget_expire(budget, person, now);
		if (victim == NULL || person->failures_count == 0)
			victim = person;
		if (person->failures_count == 0)
			break;
	}
	if (victim != NULL)
		budget_forget(budget, table, victim);
}

static struct budget_person *budget_find(struct bind_budget *budget,
					 const struct bind_budget_try *try,
					 uint64_t now)
{
	struct budget_person key = { .id = try->person }, *person;

	person = hash_table_lookup(budget->tables[try->exists].people, &key);
	if (person != NULL)
		budget_expire(budget, person, now);
	return person;
}

static void budget_touch(struct budget_table *table,
			 struct budget_person *person)
{
	DLLIST2_REMOVE(&table->head, &table->tail, person);
	DLLIST2_APPEND(&table->head, &table->tail, person);
}

static struct budget_person *budget_add(struct bind_budget *budget,
					const struct bind_budget_try *try,
					uint64_t now)
{
	struct budget_table *table = &budget->tables[try->exists];
	struct budget_person *person;

	if (hash_table_count(table->people) >= table->max)
		budget_make_room(budget, table, now);
	person = i_new(struct budget_person, 1);
	person->id = try->person;
	hash_table_insert(table->people, person, person);
	DLLIST2_APPEND(&table->head, &table->tail, person);
	return person;
}

static bool budget_knows(const struct budget_person *person, uint64_t network)
{
	for (unsigned int i = 0; i < person->networks_count; i++) {
		if (person->networks[i] == network)
			return TRUE;
	}
	return FALSE;
}

/* What has been spent: by everybody, by strangers, by one network */
struct budget_spent {
	unsigned int all, strangers, here;
};

static void budget_spend(const struct budget_person *person,
			 struct budget_spent *spent, uint64_t network,
			 uint64_t here)
{
	spent->all++;
	if (!budget_knows(person, network))
		spent->strangers++;
	if (network == here)
		spent->here++;
}

static bool budget_is_left(const struct bind_budget *budget,
			   const struct budget_spent *spent, bool known)
{
	unsigned int limit = budget->set.failures;

	if (known)
		return spent->all < (spent->here > 0 ? limit - 1 : limit);
	return spent->strangers < limit / 2 && spent->all < limit - 1;
}

/* Failures that still count leave no budget: returns when they will, else 0. */
static uint64_t budget_spent_until(const struct bind_budget *budget,
				   const struct budget_person *person,
				   uint64_t network)
{
	bool known = budget_knows(person, network);
	/* without the oldest ones, one after the other */
	for (unsigned int gone = 0; gone <= person->failures_count; gone++) {
		struct budget_spent spent = { 0 };

		for (unsigned int i = gone; i < person->failures_count; i++) {
			budget_spend(person, &spent,
				     person->failures[i].network, network);
		}
		if (budget_is_left(budget, &spent, known)) {
			return gone == 0 ? 0 :
					   person->failures[gone - 1].when +
						   budget->set.interval_msecs;
		}
	}
	i_unreached();
}

/* Would there be a budget even if all tries under way failed? */
static bool budget_has_room(const struct bind_budget *budget,
			    const struct budget_person *person,
			    uint64_t network)
{
	const struct bind_budget_flight *flight;
	struct budget_spent spent = { 0 };

	for (unsigned int i = 0; i < person->failures_count; i++) {
		budget_spend(person, &spent, person->failures[i].network,
			     network);
	}
	for (flight = person->flights; flight != NULL; flight = flight->next) {
		if (!flight->proven && !flight->failed)
			budget_spend(person, &spent, flight->network, network);
	}
	return budget_is_left(budget, &spent, budget_knows(person, network));
}

static bool budget_was_wrong(const struct budget_person *person,
			     uint64_t password)
{
	for (unsigned int i = 0; i < person->failures_count; i++) {
		if (person->failures[i].remembered &&
		    person->failures[i].password == password)
			return TRUE;
	}
	return FALSE;
}

static struct bind_budget_flight *
budget_find_flight(const struct budget_person *person, uint64_t password)
{
	struct bind_budget_flight *flight;

	for (flight = person->flights; flight != NULL; flight = flight->next) {
		if (flight->password == password)
			return flight;
	}
	return NULL;
}

enum bind_budget_answer bind_budget_begin(struct bind_budget *budget,
					  struct bind_budget_try *try,
					  uint64_t now, uint64_t *until_r)
{
	struct budget_person *person = budget_find(budget, try, now);
	struct bind_budget_flight *flight = NULL;
	bool proven = FALSE;

	i_assert(try->flight == NULL);
	while (budget->proven_head != NULL &&
	       budget->proven_head->proven_until <= now)
		budget_forget_proven(budget, budget->proven_head);
	if (person != NULL) {
		*until_r = budget_spent_until(budget, person, try->network);
		if (*until_r != 0)
			return BIND_BUDGET_REFUSED;
		if (budget_was_wrong(person, try->password))
			return BIND_BUDGET_WRONG;
		proven = person->proven_until != 0 &&
			 person->proven == try->password;
		flight = budget_find_flight(person, try->password);
		if (flight == NULL ? !proven && !budget_has_room(budget, person,
								 try->network) :
				     !flight->proven)
			return BIND_BUDGET_WAIT;
		budget_touch(&budget->tables[try->exists], person);
	} else {
		person = budget_add(budget, try, now);
	}
	if (flight == NULL) {
		flight = i_new(struct bind_budget_flight, 1);
		flight->person = person;
		flight->network = try->network;
		flight->password = try->password;
		flight->proven = proven;
		DLLIST_PREPEND(&person->flights, flight);
	}
	flight->count++;
	try->flight = flight;
	try->began = now;
	return BIND_BUDGET_BIND;
}

static void budget_add_failure(const struct bind_budget *budget,
			       struct budget_person *person,
			       const struct bind_budget_try *try, uint64_t now)
{
	struct budget_failure *failure;

	if (person->failures == NULL) {
		person->failures =
			i_new(struct budget_failure, budget->set.failures);
	}
	if (person->failures_count == budget->set.failures) {
		/* Only where a right password has just become a wrong one. */
		person->failures_count--;
		memmove(person->failures, person->failures + 1,
			person->failures_count * sizeof(*person->failures));
	}
	failure = &person->failures[person->failures_count++];
	failure->when = now;
	failure->network = try->network;
	failure->password = try->password;
	failure->remembered = !try->forget;
}

/* The directory counts from zero again. We do so for this network only, and
   not for what may have failed after this bind. */
static void budget_forgive(struct budget_person *person,
			   const struct bind_budget_try *try)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < person->failures_count; i++) {
		const struct budget_failure *failure = &person->failures[i];

		if (failure->network != try->network ||
		    failure->when >= try->began)
			person->failures[left++] = *failure;
	}
	person->failures_count = left;
}

static void budget_add_network(struct budget_person *person, uint64_t network)
{
	unsigned int i = 0;

	while (i < person->networks_count && person->networks[i] != network)
		i++;
	if (i == person->networks_count && i < BUDGET_NETWORKS)
		person->networks_count++;
	/* the last one goes if there is no room */
	i = I_MIN(i, BUDGET_NETWORKS - 1);
	memmove(person->networks + 1, person->networks,
		i * sizeof(*person->networks));
	person->networks[0] = network;
}

void bind_budget_decide(struct bind_budget *budget, struct bind_budget_try *try,
			enum bind_budget_outcome outcome, uint64_t now)
{
	struct bind_budget_flight *flight = try->flight;

	switch (outcome) {
	case BIND_BUDGET_OUTCOME_UNDECIDED:
		break;
	case BIND_BUDGET_OUTCOME_WRONG:
		budget_expire(budget, flight->person, now);
		budget_add_failure(budget, flight->person, try, now);
		flight->failed = TRUE;
		flight->proven = FALSE;
		if (flight->person->proven == try->password)
			budget_forget_proven(budget, flight->person);
		break;
	case BIND_BUDGET_OUTCOME_RIGHT:
		flight->proven = TRUE;
		budget_remember_proven(budget, flight->person, try->password,
				       now);
		budget_forgive(flight->person, try);
		budget_add_network(flight->person, try->network);
		break;
	}
}

void bind_budget_end(struct bind_budget *budget, struct bind_budget_try *try)
{
	struct bind_budget_flight *flight = try->flight;
	struct budget_person *person;

	if (flight == NULL)
		return;
	try->flight = NULL;
	if (--flight->count > 0)
		return;
	person = flight->person;
	DLLIST_REMOVE(&person->flights, flight);
	/* the hash of a password that may be right */
	safe_memset(flight, 0, sizeof(*flight));
	i_free(flight);
	if (person->flights == NULL && person->failures_count == 0 &&
	    person->networks_count == 0)
		budget_forget(budget, &budget->tables[try->exists], person);
}

bool bind_budget_may_log(struct bind_budget *budget,
			 const struct bind_budget_try *try, uint64_t now,
			 unsigned int *suppressed_r)
{
	struct budget_person *person = budget_find(budget, try, now);

	*suppressed_r = 0;
	if (person != NULL && now < person->log_after)
		return FALSE;
	if (budget->logged && now < budget->last_log + BUDGET_LOG_GAP_MSECS) {
		if (budget->log_suppressed < UINT_MAX)
			budget->log_suppressed++;
		return FALSE;
	}
	if (person != NULL)
		person->log_after = now + budget->set.interval_msecs;
	*suppressed_r = budget->log_suppressed;
	budget->log_suppressed = 0;
	budget->logged = TRUE;
	budget->last_log = now;
	return TRUE;
}

unsigned int bind_budget_count(const struct bind_budget *budget, bool exists)
{
	return hash_table_count(budget->tables[exists].people);
}
