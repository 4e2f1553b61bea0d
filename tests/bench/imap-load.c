/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* IMAP logins from end to end: connect, TLS, LOGIN, LOGOUT, as many at once as
   it is told, a thread for each. */

#include "load.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct load load;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static SSL_CTX *tls;
static int port;

/* Read up to the line that begins with this. Returns false if none comes. */
static bool read_until(SSL *ssl, char *data, size_t size, const char *begin)
{
	size_t used = 0;
	int ret;

	while (used + 1 < size &&
	       (ret = SSL_read(ssl, data + used, (int)(size - used - 1))) > 0) {
		char *line = data;

		used += (size_t)ret;
		data[used] = '\0';
		for (char *end; (end = strstr(line, "\r\n")) != NULL;
		     line = end + 2) {
			if (strncmp(line, begin, strlen(begin)) == 0)
				return true;
		}
	}
	data[used] = '\0';
	return false;
}

static bool command(SSL *ssl, const char *text, char *data, size_t size,
		    const char *begin)
{
	return SSL_write(ssl, text, (int)strlen(text)) > 0 &&
	       read_until(ssl, data, size, begin);
}

static bool session(SSL *ssl, const struct load_login *login, char *data,
		    size_t size)
{
	char text[1024];

	snprintf(text, sizeof(text), "a LOGIN \"%s\" \"%s\"\r\n",
		 login->fields[0], login->fields[1]);
	return SSL_connect(ssl) == 1 && read_until(ssl, data, size, "* OK") &&
	       command(ssl, text, data, size, "a OK") &&
	       command(ssl, "b LOGOUT\r\n", data, size, "b OK");
}

static bool connect_and_login(const struct load_login *login, char *data,
			      size_t size)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = SSL_new(tls);
	bool right;

	data[0] = '\0';
	right = connect(fd, (void *)&addr, sizeof(addr)) == 0 &&
		SSL_set_fd(ssl, fd) == 1 && session(ssl, login, data, size);
	SSL_free(ssl);
	close(fd);
	return right;
}

static void *work(void *context)
{
	const struct load_login *login;
	char data[8192];

	pthread_mutex_lock(&lock);
	while ((login = load_next(&load)) != NULL) {
		uint64_t began = load_now();
		bool right;

		pthread_mutex_unlock(&lock);
		right = connect_and_login(login, data, sizeof(data));
		pthread_mutex_lock(&lock);
		load_done(&load, began, right, data);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(int argc, char *argv[])
{
	unsigned int outstanding;
	pthread_t *threads;

	if (argc != 5) {
		load_die("usage: imap-load PORT OUTSTANDING SECONDS COUNT\n"
			 "input: lines of NAME<tab>PASSWORD");
	}
	port = atoi(argv[1]);
	outstanding = (unsigned int)atoi(argv[2]);
	/* The certificate is not what is measured. */
	tls = SSL_CTX_new(TLS_client_method());
	load_init(&load, atof(argv[3]), strtoull(argv[4], NULL, 10));
	threads = calloc(outstanding, sizeof(*threads));
	for (unsigned int i = 0; i < outstanding; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			load_die("pthread_create(): %m");
	}
	for (unsigned int i = 0; i < outstanding; i++)
		pthread_join(threads[i], NULL);
	load_report(&load);
	return 0;
}
