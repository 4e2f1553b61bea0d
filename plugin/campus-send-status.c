/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The service campus-send-status: Postfix asks whether who has logged in may
   send (its policy protocol), the plugin campus_quota knows. */

#include "service-compat.h"
#include "connection.h"
#include "log-escape.h"
#include "module-dir.h"
#include "ostream.h"
#include "restrict-access.h"
#include "quota-levels.h"
#include "send-status.h"

struct send_client {
	struct connection conn;
	/* NULL = nobody has logged in */
	char *username;
};

static struct mail_storage_service_ctx *storage_service;
static struct connection_list *send_clients;

/* Returns 1, 0 or -1, with the text that goes with it, as
   quota_levels_may_send(). */
static int send_status_of_user(struct mail_user *user, const char **text_r)
{
	struct module *module =
		module_dir_find(mail_storage_service_modules, "campus_quota");
	union {
		void *pointer;
		campus_quota_may_send_t *function;
	} may_send = { NULL };

	if (module != NULL) {
		may_send.pointer =
			module_get_symbol(module, CAMPUS_QUOTA_MAY_SEND);
	}
	if (may_send.pointer == NULL) {
		*text_r = "the plugin campus_quota is not loaded: mail_plugins "
			  "must name it outside of protocol sections";
		return -1;
	}
	return may_send.function(user, text_r);
}

/* Somebody who has no mailbox here may send: a service's account, say. */
static int send_status(struct event *event, const char *username,
		       const char **text_r)
{
	struct mail_storage_service_input input = {
		.event_parent = event,
		.service = "campus-send-status",
		.username = username,
	};
	struct mail_user *user;
	int ret;

	ret = service_compat_user_open(storage_service, &input, &user, text_r);
	restrict_access_allow_coredumps(TRUE);
	if (ret <= 0)
		return ret == 0 ? 1 : -1;
	ret = send_status_of_user(user, text_r);
	mail_user_deinit(&user);
	return ret;
}

/* What Postfix is to do. */
static const char *send_action(struct event *event, const char *username)
{
	const char *text;

	switch (send_status(event, username, &text)) {
	case 1:
		return "DUNNO";
	case 0:
		return t_strconcat("552 5.2.2 ", text, NULL);
	default:
		e_error(event,
			"campus_quota: cannot tell whether '%s' may send: %s",
			log_escape(username), text);
		return "DEFER_IF_PERMIT 4.3.0 " QUOTA_LEVELS_TROUBLE;
	}
}

static int send_client_input_line(struct connection *conn, const char *line)
{
	struct send_client *client =
		container_of(conn, struct send_client, conn);
	static const char key[] = "sasl_username=";

	if (*line != '\0') {
		if (strncmp(line, key, sizeof(key) - 1) == 0 &&
		    line[sizeof(key) - 1] != '\0') {
			i_free(client->username);
			client->username = i_strdup(line + sizeof(key) - 1);
		}
		return 1;
	}
	o_stream_nsend_str(
		conn->output,
		t_strdup_printf(
			"action=%s\n\n",
			client->username == NULL ?
				"DUNNO" :
				send_action(conn->event, client->username)));
	i_free(client->username);
	return 1;
}

static void send_client_destroy(struct connection *conn)
{
	struct send_client *client =
		container_of(conn, struct send_client, conn);

	connection_deinit(conn);
	i_free(client->username);
	i_free(client);
	master_service_client_connection_destroyed(master_service);
}

static const struct connection_settings send_client_set = {
	.input_max_size = 16 * 1024,
	.output_max_size = SIZE_MAX,
};

static const struct connection_vfuncs send_client_vfuncs = {
	.destroy = send_client_destroy,
	.input_line = send_client_input_line,
};

static void send_client_connected(struct master_service_connection *conn)
{
	struct send_client *client = i_new(struct send_client, 1);

	connection_init_server(send_clients, &client->conn, "send-client",
			       conn->fd, conn->fd);
	master_service_client_connection_accept(conn);
}

int main(int argc, char *argv[])
{
	master_service = master_service_init(
		"campus-send-status", SERVICE_COMPAT_FLAGS, &argc, &argv, "");
	if (master_getopt(master_service) > 0)
		return FATAL_DEFAULT;
	service_compat_read_settings(master_service);
	master_service_init_log(master_service);
	restrict_access_by_env(RESTRICT_ACCESS_FLAG_ALLOW_ROOT, NULL);
	restrict_access_allow_coredumps(TRUE);

	send_clients =
		connection_list_init(&send_client_set, &send_client_vfuncs);
	storage_service = service_compat_storage_init(
		master_service,
		MAIL_STORAGE_SERVICE_FLAG_ALLOW_ROOT |
			MAIL_STORAGE_SERVICE_FLAG_USERDB_LOOKUP |
			MAIL_STORAGE_SERVICE_FLAG_TEMP_PRIV_DROP |
			MAIL_STORAGE_SERVICE_FLAG_ENABLE_CORE_DUMPS |
			MAIL_STORAGE_SERVICE_FLAG_NO_CHDIR);
	master_service_init_finish(master_service);
	master_service_run(master_service, send_client_connected);

	connection_list_deinit(&send_clients);
	mail_storage_service_deinit(&storage_service);
	master_service_deinit(&master_service);
	return 0;
}
