/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The mail plugin campus_acl: registers, and lets nobody in without rights. */

#include "lib.h"
#include "mail-storage-hooks.h"
#include "acl-settings-source.h"
#include "campus-acl.h"

#define CAMPUS_ACL_USER_CONTEXT(obj) MODULE_CONTEXT(obj, campus_acl_user_module)
static MODULE_CONTEXT_DEFINE_INIT(campus_acl_user_module,
				  &mail_user_module_register);

void campus_acl_plugin_init(struct module *module);
void campus_acl_plugin_deinit(void);
extern const char *campus_acl_plugin_version;
extern const char *campus_acl_plugin_dependencies[];

struct campus_acl_user *campus_acl_user(struct mail_user *user)
{
	return CAMPUS_ACL_USER_CONTEXT(user);
}

bool campus_acl_user_is_lesser(const struct campus_acl_user *cuser)
{
	return cuser->person.name != NULL &&
	       cuser->person.role != PROJECT_ROLE_OWNER;
}

static void campus_acl_fail(struct mail_user *user, const char *error)
{
	user->error = p_strdup_printf(user->pool, "campus_acl: %s", error);
}

static void campus_acl_user_created(struct mail_user *user)
{
	struct campus_acl_user *cuser =
		p_new(user->pool, struct campus_acl_user, 1);
	const char *error;

	/* Dovecot's own users, such as the owner of a shared namespace, are not
	   who acts. */
	if (!user->autocreated &&
	    (campus_acl_person_get(user, &cuser->person, &error) < 0 ||
	     acl_settings_source_read(user, &cuser->set, &error) < 0)) {
		campus_acl_fail(user, error);
		return;
	}
	MODULE_CONTEXT_SET(user, campus_acl_user_module, cuser);
}

static void campus_acl_namespaces_created(struct mail_namespace *namespaces)
{
	struct mail_user *user = namespaces->user;
	struct campus_acl_user *cuser = campus_acl_user(user);
	const char *error;

	if (cuser == NULL || !campus_acl_user_is_lesser(cuser))
		return;
	if (campus_acl_rule_check(user, &error) < 0)
		campus_acl_fail(user, error);
}

static void campus_acl_mailbox_allocated(struct mailbox *box)
{
	if (campus_acl_user(box->storage->user) == NULL)
		return;
	campus_acl_guard_mailbox_allocated(box);
	campus_acl_rule_mailbox_allocated(box);
	campus_acl_pop3_mailbox_allocated(box);
}

static struct mail_storage_hooks campus_acl_hooks = {
	.mail_user_created = campus_acl_user_created,
	.mail_namespace_storage_added = campus_acl_rule_storage_added,
	.mail_namespaces_created = campus_acl_namespaces_created,
	.mailbox_allocated = campus_acl_mailbox_allocated,
	.mail_allocated = campus_acl_pop3_mail_allocated,
};

void campus_acl_plugin_init(struct module *module)
{
	mail_storage_hooks_add(module, &campus_acl_hooks);
}

void campus_acl_plugin_deinit(void)
{
	mail_storage_hooks_remove(&campus_acl_hooks);
}

const char *campus_acl_plugin_version = DOVECOT_ABI_VERSION;
const char *campus_acl_plugin_dependencies[] = { "acl", NULL };
