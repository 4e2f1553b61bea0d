/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_LDAP_TLS_H
#define CAMPUS_LDAP_TLS_H

#include <openssl/ssl.h>

/* TLS to a directory server by OpenSSL, on a socket that does not block. The
   certificate and the name in it are always verified. */

/* What every connection to one server shares: the CAs, TLS 1.2 at least, the
   duty to verify. Returns 0, or -1 with *error_r a sentence. */
int campus_ldap_tls_init(const char *ca_file, SSL_CTX **tls_r,
			 const char **error_r);
void campus_ldap_tls_deinit(SSL_CTX **tls);

/* For one connection to that host, a name or an IP address, which must be in
   its certificate. NULL with *error_r a sentence. */
SSL *campus_ldap_tls_create(SSL_CTX *tls, int fd, const char *host,
			    const char **error_r);

/* To be called before SSL_connect(), SSL_read(), SSL_write(). */
void campus_ldap_tls_prepare(void);
/* Why did that function return ret, which is not positive? Returns 0 if it is
   to be called again when the socket is ready: to be written to if
   *want_write_r, else to be read from. Returns -1 with *error_r a sentence,
   such as why the certificate of the host is refused; doing is "Reading". */
int campus_ldap_tls_result(SSL *ssl, int ret, const char *host,
			   const char *doing, bool *want_write_r,
			   const char **error_r);

#endif
