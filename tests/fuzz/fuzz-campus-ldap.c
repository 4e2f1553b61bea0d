/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for connections to a directory server: the input says what
   callers ask for and what the server sends, in which order, and how time goes
   by. The target is the server, at the other end of socket pairs, and the
   clock.

   What must hold: one callback for each request, unless it was aborted; no
   answer that the server did not give; what is sent is whole LDAP messages, and
   no person's bind on a connection of the service account; no more connections
   than the limits; nothing left behind. */

#include "lib.h"
#include "array.h"
#include "ioloop.h"
#include "net.h"
#include "unichar.h"
#include "campus-ldap-private.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SERVICE_DN "cn=service,dc=x"
#define PERSON_DN "uid=alice,dc=x"
#define SEARCH_CONNECTIONS 2
#define BIND_CONNECTIONS 3
#define QUEUE_SIZE 6
#define CONNECT_MSECS 2000
#define OPERATION_MSECS 3000
/* Probes of a failed server overlap, until our bind is answered. */
#define MAX_PROBES                                                             \
	((CONNECT_MSECS + OPERATION_MSECS) / SERVER_HEALTH_ATTEMPT_GAP_MSECS + \
	 1)
#define MAX_CONNECTIONS (SEARCH_CONNECTIONS + 2 * BIND_CONNECTIONS + MAX_PROBES)
#define MAX_REQUESTS 40
#define MAX_OPS 200

enum op {
	OP_SEARCH,
	OP_BIND,
	OP_PAGES,
	OP_ABORT,
	OP_NEXT_PAGE,
	OP_ANSWER,
	OP_ENTRY,
	OP_RAW,
	OP_CLOSE,
	OP_TIME,
	OP_REFUSE,
	OP_RUN,
	OP_COUNT
};

/* What a callback does, as bits. */
enum manner {
	MANNER_NEXT_PAGE = 1,
	MANNER_ABORT = 2,
	MANNER_SEARCH = 4,
	MANNER_ABORT_OTHER = 8
};

struct peer {
	int fd;
	/* who has bound on it */
	bool service, person, searched;
	/* of the last requests, the newest first */
	struct {
		int id;
		ber_tag_t tag;
	} last[4];
};

struct caller {
	struct campus_ldap_request *request;
	uint8_t manner;
	bool is_bind, is_paged;
	bool starting, in_callback, over;
	/* what the server had sent by then */
	size_t sent_before;
};

static struct {
	const uint8_t *data, *end;
	struct ioloop *ioloop;
	struct campus_ldap *ldap;
	bool refuse;
	/* what was told of the server */
	bool down;
	struct peer peers[MAX_CONNECTIONS];
	struct caller callers[MAX_REQUESTS];
	unsigned int callers_count;
	size_t sent;
	/* the server may send anything at all */
	bool raw;
} fuzz;

/* Our clock, while an input runs: it stands still but for OP_TIME, and never
   goes back. libFuzzer's own is CLOCK_REALTIME. */
static bool clock_is_ours;
static uint64_t clock_msecs = 1800000000000ULL;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* LeakSanitizer's, where there is one */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/*
 * In the place of what others define: the clock, the network, chance
 */

int clock_gettime(clockid_t clock_id, struct timespec *ts)
{
	if (!clock_is_ours || clock_id == CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, clock_id, ts);
	ts->tv_sec = (time_t)(clock_msecs / 1000);
	ts->tv_nsec = (long)(clock_msecs % 1000) * 1000000;
	return 0;
}

/* The ioloop's clock. */
int gettimeofday(struct timeval *restrict tv, void *restrict zone ATTR_UNUSED)
{
	tv->tv_sec = (time_t)(clock_msecs / 1000);
	tv->tv_usec = (suseconds_t)(clock_msecs % 1000) * 1000;
	return 0;
}

uint32_t i_rand(void)
{
	return 0;
}

int net_connect_ip(const struct ip_addr *ip ATTR_UNUSED,
		   in_port_t port ATTR_UNUSED,
		   const struct ip_addr *my_ip ATTR_UNUSED)
{
	struct peer *peer = fuzz.peers;
	int fds[2];

	if (fuzz.refuse) {
		errno = ECONNREFUSED;
		return -1;
	}
	while (peer->fd != -1) {
		peer++;
		i_assert(peer < fuzz.peers + MAX_CONNECTIONS);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		i_fatal("socketpair() failed: %m");
	i_zero(peer);
	peer->fd = fds[1];
	return fds[0];
}

/*
 * The input, and the ioloop
 */

static uint8_t next_byte(void)
{
	return fuzz.data == fuzz.end ? 0 : *fuzz.data++;
}

/* One of the connections that are open, or NULL. */
static struct peer *next_peer(void)
{
	unsigned int i, skip, count = 0, byte = next_byte();

	for (i = 0; i < MAX_CONNECTIONS; i++)
		count += fuzz.peers[i].fd != -1 ? 1 : 0;
	if (count == 0)
		return NULL;
	for (i = 0, skip = byte % count;; i++) {
		if (fuzz.peers[i].fd != -1 && skip-- == 0)
			return &fuzz.peers[i];
	}
}

static void do_nothing(void *context ATTR_UNUSED)
{
}

/*
 * The server
 */

static void peer_close(struct peer *peer)
{
	if (peer->fd != -1)
		(void)close(peer->fd);
	peer->fd = -1;
}

static void peer_send(struct peer *peer, const void *data, size_t size)
{
	ssize_t ret;

	if (peer->fd == -1 || size == 0)
		return;
	ret = send(peer->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (ret > 0)
		fuzz.sent += (size_t)ret;
}

static void peer_check_request(struct peer *peer, BerElement *ber)
{
	ber_int_t id, version;
	struct berval dn;
	ber_len_t len;
	ber_tag_t tag;

	i_assert(ber_get_int(ber, &id) == LDAP_TAG_MSGID);
	tag = ber_peek_tag(ber, &len);
	switch (tag) {
	case LDAP_REQ_BIND:
		i_assert(ber_scanf(ber, "{im", &version, &dn) != LBER_ERROR);
		i_assert(!peer->service && !peer->searched);
		if (strncmp(dn.bv_val, SERVICE_DN, dn.bv_len) == 0) {
			i_assert(!peer->person);
			peer->service = TRUE;
		} else {
			i_assert(strncmp(dn.bv_val, PERSON_DN, dn.bv_len) == 0);
			peer->person = TRUE;
		}
		break;
	case LDAP_REQ_SEARCH:
		i_assert(peer->service);
		peer->searched = TRUE;
		break;
	case LDAP_REQ_ABANDON:
	case LDAP_REQ_UNBIND:
		return;
	default:
		i_unreached();
	}
	i_assert(id > peer->last[0].id);
	memmove(&peer->last[1], &peer->last[0],
		sizeof(peer->last) - sizeof(peer->last[0]));
	peer->last[0].id = id;
	peer->last[0].tag = tag;
}

/* What comes is whole messages: the socket has room for all of one. */
static void peer_read(struct peer *peer)
{
	static char data[256 * 1024];
	struct berval rest = { .bv_val = data };
	ssize_t ret;

	if (peer->fd == -1)
		return;
	ret = recv(peer->fd, data, sizeof(data), MSG_DONTWAIT);
	if (ret == 0 || (ret < 0 && errno != EAGAIN)) {
		peer_close(peer);
		return;
	}
	for (rest.bv_len = (ber_len_t)I_MAX(ret, 0); rest.bv_len > 0;) {
		BerElement *all = ber_init(&rest), *one;
		struct berval message;
		ber_len_t len;

		i_assert(ber_skip_element(all, &message) == LDAP_TAG_MESSAGE);
		one = ber_init(&message);
		peer_check_request(peer, one);
		ber_free(one, 1);
		len = (ber_len_t)ber_remaining(all);
		ber_free(all, 1);
		rest.bv_val += rest.bv_len - len;
		rest.bv_len = len;
	}
}

/* Once round the ioloop, without waiting for anything. */
static void run_once(void)
{
	struct timeout *to = timeout_add_short(0, do_nothing, NULL);

	io_loop_stop_delayed(fuzz.ioloop);
	io_loop_run(fuzz.ioloop);
	timeout_remove(&to);
	for (unsigned int i = 0; i < MAX_CONNECTIONS; i++)
		peer_read(&fuzz.peers[i]);
}

/* The answer to one of the peer's last requests, or to none. */
static void peer_answer(struct peer *peer, bool entry)
{
	static const int codes[] = { 0, 0, 49, 32, 51, 52, 4, 53 };
	/* no error; three errors; no control at all */
	static const char *const ppolicy[] = { "\x30\x00",
					       "\x30\x03\x81\x01\x00",
					       "\x30\x03\x81\x01\x02",
					       "\x30\x03\x81\x01\x63" };
	BerElement *ber;
	struct berval data;
	unsigned int how = next_byte(), which = next_byte();
	ber_tag_t request = peer->last[which & 3].tag, tag;
	int id =
		(which & 0x80) != 0 ? (int)(how & 3) : peer->last[which & 3].id;
	int code = codes[how >> 2 & 7];
	size_t cut;

	ber = ber_alloc_t(LBER_USE_DER);
	if (entry) {
		ber_printf(ber, "{it{s{{s[ss]}}}}", id, LDAP_RES_SEARCH_ENTRY,
			   "uid=alice,dc=x", "uid", "alice",
			   (how & 4) != 0 ? "" : "other");
	} else if ((which & 0x40) != 0) {
		ber_printf(ber, "{it{esst{s}ts}}", 0, LDAP_RES_EXTENDED, code,
			   "", "", LDAP_TAG_REFERRAL, "ldap://x/",
			   LDAP_TAG_EXOP_RES_OID,
			   (how & 1) != 0 ? LDAP_NOTICE_OF_DISCONNECTION :
					    "1.2.3");
	} else if ((which & 0x20) != 0) {
		ber_printf(ber, "{it{s}}", id, LDAP_RES_SEARCH_REFERENCE,
			   "ldap://other/");
	} else {
		/* another kind of answer than was asked for, too */
		tag = (request == LDAP_REQ_BIND) != ((which & 0x10) != 0) ?
			      LDAP_RES_BIND :
			      LDAP_RES_SEARCH_RESULT;
		ber_printf(ber, "{it{ess}", id, tag, code, "",
			   "80090308: data 52e, \xff\n");
		if ((how & 0x80) != 0) {
			/* a page, or the password policy's error */
			bool more = (how & 0x40) != 0;
			const char *value =
				tag == LDAP_RES_BIND ? ppolicy[how & 3] :
				more ? "0\x06\x02\x01\x00\x04\x01z" :
				       "0\x05\x02\x01\x00\x04\x00";
			size_t size = (unsigned char)value[1] + 2;

			ber_printf(ber, "t{{so}}", LDAP_TAG_CONTROLS,
				   tag == LDAP_RES_BIND ?
					   LDAP_CONTROL_PASSWORDPOLICYRESPONSE :
					   LDAP_CONTROL_PAGEDRESULTS,
				   value, (ber_len_t)size);
		}
		ber_printf(ber, "N}");
	}
	if (ber_flatten2(ber, &data, 0) < 0)
		i_unreached();
	/* in two pieces */
	cut = data.bv_len * (how & 3) / 4;
	peer_send(peer, data.bv_val, cut);
	if ((how & 3) != 0)
		run_once();
	peer_send(peer, data.bv_val + cut, data.bv_len - cut);
	ber_free(ber, 1);
}

/*
 * The callers
 */

static void caller_search(bool paged);

static struct caller *caller_find(unsigned int which)
{
	struct caller *caller;

	if (fuzz.callers_count == 0)
		return NULL;
	caller = &fuzz.callers[which % fuzz.callers_count];
	return caller->over || caller->in_callback || caller->starting ? NULL :
									 caller;
}

static void caller_abort(struct caller *caller)
{
	if (caller == NULL)
		return;
	campus_ldap_abort(&caller->request);
	i_assert(caller->request == NULL);
	caller->over = TRUE;
}

static void caller_check_answer(const struct caller *caller,
				const struct campus_ldap_answer *answer)
{
	bool answered = answer->result.outcome == DIRECTORY_OUTCOME_ANSWERED;
	const struct directory_entry *entries;
	const char *error = answer->error;
	unsigned int count;

	i_assert(answer->result.outcome <= DIRECTORY_OUTCOME_ANSWERED);
	i_assert(error != NULL && (*error == '\0') == answered);
	i_assert(uni_utf8_str_is_valid(error));
	for (; *error != '\0'; error++)
		i_assert((unsigned char)*error >= 0x20 && *error != 0x7f);
	i_assert(answer->server != NULL && answer->result.diagnostic != NULL);
	/* nothing comes from nothing */
	i_assert(!answered || fuzz.sent > caller->sent_before);
	i_assert(answered || array_count(answer->entries) == 0);
	i_assert(!answer->more || (answered && caller->is_paged));
	i_assert(!caller->is_bind || array_count(answer->entries) == 0);
	entries = array_get(answer->entries, &count);
	for (unsigned int i = 0; i < count; i++)
		i_assert(entries[i].dn != NULL);
}

static void caller_callback(const struct campus_ldap_answer *answer,
			    void *context)
{
	struct caller *caller = context;

	i_assert(!caller->starting && !caller->in_callback && !caller->over);
	caller_check_answer(caller, answer);
	caller->in_callback = TRUE;
	if ((caller->manner & MANNER_SEARCH) != 0)
		caller_search(FALSE);
	if ((caller->manner & MANNER_ABORT_OTHER) != 0)
		caller_abort(caller_find(caller->manner >> 4));
	if (!answer->more) {
		caller->over = TRUE;
		if ((caller->manner & MANNER_ABORT) != 0)
			campus_ldap_abort(&caller->request);
		caller->request = NULL;
	} else if ((caller->manner & MANNER_NEXT_PAGE) != 0) {
		caller->sent_before = fuzz.sent;
		campus_ldap_next_page(caller->request);
	} else if ((caller->manner & MANNER_ABORT) != 0) {
		caller_abort(caller);
	}
	caller->in_callback = FALSE;
}

static struct caller *caller_begin(void)
{
	struct caller *caller;

	if (fuzz.callers_count == MAX_REQUESTS)
		return NULL;
	caller = &fuzz.callers[fuzz.callers_count++];
	i_zero(caller);
	caller->manner = next_byte();
	caller->sent_before = fuzz.sent;
	caller->starting = TRUE;
	return caller;
}

static void caller_search(bool paged)
{
	static const char *const attributes[] = { "uid", NULL };
	struct caller *caller = caller_begin();
	struct campus_ldap_search search = {
		.base = "dc=x",
		.attributes = attributes,
		.size_limit = 3,
	};

	if (caller == NULL)
		return;
	/* one that libldap refuses, too */
	search.filter = (caller->manner & 0x40) != 0 ? "(uid" : "(uid=alice)";
	search.timeout_msecs = (caller->manner & 0x80) != 0 ? 150 : 8000;
	search.page_size = paged ? 2 : 0;
	caller->is_paged = paged;
	caller->request =
		campus_ldap_search(fuzz.ldap, &search, caller_callback, caller);
	caller->starting = FALSE;
}

static void caller_bind(void)
{
	struct caller *caller = caller_begin();

	if (caller == NULL)
		return;
	caller->is_bind = TRUE;
	caller->request = campus_ldap_bind(
		fuzz.ldap, PERSON_DN, (caller->manner & 0x40) != 0 ? "" : "pw",
		(caller->manner & 0x80) != 0 ? 150 : 8000, caller_callback,
		caller);
	caller->starting = FALSE;
}

static void caller_next_page(struct caller *caller)
{
	/* between two pages, with nothing asked for yet */
	if (caller != NULL &&
	    caller->request->state == CAMPUS_LDAP_REQUEST_HELD) {
		caller->sent_before = fuzz.sent;
		campus_ldap_next_page(caller->request);
	}
}

/*
 * One input
 */

static void check_bounds(void)
{
	unsigned int use, waiting = 0;

	i_assert(campus_ldap_is_down(fuzz.ldap) == fuzz.down);
	for (use = 0; use < CAMPUS_LDAP_USE_COUNT; use++) {
		waiting += fuzz.ldap->waiting[use].count;
		i_assert(fuzz.ldap->connecting_count[use] <=
			 fuzz.ldap->conns_count[use]);
		i_assert(fuzz.ldap->conns_count[use] <=
			 campus_ldap_conn_limit(fuzz.ldap,
						(enum campus_ldap_use)use) +
				 MAX_PROBES);
	}
	/* those that are sent once more were in the queue before */
	i_assert(waiting <= QUEUE_SIZE + fuzz.callers_count);
}

static void run_op(void)
{
	static const unsigned int msecs[] = { 1,   49,	 50,   100,  200,  500,
					      999, 2000, 3000, 8000, 60000 };
	struct peer *peer;
	unsigned int byte = next_byte();
	size_t size;

	switch ((enum op)(byte % OP_COUNT)) {
	case OP_SEARCH:
		caller_search(FALSE);
		break;
	case OP_BIND:
		caller_bind();
		break;
	case OP_PAGES:
		caller_search(TRUE);
		break;
	case OP_ABORT:
		caller_abort(caller_find(next_byte()));
		break;
	case OP_NEXT_PAGE:
		caller_next_page(caller_find(next_byte()));
		break;
	case OP_ANSWER:
	case OP_ENTRY:
		peer = next_peer();
		if (peer != NULL)
			peer_answer(peer, byte % OP_COUNT == OP_ENTRY);
		break;
	case OP_RAW:
		if (!fuzz.raw)
			break;
		peer = next_peer();
		size = next_byte();
		size = I_MIN(size, (size_t)(fuzz.end - fuzz.data));
		if (peer != NULL)
			peer_send(peer, fuzz.data, size);
		fuzz.data += size;
		break;
	case OP_CLOSE:
		peer = next_peer();
		if (peer != NULL)
			peer_close(peer);
		break;
	case OP_TIME:
		clock_msecs += msecs[next_byte() % N_ELEMENTS(msecs)];
		break;
	case OP_REFUSE:
		fuzz.refuse = !fuzz.refuse;
		break;
	case OP_RUN:
		if (byte != OP_RUN)
			campus_ldap_check(fuzz.ldap);
		break;
	case OP_COUNT:
		break;
	}
	/* an answer; its callback */
	run_once();
	run_once();
	check_bounds();
}

static void check_changed(bool down, void *context ATTR_UNUSED)
{
	i_assert(down != fuzz.down);
	fuzz.down = down;
}

static void run_input(void)
{
	const struct campus_ldap_settings set = {
		.uri = "ldap://127.0.0.1",
		.service_dn = SERVICE_DN,
		.service_password = "secret",
		.dns_client_socket_path = "",
		.search_connections = SEARCH_CONNECTIONS,
		.bind_connections = BIND_CONNECTIONS,
		.queue_size = QUEUE_SIZE,
		.connect_timeout_msecs = CONNECT_MSECS,
		.operation_timeout_msecs = OPERATION_MSECS,
		.changed = check_changed,
	};
	struct event *event = event_create(NULL);
	struct campus_ldap *ldap;
	const char *error;
	unsigned int i;

	if (campus_ldap_init(&set, event, &fuzz.ldap, &error) < 0)
		i_panic("%s", error);
	for (i = 0; i < MAX_OPS && fuzz.data < fuzz.end; i++)
		run_op();
	/* callbacks may ask for more even now */
	ldap = fuzz.ldap;
	campus_ldap_deinit(&ldap);
	event_unref(&event);
	for (i = 0; i < fuzz.callers_count; i++)
		i_assert(fuzz.callers[i].over);
	/* the goodbye, and the end */
	for (i = 0; i < MAX_CONNECTIONS; i++) {
		peer_read(&fuzz.peers[i]);
		peer_read(&fuzz.peers[i]);
		i_assert(fuzz.peers[i].fd == -1);
	}
}

/* A log has one line for each message, and nothing is left in the ioloop. */
static void ATTR_FORMAT(2, 0)
	check_log(const struct failure_context *ctx ATTR_UNUSED,
		  const char *format, va_list args)
{
	const char *message;

	T_BEGIN
	{
		message = t_strdup_vprintf(format, args);
		i_assert(strstr(message, " leak") == NULL);
		for (; *message != '\0'; message++)
			i_assert((unsigned char)*message >= 0x20);
	}
	T_END;
}

/* Dovecot's library is made once: libldap keeps what it has read, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!lib_is_initialized()) {
		lib_init();
		i_set_error_handler(check_log);
		i_set_info_handler(check_log);
	}
	clock_is_ours = TRUE;
	i_zero(&fuzz);
	fuzz.data = data;
	fuzz.end = data + size;
	/* libldap 2.5 forgets memory when it is sent what it cannot read, or an
	   unsolicited message with a text. Leaks of ours show without. */
	fuzz.raw = (next_byte() & 1) != 0;
	if (fuzz.raw && __lsan_disable != NULL)
		__lsan_disable();
	for (unsigned int i = 0; i < MAX_CONNECTIONS; i++)
		fuzz.peers[i].fd = -1;
	fuzz.ioloop = io_loop_create();
	T_BEGIN
	{
		run_input();
	}
	T_END;
	io_loop_destroy(&fuzz.ioloop);
	if (fuzz.raw && __lsan_enable != NULL)
		__lsan_enable();
	clock_is_ours = FALSE;
	return 0;
}
