/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* One connection's way to the wire: name look-up, TCP, TLS, memory for libldap.
 */

#include "lib.h"
#include "ber-check.h"
#include "buffer.h"
#include "dns-lookup.h"
#include "ioloop.h"
#include "log-escape.h"
#include "safe-memset.h"
#include "campus-ldap-tls.h"
#include "campus-ldap-transport.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

/* The largest LDAP message that we take: an entry with some thousand groups.
   libldap needs up to eight times as much to read it. */
#define TRANSPORT_MAX_MESSAGE_BYTES (1024 * 1024)
/* A whole TLS record at a time: so OpenSSL never keeps decrypted bytes back. */
#define TRANSPORT_INPUT_BYTES 16384
/* Room for one bind; it grows where there are many searches at once. */
#define TRANSPORT_OUTPUT_BYTES 1024
/* A silent peer of an idle connection is noticed after about a minute. */
#define TRANSPORT_KEEPALIVE_SECS 30
/* libldap connects anew to this URI if it ever believes that it must. It must
   not: passwords would go out in clear. So the URI leads nowhere. */
#define TRANSPORT_NOWHERE_URI "ldapi://%2Fdev%2Fnull"

enum transport_state {
	TRANSPORT_LOOKUP,
	TRANSPORT_CONNECT,
	TRANSPORT_STARTTLS,
	TRANSPORT_HANDSHAKE,
	TRANSPORT_OPEN,
	TRANSPORT_FAILED
};

static const char *const transport_doing[] = {
	"looking up the name",
	"connecting",
	"waiting for the answer to StartTLS",
	"waiting for the TLS handshake",
};

struct campus_ldap_transport {
	struct campus_ldap_transport_settings set;
	struct campus_ldap_transport_callbacks callbacks;
	void *context;

	enum transport_state state;
	/* of the whole way; later of reporting a failure */
	struct timeout *to;

	struct dns_lookup *lookup;
	struct ip_addr *ips;
	unsigned int ips_count, ip_idx;
	struct timeout *to_ip;

	int fd;
	struct io *io;
	enum io_condition io_condition;
	bool want_write;
	SSL *ssl;
	LDAP *ld;
	int starttls_msgid;

	/* received, not yet taken by libldap */
	unsigned char input[TRANSPORT_INPUT_BYTES];
	size_t input_pos, input_used;
	/* written by libldap; up to output_pos it is sent */
	buffer_t *output;
	size_t output_pos;
	/* libldap says goodbye on a handle that we only throw away */
	bool mute;

	enum directory_outcome outcome;
	char *error;
};

static void transport_connect_next(struct campus_ldap_transport *transport,
				   const char *error);
static void transport_io(struct campus_ldap_transport *transport);

/*
 * Failing: always reported from the ioloop, so that no caller loses its
 * transport in the middle of a function
 */

static void transport_report(struct campus_ldap_transport *transport)
{
	timeout_remove(&transport->to);
	transport->callbacks.failed(transport->outcome, transport->error,
				    transport->context);
}

static void transport_fail(struct campus_ldap_transport *transport,
			   enum directory_outcome outcome, const char *error)
{
	if (transport->state == TRANSPORT_FAILED)
		return;
	transport->state = TRANSPORT_FAILED;
	transport->outcome = outcome;
	transport->error = i_strdup(error);
	io_remove(&transport->io);
	timeout_remove(&transport->to_ip);
	timeout_remove(&transport->to);
	transport->to = timeout_add_short(0, transport_report, transport);
}

static void transport_timeout(struct campus_ldap_transport *transport)
{
	const char *error = t_strdup_printf("No success within %u ms while %s",
					    transport->set.timeout_msecs,
					    transport_doing[transport->state]);

	transport_fail(transport, DIRECTORY_OUTCOME_TIMEOUT, error);
}

static void transport_set_io(struct campus_ldap_transport *transport,
			     enum io_condition condition)
{
	if (transport->io != NULL && transport->io_condition == condition)
		return;
	io_remove(&transport->io);
	transport->io_condition = condition;
	transport->io =
		io_add(transport->fd, condition, transport_io, transport);
}

/* Wait for input, and for room for output if the last attempt found none. */
static void transport_wait(struct campus_ldap_transport *transport)
{
	transport_set_io(transport,
			 transport->want_write ? IO_READ | IO_WRITE : IO_READ);
}

/*
 * Bytes: the socket on one side, libldap on the other
 */

/* An SSL function did not do it all: 0 = go on when the socket is ready,
   -1 = failed. */
static int transport_tls_result(struct campus_ldap_transport *transport,
				int ret, const char *doing)
{
	const char *error;
	bool want_write;

	if (campus_ldap_tls_result(transport->ssl, ret, transport->set.host,
				   doing, &want_write, &error) < 0) {
		transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT, error);
		return -1;
	}
	if (want_write)
		transport->want_write = TRUE;
	return 0;
}

static ssize_t transport_send(struct campus_ldap_transport *transport,
			      const void *data, size_t size)
{
	ssize_t ret;

	if (transport->ssl != NULL) {
		campus_ldap_tls_prepare();
		ret = SSL_write(transport->ssl, data, I_MIN(size, INT_MAX));
		return ret > 0 ? ret :
				 transport_tls_result(transport, (int)ret,
						      "Writing");
	}
	ret = send(transport->fd, data, size, MSG_NOSIGNAL);
	if (ret >= 0)
		return ret;
	if (errno == EAGAIN || errno == EINTR) {
		transport->want_write = TRUE;
		return 0;
	}
	transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT,
		       t_strdup_printf("Writing failed: %m"));
	return -1;
}

/* 1 = there is input, 0 = not yet, -1 = failed */
static int transport_receive(struct campus_ldap_transport *transport)
{
	void *dest = transport->input;
	ssize_t ret;

	if (transport->state == TRANSPORT_FAILED)
		return -1;
	if (transport->input_pos < transport->input_used)
		return 1;
	if (transport->ssl != NULL) {
		campus_ldap_tls_prepare();
		ret = SSL_read(transport->ssl, dest, TRANSPORT_INPUT_BYTES);
		if (ret <= 0)
			return transport_tls_result(transport, (int)ret,
						    "Reading");
	} else {
		ret = recv(transport->fd, dest, TRANSPORT_INPUT_BYTES, 0);
		if (ret < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (ret <= 0) {
			transport_fail(
				transport, DIRECTORY_OUTCOME_TRANSPORT,
				ret == 0 ?
					"The server closed the connection" :
					t_strdup_printf("Reading failed: %m"));
			return -1;
		}
	}
	transport->input_pos = 0;
	transport->input_used = (size_t)ret;
	return 1;
}

/* There may be a password in it. */
static void output_wipe(buffer_t *output)
{
	size_t size;
	void *data = buffer_get_modifiable_data(output, &size);

	safe_memset(data, 0, size);
	buffer_set_used_size(output, 0);
}

static void transport_wipe_output(struct campus_ldap_transport *transport)
{
	output_wipe(transport->output);
	transport->output_pos = 0;
}

static void transport_append_output(struct campus_ldap_transport *transport,
				    const void *data, size_t len)
{
	buffer_t *old = transport->output;

	if (buffer_get_writable_size(old) - old->used < len) {
		/* it would grow by itself, and leave a copy behind */
		transport->output =
			buffer_create_dynamic(default_pool, old->used + len);
		buffer_append_buf(transport->output, old, 0, SIZE_MAX);
		output_wipe(old);
		buffer_free(&old);
	}
	buffer_append(transport->output, data, len);
}

void campus_ldap_transport_flush(struct campus_ldap_transport *transport)
{
	buffer_t *output = transport->output;
	ssize_t ret = 1;

	if (transport->fd == -1 || transport->state == TRANSPORT_FAILED)
		return;
	transport->want_write = FALSE;
	while (transport->output_pos < output->used && ret > 0) {
		ret = transport_send(transport,
				     (const unsigned char *)output->data +
					     transport->output_pos,
				     output->used - transport->output_pos);
		if (ret > 0)
			transport->output_pos += (size_t)ret;
	}
	if (transport->output_pos == output->used)
		transport_wipe_output(transport);
	if (ret >= 0)
		transport_wait(transport);
}

static int sockbuf_setup(Sockbuf_IO_Desc *desc, void *transport)
{
	desc->sbiod_pvt = transport;
	return 0;
}

static int sockbuf_ctrl(Sockbuf_IO_Desc *desc, int option,
			void *arg ATTR_UNUSED)
{
	struct campus_ldap_transport *transport = desc->sbiod_pvt;

	return option == LBER_SB_OPT_DATA_READY &&
	       transport->input_pos < transport->input_used;
}

static ber_slen_t sockbuf_read(Sockbuf_IO_Desc *desc, void *dest, ber_len_t len)
{
	struct campus_ldap_transport *transport = desc->sbiod_pvt;
	size_t size = transport->input_used - transport->input_pos;

	if (size == 0) {
		errno = EAGAIN;
		return -1;
	}
	size = I_MIN(size, len);
	memcpy(dest, transport->input + transport->input_pos, size);
	transport->input_pos += size;
	return (ber_slen_t)size;
}

/* Takes everything: a write that libldap had to finish later could be cut in
   two by an abandon or by a search that comes between.

   libldap keeps what it has written until the answer is there, to send it again
   after a referral, and frees it without wiping. We follow no referrals, and
   there may be a password in it. */
static ber_slen_t sockbuf_write(Sockbuf_IO_Desc *desc, void *data,
				ber_len_t len)
{
	struct campus_ldap_transport *transport = desc->sbiod_pvt;

	if (!transport->mute && transport->state != TRANSPORT_FAILED)
		transport_append_output(transport, data, len);
	safe_memset(data, 0, len);
	return (ber_slen_t)len;
}

static Sockbuf_IO sockbuf_io = {
	.sbi_setup = sockbuf_setup,
	.sbi_ctrl = sockbuf_ctrl,
	.sbi_read = sockbuf_read,
	.sbi_write = sockbuf_write,
};

/* Every option that ldap.conf, .ldaprc or the environment could have set and
   that means something to us is set here. */
static bool handle_set_options(LDAP *ld)
{
	const int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER, none = 0;
	const struct timeval forever = { .tv_sec = -1 };

	return ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) == 0 &&
	       ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == 0 &&
	       ldap_set_option(ld, LDAP_OPT_DEREF, &deref) == 0 &&
	       ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &none) == 0 &&
	       ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &none) == 0 &&
	       ldap_set_option(ld, LDAP_OPT_TIMEOUT, &forever) == 0 &&
	       ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &forever) == 0 &&
	       ldap_set_option(ld, LDAP_OPT_KEEPCONN, LDAP_OPT_ON) == 0;
}

static int handle_create(struct campus_ldap_transport *transport)
{
	ber_len_t max = TRANSPORT_MAX_MESSAGE_BYTES;
	Sockbuf *sockbuf = NULL;
	int ret;

	i_assert(transport->ld == NULL);
	ret = ldap_init_fd(transport->fd, LDAP_PROTO_EXT, TRANSPORT_NOWHERE_URI,
			   &transport->ld);
	if (ret == LDAP_SUCCESS && handle_set_options(transport->ld) &&
	    ldap_get_option(transport->ld, LDAP_OPT_SOCKBUF, &sockbuf) == 0 &&
	    ber_sockbuf_add_io(sockbuf, &sockbuf_io, LBER_SBIOD_LEVEL_PROVIDER,
			       transport) == 0 &&
	    ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &max) == 1)
		return 0;
	transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT,
		       t_strdup_printf("libldap gives no handle: %s",
				       ldap_err2string(ret)));
	return -1;
}

static void handle_destroy(struct campus_ldap_transport *transport)
{
	if (transport->ld != NULL)
		(void)ldap_unbind_ext(transport->ld, NULL, NULL);
	transport->ld = NULL;
}

LDAP *campus_ldap_transport_handle(struct campus_ldap_transport *transport)
{
	i_assert(transport->ld != NULL);
	return transport->ld;
}

/* libldap exports this, but no header that is installed has it. */
BerElement *ldap_get_message_ber(LDAPMessage *message);

/* libldap takes an empty result code for success, and what it cannot read of
   the controls for none. */
static bool message_is_sound(LDAPMessage *message)
{
	BerElement *ber;
	struct berval result, controls;
	ber_len_t left = 0;
	bool sound;

	switch (ldap_msgtype(message)) {
	case LDAP_RES_SEARCH_ENTRY:
	case LDAP_RES_SEARCH_REFERENCE:
	case LDAP_RES_INTERMEDIATE:
		/* no results; who reads them says no to what is not sound */
		return TRUE;
	}
	ber = ber_dup(ldap_get_message_ber(message));
	sound = ber_skip_element(ber, &result) != LBER_ERROR &&
		ber_check_result(result.bv_val, result.bv_len);
	(void)ber_get_option(ber, LBER_OPT_BER_REMAINING_BYTES, &left);
	if (sound && left > 0) {
		sound = ber_skip_element(ber, &controls) == LDAP_TAG_CONTROLS &&
			ber_check_controls(controls.bv_val, controls.bv_len);
		(void)ber_get_option(ber, LBER_OPT_BER_REMAINING_BYTES, &left);
		sound = sound && left == 0;
	}
	ber_free(ber, 0);
	return sound;
}

/* Is there input, if only what OpenSSL has read in advance? Of that the
   socket's readability says nothing. */
static bool transport_has_input(struct campus_ldap_transport *transport)
{
	if (transport->input_pos < transport->input_used)
		return TRUE;
	return transport->ssl != NULL && SSL_has_pending(transport->ssl) == 1 &&
	       transport_receive(transport) > 0;
}

int campus_ldap_transport_read(struct campus_ldap_transport *transport,
			       LDAPMessage **message_r)
{
	while (transport_has_input(transport)) {
		struct timeval now = { .tv_sec = 0 };
		size_t pos = transport->input_pos;
		int ret;

		ret = ldap_result(transport->ld, LDAP_RES_ANY, LDAP_MSG_ONE,
				  &now, message_r);
		if (ret > 0 && message_is_sound(*message_r))
			return 1;
		if (ret > 0) {
			ldap_msgfree(*message_r);
			return -1;
		}
		/* It takes what there is, or it does not understand. */
		if (ret < 0 || transport->input_pos == pos)
			return -1;
	}
	return 0;
}

/*
 * From a name to an open connection
 */

static void transport_open(struct campus_ldap_transport *transport)
{
	if (handle_create(transport) < 0)
		return;
	timeout_remove(&transport->to);
	transport->state = TRANSPORT_OPEN;
	transport_set_io(transport, IO_READ);
	transport->callbacks.connected(transport->context);
}

static void transport_handshake(struct campus_ldap_transport *transport)
{
	int ret;

	campus_ldap_tls_prepare();
	transport->want_write = FALSE;
	ret = SSL_connect(transport->ssl);
	if (ret == 1)
		transport_open(transport);
	else if (transport_tls_result(transport, ret, "The TLS handshake") == 0)
		transport_wait(transport);
}

static void transport_handshake_begin(struct campus_ldap_transport *transport)
{
	const char *error;

	transport->state = TRANSPORT_HANDSHAKE;
	transport->ssl = campus_ldap_tls_create(
		transport->set.tls, transport->fd, transport->set.host, &error);
	if (transport->ssl == NULL)
		transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT, error);
	else
		transport_handshake(transport);
}

static void transport_starttls_begin(struct campus_ldap_transport *transport)
{
	int ret;

	transport->state = TRANSPORT_STARTTLS;
	if (handle_create(transport) < 0)
		return;
	ret = ldap_extended_operation(transport->ld, LDAP_EXOP_START_TLS, NULL,
				      NULL, NULL, &transport->starttls_msgid);
	if (ret != LDAP_SUCCESS) {
		transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT,
			       t_strdup_printf("StartTLS cannot be sent: %s",
					       ldap_err2string(ret)));
		return;
	}
	campus_ldap_transport_flush(transport);
}

/* Is this the answer that we may go on with? Returns NULL or a sentence. */
static const char *starttls_check(struct campus_ldap_transport *transport,
				  LDAPMessage *message)
{
	char *diagnostic = NULL;
	const char *error = NULL;
	int code = -1;

	if (ldap_msgid(message) != transport->starttls_msgid ||
	    ldap_msgtype(message) != LDAP_RES_EXTENDED ||
	    ldap_parse_result(transport->ld, message, &code, NULL, &diagnostic,
			      NULL, NULL, 0) != LDAP_SUCCESS)
		error = "The server's answer to StartTLS makes no sense";
	else if (code != LDAP_SUCCESS) {
		error = t_strdup_printf("The server refuses StartTLS: %s (%s)",
					ldap_err2string(code),
					log_escape(diagnostic));
	} else if (transport->input_pos < transport->input_used) {
		/* Somebody between us might have put it there. */
		error = "The server sends data in clear after StartTLS";
	}
	ldap_memfree(diagnostic);
	return error;
}

static void transport_starttls_input(struct campus_ldap_transport *transport)
{
	LDAPMessage *message;
	const char *error;
	int ret;

	ret = campus_ldap_transport_read(transport, &message);
	if (ret == 0)
		return;
	if (ret < 0)
		error = "The server's answer to StartTLS is no LDAP";
	else {
		error = starttls_check(transport, message);
		ldap_msgfree(message);
	}
	if (error != NULL) {
		transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT, error);
		return;
	}
	/* Whatever libldap read or keeps of the clear part dies here. */
	transport->mute = TRUE;
	handle_destroy(transport);
	transport->mute = FALSE;
	transport_handshake_begin(transport);
}

static void transport_connected(struct campus_ldap_transport *transport)
{
	const int on = 1, secs = TRANSPORT_KEEPALIVE_SECS, probes = 3;
	int fd = transport->fd;

	timeout_remove(&transport->to_ip);
	/* best effort, all of them */
	(void)net_set_tcp_nodelay(fd, TRUE);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &secs, sizeof(secs));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &secs, sizeof(secs));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));

	if (transport->set.tls == NULL)
		transport_open(transport);
	else if (transport->set.starttls)
		transport_starttls_begin(transport);
	else
		transport_handshake_begin(transport);
}

/* The error of the address that is just being tried, then on to the next one.
 */
static void transport_connect_failed(struct campus_ldap_transport *transport,
				     const char *reason)
{
	const struct ip_addr *ip = &transport->ips[transport->ip_idx++];

	io_remove(&transport->io);
	timeout_remove(&transport->to_ip);
	if (transport->fd != -1)
		net_disconnect(transport->fd);
	transport->fd = -1;
	transport_connect_next(
		transport,
		t_strdup_printf("Cannot connect to %s port %u: %s",
				net_ip2addr(ip), transport->set.port, reason));
}

static void transport_ip_timeout(struct campus_ldap_transport *transport)
{
	transport_connect_failed(transport, "no answer");
}

static void transport_connect_next(struct campus_ldap_transport *transport,
				   const char *error)
{
	if (transport->ip_idx >= transport->ips_count) {
		transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT, error);
		return;
	}
	transport->state = TRANSPORT_CONNECT;
	transport->fd = net_connect_ip(&transport->ips[transport->ip_idx],
				       transport->set.port, NULL);
	if (transport->fd == -1) {
		transport_connect_failed(transport, strerror(errno));
		return;
	}
	if (transport->ip_idx + 1 < transport->ips_count) {
		/* A silent address must leave time for the others. */
		transport->to_ip = timeout_add_short(
			transport->set.timeout_msecs / transport->ips_count,
			transport_ip_timeout, transport);
	}
	transport_set_io(transport, IO_WRITE);
}

static void transport_looked_up(const struct dns_lookup_result *result,
				struct campus_ldap_transport *transport)
{
	transport->lookup = NULL;
	/* 2.4 calls back when a look-up is aborted, too */
	if (transport->state != TRANSPORT_LOOKUP)
		return;
	if (result->ret != 0 || result->ips_count == 0) {
		transport_fail(transport, DIRECTORY_OUTCOME_TRANSPORT,
			       t_strdup_printf("Cannot look up %s: %s",
					       transport->set.host,
					       result->ret != 0 ?
						       result->error :
						       "no addresses"));
		return;
	}
	transport->ips = i_new(struct ip_addr, result->ips_count);
	transport->ips_count = result->ips_count;
	memcpy(transport->ips, result->ips,
	       sizeof(*result->ips) * result->ips_count);
	transport_connect_next(transport, NULL);
}

static void transport_lookup(struct campus_ldap_transport *transport)
{
	struct dns_lookup_settings set = {
		.dns_client_socket_path = transport->set.dns_client_socket_path,
		/* no time-out: ours ends it */
		.event_parent = transport->set.event,
	};
	struct ip_addr ip;

	if (net_addr2ip(transport->set.host, &ip) == 0) {
		transport->ips = i_new(struct ip_addr, 1);
		transport->ips[0] = ip;
		transport->ips_count = 1;
		transport_connect_next(transport, NULL);
	} else if (dns_lookup(transport->set.host, &set, transport_looked_up,
			      transport, &transport->lookup) < 0) {
		/* the callback was called and has set the error */
		transport->lookup = NULL;
	}
}

static void transport_io(struct campus_ldap_transport *transport)
{
	int err;

	switch (transport->state) {
	case TRANSPORT_CONNECT:
		err = net_geterror(transport->fd);
		if (err != 0)
			transport_connect_failed(transport, strerror(err));
		else
			transport_connected(transport);
		break;
	case TRANSPORT_STARTTLS:
		campus_ldap_transport_flush(transport);
		if (transport_receive(transport) > 0)
			transport_starttls_input(transport);
		break;
	case TRANSPORT_HANDSHAKE:
		transport_handshake(transport);
		break;
	case TRANSPORT_OPEN:
		campus_ldap_transport_flush(transport);
		if (transport_receive(transport) > 0)
			transport->callbacks.input(transport->context);
		break;
	case TRANSPORT_LOOKUP:
	case TRANSPORT_FAILED:
		i_unreached();
	}
}

/* OpenSSL writes without MSG_NOSIGNAL. Dovecot ignores SIGPIPE anyway. */
static void transport_ignore_sigpipe(void)
{
	struct sigaction action;

	if (sigaction(SIGPIPE, NULL, &action) == 0 &&
	    (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

struct campus_ldap_transport *campus_ldap_transport_init(
	const struct campus_ldap_transport_settings *set,
	const struct campus_ldap_transport_callbacks *callbacks, void *context)
{
	struct campus_ldap_transport *transport;

	transport_ignore_sigpipe();
	transport = i_new(struct campus_ldap_transport, 1);
	transport->set = *set;
	transport->callbacks = *callbacks;
	transport->context = context;
	transport->fd = -1;
	transport->output =
		buffer_create_dynamic(default_pool, TRANSPORT_OUTPUT_BYTES);
	transport->to =
		timeout_add(set->timeout_msecs, transport_timeout, transport);
	transport_lookup(transport);
	return transport;
}

void campus_ldap_transport_deinit(struct campus_ldap_transport **_transport)
{
	struct campus_ldap_transport *transport = *_transport;

	*_transport = NULL;
	transport->mute = transport->state != TRANSPORT_OPEN;
	handle_destroy(transport);
	if (transport->state == TRANSPORT_OPEN) {
		campus_ldap_transport_flush(transport);
		if (transport->ssl != NULL &&
		    transport->state == TRANSPORT_OPEN)
			(void)SSL_shutdown(transport->ssl);
	}
	transport->state = TRANSPORT_FAILED;
	if (transport->lookup != NULL)
		dns_lookup_abort(&transport->lookup);
	io_remove(&transport->io);
	timeout_remove(&transport->to);
	timeout_remove(&transport->to_ip);
	SSL_free(transport->ssl);
	campus_ldap_tls_prepare();
	if (transport->fd != -1)
		net_disconnect(transport->fd);
	transport_wipe_output(transport);
	buffer_free(&transport->output);
	i_free(transport->ips);
	i_free(transport->error);
	i_free(transport);
}
