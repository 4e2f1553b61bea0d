/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* TLS to a directory server: what is demanded, and errors as sentences. */

#include "lib.h"
#include "net.h"
#include "campus-ldap-tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <unistd.h>

static const char *tls_queued_error(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code), *hint = "";

	ERR_clear_error();
	switch (ERR_GET_REASON(code)) {
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return "the server closed the connection";
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_UNSUPPORTED_PROTOCOL:
		hint = " (the server has to offer TLS 1.2 or newer)";
		break;
	case SSL_R_WRONG_VERSION_NUMBER:
		hint = " (is it TLS at all that the server speaks there?)";
		break;
	}
	return t_strconcat(reason != NULL ? reason : "unknown error", hint,
			   NULL);
}

int campus_ldap_tls_init(const char *ca_file, SSL_CTX **tls_r,
			 const char **error_r)
{
	SSL_CTX *tls;

	if (access(ca_file, R_OK) < 0) {
		*error_r = t_strdup_printf(
			"campus_tls_ca_file: cannot read CA certificates from "
			"'%s': %m",
			ca_file);
		return -1;
	}
	ERR_clear_error();
	tls = SSL_CTX_new(TLS_client_method());
	if (tls == NULL) {
		*error_r = t_strdup_printf("OpenSSL does not start: %s",
					   tls_queued_error());
		return -1;
	}
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	/* Idle connections keep no buffers: they are many. */
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS |
				      SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Not two system calls for each record; what OpenSSL then has in
	   advance campus_ldap_transport_read() gets. */
	SSL_CTX_set_read_ahead(tls, 1);
	if (SSL_CTX_load_verify_locations(tls, ca_file, NULL) != 1) {
		*error_r = t_strdup_printf(
			"campus_tls_ca_file: cannot read CA certificates from "
			"'%s': %s",
			ca_file, tls_queued_error());
		SSL_CTX_free(tls);
		return -1;
	}
	*tls_r = tls;
	return 0;
}

void campus_ldap_tls_deinit(SSL_CTX **tls)
{
	SSL_CTX_free(*tls);
	*tls = NULL;
}

static bool tls_set_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	struct ip_addr ip;

	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (net_addr2ip(host, &ip) == 0)
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

SSL *campus_ldap_tls_create(SSL_CTX *tls, int fd, const char *host,
			    const char **error_r)
{
	SSL *ssl;

	ERR_clear_error();
	ssl = SSL_new(tls);
	if (ssl != NULL && SSL_set_fd(ssl, fd) == 1 && tls_set_host(ssl, host))
		return ssl;
	*error_r = t_strdup_printf("OpenSSL fails: %s", tls_queued_error());
	SSL_free(ssl);
	return NULL;
}

static const char *tls_verify_error(const char *host, long result)
{
	const char *reason = X509_verify_cert_error_string(result);
	const char *hint = "";

	switch (result) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return t_strdup_printf("The server's certificate is not for %s",
				       host);
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		hint = " (is its CA in campus_tls_ca_file?)";
		break;
	}
	return t_strdup_printf("The certificate of %s is refused: %s%s", host,
			       reason, hint);
}

void campus_ldap_tls_prepare(void)
{
	ERR_clear_error();
	errno = 0;
}

int campus_ldap_tls_result(SSL *ssl, int ret, const char *host,
			   const char *doing, bool *want_write_r,
			   const char **error_r)
{
	int saved_errno = errno;
	long verify;

	*want_write_r = FALSE;
	switch (SSL_get_error(ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_WANT_WRITE:
		*want_write_r = TRUE;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		*error_r = "The server closed the connection";
		break;
	case SSL_ERROR_SYSCALL:
		*error_r = saved_errno == 0 ?
				   t_strdup_printf("%s failed: the server "
						   "closed the connection",
						   doing) :
				   t_strdup_printf("%s failed: %s", doing,
						   strerror(saved_errno));
		break;
	default:
		verify = SSL_get_verify_result(ssl);
		*error_r = verify != X509_V_OK ?
				   tls_verify_error(host, verify) :
				   t_strdup_printf("%s failed: %s", doing,
						   tls_queued_error());
		break;
	}
	ERR_clear_error();
	return -1;
}
