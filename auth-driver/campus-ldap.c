/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One directory server: its connections, and the requests that wait for them.
 */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "ioloop.h"
#include "llist.h"
#include "log-escape.h"
#include "safe-memset.h"
#include "server-health.h"
#include "campus-ldap.h"
#include "campus-ldap-transport.h"

#include <time.h>

/* slapd closes a connection with more than conn_max_pending_auth (1000)
   requests that it has not begun. */
#define SEARCH_MAX_IN_FLIGHT 200
/* More than that on each connection: use another one. */
#define SEARCH_GROW_IN_FLIGHT 16
/* A burst of logins shall not become a burst of as many TLS handshakes. */
#define MAX_CONNECTING 8
/* Connections of a pool that nobody needed for so long are closed. */
#define POOL_IDLE_MSECS (60 * 1000)
/* One answer that is not paged has no more entries. */
#define MAX_ENTRIES 10000
/* So long a request waits while the server is known to be down. */
#define DOWN_WAIT_MSECS 100
/* Where our own bind is refused we do not hammer: the directory might lock the
   service account. Logins still make attempts. */
#define REFUSED_PROBE_MSECS (10 * 1000)

enum conn_use {
	/* carries many searches at once */
	CONN_USE_SEARCH,
	/* carries one paged search */
	CONN_USE_PAGES,
	/* carries one person's bind */
	CONN_USE_BIND,
	CONN_USE_COUNT
};

static const struct conn_rule {
	const char *what;
	unsigned int max_in_flight;
	bool service_bind;
	bool may_idle_out;
} conn_rules[CONN_USE_COUNT] = {
	[CONN_USE_SEARCH] = { "search", SEARCH_MAX_IN_FLIGHT, TRUE, FALSE },
	[CONN_USE_PAGES] = { "paged search", 1, TRUE, TRUE },
	[CONN_USE_BIND] = { "bind", 1, FALSE, TRUE },
};

enum request_state {
	/* in ldap->waiting[use] */
	REQUEST_WAITING,
	/* in conn->requests, the server has to answer */
	REQUEST_SENT,
	/* in ldap->done: the callback is to be called */
	REQUEST_DONE,
	/* in ldap->held: between two pages, the caller has to say what next */
	REQUEST_HELD
};

struct campus_ldap_request {
	struct campus_ldap_request *prev, *next;
	struct campus_ldap *ldap;
	pool_t pool;
	enum conn_use use;
	enum request_state state;
	campus_ldap_callback_t *callback;
	void *context;

	/* a copy in our pool */
	struct campus_ldap_search search;
	/* a bind */
	const char *dn;
	char *password;

	unsigned int timeout_msecs;
	uint64_t deadline, sent;
	struct timeout *to;
	/* sent there; with more pages to come it stays */
	struct ldap_conn *conn;
	int msgid;
	/* where the next page begins */
	struct berval *cookie;
	bool retried;

	/* what is told to the callback */
	struct campus_ldap_answer answer;
	pool_t entries_pool;
	ARRAY_TYPE(directory_entry) entries;
	/* the answer cannot be used, and why */
	const char *malformed;

	/* the callback is running, and what it asked for */
	bool in_callback, aborted, wants_page;
};

struct ldap_conn {
	struct ldap_conn *prev, *next;
	struct campus_ldap *ldap;
	enum conn_use use;
	struct campus_ldap_transport *transport;
	/* it may carry requests */
	bool ready;
	uint64_t created;
	int service_msgid;
	struct campus_ldap_request *requests_head, *requests_tail;
	/* a paged search that has more */
	struct campus_ldap_request *held;
	unsigned int in_flight;
	/* something was answered on it */
	bool used;
	/* something was received since it was idle */
	bool received;
	/* for the service account's bind, or for having nothing to do */
	struct timeout *to;
};

struct request_list {
	struct campus_ldap_request *head, *tail;
	unsigned int count;
};

struct campus_ldap {
	struct campus_ldap_settings set;
	struct event *event;
	char *host;
	in_port_t port;
	struct ssl_ctx_st *tls;

	/* the one used last first */
	struct ldap_conn *conns[CONN_USE_COUNT];
	unsigned int conns_count[CONN_USE_COUNT];
	unsigned int connecting_count[CONN_USE_COUNT];

	struct request_list waiting[CONN_USE_COUNT];
	struct request_list done, held;
	struct timeout *to_deliver;
	bool delivering, closing;

	struct server_health health;
	uint64_t last_success;
	struct timeout *to_probe;
	/* while down: why */
	enum directory_outcome down_outcome;
	char *down_error;
};

static void ldap_dispatch(struct campus_ldap *ldap);
static void ldap_deliver(struct campus_ldap *ldap);
static void request_timeout(struct campus_ldap_request *request);

static void conn_idle(struct ldap_conn *conn);
static void ldap_success(struct campus_ldap *ldap);
static void ldap_trouble(struct campus_ldap *ldap, uint64_t since, bool attempt,
			 enum directory_outcome outcome, const char *error);

static uint64_t now_msecs(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		i_fatal("clock_gettime() failed: %m");
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/*
 * Requests
 */

static void request_list_append(struct request_list *list,
				struct campus_ldap_request *request)
{
	DLLIST2_APPEND(&list->head, &list->tail, request);
	list->count++;
}

static void request_list_remove(struct request_list *list,
				struct campus_ldap_request *request)
{
	DLLIST2_REMOVE(&list->head, &list->tail, request);
	list->count--;
}

static void request_set_timer(struct campus_ldap_request *request,
			      uint64_t deadline)
{
	uint64_t now = now_msecs();
	unsigned int msecs =
		deadline > now ? (unsigned int)(deadline - now) : 0;

	timeout_remove(&request->to);
	request->to = timeout_add_short(msecs, request_timeout, request);
}

/* The connection has one thing less to do. */
static void request_leave_conn(struct campus_ldap_request *request)
{
	struct ldap_conn *conn = request->conn;

	if (conn == NULL)
		return;
	if (conn->held == request)
		conn->held = NULL;
	else {
		DLLIST2_REMOVE(&conn->requests_head, &conn->requests_tail,
			       request);
	}
	request->conn = NULL;
	if (--conn->in_flight == 0)
		conn_idle(conn);
}

/* Take the request out of wherever it is. */
static void request_unlink(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;

	timeout_remove(&request->to);
	request_leave_conn(request);
	switch (request->state) {
	case REQUEST_WAITING:
		request_list_remove(&ldap->waiting[request->use], request);
		break;
	case REQUEST_SENT:
		break;
	case REQUEST_DONE:
		request_list_remove(&ldap->done, request);
		break;
	case REQUEST_HELD:
		request_list_remove(&ldap->held, request);
		break;
	}
}

/* The request, in no list now, will get its callback from the ioloop. */
static void request_done(struct campus_ldap_request *request,
			 enum directory_outcome outcome, const char *error)
{
	struct campus_ldap *ldap = request->ldap;

	if (outcome != DIRECTORY_OUTCOME_ANSWERED) {
		request->answer.more = FALSE;
		array_clear(&request->entries);
	}
	request->answer.result.outcome = outcome;
	request->answer.error = outcome == DIRECTORY_OUTCOME_ANSWERED ?
					"" :
					p_strdup_printf(request->pool, "%s: %s",
							ldap->set.uri, error);
	request->state = REQUEST_DONE;
	request_list_append(&ldap->done, request);
	if (ldap->to_deliver == NULL)
		ldap->to_deliver = timeout_add_short(0, ldap_deliver, ldap);
}

static void request_fail(struct campus_ldap_request *request,
			 enum directory_outcome outcome, const char *error)
{
	request_unlink(request);
	request_done(request, outcome, error);
}

static void request_answered(struct campus_ldap_request *request)
{
	struct ldap_conn *conn = request->conn;

	if (request->malformed != NULL) {
		request_fail(request, DIRECTORY_OUTCOME_TRANSPORT,
			     request->malformed);
		return;
	}
	if (request->answer.more) {
		/* The next page is known only where this one came from. */
		timeout_remove(&request->to);
		DLLIST2_REMOVE(&conn->requests_head, &conn->requests_tail,
			       request);
		conn->held = request;
	} else {
		request_unlink(request);
	}
	request_done(request, DIRECTORY_OUTCOME_ANSWERED, "");
}

/* Begin with no entries. */
static void request_reset_answer(struct campus_ldap_request *request)
{
	pool_unref(&request->entries_pool);
	request->entries_pool =
		pool_alloconly_create("campus ldap entries", 1024);
	p_array_init(&request->entries, request->entries_pool, 4);
	request->answer.entries = &request->entries;
	request->answer.referrals = FALSE;
	request->answer.more = FALSE;
}

static void request_free(struct campus_ldap_request *request)
{
	if (request->password != NULL)
		safe_memset(request->password, 0, strlen(request->password));
	ber_bvfree(request->cookie);
	pool_unref(&request->entries_pool);
	pool_unref(&request->pool);
}

/*
 * Sending
 */

/* libldap keeps its own encoded copy of a bind until the answer is there, and
   frees it without wiping. That copy is out of reach. */
static int request_send_bind(LDAP *ld, struct campus_ldap_request *request)
{
	LDAPControl ppolicy = { .ldctl_oid =
					LDAP_CONTROL_PASSWORDPOLICYREQUEST };
	LDAPControl *controls[] = { &ppolicy, NULL };
	struct berval password = {
		.bv_len = strlen(request->password),
		.bv_val = request->password,
	};

	return ldap_sasl_bind(ld, request->dn, LDAP_SASL_SIMPLE, &password,
			      controls, NULL, &request->msgid);
}

static int request_send_search(LDAP *ld, struct campus_ldap_request *request)
{
	const struct campus_ldap_search *search = &request->search;
	LDAPControl paged = { .ldctl_oid = LDAP_CONTROL_PAGEDRESULTS,
			      .ldctl_iscritical = 1 };
	LDAPControl *controls[] = { &paged, NULL };
	int ret;

	if (search->page_size > 0) {
		ret = ldap_create_page_control_value(
			ld, (ber_int_t)search->page_size, request->cookie,
			&paged.ldctl_value);
		if (ret != LDAP_SUCCESS)
			return ret;
	}
	/* The cast: libldap does not write there. */
	ret = ldap_search_ext(ld, search->base,
			      search->base_only ? LDAP_SCOPE_BASE :
						  LDAP_SCOPE_SUBTREE,
			      search->filter, (char **)search->attributes, 0,
			      search->page_size > 0 ? controls : NULL, NULL,
			      NULL, (int)search->size_limit, &request->msgid);
	ldap_memfree(paged.ldctl_value.bv_val);
	return ret;
}

/* Send a request that is in no list. */
static void conn_send(struct ldap_conn *conn,
		      struct campus_ldap_request *request)
{
	LDAP *ld = campus_ldap_transport_handle(conn->transport);
	int ret;

	ret = request->use == CONN_USE_BIND ? request_send_bind(ld, request) :
					      request_send_search(ld, request);
	if (ret != LDAP_SUCCESS) {
		/* a filter that does not parse, no memory */
		request_done(request, DIRECTORY_OUTCOME_TRANSPORT,
			     t_strdup_printf("libldap refuses the request: %s",
					     ldap_err2string(ret)));
		return;
	}
	timeout_remove(&conn->to);
	if (conn->in_flight++ == 0)
		conn->received = FALSE;
	request->conn = conn;
	DLLIST2_APPEND(&conn->requests_head, &conn->requests_tail, request);
	request->state = REQUEST_SENT;
	request->sent = now_msecs();
	request_set_timer(
		request,
		I_MIN(request->deadline,
		      request->sent + conn->ldap->set.operation_timeout_msecs));
	campus_ldap_transport_flush(conn->transport);
}

static void conn_abandon(struct ldap_conn *conn, int msgid)
{
	(void)ldap_abandon_ext(campus_ldap_transport_handle(conn->transport),
			       msgid, NULL, NULL);
	campus_ldap_transport_flush(conn->transport);
}

/*
 * Reading
 */

static struct campus_ldap_request *
conn_find_request(const struct ldap_conn *conn, int msgid)
{
	struct campus_ldap_request *request;

	for (request = conn->requests_head; request != NULL;
	     request = request->next) {
		if (request->msgid == msgid)
			return request;
	}
	return NULL;
}

/* error is a constant */
static void request_malformed(struct campus_ldap_request *request,
			      const char *error)
{
	if (request->malformed == NULL)
		request->malformed = error;
}

static void request_read_entry(struct campus_ldap_request *request, LDAP *ld,
			       LDAPMessage *message)
{
	struct directory_entry *entry;
	BerElement *ber = NULL;
	struct berval dn, name, *values;
	int ret;

	ret = ldap_get_dn_ber(ld, message, &ber, &dn);
	if (ret != LDAP_SUCCESS || memchr(dn.bv_val, '\0', dn.bv_len) != NULL) {
		request_malformed(
			request, "The server sent an entry without a valid DN");
		ber_free(ber, 0);
		return;
	}
	entry = directory_entry_create(request->entries_pool,
				       t_strndup(dn.bv_val, dn.bv_len));
	while ((ret = ldap_get_attribute_ber(ld, message, ber, &name,
					     &values)) == LDAP_SUCCESS &&
	       name.bv_val != NULL) {
		const char *attribute = t_strndup(name.bv_val, name.bv_len);

		for (unsigned int i = 0;
		     values != NULL && values[i].bv_val != NULL; i++) {
			directory_entry_add(request->entries_pool, entry,
					    attribute, values[i].bv_val,
					    values[i].bv_len);
		}
		ber_memfree(values);
	}
	ber_free(ber, 0);
	if (ret != LDAP_SUCCESS) {
		request_malformed(
			request,
			"The server sent an entry that cannot be read");
		return;
	}
	array_push_back(&request->entries, entry);
}

/* The ppolicy response control; without one: no error. */
static int result_read_ppolicy(LDAP *ld, LDAPControl **controls, int *error_r)
{
	LDAPPasswordPolicyError error = PP_noError;
	LDAPControl *control;

	*error_r = DIRECTORY_PPOLICY_NONE;
	control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE,
				    controls, NULL);
	if (control == NULL)
		return 0;
	if (ldap_parse_passwordpolicy_control(ld, control, NULL, NULL,
					      &error) != LDAP_SUCCESS)
		return -1;
	if (error != PP_noError)
		*error_r = (int)error;
	return 0;
}

/* The cookie of the next page. A server that ignored our critical control has
   perhaps not told all: -1. */
static int result_read_page(LDAP *ld, LDAPControl **controls,
			    struct campus_ldap_request *request)
{
	struct berval cookie = { .bv_len = 0 };
	ber_int_t estimate;
	LDAPControl *control;

	ber_bvfree(request->cookie);
	request->cookie = NULL;
	control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (control == NULL ||
	    ldap_parse_pageresponse_control(ld, control, &estimate, &cookie) !=
		    LDAP_SUCCESS)
		return -1;
	if (cookie.bv_len > 0)
		request->cookie = ber_bvdup(&cookie);
	ber_memfree(cookie.bv_val);
	request->answer.more = request->cookie != NULL;
	return 0;
}

static void request_read_controls(struct campus_ldap_request *request, LDAP *ld,
				  LDAPControl **controls)
{
	struct directory_bind_answer *result = &request->answer.result;

	if (request->use == CONN_USE_BIND) {
		if (result_read_ppolicy(ld, controls, &result->ppolicy_error) <
		    0) {
			request_malformed(request,
					  "The server's password policy control"
					  " cannot be read");
		}
	} else if (request->use == CONN_USE_PAGES &&
		   result->code == LDAP_SUCCESS) {
		if (result_read_page(ld, controls, request) < 0) {
			request_malformed(request,
					  "The server's paged results control"
					  " cannot be read");
		}
	}
}

/* The end of an answer. Returns NULL, or what it says against the server. */
static const char *request_read_result(struct campus_ldap_request *request,
				       LDAP *ld, LDAPMessage *message)
{
	struct directory_bind_answer *result = &request->answer.result;
	LDAPControl **controls = NULL;
	char *diagnostic = NULL;
	int code;

	if (ldap_parse_result(ld, message, &code, NULL, &diagnostic, NULL,
			      &controls, 0) != LDAP_SUCCESS) {
		request_malformed(request, "The server sent a result that "
					   "cannot be read");
	} else {
		result->code = code;
		if (diagnostic != NULL) {
			result->diagnostic =
				p_strdup(request->pool, diagnostic);
		}
		request_read_controls(request, ld, controls);
	}
	ldap_memfree(diagnostic);
	ldap_controls_free(controls);
	request_answered(request);

	if (result->code != DIRECTORY_CODE_BUSY &&
	    result->code != DIRECTORY_CODE_UNAVAILABLE)
		return NULL;
	return t_strdup_printf("The server says: %s (%s)",
			       ldap_err2string(result->code),
			       log_escape(result->diagnostic));
}

static const char *conn_read_answer(struct ldap_conn *conn, LDAP *ld,
				    LDAPMessage *message)
{
	struct campus_ldap_request *request;
	int type = ldap_msgtype(message);

	request = conn_find_request(conn, ldap_msgid(message));
	if (request == NULL) {
		/* abandoned */
		return NULL;
	}
	if (request->use == CONN_USE_BIND) {
		return type != LDAP_RES_BIND ?
			       NULL :
			       request_read_result(request, ld, message);
	}
	switch (type) {
	case LDAP_RES_SEARCH_ENTRY:
		if (array_count(&request->entries) < MAX_ENTRIES)
			request_read_entry(request, ld, message);
		else {
			request_fail(request, DIRECTORY_OUTCOME_LIMIT,
				     t_strdup_printf("The answer has more than "
						     "%u entries",
						     MAX_ENTRIES));
			conn_abandon(conn, request->msgid);
		}
		break;
	case LDAP_RES_SEARCH_REFERENCE:
		request->answer.referrals = TRUE;
		break;
	case LDAP_RES_SEARCH_RESULT:
		return request_read_result(request, ld, message);
	}
	return NULL;
}

/* Unsolicited: is it the notice of disconnection (RFC 4511 4.4.1)? Returns
   NULL, or why the connection ends. */
static const char *conn_read_notice(LDAP *ld, LDAPMessage *message)
{
	char *oid = NULL, *diagnostic = NULL;
	const char *error = NULL;
	int code = 0;

	if (ldap_parse_extended_result(ld, message, &oid, NULL, 0) !=
		    LDAP_SUCCESS ||
	    ldap_parse_result(ld, message, &code, NULL, &diagnostic, NULL, NULL,
			      0) != LDAP_SUCCESS)
		error = "The server sent a notice that cannot be read";
	else if (oid != NULL &&
		 strcmp(oid, LDAP_NOTICE_OF_DISCONNECTION) == 0) {
		error = t_strdup_printf("The server ends the connection: %s "
					"(%s)",
					ldap_err2string(code),
					log_escape(diagnostic));
	}
	ldap_memfree(oid);
	ldap_memfree(diagnostic);
	return error;
}

/*
 * Connections
 */

static unsigned int ldap_conn_limit(const struct campus_ldap *ldap,
				    enum conn_use use)
{
	return use == CONN_USE_SEARCH ? ldap->set.search_connections :
					ldap->set.bind_connections;
}

static void conn_free(struct ldap_conn *conn)
{
	struct campus_ldap *ldap = conn->ldap;

	i_assert(conn->requests_head == NULL);
	if (conn->held != NULL)
		conn->held->conn = NULL;
	DLLIST_REMOVE(&ldap->conns[conn->use], conn);
	ldap->conns_count[conn->use]--;
	if (!conn->ready)
		ldap->connecting_count[conn->use]--;
	timeout_remove(&conn->to);
	campus_ldap_transport_deinit(&conn->transport);
	i_free(conn);
}

static void conn_idle_timeout(struct ldap_conn *conn)
{
	e_debug(conn->ldap->event, "Closing an idle %s connection",
		conn_rules[conn->use].what);
	conn_free(conn);
}

/* It has nothing to do now. */
static void conn_idle(struct ldap_conn *conn)
{
	struct ldap_conn **list = &conn->ldap->conns[conn->use];

	if (!conn_rules[conn->use].may_idle_out)
		return;
	/* the next one to be taken: so the surplus gets old */
	DLLIST_REMOVE(list, conn);
	DLLIST_PREPEND(list, conn);
	timeout_remove(&conn->to);
	conn->to = timeout_add(POOL_IDLE_MSECS, conn_idle_timeout, conn);
}

/* May the request be sent once more, since it never got an answer begun?

   A server that restarts, or closes idle connections, closes while we send:
   that must not fail a login. So this is for a connection that has worked
   before, was idle when the request was sent, and ended without a byte more.
   For a bind it could mean in the worst case (the server worked on it and died
   before it answered) that one wrong password is counted twice; never that a
   wrong one is taken. A page that depends on an earlier one is not repeated. */
static bool conn_may_retry(const struct ldap_conn *conn,
			   const struct campus_ldap_request *request)
{
	return conn->used && !conn->received && !request->retried &&
	       request->cookie == NULL;
}

static void request_retry(struct campus_ldap_request *request)
{
	struct request_list *list = &request->ldap->waiting[request->use];

	request_unlink(request);
	request->retried = TRUE;
	request->state = REQUEST_WAITING;
	DLLIST2_PREPEND(&list->head, &list->tail, request);
	list->count++;
	request_set_timer(request, request->deadline);
}

/* The connection is over: what is on it ends with the outcome, unless it may be
   tried again. Returns how many ended. */
static unsigned int conn_close(struct ldap_conn *conn, bool may_retry,
			       enum directory_outcome outcome,
			       const char *error)
{
	struct campus_ldap_request *request;
	unsigned int ended = 0;

	/* from the last to the first: they go to the front of the queue */
	while ((request = conn->requests_tail) != NULL) {
		if (may_retry && conn_may_retry(conn, request))
			request_retry(request);
		else {
			request_fail(request, outcome, error);
			ended++;
		}
	}
	conn_free(conn);
	return ended;
}

/* The connection ended by itself. That counts against the server if somebody
   waited for an answer on it, or for the connection: one that a burst of logins
   asked for and that nobody needs any more says too little. */
static void conn_failed(struct ldap_conn *conn, enum directory_outcome outcome,
			const char *error)
{
	struct campus_ldap *ldap = conn->ldap;
	enum conn_use use = conn->use;
	bool attempt = !conn->ready;
	uint64_t since = attempt ? conn->created : now_msecs();
	bool counts = attempt &&
		      (use == CONN_USE_SEARCH || ldap->waiting[use].count > 0);

	error = t_strdup(error); /* may be the transport's */
	if (conn_close(conn, !ldap->health.down, outcome, error) > 0)
		counts = TRUE;
	if (counts)
		ldap_trouble(ldap, since, attempt, outcome, error);
	else
		e_debug(ldap->event, "A %s connection ended: %s",
			conn_rules[use].what, error);
	ldap_dispatch(ldap);
}

/* FALSE if it is not needed any more and is gone. */
static bool conn_ready(struct ldap_conn *conn)
{
	struct campus_ldap *ldap = conn->ldap;
	enum conn_use use = conn->use;

	timeout_remove(&conn->to);
	conn->ready = TRUE;
	conn->used = conn_rules[use].service_bind;
	ldap->connecting_count[use]--;
	if (conn_rules[use].service_bind)
		ldap_success(ldap);
	if (ldap->conns_count[use] - ldap->connecting_count[use] >
	    ldap_conn_limit(ldap, use)) {
		/* of probes that overlapped */
		conn_free(conn);
		return FALSE;
	}
	conn_idle(conn);
	ldap_dispatch(ldap);
	return TRUE;
}

static void conn_service_bind_timeout(struct ldap_conn *conn)
{
	conn_failed(conn, DIRECTORY_OUTCOME_TIMEOUT,
		    "No answer to the bind as campus_service_dn");
}

static void conn_service_bind(struct ldap_conn *conn)
{
	struct campus_ldap *ldap = conn->ldap;
	struct berval password = {
		.bv_len = strlen(ldap->set.service_password),
		.bv_val = (char *)ldap->set.service_password,
	};
	int ret;

	conn->to = timeout_add(ldap->set.operation_timeout_msecs,
			       conn_service_bind_timeout, conn);
	ret = ldap_sasl_bind(campus_ldap_transport_handle(conn->transport),
			     ldap->set.service_dn, LDAP_SASL_SIMPLE, &password,
			     NULL, NULL, &conn->service_msgid);
	if (ret != LDAP_SUCCESS) {
		conn_failed(conn, DIRECTORY_OUTCOME_TRANSPORT,
			    t_strdup_printf("libldap refuses our own bind: %s",
					    ldap_err2string(ret)));
		return;
	}
	campus_ldap_transport_flush(conn->transport);
}

/* Returns NULL if our own bind succeeded, else a sentence. */
static const char *conn_read_service_bind(struct ldap_conn *conn, LDAP *ld,
					  LDAPMessage *message,
					  enum directory_outcome *outcome_r)
{
	char *diagnostic = NULL;
	const char *error = NULL;
	int code;

	*outcome_r = DIRECTORY_OUTCOME_TRANSPORT;
	if (ldap_msgid(message) != conn->service_msgid ||
	    ldap_msgtype(message) != LDAP_RES_BIND ||
	    ldap_parse_result(ld, message, &code, NULL, &diagnostic, NULL, NULL,
			      0) != LDAP_SUCCESS)
		return "The answer to the bind as campus_service_dn makes no "
		       "sense";
	if (code == DIRECTORY_CODE_BUSY || code == DIRECTORY_CODE_UNAVAILABLE) {
		error = t_strdup_printf("The server says: %s (%s)",
					ldap_err2string(code),
					log_escape(diagnostic));
	} else if (code != LDAP_SUCCESS) {
		*outcome_r = DIRECTORY_OUTCOME_SERVICE_BIND;
		error = t_strdup_printf("The server refuses the bind as %s: %s "
					"(%s); check campus_service_dn and "
					"campus_service_password_file",
					conn->ldap->set.service_dn,
					ldap_err2string(code),
					log_escape(diagnostic));
	}
	ldap_memfree(diagnostic);
	return error;
}

static void conn_connected(struct ldap_conn *conn)
{
	if (conn_rules[conn->use].service_bind)
		conn_service_bind(conn);
	else
		(void)conn_ready(conn);
}

/* Read one message. Returns FALSE if the connection is gone. */
static bool conn_read_message(struct ldap_conn *conn, LDAPMessage *message)
{
	struct campus_ldap *ldap = conn->ldap;
	LDAP *ld = campus_ldap_transport_handle(conn->transport);
	enum directory_outcome outcome = DIRECTORY_OUTCOME_TRANSPORT;
	const char *error, *complaint = NULL;

	if (ldap_msgid(message) == LDAP_RES_UNSOLICITED)
		error = conn_read_notice(ld, message);
	else if (!conn->ready) {
		error = conn_read_service_bind(conn, ld, message, &outcome);
		if (error == NULL)
			return conn_ready(conn);
	} else {
		conn->received = TRUE;
		conn->used = TRUE;
		complaint = conn_read_answer(conn, ld, message);
		error = NULL;
	}
	if (complaint != NULL) {
		ldap_trouble(ldap, now_msecs(), FALSE,
			     DIRECTORY_OUTCOME_TRANSPORT, complaint);
	}
	if (error == NULL)
		return TRUE;
	conn_failed(conn, outcome, error);
	return FALSE;
}

static void conn_input(struct ldap_conn *conn)
{
	struct campus_ldap *ldap = conn->ldap;
	LDAPMessage *message;
	int ret;

	while ((ret = campus_ldap_transport_read(conn->transport, &message)) >
	       0) {
		bool alive = conn_read_message(conn, message);

		ldap_msgfree(message);
		if (!alive)
			return;
	}
	if (ret == 0)
		ldap_dispatch(ldap);
	else {
		conn_failed(conn, DIRECTORY_OUTCOME_TRANSPORT,
			    "The server sent what is no LDAP, or too large");
	}
}

static void conn_callback_connected(void *context)
{
	conn_connected(context);
}

static void conn_callback_input(void *context)
{
	conn_input(context);
}

static void conn_callback_failed(enum directory_outcome outcome,
				 const char *error, void *context)
{
	conn_failed(context, outcome, error);
}

static const struct campus_ldap_transport_callbacks conn_callbacks = {
	.connected = conn_callback_connected,
	.input = conn_callback_input,
	.failed = conn_callback_failed,
};

static void conn_create(struct campus_ldap *ldap, enum conn_use use)
{
	const struct campus_ldap_transport_settings set = {
		.event = ldap->event,
		.host = ldap->host,
		.port = ldap->port,
		.tls = ldap->tls,
		.starttls = ldap->set.starttls,
		.dns_client_socket_path = ldap->set.dns_client_socket_path,
		.timeout_msecs = ldap->set.connect_timeout_msecs,
	};
	struct ldap_conn *conn = i_new(struct ldap_conn, 1);

	e_debug(ldap->event, "Opening a %s connection", conn_rules[use].what);
	conn->ldap = ldap;
	conn->use = use;
	conn->created = now_msecs();
	DLLIST_PREPEND(&ldap->conns[use], conn);
	ldap->conns_count[use]++;
	ldap->connecting_count[use]++;
	conn->transport =
		campus_ldap_transport_init(&set, &conn_callbacks, conn);
}

/*
 * The server: which request goes where, and is it usable?
 */

static struct ldap_conn *ldap_find_conn(struct campus_ldap *ldap,
					enum conn_use use)
{
	struct ldap_conn *conn, *best = NULL;

	for (conn = ldap->conns[use]; conn != NULL; conn = conn->next) {
		if (conn->ready &&
		    conn->in_flight < conn_rules[use].max_in_flight &&
		    (best == NULL || conn->in_flight < best->in_flight))
			best = conn;
	}
	return best;
}

static bool ldap_wants_conn(struct campus_ldap *ldap, enum conn_use use)
{
	unsigned int connecting = ldap->connecting_count[use];
	struct ldap_conn *conn;

	if (ldap->conns_count[use] >= ldap_conn_limit(ldap, use))
		return FALSE;
	if (use == CONN_USE_SEARCH) {
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

	for (use = 0; use < CONN_USE_COUNT; use++)
		count += ldap->waiting[use].count;
	return count;
}

static void ldap_probe(struct campus_ldap *ldap);

/* While the server is down: when is the next attempt? */
static void ldap_schedule_probe(struct campus_ldap *ldap)
{
	uint64_t now = now_msecs();
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
	if (server_health_may_attempt(&ldap->health, now_msecs(),
				      ldap_waiting_count(ldap) > 0))
		conn_create(ldap, CONN_USE_SEARCH);
	ldap_schedule_probe(ldap);
}

static void ldap_dispatch(struct campus_ldap *ldap)
{
	struct campus_ldap_request *request;
	struct ldap_conn *conn;
	unsigned int use;

	if (ldap->health.down)
		return;
	for (use = 0; use < CONN_USE_COUNT; use++) {
		while ((request = ldap->waiting[use].head) != NULL &&
		       (conn = ldap_find_conn(ldap, use)) != NULL) {
			request_unlink(request);
			conn_send(conn, request);
		}
		while (ldap_wants_conn(ldap, use) &&
		       server_health_may_attempt(&ldap->health, now_msecs(),
						 TRUE))
			conn_create(ldap, use);
	}
}

static void ldap_log_trouble(struct campus_ldap *ldap, const char *error)
{
	unsigned int suppressed;

	if (!server_health_may_log(&ldap->health, now_msecs(), &suppressed))
		return;
	if (suppressed == 0)
		e_error(ldap->event, "%s", error);
	else {
		e_error(ldap->event, "%s (%u more errors were not logged)",
			error, suppressed);
	}
}

/* Something that counts against the server; an attempt to connect, or something
   else. If it began before the server was last known to be usable it says
   nothing. */
static void ldap_trouble(struct campus_ldap *ldap, uint64_t since, bool attempt,
			 enum directory_outcome outcome, const char *error)
{
	struct campus_ldap_request *request;
	bool went_down;
	unsigned int use;

	if (since < ldap->last_success || (ldap->health.down && !attempt)) {
		e_debug(ldap->event, "%s", error);
		return;
	}
	went_down = server_health_failure(&ldap->health, now_msecs(), i_rand());
	if (went_down || strcmp(error, ldap->down_error) != 0)
		ldap_log_trouble(ldap, error);
	i_free(ldap->down_error);
	ldap->down_error = i_strdup(error);
	ldap->down_outcome = outcome;
	/* Who waits has waited for what just failed. Who comes later gets
	   DOWN_WAIT_MSECS. */
	for (use = 0; went_down && use < CONN_USE_COUNT; use++) {
		while ((request = ldap->waiting[use].head) != NULL)
			request_fail(request, outcome, ldap->down_error);
	}
	ldap_schedule_probe(ldap);
}

static void ldap_success(struct campus_ldap *ldap)
{
	struct campus_ldap_request *request;
	unsigned int use;

	ldap->last_success = now_msecs();
	if (!server_health_success(&ldap->health))
		return;
	timeout_remove(&ldap->to_probe);
	e_info(ldap->event, "The server is usable again");
	/* no longer DOWN_WAIT_MSECS */
	for (use = 0; use < CONN_USE_COUNT; use++) {
		for (request = ldap->waiting[use].head; request != NULL;
		     request = request->next)
			request_set_timer(request, request->deadline);
	}
}

/*
 * Requests whose time is over
 */

static void request_timeout_waiting(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;

	if (!ldap->health.down) {
		request_fail(request, DIRECTORY_OUTCOME_TIMEOUT,
			     "No connection became free in time");
	} else if (ldap->down_outcome == DIRECTORY_OUTCOME_SERVICE_BIND) {
		request_fail(request, ldap->down_outcome, ldap->down_error);
	} else {
		request_fail(request, DIRECTORY_OUTCOME_NO_SERVER,
			     ldap->down_error);
	}
}

/* A bind cannot be abandoned: its connection goes. The server is blamed only
   when the binds of several people hang. */
static void request_timeout_bind(struct campus_ldap_request *request,
				 struct ldap_conn *conn, bool full,
				 const char *error)
{
	struct campus_ldap *ldap = request->ldap;
	uint64_t now = now_msecs();

	conn_free(conn);
	if (full && server_health_slow_bind(&ldap->health, now,
					    strcase_hash(request->dn))) {
		ldap_trouble(ldap, request->sent, FALSE,
			     DIRECTORY_OUTCOME_TIMEOUT, error);
	}
}

static void request_timeout_search(struct campus_ldap_request *request,
				   struct ldap_conn *conn, bool full,
				   const char *error)
{
	struct campus_ldap *ldap = request->ldap;

	if (!full)
		conn_abandon(conn, request->msgid);
	else {
		(void)conn_close(conn, FALSE, DIRECTORY_OUTCOME_TRANSPORT,
				 error);
		ldap_trouble(ldap, request->sent, FALSE,
			     DIRECTORY_OUTCOME_TIMEOUT, error);
	}
}

static void request_timeout(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;
	unsigned int limit = ldap->set.operation_timeout_msecs;
	unsigned int waited = (unsigned int)(now_msecs() - request->sent);
	struct ldap_conn *conn = request->conn;
	/* else much of its time went by before it was sent: that says nothing
	   about the server */
	bool full = waited >= limit;
	const char *error;

	if (request->state == REQUEST_WAITING) {
		request_timeout_waiting(request);
		return;
	}
	error = t_strdup_printf("No answer to a %s within %u ms",
				conn_rules[request->use].what,
				full ? limit : waited);
	request_fail(request, DIRECTORY_OUTCOME_TIMEOUT, error);
	if (request->use == CONN_USE_BIND)
		request_timeout_bind(request, conn, full, error);
	else
		request_timeout_search(request, conn, full, error);
	ldap_dispatch(ldap);
}

/*
 * What the caller sees
 */

/* Begin with a request that is in no list. */
static void request_start(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;
	uint64_t now = now_msecs();

	request->deadline = now + request->timeout_msecs;
	if (ldap->closing) {
		request_done(request, DIRECTORY_OUTCOME_NO_SERVER,
			     "The connection is being shut down");
		return;
	}
	if (ldap_waiting_count(ldap) >= ldap->set.queue_size) {
		request_done(request, DIRECTORY_OUTCOME_QUEUE_FULL,
			     t_strdup_printf("%u requests wait already; raise "
					     "campus_queue_size only if the "
					     "server can take more",
					     ldap->set.queue_size));
		return;
	}
	request->state = REQUEST_WAITING;
	request_list_append(&ldap->waiting[request->use], request);
	if (!ldap->health.down) {
		request_set_timer(request, request->deadline);
		ldap_dispatch(ldap);
	} else {
		request_set_timer(request, I_MIN(request->deadline,
						 now + DOWN_WAIT_MSECS));
		ldap_probe(ldap);
	}
}

static struct campus_ldap_request *
request_create(struct campus_ldap *ldap, enum conn_use use,
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
	request_reset_answer(request);
	return request;
}

struct campus_ldap_request *
campus_ldap_search(struct campus_ldap *ldap,
		   const struct campus_ldap_search *search,
		   campus_ldap_callback_t *callback, void *context)
{
	struct campus_ldap_request *request;

	request = request_create(
		ldap, search->page_size > 0 ? CONN_USE_PAGES : CONN_USE_SEARCH,
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

	request = request_create(ldap, CONN_USE_BIND, timeout_msecs, callback,
				 context);
	request->dn = p_strdup(request->pool, dn);
	request->password = p_strdup(request->pool, password);
	if (*dn == '\0' || *password == '\0') {
		/* RFC 4513 5.1: an anonymous bind, which succeeds */
		request_done(request, DIRECTORY_OUTCOME_TRANSPORT,
			     "A bind without DN or password is never sent");
	} else {
		request_start(request);
	}
	return request;
}

static void request_next_page(struct campus_ldap_request *request)
{
	struct ldap_conn *conn = request->conn;

	request_unlink(request);
	request_reset_answer(request);
	request->deadline = now_msecs() + request->timeout_msecs;
	if (conn != NULL)
		conn_send(conn, request);
	else {
		request_done(request, DIRECTORY_OUTCOME_TRANSPORT,
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
	struct ldap_conn *conn;
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
	sent = request->state == REQUEST_SENT;
	request_unlink(request);
	if (sent && request->use == CONN_USE_SEARCH)
		conn_abandon(conn, request->msgid);
	else if (sent) {
		/* a bind cannot be abandoned, and who knows the state of the
		   pages */
		conn_free(conn);
	}
	request_free(request);
	ldap_dispatch(ldap);
}

static void request_call(struct campus_ldap_request *request)
{
	request_list_remove(&request->ldap->done, request);
	request->state = REQUEST_HELD;
	request_list_append(&request->ldap->held, request);

	request->wants_page = FALSE;
	request->in_callback = TRUE;
	request->callback(&request->answer, request->context);
	request->in_callback = FALSE;

	if (request->aborted || !request->answer.more) {
		request_unlink(request);
		request_free(request);
	} else if (request->wants_page) {
		request_next_page(request);
	}
}

/* The only place where callbacks are called. */
static void ldap_deliver(struct campus_ldap *ldap)
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
	if (ldap->done.head != NULL && ldap->to_deliver == NULL)
		ldap->to_deliver = timeout_add_short(0, ldap_deliver, ldap);
}

bool campus_ldap_is_down(const struct campus_ldap *ldap)
{
	return ldap->health.down;
}

void campus_ldap_warm_up(struct campus_ldap *ldap)
{
	if (ldap->conns_count[CONN_USE_SEARCH] == 0 && !ldap->health.down &&
	    server_health_may_attempt(&ldap->health, now_msecs(), FALSE))
		conn_create(ldap, CONN_USE_SEARCH);
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
		     struct event *event_parent, struct campus_ldap **ldap_r,
		     const char **error_r)
{
	struct campus_ldap *ldap = i_new(struct campus_ldap, 1);

	i_assert(set->search_connections > 0 && set->bind_connections > 0);
	ldap->set = *set;
	ldap->event = event_create(event_parent);
	event_set_append_log_prefix(
		ldap->event, t_strdup_printf("campus: ldap(%s): ", set->uri));
	server_health_init(&ldap->health);
	if (ldap_check_settings(ldap, error_r) < 0) {
		ldap_free(ldap);
		return -1;
	}
	*ldap_r = ldap;
	return 0;
}

static void ldap_fail_all(struct request_list *list, const char *error)
{
	while (list->head != NULL)
		request_fail(list->head, DIRECTORY_OUTCOME_NO_SERVER, error);
}

void campus_ldap_deinit(struct campus_ldap **_ldap)
{
	struct campus_ldap *ldap = *_ldap;
	const char *error = "The connection is being shut down";
	unsigned int use;

	*_ldap = NULL;
	i_assert(!ldap->delivering);
	ldap->closing = TRUE;
	for (use = 0; use < CONN_USE_COUNT; use++) {
		ldap_fail_all(&ldap->waiting[use], error);
		while (ldap->conns[use] != NULL) {
			(void)conn_close(ldap->conns[use], FALSE,
					 DIRECTORY_OUTCOME_NO_SERVER, error);
		}
	}
	ldap_fail_all(&ldap->held, error);
	while (ldap->done.head != NULL)
		ldap_deliver(ldap);
	timeout_remove(&ldap->to_deliver);
	timeout_remove(&ldap->to_probe);
	ldap_free(ldap);
}
