/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The life of a request: the list it is in, its time, how it ends. */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "ioloop.h"
#include "llist.h"
#include "safe-memset.h"
#include "campus-ldap-private.h"

static void request_timeout(struct campus_ldap_request *request);

static void request_list_append(struct campus_ldap_request_list *list,
				struct campus_ldap_request *request)
{
	DLLIST2_APPEND(&list->head, &list->tail, request);
	list->count++;
}

static void request_list_remove(struct campus_ldap_request_list *list,
				struct campus_ldap_request *request)
{
	DLLIST2_REMOVE(&list->head, &list->tail, request);
	list->count--;
}

void campus_ldap_request_wait(struct campus_ldap_request *request)
{
	request->state = CAMPUS_LDAP_REQUEST_WAITING;
	request_list_append(&request->ldap->waiting[request->use], request);
}

void campus_ldap_request_hold(struct campus_ldap_request *request)
{
	request_list_remove(&request->ldap->done, request);
	request->state = CAMPUS_LDAP_REQUEST_HELD;
	request_list_append(&request->ldap->held, request);
}

void campus_ldap_request_set_timer(struct campus_ldap_request *request,
				   uint64_t deadline)
{
	uint64_t now = campus_ldap_now_msecs();
	unsigned int msecs =
		deadline > now ? (unsigned int)(deadline - now) : 0;

	timeout_remove(&request->to);
	request->to = timeout_add_short(msecs, request_timeout, request);
}

/* The connection has one thing less to do. */
static void request_leave_conn(struct campus_ldap_request *request)
{
	struct campus_ldap_conn *conn = request->conn;

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
		campus_ldap_conn_idle(conn);
}

/* Take the request out of wherever it is. */
void campus_ldap_request_unlink(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;

	timeout_remove(&request->to);
	request_leave_conn(request);
	switch (request->state) {
	case CAMPUS_LDAP_REQUEST_WAITING:
		request_list_remove(&ldap->waiting[request->use], request);
		break;
	case CAMPUS_LDAP_REQUEST_SENT:
		break;
	case CAMPUS_LDAP_REQUEST_DONE:
		request_list_remove(&ldap->done, request);
		break;
	case CAMPUS_LDAP_REQUEST_HELD:
		request_list_remove(&ldap->held, request);
		break;
	}
}

/* The request, in no list now, will get its callback from the ioloop. */
void campus_ldap_request_done(struct campus_ldap_request *request,
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
	request->state = CAMPUS_LDAP_REQUEST_DONE;
	request_list_append(&ldap->done, request);
	if (ldap->to_deliver == NULL)
		ldap->to_deliver =
			timeout_add_short(0, campus_ldap_deliver, ldap);
}

void campus_ldap_request_fail(struct campus_ldap_request *request,
			      enum directory_outcome outcome, const char *error)
{
	campus_ldap_request_unlink(request);
	campus_ldap_request_done(request, outcome, error);
}

void campus_ldap_request_answered(struct campus_ldap_request *request)
{
	struct campus_ldap_conn *conn = request->conn;

	if (request->malformed != NULL) {
		campus_ldap_request_fail(request, DIRECTORY_OUTCOME_TRANSPORT,
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
		campus_ldap_request_unlink(request);
	}
	campus_ldap_request_done(request, DIRECTORY_OUTCOME_ANSWERED, "");
}

/* Begin with no entries. */
void campus_ldap_request_reset_answer(struct campus_ldap_request *request)
{
	/* made anew with the first entry */
	pool_unref(&request->entries_pool);
	array_clear(&request->entries);
	request->entries_bytes = 0;
	request->answer.entries = &request->entries;
	request->answer.referrals = FALSE;
	request->answer.more = FALSE;
}

void campus_ldap_request_free(struct campus_ldap_request *request)
{
	if (request->password != NULL)
		safe_memset(request->password, 0, strlen(request->password));
	ber_bvfree(request->cookie);
	pool_unref(&request->entries_pool);
	pool_unref(&request->pool);
}

void campus_ldap_request_retry(struct campus_ldap_request *request)
{
	struct campus_ldap_request_list *list =
		&request->ldap->waiting[request->use];

	campus_ldap_request_unlink(request);
	request->retried = TRUE;
	request->state = CAMPUS_LDAP_REQUEST_WAITING;
	DLLIST2_PREPEND(&list->head, &list->tail, request);
	list->count++;
	campus_ldap_request_set_timer(request, request->deadline);
}

static void request_timeout_waiting(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;

	if (!ldap->health.down) {
		campus_ldap_request_fail(request, DIRECTORY_OUTCOME_TIMEOUT,
					 "No connection became free in time");
	} else if (ldap->down_outcome == DIRECTORY_OUTCOME_SERVICE_BIND) {
		campus_ldap_request_fail(request, ldap->down_outcome,
					 ldap->down_error);
	} else {
		campus_ldap_request_fail(request, DIRECTORY_OUTCOME_NO_SERVER,
					 ldap->down_error);
	}
}

/* Had the server all its time, or had much of it gone by before the request was
   sent? The latter says nothing about the server. What time it is now does not
   tell: Dovecot's timers end up to a millisecond early. */
static bool request_had_full_time(const struct campus_ldap_request *request)
{
	return request->sent + request->ldap->set.operation_timeout_msecs <=
	       request->deadline;
}

/* A bind cannot be abandoned: its connection goes. The server is blamed only
   when the binds of several people hang. */
static void request_timeout_bind(struct campus_ldap_request *request,
				 struct campus_ldap_conn *conn,
				 const char *error)
{
	struct campus_ldap *ldap = request->ldap;
	uint64_t now = campus_ldap_now_msecs();

	campus_ldap_conn_free(conn);
	if (request_had_full_time(request) &&
	    server_health_slow_bind(&ldap->health, now,
				    strcase_hash(request->dn))) {
		campus_ldap_trouble(ldap, request->sent, FALSE,
				    DIRECTORY_OUTCOME_TIMEOUT, error);
	}
}

static void request_timeout_search(struct campus_ldap_request *request,
				   struct campus_ldap_conn *conn,
				   const char *error)
{
	struct campus_ldap *ldap = request->ldap;

	if (!request_had_full_time(request))
		campus_ldap_conn_abandon(conn, request->msgid);
	else {
		(void)campus_ldap_conn_close(
			conn, FALSE, DIRECTORY_OUTCOME_TRANSPORT, error);
		campus_ldap_trouble(ldap, request->sent, FALSE,
				    DIRECTORY_OUTCOME_TIMEOUT, error);
	}
}

static void request_timeout(struct campus_ldap_request *request)
{
	struct campus_ldap *ldap = request->ldap;
	unsigned int waited =
		(unsigned int)(campus_ldap_now_msecs() - request->sent);
	struct campus_ldap_conn *conn = request->conn;
	const char *error;

	if (request->state == CAMPUS_LDAP_REQUEST_WAITING) {
		request_timeout_waiting(request);
		return;
	}
	error = t_strdup_printf("No answer to a %s within %u ms",
				campus_ldap_conn_rules[request->use].what,
				request_had_full_time(request) ?
					ldap->set.operation_timeout_msecs :
					waited);
	campus_ldap_request_fail(request, DIRECTORY_OUTCOME_TIMEOUT, error);
	if (request->use == CAMPUS_LDAP_USE_BIND)
		request_timeout_bind(request, conn, error);
	else
		request_timeout_search(request, conn, error);
	campus_ldap_dispatch(ldap);
}
