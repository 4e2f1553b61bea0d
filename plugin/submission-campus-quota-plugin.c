/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The submission plugin submission_campus_quota: nothing is sent from a mailbox
   that has passed its second level. */

#include "lib.h"
#include "module-context.h"
#include "mail-user.h"
#include "submission-common.h"
#include "quota-levels.h"
#include "submission-refuse.h"

#define SUBMISSION_CAMPUS_QUOTA_CONTEXT(obj)                                   \
	MODULE_CONTEXT_REQUIRE(obj, submission_campus_quota_module)
static MODULE_CONTEXT_DEFINE_INIT(submission_campus_quota_module,
				  &submission_module_register);

static struct module *submission_campus_quota_plugin;
static submission_client_created_func_t *next_hook_client_created;

void submission_campus_quota_plugin_init(struct module *module);
void submission_campus_quota_plugin_deinit(void);
extern const char *submission_campus_quota_plugin_version;
extern const char *submission_campus_quota_plugin_dependencies[];
extern const char submission_campus_quota_plugin_binary_dependency[];

/* Counted for each message, since the mailbox may have been tidied up. */
static int submission_campus_quota_mail(struct client *client,
					struct smtp_server_cmd_ctx *cmd,
					struct smtp_server_cmd_mail *data)
{
	union submission_module_context *ctx =
		SUBMISSION_CAMPUS_QUOTA_CONTEXT(client);
	const char *text;

	switch (quota_levels_may_send(client->user, &text)) {
	case 1:
		return ctx->super.cmd_mail(client, cmd, data);
	case 0:
		return submission_refuse(cmd, 552, "5.2.2", text);
	default:
		e_error(client->user->event,
			"campus_quota: cannot tell whether '%s' may send: %s",
			client->user->username, text);
		return submission_refuse(cmd, 451, "4.3.0",
					 QUOTA_LEVELS_TROUBLE);
	}
}

static void submission_campus_quota_client_created(struct client **_client)
{
	struct client *client = *_client;
	union submission_module_context *ctx;

	if (mail_user_is_plugin_loaded(client->user,
				       submission_campus_quota_plugin)) {
		ctx = p_new(client->pool, union submission_module_context, 1);
		ctx->super = client->v;
		client->v.cmd_mail = submission_campus_quota_mail;
		MODULE_CONTEXT_SET_SELF(client, submission_campus_quota_module,
					ctx);
	}
	if (next_hook_client_created != NULL)
		next_hook_client_created(_client);
}

void submission_campus_quota_plugin_init(struct module *module)
{
	submission_campus_quota_plugin = module;
	next_hook_client_created = submission_client_created_hook_set(
		submission_campus_quota_client_created);
}

void submission_campus_quota_plugin_deinit(void)
{
	(void)submission_client_created_hook_set(next_hook_client_created);
}

const char *submission_campus_quota_plugin_version = DOVECOT_ABI_VERSION;
const char *submission_campus_quota_plugin_dependencies[] = { "quota", NULL };
const char submission_campus_quota_plugin_binary_dependency[] = "submission";
