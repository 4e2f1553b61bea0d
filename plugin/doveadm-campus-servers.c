/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* doveadm campus servers: how the directory's servers are, as the auth process
   sees it. It is asked by a userdb look-up that is none (server-state.h); who
   may not look up everybody on that socket is refused by Dovecot. */

#include "lib.h"
#include "ioloop.h"
#include "time-util.h"
#include "doveadm.h"
#include "doveadm-print.h"
#include "auth-client-compat.h"
#include "doveadm-campus-servers.h"
#include "server-state.h"

#include <sysexits.h>

static void servers_print(const struct server_state *state)
{
	const time_t since = ioloop_time - (time_t)(state->since_msecs / 1000);
	uint64_t next = state->next_msecs;

	doveadm_print(state->server);
	doveadm_print(server_state_word_name(state->word));
	doveadm_print(t_strflocaltime("%Y-%m-%d %H:%M:%S", since));
	doveadm_print_num(state->connections);
	doveadm_print_num(state->in_flight);
	doveadm_print_num(state->waiting);
	if (state->word == SERVER_STATE_DOWN) {
		doveadm_print(t_strdup_printf(
			"tried in %u.%u s", (unsigned int)(next / 1000),
			(unsigned int)(next % 1000) / 100));
	} else if (state->word == SERVER_STATE_TRIAL) {
		doveadm_print(t_strdup_printf("preferred in %u s",
					      (unsigned int)(next / 1000) + 1));
	} else {
		doveadm_print("-");
	}
	doveadm_print(*state->why == '\0' ? "-" : state->why);
}

/* Returns how many there are, -1 if an answer makes no sense. */
static int servers_print_all(const char *const *fields)
{
	struct server_state state;
	const char *value;
	int count = 0;

	for (; *fields != NULL; fields++) {
		value = strchr(*fields, '=');
		if (value == NULL || strncmp(*fields, SERVER_STATE_FIELD,
					     strlen(SERVER_STATE_FIELD)) != 0)
			continue;
		if (server_state_parse(value + 1, &state) < 0)
			return -1;
		servers_print(&state);
		count++;
	}
	return count;
}

static void servers_header(void)
{
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	doveadm_print_header_simple("server");
	doveadm_print_header_simple("state");
	doveadm_print_header_simple("since");
	doveadm_print_header_simple("connections");
	doveadm_print_header_simple("in flight");
	doveadm_print_header_simple("waiting");
	doveadm_print_header_simple("next");
	doveadm_print_header_simple("why");
}

static void cmd_campus_servers(struct doveadm_cmd_context *cctx ATTR_UNUSED)
{
	const char *path =
		t_strconcat(doveadm_settings->base_dir, "/auth-userdb", NULL);
	struct auth_master_connection *conn = auth_master_init(path, 0);
	pool_t pool = pool_alloconly_create("campus servers", 1024);
	const char *const *fields = NULL;
	int ret;

	ret = auth_client_compat_lookup(conn, SERVER_STATE_SERVICE,
					SERVER_STATE_SERVICE, pool, &fields);
	if (ret < 0) {
		i_error("The auth process at %s does not tell: %s", path,
			fields != NULL && fields[0] != NULL ?
				fields[0] :
				"look into Dovecot's log");
		doveadm_exit_code = EX_TEMPFAIL;
	} else {
		servers_header();
		if (ret > 0)
			ret = servers_print_all(fields);
		if (ret < 0) {
			i_error("The auth process answers in another way: "
				"restart Dovecot after an upgrade");
			doveadm_exit_code = EX_PROTOCOL;
		} else if (ret == 0) {
			i_error("No userdb campus has answered: is there one "
				"in the configuration, and does no other "
				"userdb answer for every name before it?");
			doveadm_exit_code = EX_UNAVAILABLE;
		}
	}
	auth_master_deinit(&conn);
	pool_unref(&pool);
}

struct doveadm_cmd_ver2 doveadm_cmd_campus_servers = {
	.name = "campus servers",
	.cmd = cmd_campus_servers,
	.usage = "",
	/* clang-format off */
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_PARAMS_END
	/* clang-format on */
};
