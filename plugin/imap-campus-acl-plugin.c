/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The imap plugin imap_campus_acl: registers the commands, and ACL2=UNION where
   entries are added up. */

#include "imap-compat.h"
#include "array.h"
#include "acl-settings-source.h"
#include "imap-campus-acl.h"

#define IMAP_CAMPUS_ACL_CONTEXT(obj) MODULE_CONTEXT(obj, imap_campus_acl_module)
static MODULE_CONTEXT_DEFINE_INIT(imap_campus_acl_module,
				  &imap_module_register);

static struct module *imap_campus_acl_plugin;
static imap_client_created_func_t *next_client_created;

void imap_campus_acl_plugin_init(struct module *module);
void imap_campus_acl_plugin_deinit(void);
extern const char *imap_campus_acl_plugin_version;
extern const char *imap_campus_acl_plugin_dependencies[];
extern const char imap_campus_acl_plugin_binary_dependency[];

struct imap_campus_acl *imap_campus_acl_get(struct client *client)
{
	return IMAP_CAMPUS_ACL_CONTEXT(client);
}

enum {
	SETACL,
	DELETEACL,
	GETACL,
	LISTRIGHTS,
	MYRIGHTS,
	CREATE,
	DELETE,
	COMMAND_COUNT
};
static command_func_t *stock[COMMAND_COUNT];

static bool cmd_setacl(struct client_command_context *cmd)
{
	return imap_campus_acl_run(cmd, 3, imap_campus_acl_setacl,
				   stock[SETACL]);
}

static bool cmd_deleteacl(struct client_command_context *cmd)
{
	return imap_campus_acl_run(cmd, 2, imap_campus_acl_deleteacl,
				   stock[DELETEACL]);
}

static bool cmd_getacl(struct client_command_context *cmd)
{
	return imap_campus_acl_run(cmd, 1, imap_campus_acl_getacl,
				   stock[GETACL]);
}

static bool cmd_listrights(struct client_command_context *cmd)
{
	return imap_campus_acl_run(cmd, 2, imap_campus_acl_listrights,
				   stock[LISTRIGHTS]);
}

static bool cmd_myrights(struct client_command_context *cmd)
{
	return imap_campus_acl_run(cmd, 1, imap_campus_acl_myrights,
				   stock[MYRIGHTS]);
}

static bool cmd_create_anywhere(struct client_command_context *cmd)
{
	return imap_campus_acl_create(cmd, stock[CREATE]);
}

static bool cmd_delete_anywhere(struct client_command_context *cmd)
{
	return imap_campus_acl_delete(cmd, stock[DELETE]);
}

static const struct {
	const char *name;
	command_func_t *func;
} commands[COMMAND_COUNT] = {
	[SETACL] = { "SETACL", cmd_setacl },
	[DELETEACL] = { "DELETEACL", cmd_deleteacl },
	[GETACL] = { "GETACL", cmd_getacl },
	[LISTRIGHTS] = { "LISTRIGHTS", cmd_listrights },
	[MYRIGHTS] = { "MYRIGHTS", cmd_myrights },
	[CREATE] = { "CREATE", cmd_create_anywhere },
	[DELETE] = { "DELETE", cmd_delete_anywhere },
};

static void imap_campus_acl_client_init(struct client *client)
{
	struct imap_campus_acl *acl =
		p_new(client->pool, struct imap_campus_acl, 1);
	const char *error;

	/* campus_acl has read the same settings and found them good */
	if (acl_settings_source_read(client->user, &acl->set, &error) < 0)
		return;
	p_array_init(&acl->told, client->pool, 4);
	MODULE_CONTEXT_SET(client, imap_campus_acl_module, acl);
	if (acl->set.union_rule && acl_compat_is_active(client->user))
		client_add_capability(client, "ACL2=UNION");
}

static void imap_campus_acl_client_created(struct client **clientp)
{
	/* One process may serve people with and without the plugin. */
	if (mail_user_is_plugin_loaded((*clientp)->user,
				       imap_campus_acl_plugin))
		imap_campus_acl_client_init(*clientp);
	if (next_client_created != NULL)
		next_client_created(clientp);
}

void imap_campus_acl_plugin_init(struct module *module)
{
	imap_campus_acl_plugin = module;
	next_client_created =
		imap_client_created_hook_set(imap_campus_acl_client_created);
	for (unsigned int i = 0; i < COMMAND_COUNT; i++) {
		stock[i] = imap_compat_replace_command(commands[i].name,
						       commands[i].func);
	}
}

void imap_campus_acl_plugin_deinit(void)
{
	for (unsigned int i = 0; i < COMMAND_COUNT; i++)
		(void)imap_compat_replace_command(commands[i].name, stock[i]);
	imap_client_created_hook_set(next_client_created);
}

const char *imap_campus_acl_plugin_version = DOVECOT_ABI_VERSION;
const char *imap_campus_acl_plugin_dependencies[] = { "campus_acl", "imap_acl",
						      NULL };
const char imap_campus_acl_plugin_binary_dependency[] = "imap";
