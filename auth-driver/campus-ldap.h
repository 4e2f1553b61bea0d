/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_LDAP_H
#define CAMPUS_LDAP_H

#include "directory-entry.h"
#include "directory-outcome.h"
#include "server-state.h"

/* One directory server, spoken to without ever blocking: the only part that
   knows libldap.

   A struct campus_ldap keeps two kinds of connections. Search connections are
   bound as the service account and carry many searches at once. Bind
   connections carry one person's bind at a time, are never bound as the service
   account, and grow in number with need. A search that wants pages has a
   connection of its own, of those there are as many at most as bind
   connections.

   A request whose connection turns out to have been closed by the server while
   it was idle is sent once more on a fresh one. Nothing else is ever repeated.

   Every request ends with exactly one call of its callback, unless it is
   aborted first; the callback is never called before the function that started
   the request returns. What the callback is given lives until it returns.

   A server that fails is left alone (server-health.h) and probed in the
   background: while it is down a request waits 50 ms at most for a probe to
   succeed, then ends with DIRECTORY_OUTCOME_NO_SERVER. */

struct campus_ldap;
struct campus_ldap_request;

/* Strings must stay valid as long as the struct campus_ldap. */
struct campus_ldap_settings {
	/* ldap://host[:port] or ldaps://host[:port]; IPv6 in brackets */
	const char *uri;
	/* ldap:// only: StartTLS before anything else is sent. ldaps is TLS
	   anyway. Certificates are always verified, the host name included. */
	bool starttls;
	/* PEM file with the CAs to trust */
	const char *tls_ca_file;
	const char *service_dn;
	const char *service_password;
	/* path of Dovecot's dns-client socket */
	const char *dns_client_socket_path;
	/* at most so many; at least 1 each */
	unsigned int search_connections;
	unsigned int bind_connections;
	/* requests that may wait for a connection */
	unsigned int queue_size;
	unsigned int connect_timeout_msecs;
	/* for one search and for one bind, counted from sending */
	unsigned int operation_timeout_msecs;
	/* The server has gone down, or is usable again. It must not begin or
	   end requests. */
	void (*changed)(bool down, void *context);
	void *context;
};

/* milliseconds of the monotonic clock */
uint64_t campus_ldap_now_msecs(void);

struct campus_ldap_answer {
	/* outcome, result code, ppolicy error, diagnostic message */
	struct directory_bind_answer result;
	/* unless the server answered: a sentence for the log that names the
	   server and what went wrong, safe to log as it is. Never NULL. */
	const char *error;
	/* the server's URI as configured */
	const char *server;
	/* entries of a search, or of one page of it; empty for a bind.
	   Referrals are never followed; an answer that holds any has
	   referrals set. */
	const ARRAY_TYPE(directory_entry) *entries;
	bool referrals;
	/* a paged search has more: call campus_ldap_next_page() or abort */
	bool more;
};

typedef void campus_ldap_callback_t(const struct campus_ldap_answer *answer,
				    void *context);

struct campus_ldap_search {
	const char *base;
	/* the base entry alone, else the whole subtree */
	bool base_only;
	const char *filter;
	/* NULL-terminated; {"1.1", NULL} for none */
	const char *const *attributes;
	/* asked of the server; 0 = none */
	unsigned int size_limit;
	/* 0 = not paged (RFC 2696) */
	unsigned int page_size;
	/* the request ends by then even if it still waits for a connection;
	   counted from now, and for each further page from asking for it */
	unsigned int timeout_msecs;
};

/* Check the settings (URI, CA file), connect to nothing yet. The event's prefix
   names the server in each line. Returns 0, or -1 with *error_r a sentence. */
int campus_ldap_init(const struct campus_ldap_settings *set,
		     struct event *event, struct campus_ldap **ldap_r,
		     const char **error_r);
/* Close every connection. Requests that are left end with
   DIRECTORY_OUTCOME_NO_SERVER, and so do those that come later. Returns whether
   there were any. Not from within a callback. */
bool campus_ldap_close(struct campus_ldap *ldap);
/* Closes it first. */
void campus_ldap_deinit(struct campus_ldap **ldap);

struct campus_ldap_request *
campus_ldap_search(struct campus_ldap *ldap,
		   const struct campus_ldap_search *search,
		   campus_ldap_callback_t *callback, void *context);

/* A simple bind with the password policy control on a bind connection. password
   is copied; the copy is wiped after the callback. An empty dn or password is
   never sent: DIRECTORY_OUTCOME_TRANSPORT. */
struct campus_ldap_request *
campus_ldap_bind(struct campus_ldap *ldap, const char *dn, const char *password,
		 unsigned int timeout_msecs, campus_ldap_callback_t *callback,
		 void *context);

/* From within or after a callback that said more: the callback will be called
   again. */
void campus_ldap_next_page(struct campus_ldap_request *request);

/* End a request without its callback; *request becomes NULL. NULL is fine. */
void campus_ldap_abort(struct campus_ldap_request **request);

/* Is the server known to be down just now? */
bool campus_ldap_is_down(const struct campus_ldap *ldap);
/* Connections and requests, and if it is down why, and when it is tried. What
   is said lives until the next function of this file. */
void campus_ldap_state(const struct campus_ldap *ldap,
		       struct server_state *state_r);
/* Start connecting if nothing is connected: the first login need not wait. */
void campus_ldap_warm_up(struct campus_ldap *ldap);
/* Does it still answer? A search that matters to nobody; if there is no answer
   within the operation's time-out, that counts as with any other search. One
   at a time, and none while the server is down: then it is probed anyway. */
void campus_ldap_check(struct campus_ldap *ldap);

#endif
