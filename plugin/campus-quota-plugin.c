/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The mail plugin campus_quota: registers, and finds the moment to warn. */

#include "lib.h"
#include "module-context.h"
#include "mail-storage-hooks.h"
#include "mail-user.h"
#include "campus-quota.h"
#include "quota-levels.h"
#include "send-status.h"

#define CAMPUS_QUOTA_CONTEXT(obj)                                              \
	MODULE_CONTEXT_REQUIRE(obj, campus_quota_user_module)
static MODULE_CONTEXT_DEFINE_INIT(campus_quota_user_module,
				  &mail_user_module_register);

void campus_quota_plugin_init(struct module *module);
void campus_quota_plugin_deinit(void);
extern const char *campus_quota_plugin_version;
extern const char *campus_quota_plugin_dependencies[];

/* Who reads mail and who brings some; not doveadm, nor the indexer. */
static bool campus_quota_is_session(const struct mail_user *user)
{
	static const char *const services[] = { "imap", "pop3", "lmtp", "lda",
						NULL };

	return !user->autocreated && str_array_find(services, user->service);
}

/* The program has its answers, and the delivery its message: nothing that goes
   wrong from here on can harm them. */
static void campus_quota_user_deinit_pre(struct mail_user *user)
{
	union mail_user_module_context *ctx = CAMPUS_QUOTA_CONTEXT(user);

	if (user->error == NULL && user->namespaces != NULL)
		T_BEGIN
		{
			campus_quota_warn(user);
		}
	T_END;
	ctx->super.deinit_pre(user);
}

static void campus_quota_user_created(struct mail_user *user)
{
	struct mail_user_vfuncs *v = user->vlast;
	union mail_user_module_context *ctx;

	if (!campus_quota_is_session(user))
		return;
	ctx = p_new(user->pool, union mail_user_module_context, 1);
	ctx->super = *v;
	user->vlast = &ctx->super;
	v->deinit_pre = campus_quota_user_deinit_pre;
	MODULE_CONTEXT_SET_SELF(user, campus_quota_user_module, ctx);
}

int campus_quota_plugin_may_send(struct mail_user *user, const char **text_r)
{
	return quota_levels_may_send(user, text_r);
}

static struct mail_storage_hooks campus_quota_hooks = {
	.mail_user_created = campus_quota_user_created,
};

void campus_quota_plugin_init(struct module *module)
{
	mail_storage_hooks_add(module, &campus_quota_hooks);
}

void campus_quota_plugin_deinit(void)
{
	mail_storage_hooks_remove(&campus_quota_hooks);
}

const char *campus_quota_plugin_version = DOVECOT_ABI_VERSION;
const char *campus_quota_plugin_dependencies[] = { "quota", NULL };
