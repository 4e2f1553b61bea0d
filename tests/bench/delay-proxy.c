/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Makes a server on this machine far away: hands bytes on after half of a round
   trip's time, each way, as many as come.

   A number on standard input is the round trip's time in microseconds from then
   on; the answer is a line with what has passed so far: bytes to the server,
   bytes from it. Nothing should be on its way meanwhile. */

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* One side of a connection. It lives until the bytes to it are out. */
struct side {
	int fd;
	struct side *peer;
	bool to_server, over;
	unsigned int refcount;
};

/* The delay is the same for all, so they become due in the order in which they
   came: one queue. */
struct chunk {
	struct chunk *next;
	struct side *dest;
	uint64_t due;
	/* 0 = the other side has closed */
	size_t size;
	char data[];
};

static int epoll_fd, listen_fd, server_port;
static uint64_t delay, bytes_to_server, bytes_from_server;
static struct chunk *head, **tail = &head;

static void watch(int fd, void *who)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = who };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		load_die("epoll_ctl(): %m");
}

static struct sockaddr_in address(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static struct side *side_create(int fd, bool to_server)
{
	struct side *side = load_realloc(NULL, sizeof(*side));
	const int on = 1;

	/* its own, and the peer's */
	*side = (struct side){ .fd = fd,
			       .to_server = to_server,
			       .refcount = 2 };
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	watch(fd, side);
	return side;
}

static void side_unref(struct side *side)
{
	if (--side->refcount > 0)
		return;
	close(side->fd);
	free(side);
}

static void accept_client(void)
{
	struct sockaddr_in server = address(server_port);
	int fd = accept(listen_fd, NULL, NULL);
	int server_fd = socket(AF_INET, SOCK_STREAM, 0);
	struct side *client, *far_end;

	if (fd < 0 || connect(server_fd, (void *)&server, sizeof(server)) < 0) {
		close(fd);
		close(server_fd);
		return;
	}
	client = side_create(fd, false);
	far_end = side_create(server_fd, true);
	client->peer = far_end;
	far_end->peer = client;
}

static void side_input(struct side *side)
{
	static char data[65536];
	ssize_t ret = recv(side->fd, data, sizeof(data), MSG_DONTWAIT);
	struct chunk *chunk;

	if (ret < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (ret <= 0) {
		ret = 0;
		(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, side->fd, NULL);
	}
	if (side->to_server)
		bytes_from_server += (size_t)ret;
	else
		bytes_to_server += (size_t)ret;
	chunk = load_realloc(NULL, sizeof(*chunk) + (size_t)ret);
	chunk->next = NULL;
	chunk->dest = side->peer;
	chunk->due = load_now() + delay;
	chunk->size = (size_t)ret;
	memcpy(chunk->data, data, (size_t)ret);
	*tail = chunk;
	tail = &chunk->next;
}

static void chunk_deliver(struct chunk *chunk)
{
	struct side *dest = chunk->dest;

	for (size_t pos = 0; pos < chunk->size && !dest->over;) {
		ssize_t ret = send(dest->fd, chunk->data + pos,
				   chunk->size - pos, MSG_NOSIGNAL);

		if (ret < 0)
			dest->over = true;
		else
			pos += (size_t)ret;
	}
	if (chunk->size == 0) {
		struct side *peer = dest->peer;

		(void)shutdown(dest->fd, SHUT_WR);
		/* nothing will come from there any more */
		side_unref(peer);
		side_unref(dest);
	}
	free(chunk);
}

static void read_command(void)
{
	char line[64];
	ssize_t ret = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (ret <= 0)
		exit(0);
	line[ret] = '\0';
	delay = strtoull(line, NULL, 10) / 2;
	printf("to_server=%llu from_server=%llu\n",
	       (unsigned long long)bytes_to_server,
	       (unsigned long long)bytes_from_server);
	fflush(stdout);
}

static void loop_once(void)
{
	struct epoll_event events[64];
	uint64_t now = load_now();
	struct timespec wait = { .tv_sec = 3600 };
	int count;

	while (head != NULL && head->due <= now) {
		struct chunk *chunk = head;

		head = chunk->next;
		if (head == NULL)
			tail = &head;
		chunk_deliver(chunk);
	}
	if (head != NULL) {
		wait.tv_sec = (time_t)((head->due - now) / 1000000);
		wait.tv_nsec = (long)((head->due - now) % 1000000) * 1000;
	}
	count = epoll_pwait2(epoll_fd, events, 64, &wait, NULL);
	if (count < 0 && errno != EINTR)
		load_die("epoll_pwait2(): %m");
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == &listen_fd)
			accept_client();
		else if (events[i].data.ptr == &delay)
			read_command();
		else
			side_input(events[i].data.ptr);
	}
}

int main(int argc, char *argv[])
{
	struct sockaddr_in addr;
	const int on = 1;

	if (argc != 3)
		load_die("usage: delay-proxy PORT PORT-OF-SERVER");
	addr = address(atoi(argv[1]));
	server_port = atoi(argv[2]);
	epoll_fd = epoll_create1(0);
	listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listen_fd, (void *)&addr, sizeof(addr)) < 0 ||
	    listen(listen_fd, 1024) < 0)
		load_die("port %s: %m", argv[1]);
	watch(listen_fd, &listen_fd);
	watch(STDIN_FILENO, &delay);
	for (;;)
		loop_once();
}
