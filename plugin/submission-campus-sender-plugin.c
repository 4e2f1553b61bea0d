/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The submission plugin submission_campus_sender: MAIL FROM is an address that
   the person may use, in whichever way the person has logged in. The auth
   process decides (auth-driver/campus-sender.c). */

#include "submission-common.h"
#include "auth-client-compat.h"
#include "log-escape.h"
#include "module-context.h"
#include "sender-question.h"
#include "smtp-address.h"
#include "submission-refuse.h"
#include "user-field.h"

struct sender_client {
	union submission_module_context module_ctx;
};

#define SENDER_CONTEXT(obj) MODULE_CONTEXT_REQUIRE(obj, sender_client_module)

static MODULE_CONTEXT_DEFINE_INIT(sender_client_module,
				  &submission_module_register);
static struct module *submission_campus_sender_plugin;
static submission_client_created_func_t *next_client_created;

void submission_campus_sender_plugin_init(struct module *module);
void submission_campus_sender_plugin_deinit(void);
extern const char *submission_campus_sender_plugin_version;
extern const char submission_campus_sender_plugin_binary_dependency[];

/* Returns 1 = yes, 0 = no, -1 = that cannot be said now. */
static int sender_ask(struct mail_user *user, const char *person,
		      const char *address)
{
	/* not the data stack: waiting for the answer changes its frame */
	pool_t pool = pool_alloconly_create("campus sender", 512);
	const char *const *fields;
	int ret = auth_client_compat_user(user, SENDER_QUESTION_SERVICE,
					  sender_question_text(person, address),
					  pool, &fields);

	if (ret > 0 && !str_array_find(fields, SENDER_QUESTION_FIELD
				       "=" SENDER_QUESTION_YES))
		ret = 0;
	pool_unref(&pool);
	return ret;
}

/* Who writes: in a project mailbox the person who has logged in to it. */
static const char *sender_person(struct mail_user *user)
{
	const char *master = user_field(user, "master_user");

	return master != NULL && *master != '\0' ? master : user->username;
}

static int sender_check(struct client *client, struct smtp_server_cmd_ctx *cmd,
			const struct smtp_address *path)
{
	const char *person = sender_person(client->user);
	/* Without quotes: it is looked up, and sent nowhere. */
	const char *address =
		path->domain == NULL ?
			path->localpart :
			t_strconcat(path->localpart, "@", path->domain, NULL);
	int ret = strchr(person, '/') != NULL ?
			  0 :
			  sender_ask(client->user, person, address);

	if (ret > 0)
		return 0;
	if (ret < 0) {
		e_error(client->user->event,
			"submission_campus_sender: whether '%s' may write from "
			"'%s' cannot be said now; the auth process' lines say "
			"why",
			log_escape(person), log_escape(address));
		return submission_refuse(
			cmd, 451, "4.3.0",
			"Your right to send from this address cannot be "
			"checked now, try again later");
	}
	e_info(client->user->event,
	       "submission_campus_sender: refused: '%s' may not write from "
	       "'%s'",
	       log_escape(person), log_escape(address));
	return submission_refuse(cmd, 553, "5.7.1",
				 "You may not send mail from this address");
}

static int sender_cmd_mail(struct client *client,
			   struct smtp_server_cmd_ctx *cmd,
			   struct smtp_server_cmd_mail *data)
{
	struct sender_client *sclient = SENDER_CONTEXT(client);
	int ret = 0;

	/* Receipts and notices come from nobody (RFC 8098 3). */
	if (!smtp_address_isnull(data->path))
		T_BEGIN
		{
			ret = sender_check(client, cmd, data->path);
		}
	T_END;
	if (ret < 0)
		return ret;
	return sclient->module_ctx.super.cmd_mail(client, cmd, data);
}

static void sender_client_created(struct client **_client)
{
	struct client *client = *_client;
	struct sender_client *sclient;

	if (mail_user_is_plugin_loaded(client->user,
				       submission_campus_sender_plugin)) {
		sclient = p_new(client->pool, struct sender_client, 1);
		sclient->module_ctx.super = client->v;
		client->v.cmd_mail = sender_cmd_mail;
		MODULE_CONTEXT_SET(client, sender_client_module, sclient);
	}
	if (next_client_created != NULL)
		next_client_created(_client);
}

void submission_campus_sender_plugin_init(struct module *module)
{
	submission_campus_sender_plugin = module;
	next_client_created =
		submission_client_created_hook_set(sender_client_created);
}

void submission_campus_sender_plugin_deinit(void)
{
	submission_client_created_hook_set(next_client_created);
}

const char *submission_campus_sender_plugin_version = DOVECOT_ABI_VERSION;
const char submission_campus_sender_plugin_binary_dependency[] = "submission";
