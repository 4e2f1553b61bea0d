/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_LDAP_TRANSPORT_H
#define CAMPUS_LDAP_TRANSPORT_H

#include "net.h"
#include "directory-outcome.h"

/* ldap.h and lber.h with it: libldap comes in here and nowhere else. */
#include <openldap.h>

/* One connection's way to the wire: name look-up, TCP, StartTLS or TLS at once,
   and then a libldap handle that reads and writes memory only, so that nothing
   in libldap can block. TLS is OpenSSL's, never libldap's own.

   The socket belongs to this file, not to libldap: libldap never closes it
   under an io of ours and can never reconnect by itself. */

struct campus_ldap_transport;
struct ssl_ctx_st;

struct campus_ldap_transport_settings {
	struct event *event;
	/* a name or an IP address; the certificate must be for it */
	const char *host;
	in_port_t port;
	/* NULL = plain */
	struct ssl_ctx_st *tls;
	/* ask for TLS by StartTLS, else TLS comes first */
	bool starttls;
	const char *dns_client_socket_path;
	/* for the whole way, TLS included */
	unsigned int timeout_msecs;
};

/* All are called from the ioloop, never from within a function of this header.
   Each may end the transport. */
struct campus_ldap_transport_callbacks {
	/* once: from now on there is a handle */
	void (*connected)(void *context);
	/* something came: call campus_ldap_transport_read() until it says 0 */
	void (*input)(void *context);
	/* once, the last: error is a sentence */
	void (*failed)(enum directory_outcome outcome, const char *error,
		       void *context);
};

/* Strings of the settings must live as long as the transport. */
struct campus_ldap_transport *campus_ldap_transport_init(
	const struct campus_ldap_transport_settings *set,
	const struct campus_ldap_transport_callbacks *callbacks, void *context);
/* Says goodbye if there is something to say it to, and closes. */
void campus_ldap_transport_deinit(struct campus_ldap_transport **transport);

/* The handle to send requests by. They stay in memory until flushed. */
LDAP *campus_ldap_transport_handle(struct campus_ldap_transport *transport);
/* Send what libldap has written; the rest goes when the socket takes it. */
void campus_ldap_transport_flush(struct campus_ldap_transport *transport);
/* The next message: 1 with *message_r to be freed by ldap_msgfree(), 0 if there
   is none yet, -1 if what the server sent is no LDAP or too large. */
int campus_ldap_transport_read(struct campus_ldap_transport *transport,
			       LDAPMessage **message_r);

#endif
