/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The names of folders in doveadm's search queries. doveadm compares them with
   the names that folders have, so that nothing would ever be found by another
   one. Here each is replaced by its folder's own, for one user at a time. */

#include "lib.h"
#include "array.h"
#include "mail-namespace.h"
#include "mail-search.h"
#include "mail-storage.h"
#include "mail-storage-hooks.h"
#include "mail-user.h"
#include "doveadm-compat.h"
#include "folder-pattern.h"
#include "folder-settings.h"
#include "doveadm-campus-query.h"

#define CAMPUS_QUERY_CONTEXT(obj)                                              \
	MODULE_CONTEXT_REQUIRE(obj, campus_query_module)

struct query_name {
	struct mail_search_arg *arg;
	const char *given;
};

struct campus_query {
	union doveadm_mail_cmd_module_context module_ctx;

	struct doveadm_mail_cmd_context *cmd;
	ARRAY(struct query_name) names;
	/* What the names are for the present user. */
	pool_t meant_pool;
	/* The query is for the user that the command itself has opened, such
	   as the one to copy from. */
	bool has_source;
};

static MODULE_CONTEXT_DEFINE_INIT(campus_query_module,
				  &doveadm_mail_cmd_module_register);

/* The query of the command that is at work; doveadm runs one at a time. */
static struct campus_query *current_query;
static void (*next_hook_doveadm_mail_init)(
	struct doveadm_mail_cmd_context *ctx);

/* The storage knows: a mailbox has the name that was meant. */
static const char *query_name_meant(struct mail_user *user, const char *name)
{
	struct mail_namespace *ns = mail_namespace_find(user->namespaces, name);
	struct mailbox *box =
		mailbox_alloc(ns->list, name,
			      MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	const char *meant = t_strdup(mailbox_get_vname(box));

	mailbox_free(&box);
	return meant;
}

/* Is the pattern for personal folders without their prefix, and for no other
   namespace? */
static bool query_pattern_is_bare(const struct mail_namespace *inbox, char sep,
				  const char *pattern)
{
	size_t plain_len = strcspn(pattern, "*%");
	const struct mail_namespace *ns;

	if (folder_pattern_is_prefixed(pattern, sep))
		return FALSE;
	for (ns = inbox->user->namespaces; ns != NULL; ns = ns->next) {
		if (ns->prefix_len > 0 &&
		    strncmp(ns->prefix, inbox->prefix, inbox->prefix_len) !=
			    0 &&
		    strncmp(ns->prefix, pattern,
			    I_MIN(ns->prefix_len, plain_len)) == 0)
			return FALSE;
	}
	return TRUE;
}

static const char *query_pattern_meant(struct mail_user *user,
				       const char *pattern)
{
	struct mail_namespace *inbox = folder_settings_inbox(user->namespaces);
	const char *below, *first;
	size_t first_len;
	bool bare;
	char sep;

	if (inbox == NULL)
		return pattern;
	sep = mail_namespace_get_sep(inbox);
	bare = folder_settings_bare(user->namespaces) != NULL &&
	       query_pattern_is_bare(inbox, sep, pattern);
	below = bare ? pattern : folder_settings_below(inbox, pattern);
	if (below == NULL)
		return pattern;
	if (folder_pattern_split(below, sep, &first_len)) {
		below += first_len;
		first = t_strdup_until(pattern, below);
		return t_strconcat(query_name_meant(user, first), below, NULL);
	}
	return bare ? t_strconcat(inbox->prefix, pattern, NULL) : pattern;
}

static void query_translate(struct campus_query *query, struct mail_user *user)
{
	struct query_name *name;
	const char *meant;

	p_clear(query->meant_pool);
	array_foreach_modifiable(&query->names, name) {
		T_BEGIN
		{
			if (name->arg->type == SEARCH_MAILBOX)
				meant = query_name_meant(user, name->given);
			else
				meant = query_pattern_meant(user, name->given);
			name->arg->value.str =
				p_strdup(query->meant_pool, meant);
		}
		T_END;
	}
}

static void query_namespaces_created(struct mail_namespace *namespaces)
{
	struct mail_user *user = namespaces->user;

	if (current_query == NULL || user->autocreated)
		return;
	if (current_query->cmd->cur_mail_user != NULL)
		current_query->has_source = TRUE;
	else if (current_query->has_source)
		return;
	query_translate(current_query, user);
}

static struct mail_storage_hooks query_hooks = {
	.mail_namespaces_created = query_namespaces_created,
};

static void query_cmd_deinit(struct doveadm_mail_cmd_context *ctx)
{
	struct campus_query *query = CAMPUS_QUERY_CONTEXT(ctx);
	const struct query_name *name;

	current_query = NULL;
	array_foreach(&query->names, name)
		name->arg->value.str = name->given;
	pool_unref(&query->meant_pool);
	query->module_ctx.super.deinit(ctx);
}

static void query_collect(struct campus_query *query,
			  struct mail_search_arg *args)
{
	struct mail_search_arg *arg;
	struct query_name *name;

	for (arg = args; arg != NULL; arg = arg->next) {
		switch (arg->type) {
		case SEARCH_OR:
		case SEARCH_SUB:
		case SEARCH_INTHREAD:
			query_collect(query, arg->value.subargs);
			break;
		case SEARCH_MAILBOX:
		case SEARCH_MAILBOX_GLOB:
			name = array_append_space(&query->names);
			name->arg = arg;
			name->given = arg->value.str;
			break;
		default:
			break;
		}
	}
}

static void query_cmd_init(struct doveadm_mail_cmd_context *ctx)
{
	struct campus_query *query;

	if (next_hook_doveadm_mail_init != NULL)
		next_hook_doveadm_mail_init(ctx);
	current_query = NULL;
	if (ctx->search_args == NULL)
		return;
	query = p_new(ctx->pool, struct campus_query, 1);
	query->cmd = ctx;
	p_array_init(&query->names, ctx->pool, 4);
	/* Now, since it drops one of two equal names: what is one folder for
	   this user may be two for the next. */
	mail_search_args_simplify(ctx->search_args);
	query_collect(query, ctx->search_args->args);
	if (array_count(&query->names) == 0)
		return;
	query->meant_pool = pool_alloconly_create("campus query names", 512);
	query->module_ctx.super = ctx->v;
	ctx->v.deinit = query_cmd_deinit;
	MODULE_CONTEXT_SET(ctx, campus_query_module, query);
	current_query = query;
}

void doveadm_campus_query_init(struct module *module)
{
	next_hook_doveadm_mail_init = hook_doveadm_mail_init;
	hook_doveadm_mail_init = query_cmd_init;
	/* It is no mail plugin, which would have to be in mail_plugins. */
	mail_storage_hooks_add_forced(module, &query_hooks);
}

void doveadm_campus_query_deinit(void)
{
	/* The storage's hooks are gone by now: doveadm ends the storage before
	   it unloads its modules. */
	hook_doveadm_mail_init = next_hook_doveadm_mail_init;
}
