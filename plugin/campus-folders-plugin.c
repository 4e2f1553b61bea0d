/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The mail plugin campus_folders: registers, and reads a user's settings. */

#include "lib.h"
#include "mail-storage-hooks.h"
#include "campus-folders.h"
#include "folder-settings.h"

#define CAMPUS_FOLDERS_USER_CONTEXT(obj)                                       \
	MODULE_CONTEXT(obj, campus_folders_user_module)
static MODULE_CONTEXT_DEFINE_INIT(campus_folders_user_module,
				  &mail_user_module_register);

void campus_folders_plugin_init(struct module *module);
void campus_folders_plugin_deinit(void);
extern const char *campus_folders_plugin_version;

struct campus_folders_user *campus_folders_user(struct mail_user *user)
{
	struct campus_folders_user *cuser = CAMPUS_FOLDERS_USER_CONTEXT(user);

	if (cuser == NULL || cuser->inbox == NULL || user->dsyncing)
		return NULL;
	return cuser;
}

static void campus_folders_user_created(struct mail_user *user)
{
	struct campus_folders_user *cuser =
		p_new(user->pool, struct campus_folders_user, 1);

	MODULE_CONTEXT_SET(user, campus_folders_user_module, cuser);
}

static int campus_folders_user_init(struct campus_folders_user *cuser,
				    struct mail_user *user,
				    const char **error_r)
{
	struct mail_namespace *inbox = folder_settings_inbox(user->namespaces);

	if (inbox == NULL)
		return 0;
	if (folder_settings_get(user, &cuser->roles, error_r) < 0)
		return -1;
	cuser->bare = folder_settings_bare(user->namespaces);
	if (cuser->bare != NULL && mail_namespace_get_sep(cuser->bare) !=
					   mail_namespace_get_sep(inbox)) {
		*error_r = t_strdup_printf(
			"The namespace with an empty prefix has the separator "
			"'%c', the one with inbox=yes has '%c': make them "
			"alike",
			mail_namespace_get_sep(cuser->bare),
			mail_namespace_get_sep(inbox));
		return -1;
	}
	cuser->below_inbox =
		strcmp(t_strcut(inbox->prefix, mail_namespace_get_sep(inbox)),
		       "INBOX") == 0;
	p_array_init(&cuser->places, user->pool, 4);
	cuser->inbox = inbox;
	return 0;
}

static void campus_folders_namespaces_created(struct mail_namespace *namespaces)
{
	struct mail_user *user = namespaces->user;
	struct campus_folders_user *cuser = CAMPUS_FOLDERS_USER_CONTEXT(user);
	const char *error;

	/* Dovecot's own users, such as the one that parses a message for
	   delivery, have no folders. */
	if (cuser == NULL || user->autocreated)
		return;
	if (campus_folders_user_init(cuser, user, &error) < 0)
		user->error = p_strdup_printf(user->pool, "campus_folders: %s",
					      error);
}

static struct mail_storage_hooks campus_folders_hooks = {
	.mail_user_created = campus_folders_user_created,
	.mail_namespaces_created = campus_folders_namespaces_created,
	.mail_storage_created = campus_folders_storage_created,
	.mailbox_list_created = campus_folders_list_created,
	.mailbox_allocated = campus_folders_mailbox_allocated,
};

void campus_folders_plugin_init(struct module *module)
{
	mail_storage_hooks_add(module, &campus_folders_hooks);
}

void campus_folders_plugin_deinit(void)
{
	mail_storage_hooks_remove(&campus_folders_hooks);
}

const char *campus_folders_plugin_version = DOVECOT_ABI_VERSION;
