/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_LDAP_PRIVATE_H
#define CAMPUS_LDAP_PRIVATE_H

#include "server-health.h"
#include "campus-ldap.h"
#include "campus-ldap-transport.h"

/* What the parts of campus-ldap share: the server (campus-ldap.c) has
   connections (campus-ldap-conn.c) and requests (campus-ldap-request.c);
   messages (campus-ldap-message.c) are what requests become on a connection. */

enum campus_ldap_use {
	/* carries many searches at once */
	CAMPUS_LDAP_USE_SEARCH,
	/* carries one paged search */
	CAMPUS_LDAP_USE_PAGES,
	/* carries one person's bind */
	CAMPUS_LDAP_USE_BIND,
	CAMPUS_LDAP_USE_COUNT
};

/* indexed by use */
struct campus_ldap_conn_rule {
	const char *what;
	unsigned int max_in_flight;
	bool service_bind;
	bool may_idle_out;
};
extern const struct campus_ldap_conn_rule campus_ldap_conn_rules[];

enum campus_ldap_request_state {
	/* in ldap->waiting[use] */
	CAMPUS_LDAP_REQUEST_WAITING,
	/* in conn->requests, the server has to answer */
	CAMPUS_LDAP_REQUEST_SENT,
	/* in ldap->done: the callback is to be called */
	CAMPUS_LDAP_REQUEST_DONE,
	/* in ldap->held: between two pages, the caller has to say what next */
	CAMPUS_LDAP_REQUEST_HELD
};

struct campus_ldap_request {
	struct campus_ldap_request *prev, *next;
	struct campus_ldap *ldap;
	pool_t pool;
	enum campus_ldap_use use;
	enum campus_ldap_request_state state;
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
	struct campus_ldap_conn *conn;
	int msgid;
	/* where the next page begins */
	struct berval *cookie;
	bool retried;

	/* what is told to the callback */
	struct campus_ldap_answer answer;
	pool_t entries_pool;
	ARRAY_TYPE(directory_entry) entries;
	size_t entries_bytes;
	/* the answer cannot be used, and why */
	const char *malformed;

	/* the callback is running, and what it asked for */
	bool in_callback, aborted, wants_page;
};

struct campus_ldap_conn {
	struct campus_ldap_conn *prev, *next;
	struct campus_ldap *ldap;
	enum campus_ldap_use use;
	struct campus_ldap_transport *transport;
	/* it may carry requests */
	bool ready;
	/* libldap has written, campus_ldap_flush() is to come */
	bool unflushed;
	uint64_t created;
	/* our own bind; then, while the server is down, a search as proof */
	int service_msgid;
	bool proving;
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

struct campus_ldap_request_list {
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
	struct campus_ldap_conn *conns[CAMPUS_LDAP_USE_COUNT];
	unsigned int conns_count[CAMPUS_LDAP_USE_COUNT];
	unsigned int connecting_count[CAMPUS_LDAP_USE_COUNT];

	struct campus_ldap_request_list waiting[CAMPUS_LDAP_USE_COUNT];
	struct campus_ldap_request_list done, held;
	struct timeout *to_deliver, *to_flush;
	bool delivering, closing;

	struct server_health health;
	/* when a connection was last ready; since when the server is up or
	   down */
	uint64_t last_success, last_change;
	/* does it still answer? */
	struct campus_ldap_request *check;
	struct timeout *to_probe;
	/* while down: why */
	enum directory_outcome down_outcome;
	char *down_error;
};

/*
 * campus-ldap.c
 */

unsigned int campus_ldap_conn_limit(const struct campus_ldap *ldap,
				    enum campus_ldap_use use);
/* Send what waits and open connections for the rest. */
void campus_ldap_dispatch(struct campus_ldap *ldap);
/* This connection has something to send. All that have are flushed together,
   at the end of campus_ldap_deliver() or in the ioloop's next turn: what comes
   at once shares a TLS record and a system call. */
void campus_ldap_flush_soon(struct campus_ldap_conn *conn);
/* Something that counts against the server; an attempt to connect, or something
   else. What began before the server was found usable again says nothing, nor
   does an attempt from before one that succeeded. But that our own bind is
   answered does not outweigh a search that is not. */
void campus_ldap_trouble(struct campus_ldap *ldap, uint64_t since, bool attempt,
			 enum directory_outcome outcome, const char *error);
/* Our own bind succeeded on this connection. */
void campus_ldap_success(struct campus_ldap *ldap,
			 const struct campus_ldap_conn *conn);
/* Call the callbacks of what is done: nobody else does. */
void campus_ldap_deliver(struct campus_ldap *ldap);

/*
 * campus-ldap-conn.c
 */

void campus_ldap_conn_create(struct campus_ldap *ldap,
			     enum campus_ldap_use use);
void campus_ldap_conn_free(struct campus_ldap_conn *conn);
/* The connection is over: what is on it ends with the outcome, unless it may be
   tried again. Returns how many ended. */
unsigned int campus_ldap_conn_close(struct campus_ldap_conn *conn,
				    bool may_retry,
				    enum directory_outcome outcome,
				    const char *error);
/* Send a request that is in no list. */
void campus_ldap_conn_send(struct campus_ldap_conn *conn,
			   struct campus_ldap_request *request);
void campus_ldap_conn_abandon(struct campus_ldap_conn *conn, int msgid);
/* It has nothing to do now. */
void campus_ldap_conn_idle(struct campus_ldap_conn *conn);

/*
 * campus-ldap-request.c
 */

void campus_ldap_request_wait(struct campus_ldap_request *request);
/* from done to held */
void campus_ldap_request_hold(struct campus_ldap_request *request);
/* to the front of those that wait */
void campus_ldap_request_retry(struct campus_ldap_request *request);
void campus_ldap_request_set_timer(struct campus_ldap_request *request,
				   uint64_t deadline);
/* Take the request out of wherever it is. */
void campus_ldap_request_unlink(struct campus_ldap_request *request);
/* The request, in no list now, will get its callback from the ioloop. */
void campus_ldap_request_done(struct campus_ldap_request *request,
			      enum directory_outcome outcome,
			      const char *error);
void campus_ldap_request_fail(struct campus_ldap_request *request,
			      enum directory_outcome outcome,
			      const char *error);
/* Its whole answer, or the answer's whole page, was read. */
void campus_ldap_request_answered(struct campus_ldap_request *request);
/* Begin with no entries. */
void campus_ldap_request_reset_answer(struct campus_ldap_request *request);
void campus_ldap_request_free(struct campus_ldap_request *request);

/*
 * campus-ldap-message.c
 */

/* Returns libldap's error code; sets the message id. */
int campus_ldap_message_send(LDAP *ld, struct campus_ldap_request *request);
/* Into the request's answer; what cannot be read makes it malformed. Returns 0,
   or -1 if the answer becomes too large. */
int campus_ldap_message_read_entry(LDAP *ld, LDAPMessage *message,
				   struct campus_ldap_request *request);
void campus_ldap_message_read_result(LDAP *ld, LDAPMessage *message,
				     struct campus_ldap_request *request);
/* Something unsolicited: is it the notice of disconnection (RFC 4511 4.4.1)?
   Returns NULL, or why the connection ends. */
const char *campus_ldap_message_read_notice(LDAP *ld, LDAPMessage *message);

/*
 * campus-ldap-dn.c
 */

/* Is the entry the base, or below it unless base_only? Neither letter case nor
   spaces nor the way of escaping count. */
bool campus_ldap_dn_is_within(const char *dn, const char *base, bool base_only);

#endif
