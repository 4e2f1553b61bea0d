/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The directory's servers: which one is asked, what happens to those who are at
   one that goes down, and looking after servers that nobody asks. */

#include "lib.h"
#include "ioloop.h"
#include "llist.h"
#include "server-choice.h"
#include "campus-ldap.h"
#include "campus-servers.h"
#include "campus-settings.h"

/* Dovecot's own; the auth process may always connect to it. */
#define DNS_CLIENT_SOCKET "dns-client"
/* More than any login has waiting at once; campus_directory_enter() is what
   limits. */
#define REQUESTS_PER_LOGIN 1000

struct campus_server {
	struct campus_servers *servers;
	struct campus_ldap *ldap;
	struct event *event;
};

struct campus_servers {
	struct server_choice choice;
	struct campus_server *servers;
	/* by age: who has waited longest goes on first */
	struct campus_visit *visits_head, *visits_tail;
	/* whose turn it is in servers_move() */
	struct campus_visit *moving;
	/* those at a server that is down are to go on */
	struct timeout *to_move;
	/* a trial or a check is due; only once they are looked after */
	struct timeout *to_tend;
	bool tended, closing;
};

static void servers_tend(struct campus_servers *servers);

static void servers_schedule(struct campus_servers *servers)
{
	uint64_t now = campus_ldap_now_msecs();
	uint64_t next = server_choice_next(&servers->choice);

	timeout_remove(&servers->to_tend);
	if (!servers->tended || next == UINT64_MAX)
		return;
	servers->to_tend =
		timeout_add_short(next > now ? (unsigned int)(next - now) : 0,
				  servers_tend, servers);
}

static void servers_tend(struct campus_servers *servers)
{
	struct server_choice *choice = &servers->choice;
	uint64_t now = campus_ldap_now_msecs();
	unsigned int idx;

	while (server_choice_settle(choice, now, &idx)) {
		struct event_passthrough *e =
			event_create_passthrough(servers->servers[idx].event)
				->set_name("campus_server_preferred");
		e_info(e->event(),
		       "The server has held out and has its place again");
	}
	for (idx = 0; idx < choice->count; idx++) {
		if (server_choice_may_check(choice, idx, now, i_rand()))
			campus_ldap_check(servers->servers[idx].ldap);
	}
	servers_schedule(servers);
}

/* Whoever is at a server that is down and has another one to go to goes there
   now: nobody waits for the time-out that somebody else has seen. */
static void servers_move(struct campus_servers *servers)
{
	struct campus_visit *visit;

	timeout_remove(&servers->to_move);
	/* A login that begins again may end others, which wait for its result
	   (campus-attempt.h). */
	servers->moving = servers->visits_head;
	while ((visit = servers->moving) != NULL) {
		servers->moving = visit->next;
		if (visit->again != NULL &&
		    servers->choice.servers[visit->idx].down &&
		    campus_visit_next(visit))
			visit->again(visit->context);
	}
}

/* From within campus-ldap: so nothing is asked or ended here. */
static void server_changed(bool down, void *context)
{
	struct campus_server *server = context;
	struct campus_servers *servers = server->servers;
	unsigned int idx = (unsigned int)(server - servers->servers);
	uint64_t now = campus_ldap_now_msecs();

	if (down)
		server_choice_went_down(&servers->choice, idx, now);
	else
		server_choice_came_up(&servers->choice, idx, now);
	if (servers->to_move == NULL)
		servers->to_move = timeout_add_short(0, servers_move, servers);
	servers_schedule(servers);
}

static int server_init(struct campus_server *server,
		       struct campus_ldap_settings *ldap_set,
		       struct event *event_parent, const char **error_r)
{
	server->event = event_create(event_parent);
	event_set_append_log_prefix(
		server->event,
		t_strdup_printf("campus: ldap(%s): ", ldap_set->uri));
	event_add_str(server->event, "server", ldap_set->uri);
	ldap_set->context = server;
	return campus_ldap_init(ldap_set, server->event, &server->ldap,
				error_r);
}

int campus_servers_init(const struct campus_settings *set,
			struct event *event_parent,
			struct campus_servers **servers_r, const char **error_r)
{
	struct campus_servers *servers = i_new(struct campus_servers, 1);
	struct campus_ldap_settings ldap_set = {
		.starttls = set->starttls,
		.tls_ca_file = set->tls_ca_file,
		.service_dn = set->service_dn,
		.service_password = set->service_password,
		.dns_client_socket_path = DNS_CLIENT_SOCKET,
		.search_connections = set->search_connections,
		.bind_connections = set->bind_connections,
		.queue_size = set->queue_size * REQUESTS_PER_LOGIN,
		.connect_timeout_msecs = set->connect_timeout_msecs,
		.operation_timeout_msecs = set->operation_timeout_msecs,
		.changed = server_changed,
	};
	unsigned int count = str_array_length(set->servers);

	server_choice_init(&servers->choice, set->server_order, count,
			   campus_ldap_now_msecs());
	servers->servers = i_new(struct campus_server, count);
	for (unsigned int i = 0; i < count; i++) {
		servers->servers[i].servers = servers;
		ldap_set.uri = set->servers[i];
		if (server_init(&servers->servers[i], &ldap_set, event_parent,
				error_r) < 0) {
			campus_servers_deinit(&servers);
			return -1;
		}
	}
	*servers_r = servers;
	return 0;
}

/* The end of a login at one server may let another one go on that asks the
   next (campus-attempt.h). */
void campus_servers_close(struct campus_servers *servers)
{
	bool any;

	servers->closing = TRUE;
	do {
		any = FALSE;
		for (unsigned int i = 0; i < servers->choice.count; i++) {
			struct campus_ldap *ldap = servers->servers[i].ldap;

			if (ldap != NULL && campus_ldap_close(ldap))
				any = TRUE;
		}
	} while (any);
}

void campus_servers_deinit(struct campus_servers **_servers)
{
	struct campus_servers *servers = *_servers;

	*_servers = NULL;
	if (servers == NULL)
		return;
	campus_servers_close(servers);
	for (unsigned int i = 0; i < servers->choice.count; i++) {
		struct campus_server *server = &servers->servers[i];

		if (server->ldap != NULL)
			campus_ldap_deinit(&server->ldap);
		event_unref(&server->event);
	}
	/* lists that have not been ended yet */
	while (servers->visits_head != NULL)
		campus_visit_end(servers->visits_head);
	timeout_remove(&servers->to_move);
	timeout_remove(&servers->to_tend);
	i_free(servers->servers);
	i_free(servers);
}

void campus_servers_warm_up(struct campus_servers *servers)
{
	for (unsigned int i = 0; i < servers->choice.count; i++)
		campus_ldap_warm_up(servers->servers[i].ldap);
	servers->tended = TRUE;
	servers_schedule(servers);
}

unsigned int campus_servers_count(const struct campus_servers *servers)
{
	return servers->choice.count;
}

void campus_servers_state(const struct campus_servers *servers,
			  unsigned int idx, struct server_state *state_r)
{
	const struct server_choice_server *server =
		&servers->choice.servers[idx];
	uint64_t over = server->since + server->trial_msecs;
	uint64_t now = campus_ldap_now_msecs();

	campus_ldap_state(servers->servers[idx].ldap, state_r);
	if (server->on_trial) {
		state_r->word = SERVER_STATE_TRIAL;
		state_r->next_msecs = over > now ? over - now : 0;
	}
}

static bool visit_pick(struct campus_visit *visit)
{
	struct campus_servers *servers = visit->servers;
	/* i_rand() asks the kernel each time */
	uint32_t random = servers->choice.count > 1 ? i_rand() : 0;
	int idx = server_choice_pick(&servers->choice, visit->tried, random);

	if (idx < 0)
		return FALSE;
	visit->idx = (unsigned int)idx;
	visit->tried |= UINT32_C(1) << idx;
	visit->ldap = servers->servers[idx].ldap;
	return TRUE;
}

void campus_visit_begin(struct campus_visit *visit,
			struct campus_servers *servers,
			campus_visit_callback_t *again, void *context)
{
	i_zero(visit);
	visit->servers = servers;
	visit->again = again;
	visit->context = context;
	DLLIST2_APPEND(&servers->visits_head, &servers->visits_tail, visit);
	if (!visit_pick(visit))
		i_unreached();
}

bool campus_visit_next(struct campus_visit *visit)
{
	return visit->again != NULL && visit->servers != NULL &&
	       !visit->servers->closing && visit_pick(visit);
}

void campus_visit_stay(struct campus_visit *visit)
{
	visit->again = NULL;
}

void campus_visit_end(struct campus_visit *visit)
{
	struct campus_servers *servers = visit->servers;

	if (servers != NULL) {
		if (servers->moving == visit)
			servers->moving = visit->next;
		DLLIST2_REMOVE(&servers->visits_head, &servers->visits_tail,
			       visit);
	}
	visit->servers = NULL;
}
