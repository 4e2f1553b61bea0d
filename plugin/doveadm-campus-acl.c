/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* doveadm campus acl: shows how rights come about, and what they would be by
   Dovecot's own rule. */

#include "lib.h"
#include "array.h"
#include "mail-namespace.h"
#include "mailbox-list-iter.h"
#include "doveadm-compat.h"
#include "doveadm-print.h"
#include "doveadm-campus-acl.h"
#include "acl-dovecot.h"
#include "folder-entries.h"
#include "log-escape.h"
#include "project-role.h"

struct acl_explain_context {
	struct doveadm_mail_cmd_context ctx;
	const char *mailbox, *person, *groups, *role;
};

static void acl_failed(struct doveadm_mail_cmd_context *ctx, const char *error)
{
	i_error("%s", error);
	doveadm_mail_failed_error(ctx, MAIL_ERROR_TEMP);
}

/*
 * explain
 */

/* Whom is it about: by default the owner of the mailbox. */
static int acl_explain_person(const struct acl_explain_context *ctx,
			      const struct mail_user *user,
			      struct acl_union_person *person_r,
			      const char **error_r)
{
	enum project_role role = PROJECT_ROLE_NONE;

	i_zero(person_r);
	if (ctx->role != NULL && project_role_from_name(ctx->role, &role) < 0) {
		*error_r = t_strdup_printf(
			"'%s' is no role; use owner, member or reader",
			log_escape(ctx->role));
		return -1;
	}
	person_r->user = ctx->person == NULL ? user->username : ctx->person;
	person_r->owner = role == PROJECT_ROLE_OWNER ||
			  strcmp(person_r->user, user->username) == 0;
	if (!person_r->owner)
		person_r->role_rights = project_role_rights(role, FALSE);
	if (ctx->groups != NULL)
		person_r->groups = t_strsplit_spaces(ctx->groups, ", ");
	return 0;
}

static void acl_explain_row(const char *entry, unsigned int given,
			    unsigned int taken, const char *note)
{
	doveadm_print(entry);
	doveadm_print(right_set_letters(given));
	doveadm_print(right_set_letters(taken));
	doveadm_print(note);
}

static void acl_explain_entry(const struct acl_union_entry *entry,
			      const struct acl_union_person *person)
{
	const char *id = t_strconcat(entry->global ? "#" : "",
				     folder_entries_identifier(entry), NULL);
	const char *note = "means somebody else";

	if (acl_union_matches(entry, person))
		note = "counts";
	else if (acl_union_takes_all(entry))
		note = "no group can have that name: takes all from everybody";
	acl_explain_row(id, entry->given, entry->taken, note);
}

static void acl_explain(const struct acl_union_entry *entries,
			unsigned int count,
			const struct acl_union_person *person)
{
	bool owner_is_written = FALSE;

	if (person->role_rights != 0)
		acl_explain_row("(role)", person->role_rights, 0, "counts");
	for (unsigned int i = 0; i < count; i++) {
		acl_explain_entry(&entries[i], person);
		if (entries[i].id == ACL_UNION_OWNER && entries[i].gives &&
		    !entries[i].global)
			owner_is_written = TRUE;
	}
	if (person->owner && !owner_is_written)
		acl_explain_row("(owner)", RIGHT_SET_ALL, 0, "counts");
	if (person->owner)
		acl_explain_row("(owner keeps)", RIGHT_LOOKUP | RIGHT_ADMIN, 0,
				"whatever local entries take");
	acl_explain_row("ACL2=UNION", acl_union_rights(entries, count, person),
			0, "");
	acl_explain_row("Dovecot's rule",
			acl_dovecot_rights(entries, count, person), 0, "");
}

/* Special folders need not have been made yet. */
static int acl_explain_exists(struct doveadm_mail_cmd_context *ctx,
			      struct mailbox *box)
{
	enum mailbox_existence existence;

	if (mailbox_exists(box, TRUE, &existence) < 0) {
		i_error("Cannot tell whether the mailbox '%s' exists: %s",
			log_escape(mailbox_get_vname(box)),
			mailbox_get_last_internal_error(box, NULL));
		doveadm_mail_failed_mailbox(ctx, box);
		return -1;
	}
	if (existence == MAILBOX_EXISTENCE_NONE) {
		i_error("There is no mailbox '%s'",
			log_escape(mailbox_get_vname(box)));
		doveadm_mail_failed_error(ctx, MAIL_ERROR_NOTFOUND);
		return -1;
	}
	return 0;
}

static int acl_explain_box(struct acl_explain_context *ctx,
			   struct mail_user *user, struct mailbox *box)
{
	const struct acl_union_entry *entries;
	struct acl_union_person person;
	unsigned int count;
	const char *error;

	if (folder_entries_check(user, &error) < 0 ||
	    acl_explain_person(ctx, user, &person, &error) < 0) {
		acl_failed(&ctx->ctx, error);
		return -1;
	}
	if (acl_explain_exists(&ctx->ctx, box) < 0)
		return -1;
	if (folder_entries_read(mailbox_get_namespace(box)->list,
				mailbox_get_vname(box), &entries, &count,
				&error) < 0) {
		acl_failed(&ctx->ctx, error);
		return -1;
	}
	acl_explain(entries, count, &person);
	return 0;
}

static int cmd_acl_explain_run(struct doveadm_mail_cmd_context *_ctx,
			       struct mail_user *user)
{
	struct acl_explain_context *ctx =
		container_of(_ctx, struct acl_explain_context, ctx);
	struct mail_namespace *ns =
		mail_namespace_find(user->namespaces, ctx->mailbox);
	struct mailbox *box =
		mailbox_alloc(ns->list, ctx->mailbox, MAILBOX_FLAG_IGNORE_ACLS);
	int ret = acl_explain_box(ctx, user, box);

	mailbox_free(&box);
	return ret;
}

static void acl_explain_init(struct doveadm_mail_cmd_context *_ctx)
{
	struct acl_explain_context *ctx =
		container_of(_ctx, struct acl_explain_context, ctx);

	if (!doveadm_cmd_param_str(_ctx->cctx, "mailbox", &ctx->mailbox))
		doveadm_mail_help_name("campus acl explain");
	(void)doveadm_cmd_param_str(_ctx->cctx, "person", &ctx->person);
	(void)doveadm_cmd_param_str(_ctx->cctx, "groups", &ctx->groups);
	(void)doveadm_cmd_param_str(_ctx->cctx, "role", &ctx->role);
	doveadm_print_header_simple("entry");
	doveadm_print_header_simple("gives");
	doveadm_print_header_simple("takes");
	doveadm_print_header_simple("note");
}
DOVEADM_COMPAT_INIT(cmd_acl_explain_init, acl_explain_init)

static struct doveadm_mail_cmd_context *cmd_acl_explain_alloc(void)
{
	struct acl_explain_context *ctx =
		doveadm_mail_cmd_alloc(struct acl_explain_context);

	ctx->ctx.v.init = cmd_acl_explain_init;
	ctx->ctx.v.run = cmd_acl_explain_run;
	DOVEADM_COMPAT_KNOW_OPTIONS(&ctx->ctx);
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return &ctx->ctx;
}

struct doveadm_cmd_ver2 doveadm_cmd_campus_acl_explain = {
	.name = "campus acl explain",
	.mail_cmd = cmd_acl_explain_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX
	"[-p <person>] [-g <groups>] [-r <role>] <mailbox>",
	/* clang-format off */
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAM('p', "person", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('g', "groups", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('r', "role", CMD_PARAM_STR, 0)
DOVEADM_CMD_PARAM('\0', "mailbox", CMD_PARAM_STR, CMD_PARAM_FLAG_POSITIONAL)
DOVEADM_CMD_PARAMS_END
	/* clang-format on */
};

/*
 * compare
 */

/* A person who could come to a folder, as far as its ACL tells people apart. */
static void acl_compare_person(struct mail_user *user, const char *folder,
			       const struct acl_union_entry *entries,
			       unsigned int count, const char *name,
			       const char *group, bool owner)
{
	const char *const groups[] = { group, NULL };
	const struct acl_union_person person = {
		.user = name == NULL ? "" : name,
		.groups = groups,
		.owner = owner,
	};
	unsigned int before = acl_dovecot_rights(entries, count, &person);
	unsigned int after = acl_union_rights(entries, count, &person);
	const char *who = name == NULL ? "(others)" : log_escape(name);

	if (before == after)
		return;
	doveadm_print(user->username);
	doveadm_print(folder);
	doveadm_print(who);
	doveadm_print(group == NULL ? "" : log_escape(group));
	doveadm_print(right_set_letters(before));
	doveadm_print(right_set_letters(after));
}

static void acl_compare_folder(struct mail_user *user, const char *folder,
			       const struct acl_union_entry *entries,
			       unsigned int count)
{
	/* NULL: somebody who is not named, and somebody in no group */
	ARRAY_TYPE(const_string) names, groups;
	const char *name, *group, *none = NULL;

	t_array_init(&names, 8);
	t_array_init(&groups, 8);
	array_push_back(&names, &none);
	array_push_back(&groups, &none);
	for (unsigned int i = 0; i < count; i++) {
		if (entries[i].id == ACL_UNION_USER &&
		    strcmp(entries[i].name, user->username) != 0)
			array_push_back(&names, &entries[i].name);
		else if (entries[i].id == ACL_UNION_GROUP)
			array_push_back(&groups, &entries[i].name);
	}
	array_foreach_elem(&groups, group) {
		acl_compare_person(user, folder, entries, count, user->username,
				   group, TRUE);
		array_foreach_elem(&names, name) {
			acl_compare_person(user, folder, entries, count, name,
					   group, FALSE);
		}
	}
}

static int acl_compare_namespace(struct doveadm_mail_cmd_context *ctx,
				 struct mail_namespace *ns)
{
	struct mailbox_list_iterate_context *iter = mailbox_list_iter_init(
		ns->list, "*",
		MAILBOX_LIST_ITER_RAW_LIST | MAILBOX_LIST_ITER_NO_AUTO_BOXES |
			MAILBOX_LIST_ITER_RETURN_NO_FLAGS);
	const struct mailbox_info *info;
	int ret = 0;

	while ((info = mailbox_list_iter_next(iter)) != NULL)
		T_BEGIN
		{
			const struct acl_union_entry *entries;
			unsigned int count;
			const char *error;

			if (folder_entries_read(ns->list, info->vname, &entries,
						&count, &error) < 0) {
				acl_failed(ctx, error);
				ret = -1;
			} else if (count > 0) {
				acl_compare_folder(ns->user, info->vname,
						   entries, count);
			}
		}
	T_END;
	if (mailbox_list_iter_deinit(&iter) < 0) {
		acl_failed(ctx,
			   t_strdup_printf("Cannot list the folders of '%s'",
					   log_escape(ns->user->username)));
		ret = -1;
	}
	return ret;
}

static int cmd_acl_compare_run(struct doveadm_mail_cmd_context *ctx,
			       struct mail_user *user)
{
	struct mail_namespace *ns;
	const char *error;
	int ret = 0;

	if (folder_entries_check(user, &error) < 0) {
		acl_failed(ctx, error);
		return -1;
	}
	for (ns = user->namespaces; ns != NULL; ns = ns->next) {
		if (ns->type == MAIL_NAMESPACE_TYPE_PRIVATE &&
		    (ns->flags & NAMESPACE_FLAG_UNUSABLE) == 0 &&
		    acl_compare_namespace(ctx, ns) < 0)
			ret = -1;
	}
	return ret;
}

static void acl_compare_init(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED)
{
	doveadm_print_header_simple("mailbox");
	doveadm_print_header_simple("folder");
	doveadm_print_header_simple("person");
	doveadm_print_header_simple("in group");
	doveadm_print_header_simple("Dovecot's rule");
	doveadm_print_header_simple("ACL2=UNION");
}
DOVEADM_COMPAT_INIT(cmd_acl_compare_init, acl_compare_init)

static struct doveadm_mail_cmd_context *cmd_acl_compare_alloc(void)
{
	struct doveadm_mail_cmd_context *ctx =
		doveadm_mail_cmd_alloc(struct doveadm_mail_cmd_context);

	ctx->v.init = cmd_acl_compare_init;
	ctx->v.run = cmd_acl_compare_run;
	doveadm_print_init(DOVEADM_PRINT_TYPE_TABLE);
	return ctx;
}

struct doveadm_cmd_ver2 doveadm_cmd_campus_acl_compare = {
	.name = "campus acl compare",
	.mail_cmd = cmd_acl_compare_alloc,
	.usage = DOVEADM_CMD_MAIL_USAGE_PREFIX,
	/* clang-format off */
DOVEADM_CMD_PARAMS_START
DOVEADM_CMD_MAIL_COMMON
DOVEADM_CMD_PARAMS_END
	/* clang-format on */
};
