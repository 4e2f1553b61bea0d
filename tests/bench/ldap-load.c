/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The ceiling: sends the LDAP requests of our logins with nothing but libldap,
   as many logins at once as it is told.

   The plan of a login is a file with a line for each request:
     ROUND<tab>search<tab>BASE<tab>SCOPE<tab>FILTER<tab>ATTRIBUTE ATTRIBUTE …
     ROUND<tab>bind<tab>DN
   where {1} and {3} stand for fields of the login. The requests of a round go
   out together, those of the next when all of them are answered. */

#include "load.h"

#include <ldap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEARCH_CONNECTIONS 2
#define MAX_STEPS 64
#define MAX_ATTRIBUTES 32
/* more than ever are on one connection */
#define MAX_IN_FLIGHT 4096

struct step {
	int round, scope;
	const char *base, *filter;
	char *attributes[MAX_ATTRIBUTES + 1];
	bool bind;
};

struct session {
	struct session *next_waiting;
	const struct load_login *login;
	uint64_t began;
	unsigned int next_step, pending;
	const struct step *bind_step;
	bool right;
};

struct connection {
	LDAP *ld;
	unsigned int in_flight;
	struct session *by_msgid[MAX_IN_FLIGHT];
};

static struct load load;
static const char *uri, *service_dn, *service_password;
static bool starttls;
static struct step steps[MAX_STEPS];
static unsigned int steps_count;
static struct connection *connections;
static unsigned int connections_count;
/* sessions that wait for a connection to bind on */
static struct session *waiting_head, **waiting_tail = &waiting_head;
static unsigned int active;

static void check(int ret, const char *what)
{
	if (ret != LDAP_SUCCESS)
		load_die("%s: %s", what, ldap_err2string(ret));
}

static void read_plan(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0;
	char *line = NULL;

	if (file == NULL)
		load_die("%s: %m", path);
	while (getline(&line, &size, file) > 0) {
		struct step *step = &steps[steps_count++];
		char *rest = strdup(line), *word;
		int attributes = 0;

		if (steps_count == MAX_STEPS)
			load_die("%s: too many lines", path);
		rest[strcspn(rest, "\n")] = '\0';
		step->round = atoi(strsep(&rest, "\t"));
		step->bind = strcmp(strsep(&rest, "\t"), "bind") == 0;
		step->base = strsep(&rest, "\t");
		if (step->bind)
			continue;
		step->scope = atoi(strsep(&rest, "\t"));
		step->filter = strsep(&rest, "\t");
		while ((word = strsep(&rest, " ")) != NULL &&
		       attributes < MAX_ATTRIBUTES)
			step->attributes[attributes++] = word;
	}
	free(line);
	fclose(file);
}

/* Put the login's fields into a text of the plan. */
static void fill_in(const char *text, const struct load_login *login,
		    char *dest, size_t size)
{
	size_t used = 0;

	while (*text != '\0' && used + 1 < size) {
		if (text[0] == '{' && text[1] >= '1' && text[1] <= '3' &&
		    text[2] == '}') {
			used += (size_t)snprintf(dest + used, size - used, "%s",
						 login->fields[text[1] - '1']);
			text += 3;
		} else {
			dest[used++] = *text++;
		}
	}
	if (used >= size)
		load_die("too long: %s", text);
	dest[used] = '\0';
}

static struct connection *least_used(unsigned int first, unsigned int end)
{
	struct connection *best = &connections[first];

	for (unsigned int i = first + 1; i < end; i++) {
		if (connections[i].in_flight < best->in_flight)
			best = &connections[i];
	}
	return best;
}

static void sent(struct connection *conn, struct session *session, int msgid)
{
	struct session **place = &conn->by_msgid[msgid % MAX_IN_FLIGHT];

	if (*place != NULL)
		load_die("too many requests on one connection");
	*place = session;
	conn->in_flight++;
}

static void send_bind(struct session *session)
{
	struct connection *conn =
		least_used(SEARCH_CONNECTIONS, connections_count);
	const char *password = session->login->fields[1];
	struct berval cred = { .bv_val = (char *)password,
			       .bv_len = strlen(password) };
	LDAPControl ppolicy = { .ldctl_oid =
					LDAP_CONTROL_PASSWORDPOLICYREQUEST };
	LDAPControl *controls[] = { &ppolicy, NULL };
	char dn[1024];
	int msgid;

	if (conn->in_flight > 0) {
		session->next_waiting = NULL;
		*waiting_tail = session;
		waiting_tail = &session->next_waiting;
		return;
	}
	fill_in(session->bind_step->base, session->login, dn, sizeof(dn));
	check(ldap_sasl_bind(conn->ld, dn, LDAP_SASL_SIMPLE, &cred, controls,
			     NULL, &msgid),
	      "bind");
	sent(conn, session, msgid);
}

static void send_search(struct session *session, struct step *step)
{
	struct connection *conn = least_used(0, SEARCH_CONNECTIONS);
	char base[1024], filter[8192];
	int msgid;

	fill_in(step->base, session->login, base, sizeof(base));
	fill_in(step->filter, session->login, filter, sizeof(filter));
	check(ldap_search_ext(conn->ld, base, step->scope, filter,
			      step->attributes, 0, NULL, NULL, NULL, 0, &msgid),
	      "search");
	sent(conn, session, msgid);
}

static void session_round(struct session *session)
{
	int round = steps[session->next_step].round;

	while (session->next_step < steps_count &&
	       steps[session->next_step].round == round) {
		struct step *step = &steps[session->next_step++];

		session->pending++;
		if (step->bind) {
			session->bind_step = step;
			send_bind(session);
		} else {
			send_search(session, step);
		}
	}
}

static void session_begin(struct session *session)
{
	session->login = load_next(&load);
	if (session->login == NULL)
		return;
	active++;
	session->began = load_now();
	session->next_step = 0;
	session->right = true;
	session_round(session);
}

static void session_result(struct session *session, bool success)
{
	session->right = session->right && success;
	if (--session->pending > 0)
		return;
	if (session->next_step < steps_count) {
		session_round(session);
		return;
	}
	active--;
	load_done(&load, session->began, session->right,
		  session->login->fields[0]);
	session_begin(session);
}

static void connection_message(struct connection *conn, LDAPMessage *message)
{
	struct session **place =
		&conn->by_msgid[ldap_msgid(message) % MAX_IN_FLIGHT];
	struct session *session = *place;
	int code = -1;

	if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY ||
	    ldap_msgtype(message) == LDAP_RES_SEARCH_REFERENCE)
		return;
	check(ldap_parse_result(conn->ld, message, &code, NULL, NULL, NULL,
				NULL, 0),
	      "an answer");
	*place = NULL;
	conn->in_flight--;
	if (ldap_msgtype(message) == LDAP_RES_BIND && waiting_head != NULL) {
		struct session *next = waiting_head;

		waiting_head = next->next_waiting;
		if (waiting_head == NULL)
			waiting_tail = &waiting_head;
		send_bind(next);
	}
	session_result(session, code == LDAP_SUCCESS);
}

static void connection_input(struct connection *conn)
{
	struct timeval now = { .tv_sec = 0 };
	LDAPMessage *message;
	int ret;

	while ((ret = ldap_result(conn->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &now,
				  &message)) > 0) {
		connection_message(conn, message);
		ldap_msgfree(message);
	}
	if (ret < 0)
		load_die("the server closed the connection");
}

static void connection_open(struct connection *conn, bool service)
{
	const int version = LDAP_VERSION3;
	/* An anonymous bind opens the connection just as well. */
	const char *dn = service ? service_dn : "";
	const char *password = service ? service_password : "";
	struct berval cred = { .bv_val = (char *)password,
			       .bv_len = strlen(password) };

	check(ldap_initialize(&conn->ld, uri), uri);
	(void)ldap_set_option(conn->ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	if (starttls)
		check(ldap_start_tls_s(conn->ld, NULL, NULL), "StartTLS");
	check(ldap_sasl_bind_s(conn->ld, dn, LDAP_SASL_SIMPLE, &cred, NULL,
			       NULL, NULL),
	      "bind");
}

int main(int argc, char *argv[])
{
	struct pollfd *fds;
	struct session *sessions;
	unsigned int outstanding;

	if (argc != 10) {
		load_die("usage: ldap-load URI yes|no SERVICE-DN PASSWORD "
			 "BIND-CONNECTIONS PLAN OUTSTANDING SECONDS COUNT\n"
			 "(yes = StartTLS); input: lines of "
			 "FIELD1<tab>PASSWORD<tab>FIELD3");
	}
	uri = argv[1];
	starttls = strcmp(argv[2], "yes") == 0;
	service_dn = argv[3];
	service_password = argv[4];
	connections_count = SEARCH_CONNECTIONS + (unsigned int)atoi(argv[5]);
	read_plan(argv[6]);
	outstanding = (unsigned int)atoi(argv[7]);

	connections = calloc(connections_count, sizeof(*connections));
	fds = calloc(connections_count, sizeof(*fds));
	sessions = calloc(outstanding, sizeof(*sessions));
	for (unsigned int i = 0; i < connections_count; i++) {
		connection_open(&connections[i], i < SEARCH_CONNECTIONS);
		if (ldap_get_option(connections[i].ld, LDAP_OPT_DESC,
				    &fds[i].fd) != LDAP_SUCCESS)
			load_die("a connection without a socket");
		fds[i].events = POLLIN;
	}
	/* Who waits for this may move the server away before the logins come.
	 */
	printf("ready=1\n");
	fflush(stdout);
	load_init(&load, atof(argv[8]), strtoull(argv[9], NULL, 10));
	for (unsigned int i = 0; i < outstanding; i++)
		session_begin(&sessions[i]);
	while (active > 0) {
		if (poll(fds, connections_count, 60000) <= 0)
			load_die("no answer for a minute");
		for (unsigned int i = 0; i < connections_count; i++) {
			if (fds[i].revents != 0)
				connection_input(&connections[i]);
		}
	}
	load_report(&load);
	return 0;
}
