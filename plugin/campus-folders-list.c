/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Which names LIST and LSUB show. A pattern that can match a name with the
   INBOX prefix is answered with such names. Any other is asked of the personal
   folders with the prefix added, and answered without it. Another name of a
   special folder shows only where a pattern spells it out. */

#include "lib.h"
#include "str.h"
#include "campus-folders.h"
#include "folder-pattern.h"
#include "folder-settings.h"

#define CAMPUS_FOLDERS_LIST_CONTEXT(obj)                                       \
	MODULE_CONTEXT_REQUIRE(obj, campus_folders_list_module)
#define CAMPUS_FOLDERS_ITER_CONTEXT(obj)                                       \
	MODULE_CONTEXT(obj, campus_folders_list_module)

struct campus_folders_list {
	union mailbox_list_module_context module_ctx;
};

/* Names to be listed in another spelling than their own. */
struct list_respelling {
	/* The personal folders, or a namespace below their prefix. */
	struct mailbox_list *list;
	/* What is asked of it, NULL-terminated at the end. */
	ARRAY_TYPE(const_string) patterns;
	/* Answers begin with the one and are shown with the other. */
	const char *from, *to;
};

struct campus_folders_iter {
	union mailbox_list_iterate_module_context module_ctx;

	struct campus_folders_user *cuser;
	/* Listed one after the other when the list's own names are through. */
	ARRAY(struct list_respelling) respellings;
	unsigned int next;
	/* the iteration for the respelling before next */
	struct mailbox_list_iterate_context *inner;
	struct mailbox_info info;
	string_t *vname;
};

static MODULE_CONTEXT_DEFINE_INIT(campus_folders_list_module,
				  &mailbox_list_module_register);

static void list_respell(struct campus_folders_iter *iter, pool_t pool,
			 struct mailbox_list *list, const char *pattern,
			 const char *from, const char *to)
{
	struct list_respelling *respelling;

	pattern = p_strdup(pool, pattern);
	array_foreach_modifiable(&iter->respellings, respelling) {
		if (respelling->list == list &&
		    strcmp(respelling->to, to) == 0) {
			array_push_back(&respelling->patterns, &pattern);
			return;
		}
	}
	respelling = array_append_space(&iter->respellings);
	respelling->list = list;
	p_array_init(&respelling->patterns, pool, 4);
	array_push_back(&respelling->patterns, &pattern);
	respelling->from = p_strdup(pool, from);
	respelling->to = p_strdup(pool, to);
}

/* Is any of the patterns for names without the prefix? */
static bool list_asks_bare(struct campus_folders_user *cuser,
			   const char *const *patterns)
{
	char sep = mail_namespace_get_sep(cuser->bare);

	for (; *patterns != NULL; patterns++) {
		if (!folder_pattern_is_prefixed(*patterns, sep))
			return TRUE;
	}
	return FALSE;
}

/* Does the namespace have names that begin with the prefix, and are they
   listed? */
static bool list_is_below(const struct mail_namespace *ns,
			  const struct mail_namespace *inbox)
{
	return ns == inbox ||
	       (strncmp(ns->prefix, inbox->prefix, inbox->prefix_len) == 0 &&
		(ns->flags & (NAMESPACE_FLAG_LIST_PREFIX |
			      NAMESPACE_FLAG_LIST_CHILDREN)) != 0);
}

static void list_add_bare(struct campus_folders_iter *iter, pool_t pool,
			  const char *pattern)
{
	struct mail_namespace *inbox = iter->cuser->inbox;
	struct mail_namespace *ns;

	if (folder_pattern_is_prefixed(
		    pattern, mail_namespace_get_sep(iter->cuser->bare)))
		return;
	for (ns = inbox->user->namespaces; ns != NULL; ns = ns->next) {
		if (list_is_below(ns, inbox))
			list_respell(iter, pool, ns->list,
				     t_strconcat(inbox->prefix, pattern, NULL),
				     inbox->prefix, "");
	}
}

static void list_add_alias(struct campus_folders_iter *iter, pool_t pool,
			   const char *pattern)
{
	struct mail_namespace *inbox = iter->cuser->inbox;
	const char *below = folder_settings_below(inbox, pattern);
	struct folder_name name;
	const char *typed, *canonical;
	size_t len;

	if (below == NULL ||
	    !folder_pattern_split(below, mail_namespace_get_sep(inbox), &len) ||
	    !folder_roles_find(iter->cuser->roles, below, &name) ||
	    name.match == FOLDER_MATCH_CANONICAL ||
	    (name.match == FOLDER_MATCH_ALIAS &&
	     name.policy != FOLDER_POLICY_ALIAS))
		return;
	typed = t_strdup_until(pattern, below + len);
	canonical = t_strconcat(inbox->prefix, name.canonical, NULL);
	list_respell(iter, pool, inbox->list,
		     t_strconcat(canonical, name.rest, NULL), canonical, typed);
}

static struct mailbox_list_iterate_context *
campus_folders_iter_init(struct mailbox_list *list, const char *const *patterns,
			 enum mailbox_list_iter_flags flags)
{
	struct campus_folders_list *clist = CAMPUS_FOLDERS_LIST_CONTEXT(list);
	struct campus_folders_user *cuser = campus_folders_user(list->ns->user);
	struct mailbox_list_iterate_context *ctx;
	struct campus_folders_iter *iter;

	ctx = clist->module_ctx.super.iter_init(list, patterns, flags);
	if (cuser == NULL || cuser->looking ||
	    (flags & MAILBOX_LIST_ITER_RAW_LIST) != 0)
		return ctx;
	if (list->ns == cuser->bare) {
		if (!list_asks_bare(cuser, patterns))
			return ctx;
	} else if (list->ns != cuser->inbox || cuser->roles == NULL) {
		return ctx;
	}

	iter = p_new(ctx->pool, struct campus_folders_iter, 1);
	iter->cuser = cuser;
	p_array_init(&iter->respellings, ctx->pool, 1);
	for (; *patterns != NULL; patterns++) {
		if (list->ns == cuser->bare)
			list_add_bare(iter, ctx->pool, *patterns);
		else
			list_add_alias(iter, ctx->pool, *patterns);
	}
	MODULE_CONTEXT_SET(ctx, campus_folders_list_module, iter);
	return ctx;
}

/* Does the name lead to the personal folder of the name target? */
static bool list_leads_to(struct campus_folders_iter *iter, const char *vname,
			  const char *target)
{
	struct mailbox_list *list = iter->cuser->inbox->list;
	enum campus_name_kind kind;

	return strcmp(campus_folders_translate(iter->cuser, &list, vname,
					       &kind),
		      target) == 0;
}

/* Are there folders below the name that are really called so? */
static bool list_has_children(struct campus_folders_iter *iter,
			      const char *vname)
{
	struct mailbox_list *list = iter->cuser->inbox->list;
	struct mailbox_list_iterate_context *ctx;
	bool found;

	iter->cuser->looking = TRUE;
	ctx = mailbox_list_iter_init(
		list,
		t_strdup_printf("%s%c*", vname,
				mail_namespace_get_sep(list->ns)),
		MAILBOX_LIST_ITER_RETURN_NO_FLAGS);
	found = mailbox_list_iter_next(ctx) != NULL;
	(void)mailbox_list_iter_deinit(&ctx);
	iter->cuser->looking = FALSE;
	return found;
}

/* Subscriptions may name what is no folder by itself. */
static bool list_is_shown(struct mailbox_list_iterate_context *ctx,
			  struct campus_folders_iter *iter,
			  const struct mailbox_info *info)
{
	const char *below;
	struct folder_name name;
	bool shown;

	if ((ctx->flags & MAILBOX_LIST_ITER_SELECT_SUBSCRIBED) == 0 ||
	    iter->cuser->roles == NULL)
		return TRUE;
	/* Most names mean nothing special. */
	below = folder_settings_below(iter->cuser->inbox, info->vname);
	if (below == NULL ||
	    !folder_roles_find(iter->cuser->roles, below, &name) ||
	    name.match == FOLDER_MATCH_CANONICAL)
		return TRUE;
	T_BEGIN
	{
		shown = list_leads_to(iter, info->vname, info->vname) ||
			((info->flags & MAILBOX_CHILD_SUBSCRIBED) != 0 &&
			 list_has_children(iter, info->vname));
	}
	T_END;
	return shown;
}

/* Does the name in its other spelling lead to the folder? Another namespace may
   begin alike, and a folder of that very name may exist. */
static bool list_is_reached(struct mailbox_list_iterate_context *ctx,
			    struct campus_folders_iter *iter, const char *vname,
			    const char *target)
{
	struct mail_namespace *ns = ctx->list->ns;

	if (ns == iter->cuser->bare)
		return mail_namespace_find(ns->user->namespaces, vname) == ns;
	return list_leads_to(iter, vname, target);
}

static const struct mailbox_info *
list_next_respelled(struct mailbox_list_iterate_context *ctx,
		    struct campus_folders_iter *iter,
		    const struct list_respelling *respelling)
{
	const struct mailbox_info *info;
	size_t from_len = strlen(respelling->from);
	bool shown;

	while ((info = mailbox_list_iter_next(iter->inner)) != NULL) {
		if (strncmp(info->vname, respelling->from, from_len) != 0)
			continue;
		str_truncate(iter->vname, 0);
		str_append(iter->vname, respelling->to);
		str_append(iter->vname, info->vname + from_len);
		T_BEGIN
		{
			shown = list_is_reached(ctx, iter, str_c(iter->vname),
						info->vname);
		}
		T_END;
		if (!shown)
			continue;
		iter->info = *info;
		iter->info.vname = str_c(iter->vname);
		iter->info.ns = ctx->list->ns;
		return &iter->info;
	}
	return NULL;
}

static void list_end_inner(struct mailbox_list_iterate_context *ctx,
			   struct campus_folders_iter *iter)
{
	struct list_respelling *respelling;
	enum mail_error error;
	const char *text;

	if (iter->inner == NULL || mailbox_list_iter_deinit(&iter->inner) == 0)
		return;
	ctx->failed = TRUE;
	respelling = array_idx_modifiable(&iter->respellings, iter->next - 1);
	if (ctx->list != respelling->list) {
		text = mailbox_list_get_last_error(respelling->list, &error);
		mailbox_list_set_error(ctx->list, error, text);
	}
}

static const struct mailbox_info *
campus_folders_iter_next(struct mailbox_list_iterate_context *ctx)
{
	struct campus_folders_list *clist =
		CAMPUS_FOLDERS_LIST_CONTEXT(ctx->list);
	struct campus_folders_iter *iter = CAMPUS_FOLDERS_ITER_CONTEXT(ctx);
	const struct mailbox_info *info;
	struct list_respelling *respelling;

	if (iter == NULL)
		return clist->module_ctx.super.iter_next(ctx);
	while (iter->next == 0) {
		/* What is found there is called so: names need no translation
		   meanwhile. */
		iter->cuser->looking = TRUE;
		info = clist->module_ctx.super.iter_next(ctx);
		iter->cuser->looking = FALSE;
		if (info == NULL)
			break;
		if (list_is_shown(ctx, iter, info))
			return info;
	}
	for (;;) {
		if (iter->inner != NULL) {
			respelling = array_idx_modifiable(&iter->respellings,
							  iter->next - 1);
			info = list_next_respelled(ctx, iter, respelling);
			if (info != NULL)
				return info;
			list_end_inner(ctx, iter);
		}
		if (iter->next >= array_count(&iter->respellings))
			return NULL;
		respelling =
			array_idx_modifiable(&iter->respellings, iter->next++);
		array_append_zero(&respelling->patterns);
		if (iter->vname == NULL)
			iter->vname = str_new(ctx->pool, 128);
		iter->inner = mailbox_list_iter_init_multiple(
			respelling->list, array_front(&respelling->patterns),
			ctx->flags);
	}
}

static int campus_folders_iter_deinit(struct mailbox_list_iterate_context *ctx)
{
	struct campus_folders_list *clist =
		CAMPUS_FOLDERS_LIST_CONTEXT(ctx->list);
	struct campus_folders_iter *iter = CAMPUS_FOLDERS_ITER_CONTEXT(ctx);
	bool failed;

	if (iter != NULL)
		list_end_inner(ctx, iter);
	failed = ctx->failed;
	if (clist->module_ctx.super.iter_deinit(ctx) < 0)
		return -1;
	return failed ? -1 : 0;
}

static int campus_folders_rename_mailbox(struct mailbox_list *old_list,
					 const char *old_name,
					 struct mailbox_list *new_list,
					 const char *new_name)
{
	struct campus_folders_list *clist =
		CAMPUS_FOLDERS_LIST_CONTEXT(old_list);

	if (campus_folders_guard_rename(old_list, old_name, new_list,
					new_name) < 0)
		return -1;
	return clist->module_ctx.super.rename_mailbox(old_list, old_name,
						      new_list, new_name);
}

void campus_folders_list_created(struct mailbox_list *list)
{
	struct campus_folders_list *clist;
	struct mailbox_list_vfuncs *v = list->vlast;

	clist = p_new(list->pool, struct campus_folders_list, 1);
	clist->module_ctx.super = *v;
	list->vlast = &clist->module_ctx.super;
	v->iter_init = campus_folders_iter_init;
	v->iter_next = campus_folders_iter_next;
	v->iter_deinit = campus_folders_iter_deinit;
	v->rename_mailbox = campus_folders_rename_mailbox;
	MODULE_CONTEXT_SET(list, campus_folders_list_module, clist);
}
