/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One connection to the directory server: from opening it through our own bind
   to the requests that it carries, and what its end means for them. */

#include "lib.h"
#include "array.h"
#include "ioloop.h"
#include "llist.h"
#include "log-escape.h"
#include "campus-ldap-private.h"

/* slapd closes a connection with more than conn_max_pending_auth (1000)
   requests that it has not begun. */
#define SEARCH_MAX_IN_FLIGHT 200
/* Connections of a pool that nobody needed for so long are closed. */
#define POOL_IDLE_MSECS (60 * 1000)
/* One answer has no more entries; of a paged search: one page. */
#define MAX_ENTRIES 10000

const struct campus_ldap_conn_rule campus_ldap_conn_rules[] = {
	[CAMPUS_LDAP_USE_SEARCH] = { "search", SEARCH_MAX_IN_FLIGHT, TRUE,
				     FALSE },
	[CAMPUS_LDAP_USE_PAGES] = { "paged search", 1, TRUE, TRUE },
	[CAMPUS_LDAP_USE_BIND] = { "bind", 1, FALSE, TRUE },
};

/* Send a request that is in no list. */
void campus_ldap_conn_send(struct campus_ldap_conn *conn,
			   struct campus_ldap_request *request)
{
	LDAP *ld = campus_ldap_transport_handle(conn->transport);
	int ret;

	ret = campus_ldap_message_send(ld, request);
	if (ret != LDAP_SUCCESS) {
		/* a filter that does not parse, no memory */
		campus_ldap_request_done(
			request, DIRECTORY_OUTCOME_TRANSPORT,
			t_strdup_printf("libldap refuses the request: %s",
					ldap_err2string(ret)));
		return;
	}
	timeout_remove(&conn->to);
	if (conn->in_flight++ == 0)
		conn->received = FALSE;
	request->conn = conn;
	DLLIST2_APPEND(&conn->requests_head, &conn->requests_tail, request);
	request->state = CAMPUS_LDAP_REQUEST_SENT;
	request->sent = campus_ldap_now_msecs();
	campus_ldap_request_set_timer(
		request,
		I_MIN(request->deadline,
		      request->sent + conn->ldap->set.operation_timeout_msecs));
	campus_ldap_flush_soon(conn);
}

void campus_ldap_conn_abandon(struct campus_ldap_conn *conn, int msgid)
{
	(void)ldap_abandon_ext(campus_ldap_transport_handle(conn->transport),
			       msgid, NULL, NULL);
	campus_ldap_flush_soon(conn);
}

static struct campus_ldap_request *
conn_find_request(const struct campus_ldap_conn *conn, int msgid)
{
	struct campus_ldap_request *request;

	for (request = conn->requests_head; request != NULL;
	     request = request->next) {
		if (request->msgid == msgid)
			return request;
	}
	return NULL;
}

/* A result came. Returns NULL, or what it says against the server. */
static const char *conn_read_result(LDAP *ld, LDAPMessage *message,
				    struct campus_ldap_request *request)
{
	const struct directory_bind_answer *result = &request->answer.result;

	campus_ldap_message_read_result(ld, message, request);
	campus_ldap_request_answered(request);
	if (result->code != DIRECTORY_CODE_BUSY &&
	    result->code != DIRECTORY_CODE_UNAVAILABLE)
		return NULL;
	return t_strdup_printf("The server says: %s (%s)",
			       ldap_err2string(result->code),
			       log_escape(result->diagnostic));
}

static void conn_read_entry(struct campus_ldap_conn *conn, LDAP *ld,
			    LDAPMessage *message,
			    struct campus_ldap_request *request)
{
	const char *error;

	if (array_count(&request->entries) >= MAX_ENTRIES)
		error = t_strdup_printf("The answer has more than %u entries",
					MAX_ENTRIES);
	else if (campus_ldap_message_read_entry(ld, message, request) < 0)
		error = "The answer is larger than any that makes sense";
	else
		return;
	campus_ldap_request_fail(request, DIRECTORY_OUTCOME_LIMIT, error);
	campus_ldap_conn_abandon(conn, request->msgid);
}

/* Returns NULL, or what the answer says against the server. *error_r is set if
   nothing more can be believed that comes on this connection. */
static const char *conn_read_answer(struct campus_ldap_conn *conn, LDAP *ld,
				    LDAPMessage *message, const char **error_r)
{
	struct campus_ldap_request *request;
	int type = ldap_msgtype(message);

	request = conn_find_request(conn, ldap_msgid(message));
	if (request == NULL) {
		/* abandoned */
		return NULL;
	}
	if (request->use == CAMPUS_LDAP_USE_BIND) {
		if (type == LDAP_RES_BIND)
			return conn_read_result(ld, message, request);
		*error_r = "The server answered a bind with something else";
		return NULL;
	}
	switch (type) {
	case LDAP_RES_SEARCH_ENTRY:
		conn_read_entry(conn, ld, message, request);
		break;
	case LDAP_RES_SEARCH_REFERENCE:
		request->answer.referrals = TRUE;
		break;
	case LDAP_RES_SEARCH_RESULT:
		return conn_read_result(ld, message, request);
	case LDAP_RES_INTERMEDIATE:
		/* nobody asked for any, and it ends nothing */
		break;
	default:
		*error_r = "The server answered a search with something else";
	}
	return NULL;
}

void campus_ldap_conn_free(struct campus_ldap_conn *conn)
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

static void conn_idle_timeout(struct campus_ldap_conn *conn)
{
	e_debug(conn->ldap->event, "Closing an idle %s connection",
		campus_ldap_conn_rules[conn->use].what);
	campus_ldap_conn_free(conn);
}

/* It has nothing to do now. */
void campus_ldap_conn_idle(struct campus_ldap_conn *conn)
{
	struct campus_ldap_conn **list = &conn->ldap->conns[conn->use];

	if (!campus_ldap_conn_rules[conn->use].may_idle_out)
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
static bool conn_may_retry(const struct campus_ldap_conn *conn,
			   const struct campus_ldap_request *request)
{
	return conn->used && !conn->received && !request->retried &&
	       request->cookie == NULL;
}

/* The connection is over: what is on it ends with the outcome, unless it may be
   tried again. Returns how many ended. */
unsigned int campus_ldap_conn_close(struct campus_ldap_conn *conn,
				    bool may_retry,
				    enum directory_outcome outcome,
				    const char *error)
{
	struct campus_ldap_request *request;
	unsigned int ended = 0;

	/* from the last to the first: they go to the front of the queue */
	while ((request = conn->requests_tail) != NULL) {
		if (may_retry && conn_may_retry(conn, request))
			campus_ldap_request_retry(request);
		else {
			campus_ldap_request_fail(request, outcome, error);
			ended++;
		}
	}
	campus_ldap_conn_free(conn);
	return ended;
}

/* The connection ended by itself. That counts against the server if somebody
   waited for an answer on it, or for the connection: one that a burst of logins
   asked for and that nobody needs any more says too little. */
static void conn_failed(struct campus_ldap_conn *conn,
			enum directory_outcome outcome, const char *error)
{
	struct campus_ldap *ldap = conn->ldap;
	enum campus_ldap_use use = conn->use;
	bool attempt = !conn->ready;
	uint64_t since = attempt ? conn->created : campus_ldap_now_msecs();
	bool counts = attempt && (use == CAMPUS_LDAP_USE_SEARCH ||
				  ldap->waiting[use].count > 0);

	error = t_strdup(error); /* may be the transport's */
	if (campus_ldap_conn_close(conn, !ldap->health.down, outcome, error) >
	    0)
		counts = TRUE;
	if (counts)
		campus_ldap_trouble(ldap, since, attempt, outcome, error);
	else
		e_debug(ldap->event, "A %s connection ended: %s",
			campus_ldap_conn_rules[use].what, error);
	campus_ldap_dispatch(ldap);
}

/* FALSE if it is not needed any more and is gone. */
static bool conn_ready(struct campus_ldap_conn *conn)
{
	struct campus_ldap *ldap = conn->ldap;
	enum campus_ldap_use use = conn->use;

	timeout_remove(&conn->to);
	conn->ready = TRUE;
	/* a server that is just found again gets no second chance */
	conn->used = campus_ldap_conn_rules[use].service_bind && !conn->proving;
	ldap->connecting_count[use]--;
	if (campus_ldap_conn_rules[use].service_bind)
		campus_ldap_success(ldap, conn);
	if (ldap->conns_count[use] - ldap->connecting_count[use] >
	    campus_ldap_conn_limit(ldap, use)) {
		/* of probes that overlapped, or beside connections that have
		   lived on; others carry what waited for it */
		campus_ldap_conn_free(conn);
		conn = NULL;
	} else {
		campus_ldap_conn_idle(conn);
	}
	campus_ldap_dispatch(ldap);
	return conn != NULL;
}

static void conn_service_bind_timeout(struct campus_ldap_conn *conn)
{
	conn_failed(conn, DIRECTORY_OUTCOME_TIMEOUT,
		    conn->proving ?
			    "No answer to a search, only to a bind" :
			    "No answer to the bind as campus_service_dn");
}

static void conn_service_bind(struct campus_ldap_conn *conn)
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
static const char *conn_read_service_bind(struct campus_ldap_conn *conn,
					  LDAP *ld, LDAPMessage *message,
					  enum directory_outcome *outcome_r)
{
	char *diagnostic = NULL;
	const char *error = NULL, *more = "";
	int code;

	*outcome_r = DIRECTORY_OUTCOME_TRANSPORT;
	if (ldap_msgid(message) != conn->service_msgid ||
	    ldap_msgtype(message) != LDAP_RES_BIND ||
	    ldap_parse_result(ld, message, &code, NULL, &diagnostic, NULL, NULL,
			      0) != LDAP_SUCCESS)
		return "The answer to the bind as campus_service_dn makes no "
		       "sense";
	if (diagnostic != NULL && *diagnostic != '\0')
		more = t_strdup_printf(" (%s)", log_escape(diagnostic));
	if (code == DIRECTORY_CODE_BUSY || code == DIRECTORY_CODE_UNAVAILABLE) {
		error = t_strdup_printf("The server says: %s%s",
					ldap_err2string(code), more);
	} else if (code != LDAP_SUCCESS) {
		*outcome_r = DIRECTORY_OUTCOME_SERVICE_BIND;
		error = t_strdup_printf("The server refuses the bind as %s: "
					"%s%s; check campus_service_dn and "
					"campus_service_password_file",
					conn->ldap->set.service_dn,
					ldap_err2string(code), more);
	}
	ldap_memfree(diagnostic);
	return error;
}

/* A server that is known to be down has to answer a search before it is
   believed, else one that takes binds and no more would seem usable again and
   again. Any answer will do: who may read the root DSE is the server's affair.
   Returns FALSE if the connection is gone. */
static bool conn_prove(struct campus_ldap_conn *conn)
{
	static char *no_attributes[] = { "1.1", NULL };
	int ret;

	conn->proving = TRUE;
	ret = ldap_search_ext(campus_ldap_transport_handle(conn->transport), "",
			      LDAP_SCOPE_BASE, "(objectClass=*)", no_attributes,
			      0, NULL, NULL, NULL, 0, &conn->service_msgid);
	if (ret != LDAP_SUCCESS) {
		conn_failed(conn, DIRECTORY_OUTCOME_TRANSPORT,
			    t_strdup_printf("libldap refuses a search: %s",
					    ldap_err2string(ret)));
		return FALSE;
	}
	campus_ldap_transport_flush(conn->transport);
	return TRUE;
}

/* Before the connection is ready. Returns NULL if it is now, or goes on to be,
   else a sentence. *alive_r is FALSE if the connection is gone. */
static const char *conn_read_preparation(struct campus_ldap_conn *conn,
					 LDAP *ld, LDAPMessage *message,
					 bool *alive_r,
					 enum directory_outcome *outcome_r)
{
	const char *error = NULL;
	int type = ldap_msgtype(message), code;

	*alive_r = TRUE;
	if (!conn->proving) {
		error = conn_read_service_bind(conn, ld, message, outcome_r);
		if (error == NULL)
			*alive_r = conn->ldap->health.down ? conn_prove(conn) :
							     conn_ready(conn);
		return error;
	}
	*outcome_r = DIRECTORY_OUTCOME_TRANSPORT;
	if (type == LDAP_RES_SEARCH_ENTRY || type == LDAP_RES_SEARCH_REFERENCE)
		return NULL;
	if (type != LDAP_RES_SEARCH_RESULT ||
	    ldap_parse_result(ld, message, &code, NULL, NULL, NULL, NULL, 0) !=
		    LDAP_SUCCESS)
		return "The answer to a search makes no sense";
	if (code == DIRECTORY_CODE_BUSY || code == DIRECTORY_CODE_UNAVAILABLE)
		return t_strdup_printf("The server says: %s",
				       ldap_err2string(code));
	*alive_r = conn_ready(conn);
	return NULL;
}

static void conn_connected(struct campus_ldap_conn *conn)
{
	if (campus_ldap_conn_rules[conn->use].service_bind)
		conn_service_bind(conn);
	else
		(void)conn_ready(conn);
}

/* Read one message. Returns FALSE if the connection is gone. */
static bool conn_read_message(struct campus_ldap_conn *conn,
			      LDAPMessage *message)
{
	struct campus_ldap *ldap = conn->ldap;
	LDAP *ld = campus_ldap_transport_handle(conn->transport);
	enum directory_outcome outcome = DIRECTORY_OUTCOME_TRANSPORT;
	const char *error = NULL, *complaint = NULL;
	bool alive;

	if (ldap_msgid(message) == LDAP_RES_UNSOLICITED)
		error = campus_ldap_message_read_notice(ld, message);
	else if (!conn->ready) {
		error = conn_read_preparation(conn, ld, message, &alive,
					      &outcome);
		if (error == NULL)
			return alive;
	} else {
		conn->received = TRUE;
		conn->used = TRUE;
		complaint = conn_read_answer(conn, ld, message, &error);
	}
	if (complaint != NULL) {
		campus_ldap_trouble(ldap, campus_ldap_now_msecs(), FALSE,
				    DIRECTORY_OUTCOME_TRANSPORT, complaint);
	}
	if (error == NULL)
		return TRUE;
	conn_failed(conn, outcome, error);
	return FALSE;
}

static void conn_input(struct campus_ldap_conn *conn)
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
		campus_ldap_dispatch(ldap);
	else {
		conn_failed(conn, DIRECTORY_OUTCOME_TRANSPORT,
			    "The server sent what is no LDAP, or a message of "
			    "more than 1 MB");
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

void campus_ldap_conn_create(struct campus_ldap *ldap, enum campus_ldap_use use)
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
	struct campus_ldap_conn *conn = i_new(struct campus_ldap_conn, 1);

	e_debug(ldap->event, "Opening a %s connection",
		campus_ldap_conn_rules[use].what);
	conn->ldap = ldap;
	conn->use = use;
	conn->created = campus_ldap_now_msecs();
	DLLIST_PREPEND(&ldap->conns[use], conn);
	ldap->conns_count[use]++;
	ldap->connecting_count[use]++;
	conn->transport =
		campus_ldap_transport_init(&set, &conn_callbacks, conn);
}
