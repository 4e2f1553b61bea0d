/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The imap plugin imap_campus_quota: what RFC 9208 wants besides Dovecot's own
   QUOTA, and a warning before the mailbox is full. */

#include "imap-campus-quota.h"
#include "quota-compat.h"

static struct module *imap_campus_quota_plugin;
static imap_client_created_func_t *next_client_created;

void imap_campus_quota_plugin_init(struct module *module);
void imap_campus_quota_plugin_deinit(void);
extern const char *imap_campus_quota_plugin_version;
extern const char *imap_campus_quota_plugin_dependencies[];
extern const char imap_campus_quota_plugin_binary_dependency[];

bool imap_campus_quota_is_loaded(struct client *client)
{
	return mail_user_is_plugin_loaded(client->user,
					  imap_campus_quota_plugin);
}

/* A resource is told only to whom it is limited. There is no QUOTASET: limits
   are changed in the directory. */
static void imap_campus_quota_add_capabilities(struct client *client)
{
	struct quota_compat_limits limits;

	quota_compat_get_limits(client->user, &limits);
	if (limits.storage)
		client_add_capability(client, "QUOTA=RES-STORAGE");
	if (limits.messages)
		client_add_capability(client, "QUOTA=RES-MESSAGE");
}

static void imap_campus_quota_client_created(struct client **client)
{
	if (imap_campus_quota_is_loaded(*client)) {
		imap_campus_quota_add_capabilities(*client);
		imap_campus_quota_warn_client_created(*client);
	}
	if (next_client_created != NULL)
		next_client_created(client);
}

void imap_campus_quota_plugin_init(struct module *module)
{
	imap_campus_quota_plugin = module;
	next_client_created =
		imap_client_created_hook_set(imap_campus_quota_client_created);
	imap_campus_quota_status_init();
}

void imap_campus_quota_plugin_deinit(void)
{
	imap_campus_quota_status_deinit();
	imap_client_created_hook_set(next_client_created);
}

const char *imap_campus_quota_plugin_version = DOVECOT_ABI_VERSION;
const char *imap_campus_quota_plugin_dependencies[] = { "imap_quota", NULL };
const char imap_campus_quota_plugin_binary_dependency[] = "imap";
