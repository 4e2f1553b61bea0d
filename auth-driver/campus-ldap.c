/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One directory server: which request goes to which connection, is it usable,
   and what the rest of the module sees of it. */

#include "lib.h"
#include "array.h"
#include "ioloop.h"
#include "campus-ldap-private.h"
#include "campus-ldap-tls.h"

#include <time.h>

/* More than that on each search connection: use another one. */
#define SEARCH_GROW_IN_FLIGHT 16
/* A burst of logins shall not become a burst of as many TLS handshakes. */
#define MAX_CONNECTING 8
/* So long a request waits while the server is known to be down: the answer is
   there within 100 ms, also on a busy machine. */
#define DOWN_WAIT_MSECS 50
/* Where our own bind is refused we do not hammer: the directory might lock the
   service account. Logins still make attempts. */
#define REFUSED_PROBE_MSECS (10 * 1000)

uint64_t campus_ldap_now_msecs(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		i_fatal("clock_gettime() failed: %m");
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

unsigned int campus_ldap_conn_limit(const struct campus_ldap *ldap,
				    enum campus_ldap_use use)
{
	return use == CAMPUS_LDAP_USE_SEARCH ? ldap->set.search_connections :
					       ldap->set.bind_connections;
}

/*
 * The server: which request goes where, and is it usable?
 */

/* The first one that has little to do, so that what comes at once shares a
   packet; else the one that has least. */
static struct campus_ldap_conn *ldap_find_conn(struct campus_ldap *ldap,
					       enum campus_ldap_use use)
{
	struct campus_ldap_conn *conn, *best = NULL;

	for (conn = ldap->conns[use]; conn != NULL; conn = conn->next) {
		if (conn->ready &&
		    conn->in_flight <
			    campus_ldap_conn_rules[use].max_in_flight &&
		    (best == NULL || conn->in_flight < best->in_flight))
			best = conn;
		if (best != NULL && best->in_flight < SEARCH_GROW_IN_FLIGHT)
			break;
	}
	return best;
}

static bool ldap_wants_conn(struct campus_ldap *ldap, enum campus_ldap_use use)
{
	unsigned int connecting = ldap->connecting_count[use];
	struct campus_ldap_conn *conn;

	if (ldap->conns_count[use] >= campus_ldap_conn_limit(ldap, use))
		return FALSE;
	if (use == CAMPUS_LDAP_USE_SEARCH) {
		if (connecting > 0)
			return FALSE;
		conn = ldap_find_conn(ldap, use);
		return ldap->waiting[use].count > 0 ||
		       (conn != NULL &&
			conn->in_flight > SEARCH_GROW_IN_FLIGHT);
	}
	return connecting < MAX_CONNECTING &&
	       connecting < ldap->waiting[use].count;
}

static unsigned int ldap_waiting_count(const struct campus_ldap *ldap)
{
	unsigned int use, count = 0;

	for (use = 0; use < CAMPUS_LDAP_USE_COUNT; use++)
		count += ldap->waiting[use].count;
	return count;
}

static void ldap_probe(struct campus_ldap *ldap);

/* While the server is down: when is the next attempt? */
static void ldap_schedule_probe(struct campus_ldap *ldap)
{
	uint64_t now = campus_ldap_now_msecs();
	uint64_t when = server_health_next_attempt(&ldap->health);
	uint64_t last = ldap->health.last_attempt;

	if (ldap_waiting_count(ldap) > 0)
		when = I_MIN(when, last + SERVER_HEALTH_ATTEMPT_GAP_MSECS);
	else if (ldap->down_outcome == DIRECTORY_OUTCOME_SERVICE_BIND)
		when = I_MAX(when, last + REFUSED_PROBE_MSECS);
	timeout_remove(&ldap->to_probe);
	ldap->to_probe = timeout_add_short(
		when > now ? (unsigned int)(when - now) : 1, ldap_probe, ldap);
}

static void ldap_probe(struct campus_ldap *ldap)
{
	if (server_health_may_attempt(&ldap->health, campus_ldap_now_msecs(),
				      ldap_waiting_count(ldap) > 0))
		campus_ldap_conn_create(ldap, CAMPUS_LDAP_USE_SEARCH);
	ldap_schedule_probe(ldap);
}

void campus_ldap_dispatch(struct campus_ldap *ldap)
{
	struct campus_ldap_request *request;
	struct campus_ldap_conn *conn;
	unsigned int use;

	if (ldap->health.down)
		return;
	for (use = 0; use < CAMPUS_LDAP_USE_COUNT; use++) {
		while ((request = ldap->waiting[use].head) != NULL &&
		       (conn = ldap_find_conn(ldap, use)) != NULL) {
			campus_ldap_request_unlink(request);
			campus_ldap_conn_send(conn, request);
		}
		while (ldap_wants_conn(ldap, use) &&
		       server_health_may_attempt(&ldap->health,
						 campus_ldap_now_msecs(), TRUE))
			campus_ldap_conn_create(ldap, use);
	}
}

static void ldap_flush(struct campus_ldap *ldap)
{
	struct campus_ldap_conn *conn;
	unsigned int use = CAMPUS_LDAP_USE_COUNT;

	timeout_remove(&ldap->to_flush);
	/* binds first, which take the server longest */
	while (use-- > 0) {
		for (conn = ldap->conns[use]; conn != NULL; conn = conn->next) {
			if (!conn->unflushed)
				continue;
			conn->unflushed = FALSE;
			campus_ldap_transport_flush(conn->transport);
		}
	}
}

void campus_ldap_flush_soon(struct campus_ldap_conn *conn)
{
	struct campus_ldap *ldap = conn->ldap;

	conn->unflushed = TRUE;
	if (!ldap->delivering && ldap->to_flush == NULL)
		ldap->to_flush = timeout_add_short(0, ldap_flush, ldap);
}

/* At most one line a second: the others are for events and debugging only. */
static void ldap_log(struct campus_ldap *ldap, struct event *event, bool error,
		     const char *line)
{
	unsigned int suppressed;

	if (!server_health_may_log(&ldap->health, campus_ldap_now_msecs(),
				   &suppressed)) {
		e_debug(event, "%s", line);
		return;
	}
	if (suppressed > 0) {
		line = t_strdup_printf("%s (%u more lines were not logged)",
				       line, suppressed);
	}
	if (error)
		e_error(event, "%s", line);
	else
		e_info(event, "%s", line);
}

static void ldap_log_down(struct campus_ldap *ldap, const char *error)
{
	struct event_passthrough *e = event_create_passthrough(ldap->event)
					      ->set_name("campus_server_down")
					      ->add_str("error", error);

	ldap_log(ldap, e->event(), TRUE, error);
}

static void ldap_log_up(struct campus_ldap *ldap, uint64_t down_msecs)
{
	struct event_passthrough *e =
		event_create_passthrough(ldap->event)
			->set_name("campus_server_up")
			->add_int("down_msecs", (intmax_t)down_msecs);

	ldap_log(ldap, e->event(), FALSE, "The server is usable again");
}

/* Up or down since now. */
static void ldap_changed(struct campus_ldap *ldap)
{
	ldap->last_change = campus_ldap_now_msecs();
	ldap->set.changed(ldap->health.down, ldap->set.context);
}

void campus_ldap_trouble(struct campus_ldap *ldap, uint64_t since, bool attempt,
			 enum directory_outcome outcome, const char *error)
{
	struct campus_ldap_request *request;
	bool went_down;
	unsigned int use;

	if (since < (attempt ? ldap->last_success : ldap->last_change) ||
	    (ldap->health.down && !attempt)) {
		e_debug(ldap->event, "%s", error);
		return;
	}
	went_down = server_health_failure(&ldap->health,
					  campus_ldap_now_msecs(), i_rand());
	if (went_down)
		ldap_log_down(ldap, error);
	else if (strcmp(error, ldap->down_error) != 0)
		ldap_log(ldap, ldap->event, TRUE, error);
	i_free(ldap->down_error);
	ldap->down_error = i_strdup(error);
	ldap->down_outcome = outcome;
	/* Who waits has waited for what just failed. Who comes later gets
	   DOWN_WAIT_MSECS. */
	for (use = 0; went_down && use < CAMPUS_LDAP_USE_COUNT; use++) {
		while ((request = ldap->waiting[use].head) != NULL)
			campus_ldap_request_fail(request, outcome,
						 ldap->down_error);
	}
	ldap_schedule_probe(ldap);
	if (went_down)
		ldap_changed(ldap);
}

/* Connections from before it was down may lead to nobody, but for the one that
   just proved the opposite. */
static void ldap_drop_old_conns(struct campus_ldap *ldap,
				const struct campus_ldap_conn *proved)
{
	struct campus_ldap_conn *conn, *next;
	unsigned int use;

	for (use = 0; use < CAMPUS_LDAP_USE_COUNT; use++) {
		for (conn = ldap->conns[use]; conn != NULL; conn = next) {
			next = conn->next;
			if (conn != proved && conn->ready &&
			    conn->in_flight == 0 &&
			    conn->created < ldap->last_change)
				campus_ldap_conn_free(conn);
		}
	}
}

void campus_ldap_success(struct campus_ldap *ldap,
			 const struct campus_ldap_conn *conn)
{
	struct campus_ldap_request *request;
	unsigned int use;

	ldap->last_success = campus_ldap_now_msecs();
	if (!server_health_success(&ldap->health))
		return;
	timeout_remove(&ldap->to_probe);
	ldap_log_up(ldap, ldap->last_success - ldap->last_change);
	ldap_drop_old_conns(ldap, conn);
	ldap_changed(ldap);
	/* no longer DOWN_WAIT_MSECS */
	for (use = 0; use < CAMPUS_LDAP_USE_COUNT; use++) {
		for (request = ldap->waiting[use].head; request != NULL;
		     request = request->next)
			campus_ldap_request_set_timer(request,
						      request->deadline);
	}
}

/*
 * What the caller sees
 */

/* Begin with a request that is in no list. */
static void request_start(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;
	uint64_t now = campus_ldap_now_msecs();

	request->deadline = now + request->timeout_msecs;
	if (ldap->closing) {
		campus_ldap_request_done(request, DIRECTORY_OUTCOME_NO_SERVER,
					 "The connection is being shut down");
		return;
	}
	if (ldap_waiting_count(ldap) >= ldap->set.queue_size) {
		campus_ldap_request_done(
			request, DIRECTORY_OUTCOME_QUEUE_FULL,
			t_strdup_printf("%u requests wait already; raise "
					"campus_queue_size only if the "
					"server can take more",
					ldap->set.queue_size));
		return;
	}
	campus_ldap_request_wait(request);
	if (!ldap->health.down) {
		campus_ldap_dispatch(ldap);
		if (request->state == CAMPUS_LDAP_REQUEST_WAITING)
			campus_ldap_request_set_timer(request,
						      request->deadline);
	} else {
		campus_ldap_request_set_timer(
			request,
			I_MIN(request->deadline, now + DOWN_WAIT_MSECS));
		ldap_probe(ldap);
	}
}

static struct campus_ldap_request *
request_create(struct campus_ldap *ldap, enum campus_ldap_use use,
	       unsigned int timeout_msecs, campus_ldap_callback_t *callback,
	       void *context)
{
	struct campus_ldap_request *request;
	pool_t pool = pool_alloconly_create("campus ldap request", 1024);

	request = p_new(pool, struct campus_ldap_request, 1);
	request->pool = pool;
	request->ldap = ldap;
	request->use = use;
	request->timeout_msecs = timeout_msecs;
	request->callback = callback;
	request->context = context;
	request->answer.server = ldap->set.uri;
	request->answer.result.ppolicy_error = DIRECTORY_PPOLICY_NONE;
	request->answer.result.diagnostic = "";
	p_array_init(&request->entries, pool, 4);
	campus_ldap_request_reset_answer(request);
	return request;
}

struct campus_ldap_request *
campus_ldap_search(struct campus_ldap *ldap,
		   const struct campus_ldap_search *search,
		   campus_ldap_callback_t *callback, void *context)
{
	struct campus_ldap_request *request;

	request = request_create(ldap,
				 search->page_size > 0 ? CAMPUS_LDAP_USE_PAGES :
							 CAMPUS_LDAP_USE_SEARCH,
				 search->timeout_msecs, callback, context);
	request->search = *search;
	request->search.base = p_strdup(request->pool, search->base);
	request->search.filter = p_strdup(request->pool, search->filter);
	request->search.attributes =
		p_strarray_dup(request->pool, search->attributes);
	request_start(request);
	return request;
}

struct campus_ldap_request *
campus_ldap_bind(struct campus_ldap *ldap, const char *dn, const char *password,
		 unsigned int timeout_msecs, campus_ldap_callback_t *callback,
		 void *context)
{
	struct campus_ldap_request *request;

	request = request_create(ldap, CAMPUS_LDAP_USE_BIND, timeout_msecs,
				 callback, context);
	request->dn = p_strdup(request->pool, dn);
	request->password = p_strdup(request->pool, password);
	if (*dn == '\0' || *password == '\0') {
		/* RFC 4513 5.1: an anonymous bind, which succeeds */
		campus_ldap_request_done(
			request, DIRECTORY_OUTCOME_TRANSPORT,
			"A bind without DN or password is never sent");
	} else {
		request_start(request);
	}
	return request;
}

static void request_next_page(struct campus_ldap_request *request)
{
	struct campus_ldap_conn *conn = request->conn;

	campus_ldap_request_unlink(request);
	campus_ldap_request_reset_answer(request);
	request->deadline = campus_ldap_now_msecs() + request->timeout_msecs;
	if (conn != NULL)
		campus_ldap_conn_send(conn, request);
	else {
		campus_ldap_request_done(
			request, DIRECTORY_OUTCOME_TRANSPORT,
			"The connection was lost between two pages");
	}
}

void campus_ldap_next_page(struct campus_ldap_request *request)
{
	i_assert(request->answer.more);
	if (request->in_callback)
		request->wants_page = TRUE;
	else
		request_next_page(request);
}

void campus_ldap_abort(struct campus_ldap_request **_request)
{
	struct campus_ldap_request *request = *_request;
	struct campus_ldap_conn *conn;
	struct campus_ldap *ldap;
	bool sent;

	if (request == NULL)
		return;
	*_request = NULL;
	if (request->in_callback) {
		request->aborted = TRUE;
		return;
	}
	ldap = request->ldap;
	conn = request->conn;
	sent = request->state == CAMPUS_LDAP_REQUEST_SENT;
	campus_ldap_request_unlink(request);
	if (sent && request->use == CAMPUS_LDAP_USE_SEARCH)
		campus_ldap_conn_abandon(conn, request->msgid);
	else if (sent) {
		/* a bind cannot be abandoned, and who knows the state of the
		   pages */
		campus_ldap_conn_free(conn);
	}
	campus_ldap_request_free(request);
	campus_ldap_dispatch(ldap);
}

static void request_call(struct campus_ldap_request *request)
{
	campus_ldap_request_hold(request);
	request->wants_page = FALSE;
	request->in_callback = TRUE;
	request->callback(&request->answer, request->context);
	request->in_callback = FALSE;

	if (request->aborted || !request->answer.more) {
		campus_ldap_request_unlink(request);
		campus_ldap_request_free(request);
	} else if (request->wants_page) {
		request_next_page(request);
	}
}

/* The only place where callbacks are called. */
void campus_ldap_deliver(struct campus_ldap *ldap)
{
	/* not those that callbacks add */
	unsigned int left = ldap->done.count;

	timeout_remove(&ldap->to_deliver);
	ldap->delivering = TRUE;
	for (; left > 0 && ldap->done.head != NULL; left--)
		T_BEGIN
		{
			request_call(ldap->done.head);
		}
	T_END;
	ldap->delivering = FALSE;
	ldap_flush(ldap);
	if (ldap->done.head != NULL && ldap->to_deliver == NULL)
		ldap->to_deliver =
			timeout_add_short(0, campus_ldap_deliver, ldap);
}

bool campus_ldap_is_down(const struct campus_ldap *ldap)
{
	return ldap->health.down;
}

void campus_ldap_state(const struct campus_ldap *ldap,
		       struct server_state *state_r)
{
	uint64_t next = server_health_next_attempt(&ldap->health);
	const struct campus_ldap_conn *conn;
	unsigned int use;

	i_zero(state_r);
	state_r->server = ldap->set.uri;
	state_r->since_msecs = campus_ldap_now_msecs() - ldap->last_change;
	for (use = 0; use < CAMPUS_LDAP_USE_COUNT; use++) {
		state_r->connections +=
			ldap->conns_count[use] - ldap->connecting_count[use];
		for (conn = ldap->conns[use]; conn != NULL; conn = conn->next)
			state_r->in_flight += conn->in_flight;
	}
	state_r->waiting = ldap_waiting_count(ldap);
	state_r->why = "";
	if (!ldap->health.down) {
		state_r->word = SERVER_STATE_UP;
		return;
	}
	state_r->why = ldap->down_error;
	if (next > campus_ldap_now_msecs())
		state_r->next_msecs = next - campus_ldap_now_msecs();
}

void campus_ldap_warm_up(struct campus_ldap *ldap)
{
	if (ldap->conns_count[CAMPUS_LDAP_USE_SEARCH] == 0 &&
	    !ldap->health.down &&
	    server_health_may_attempt(&ldap->health, campus_ldap_now_msecs(),
				      FALSE))
		campus_ldap_conn_create(ldap, CAMPUS_LDAP_USE_SEARCH);
}

static void check_answer(const struct campus_ldap_answer *answer ATTR_UNUSED,
			 void *context)
{
	struct campus_ldap *ldap = context;

	ldap->check = NULL;
}

void campus_ldap_check(struct campus_ldap *ldap)
{
	static const char *const no_attributes[] = { "1.1", NULL };
	/* the root DSE, which may be refused: an answer it is */
	const struct campus_ldap_search search = {
		.base = "",
		.base_only = TRUE,
		.filter = "(objectClass=*)",
		.attributes = no_attributes,
		/* so that the operation's own time-out comes first */
		.timeout_msecs = ldap->set.connect_timeout_msecs +
				 ldap->set.operation_timeout_msecs + 1000,
	};

	if (ldap->check == NULL && !ldap->health.down)
		ldap->check =
			campus_ldap_search(ldap, &search, check_answer, ldap);
}

/* Only scheme, host and port. */
static int ldap_parse_uri(struct campus_ldap *ldap, bool *ldaps_r,
			  const char **error_r)
{
	const char *uri = ldap->set.uri;
	LDAPURLDesc *url = NULL;
	int ret = -1;

	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS) {
		*error_r = t_strdup_printf("'%s' is not an LDAP URI; write "
					   "ldap://HOST or ldaps://HOST:PORT",
					   uri);
		return -1;
	}
	*ldaps_r = strcasecmp(url->lud_scheme, "ldaps") == 0;
	if (!*ldaps_r && strcasecmp(url->lud_scheme, "ldap") != 0)
		*error_r = t_strdup_printf("'%s' begins with neither ldap:// "
					   "nor ldaps://",
					   uri);
	else if (url->lud_host == NULL || *url->lud_host == '\0')
		*error_r = t_strdup_printf("'%s' names no host", uri);
	else if ((url->lud_dn != NULL && *url->lud_dn != '\0') ||
		 url->lud_attrs != NULL || url->lud_filter != NULL ||
		 url->lud_exts != NULL)
		*error_r = t_strdup_printf("'%s' has more than a host and a "
					   "port",
					   uri);
	else if (url->lud_port <= 0 || url->lud_port > 65535)
		*error_r = t_strdup_printf("'%s' has no valid port", uri);
	else {
		ldap->host = i_strdup(url->lud_host);
		ldap->port = (in_port_t)url->lud_port;
		ret = 0;
	}
	ldap_free_urldesc(url);
	return ret;
}

static int ldap_check_settings(struct campus_ldap *ldap, const char **error_r)
{
	const struct campus_ldap_settings *set = &ldap->set;
	bool ldaps;

	if (*set->service_dn == '\0' || *set->service_password == '\0') {
		*error_r = "campus_service_dn and a password in "
			   "campus_service_password_file must be set";
		return -1;
	}
	if (ldap_parse_uri(ldap, &ldaps, error_r) < 0)
		return -1;
	if (ldaps)
		ldap->set.starttls = FALSE;
	if (!ldaps && !set->starttls)
		return 0;
	return campus_ldap_tls_init(set->tls_ca_file, &ldap->tls, error_r);
}

static void ldap_free(struct campus_ldap *ldap)
{
	if (ldap->tls != NULL)
		campus_ldap_tls_deinit(&ldap->tls);
	event_unref(&ldap->event);
	i_free(ldap->host);
	i_free(ldap->down_error);
	i_free(ldap);
}

int campus_ldap_init(const struct campus_ldap_settings *set,
		     struct event *event, struct campus_ldap **ldap_r,
		     const char **error_r)
{
	struct campus_ldap *ldap = i_new(struct campus_ldap, 1);

	i_assert(set->search_connections > 0 && set->bind_connections > 0);
	ldap->set = *set;
	ldap->event = event;
	event_ref(event);
	ldap->last_change = campus_ldap_now_msecs();
	server_health_init(&ldap->health);
	if (ldap_check_settings(ldap, error_r) < 0) {
		ldap_free(ldap);
		return -1;
	}
	*ldap_r = ldap;
	return 0;
}

static void ldap_fail_all(struct campus_ldap_request_list *list,
			  const char *error)
{
	while (list->head != NULL)
		campus_ldap_request_fail(list->head,
					 DIRECTORY_OUTCOME_NO_SERVER, error);
}

bool campus_ldap_close(struct campus_ldap *ldap)
{
	const char *error = "The connection is being shut down";
	unsigned int use;
	bool any;

	i_assert(!ldap->delivering);
	ldap->closing = TRUE;
	for (use = 0; use < CAMPUS_LDAP_USE_COUNT; use++) {
		ldap_fail_all(&ldap->waiting[use], error);
		while (ldap->conns[use] != NULL) {
			(void)campus_ldap_conn_close(
				ldap->conns[use], FALSE,
				DIRECTORY_OUTCOME_NO_SERVER, error);
		}
	}
	ldap_fail_all(&ldap->held, error);
	any = ldap->done.head != NULL;
	while (ldap->done.head != NULL)
		campus_ldap_deliver(ldap);
	return any;
}

void campus_ldap_deinit(struct campus_ldap **_ldap)
{
	struct campus_ldap *ldap = *_ldap;

	*_ldap = NULL;
	(void)campus_ldap_close(ldap);
	timeout_remove(&ldap->to_deliver);
	timeout_remove(&ldap->to_flush);
	timeout_remove(&ldap->to_probe);
	ldap_free(ldap);
}
