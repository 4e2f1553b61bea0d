/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Logs in again and again by Dovecot's auth protocol, as many at once as it is
   told: the load of login processes without their own work. */

#include "load.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* As that many login processes would; a connection can carry any number. */
#define MAX_CONNECTIONS 4

enum expected {
	/* OK as the user in the third field */
	EXPECT_OK,
	/* FAIL, and not as a temporary failure */
	EXPECT_REFUSED,
	/* a temporary failure */
	EXPECT_TROUBLE,
	/* anything: whoever asked hangs up at the first answer */
	EXPECT_GONE
};

struct slot {
	unsigned int id;
	uint64_t began;
	const struct load_login *login;
};

struct connection {
	int fd;
	struct slot *slots;
	unsigned int slots_count, pending, last_round;
	/* one login only is under way */
	bool alone;
	char in[65536];
	size_t in_used;
	char *out;
	size_t out_used, out_size;
};

static struct load load;
static const char *socket_path;
static enum expected expected;
static struct connection connections[MAX_CONNECTIONS];
static unsigned int connections_count;

static void base64(const unsigned char *data, size_t size, char *dest)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		unsigned int word = (unsigned int)data[i] << 16;

		if (left > 1)
			word |= (unsigned int)data[i + 1] << 8;
		if (left > 2)
			word |= data[i + 2];
		*dest++ = digits[word >> 18];
		*dest++ = digits[word >> 12 & 63];
		*dest++ = left > 1 ? digits[word >> 6 & 63] : '=';
		*dest++ = left > 2 ? digits[word & 63] : '=';
	}
	*dest = '\0';
}

/* Begin the next login in a slot, if there is one. */
static void slot_begin(struct connection *conn, unsigned int idx)
{
	struct slot *slot = &conn->slots[idx];
	const struct load_login *login = load_next(&load);
	char plain[1024], resp[2048];
	size_t name_len, password_len;

	if (login == NULL) {
		slot->id = 0;
		return;
	}
	name_len = strlen(login->fields[0]);
	password_len = strlen(login->fields[1]);
	if (name_len + password_len + 2 > sizeof(plain))
		load_die("a name that long? %s", login->fields[0]);
	plain[0] = '\0';
	memcpy(plain + 1, login->fields[0], name_len + 1);
	memcpy(plain + name_len + 2, login->fields[1], password_len);
	base64((unsigned char *)plain, name_len + password_len + 2, resp);

	/* unique, and it tells the slot */
	slot->id = ++conn->last_round * conn->slots_count + idx;
	slot->began = load_now();
	slot->login = login;
	conn->pending++;
	if (conn->out_size - conn->out_used < sizeof(resp) + 256) {
		conn->out_size += 65536;
		conn->out = load_realloc(conn->out, conn->out_size);
	}
	conn->out_used += (size_t)sprintf(
		conn->out + conn->out_used,
		"AUTH\t%u\tPLAIN\tservice=imap\tsecured\tlip=127.0.0.1\t"
		"rip=127.0.0.2\tresp=%s\n",
		slot->id, resp);
}

static void connection_flush(struct connection *conn)
{
	for (size_t pos = 0; pos < conn->out_used;) {
		ssize_t ret = send(conn->fd, conn->out + pos,
				   conn->out_used - pos, MSG_NOSIGNAL);

		if (ret < 0)
			load_die("writing to the auth service: %m");
		pos += (size_t)ret;
	}
	conn->out_used = 0;
}

static void connection_read(struct connection *conn)
{
	ssize_t ret = recv(conn->fd, conn->in + conn->in_used,
			   sizeof(conn->in) - conn->in_used - 1, 0);

	if (ret <= 0)
		load_die("the auth service closed the connection");
	conn->in_used += (size_t)ret;
	conn->in[conn->in_used] = '\0';
}

static void connection_open(struct connection *conn)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char hello[64];
	char *end;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", socket_path);
	conn->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(conn->fd, (void *)&addr, sizeof(addr)) < 0)
		load_die("%s: %m", socket_path);
	conn->in_used = 0;
	/* Dovecot wants each process id once. */
	conn->out_used = 0;
	snprintf(hello, sizeof(hello), "VERSION\t1\t1\nCPID\t%d\n",
		 getpid() + (int)(conn - connections));
	if (write(conn->fd, hello, strlen(hello)) < 0)
		load_die("writing to the auth service: %m");
	do {
		connection_read(conn);
		end = strstr(conn->in, "DONE\n");
	} while (end == NULL);
	conn->in_used = 0;

	/* Whoever hangs up leaves work behind that still goes on. A login that
	   comes after it shows that it is done: else there would be more and
	   more at once. */
	conn->alone = expected == EXPECT_GONE;
	conn->pending = 0;
	for (unsigned int i = 0; i < (conn->alone ? 1 : conn->slots_count); i++)
		slot_begin(conn, i);
	connection_flush(conn);
}

/* The value of a field in an answer, up to the next tab; NULL = none. */
static const char *answer_field(const char *line, const char *key,
				size_t *len_r)
{
	size_t key_len = strlen(key);

	while ((line = strchr(line, '\t')) != NULL) {
		line++;
		if (strncmp(line, key, key_len) == 0) {
			*len_r = strcspn(line + key_len, "\t");
			return line + key_len;
		}
	}
	return NULL;
}

static bool answer_is_right(const char *line, const struct load_login *login)
{
	size_t len;
	const char *value;
	bool trouble = answer_field(line, "temp", &len) != NULL ||
		       answer_field(line, "code=temp_fail", &len) != NULL;

	switch (expected) {
	case EXPECT_OK:
		value = answer_field(line, "user=", &len);
		return strncmp(line, "OK\t", 3) == 0 && value != NULL &&
		       len == strlen(login->fields[2]) &&
		       strncmp(value, login->fields[2], len) == 0;
	case EXPECT_REFUSED:
		return strncmp(line, "FAIL\t", 5) == 0 && !trouble;
	case EXPECT_TROUBLE:
		return strncmp(line, "FAIL\t", 5) == 0 && trouble;
	case EXPECT_GONE:
		return true;
	}
	return false;
}

static void connection_answer(struct connection *conn, const char *line)
{
	unsigned int id = 0;
	struct slot *slot;

	if (sscanf(line, "%*[A-Z]\t%u", &id) != 1)
		return;
	slot = &conn->slots[id % conn->slots_count];
	if (id == 0 || slot->id != id)
		load_die("an answer to nothing: %s", line);
	load_done(&load, slot->began, answer_is_right(line, slot->login), line);
	conn->pending--;
	slot_begin(conn, id % conn->slots_count);
}

static void connection_input(struct connection *conn)
{
	char *line = conn->in, *end;

	connection_read(conn);
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		connection_answer(conn, line);
		line = end + 1;
	}
	conn->in_used -= (size_t)(line - conn->in);
	memmove(conn->in, line, conn->in_used);
	if (conn->alone && conn->pending > 0) {
		conn->alone = false;
		for (unsigned int i = 1; i < conn->slots_count; i++)
			slot_begin(conn, i);
		connection_flush(conn);
	} else if (expected == EXPECT_GONE) {
		close(conn->fd);
		connection_open(conn);
	} else {
		connection_flush(conn);
	}
}

static void run(void)
{
	struct pollfd fds[MAX_CONNECTIONS];
	unsigned int pending;

	do {
		pending = 0;
		for (unsigned int i = 0; i < connections_count; i++) {
			fds[i].fd = connections[i].fd;
			fds[i].events = POLLIN;
			pending += connections[i].pending;
		}
		if (pending > 0 && poll(fds, connections_count, 60000) <= 0)
			load_die("no answer for a minute");
		for (unsigned int i = 0; pending > 0 && i < connections_count;
		     i++) {
			if (fds[i].revents != 0)
				connection_input(&connections[i]);
		}
	} while (pending > 0);
}

int main(int argc, char *argv[])
{
	static const char *const words[] = { "ok", "refused", "trouble",
					     "gone" };
	unsigned int outstanding;

	if (argc != 6) {
		load_die("usage: auth-load SOCKET OUTSTANDING SECONDS COUNT "
			 "ok|refused|trouble|gone\n"
			 "input: lines of NAME<tab>PASSWORD<tab>USER");
	}
	socket_path = argv[1];
	outstanding = (unsigned int)atoi(argv[2]);
	while (strcmp(argv[5], words[expected]) != 0) {
		if (++expected > EXPECT_GONE)
			load_die("what is '%s'?", argv[5]);
	}
	connections_count =
		outstanding < MAX_CONNECTIONS ? outstanding : MAX_CONNECTIONS;
	load_init(&load, atof(argv[3]), strtoull(argv[4], NULL, 10));
	for (unsigned int i = 0; i < connections_count; i++) {
		struct connection *conn = &connections[i];

		/* the remainder goes to the first ones */
		conn->slots_count =
			outstanding / connections_count +
			(i < outstanding % connections_count ? 1 : 0);
		conn->slots = load_realloc(NULL, conn->slots_count *
							 sizeof(*conn->slots));
		connection_open(conn);
	}
	run();
	load_report(&load);
	return 0;
}
