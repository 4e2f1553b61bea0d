/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What must not happen to special folders: they are neither deleted nor
   renamed, nothing is renamed onto them, and no second INBOX comes to be. */

#include "lib.h"
#include "campus-folders.h"
#include "folder-settings.h"

#define CAMPUS_FOLDERS_GUARD_CONTEXT(obj)                                      \
	MODULE_CONTEXT_REQUIRE(obj, campus_folders_guard_module)

struct campus_folders_guard {
	union mailbox_module_context module_ctx;
};

static MODULE_CONTEXT_DEFINE_INIT(campus_folders_guard_module,
				  &mail_storage_module_register);

/* Is the mailbox one of the user's special folders, not one below it? */
static bool guard_is_special(struct mailbox *box, struct folder_name *name_r)
{
	struct campus_folders_user *cuser =
		campus_folders_user(box->storage->user);
	const char *below;

	if (cuser == NULL || cuser->roles == NULL ||
	    box->list != cuser->inbox->list)
		return FALSE;
	below = folder_settings_below(cuser->inbox, box->vname);
	return below != NULL &&
	       folder_roles_find(cuser->roles, below, name_r) &&
	       name_r->match == FOLDER_MATCH_CANONICAL && *name_r->rest == '\0';
}

/* Would the mailbox lie below the INBOX once more, as INBOX.INBOX.x? */
static bool guard_is_second_inbox(struct mailbox *box)
{
	struct campus_folders_user *cuser =
		campus_folders_user(box->storage->user);
	const char *below;

	if (cuser == NULL || box->list != cuser->inbox->list ||
	    strcasecmp(t_strcut(cuser->inbox->prefix,
				mail_namespace_get_sep(cuser->inbox)),
		       "INBOX") != 0)
		return FALSE;
	below = folder_settings_below(cuser->inbox, box->vname);
	return below != NULL &&
	       strcasecmp(t_strcut(below, mail_namespace_get_sep(cuser->inbox)),
			  "INBOX") == 0;
}

/* May a folder of that name come to be? Says why not in the storage's error. */
static bool guard_may_appear(struct mailbox *box, struct mail_storage *storage)
{
	struct campus_folders_user *cuser =
		campus_folders_user(box->storage->user);
	struct folder_name name;

	if (guard_is_second_inbox(box)) {
		mail_storage_set_error(
			storage, MAIL_ERROR_NOTPOSSIBLE,
			"There is no second INBOX below INBOX; leave one of "
			"the two INBOX out of the name");
		return FALSE;
	}
	if (cuser != NULL && campus_folders_kind(box) == CAMPUS_NAME_REJECTED &&
	    folder_roles_find(cuser->roles,
			      folder_settings_below(cuser->inbox, box->vname),
			      &name)) {
		mail_storage_set_error(
			storage, MAIL_ERROR_NOTPOSSIBLE,
			t_strdup_printf("No folder of that name is made here; "
					"use the special folder '%s'",
					name.canonical));
		return FALSE;
	}
	return TRUE;
}

static int guard_create_box(struct mailbox *box,
			    const struct mailbox_update *update, bool directory)
{
	struct campus_folders_guard *guard = CAMPUS_FOLDERS_GUARD_CONTEXT(box);

	if (!guard_may_appear(box, box->storage))
		return -1;
	return guard->module_ctx.super.create_box(box, update, directory);
}

static int guard_delete_box(struct mailbox *box)
{
	struct campus_folders_guard *guard = CAMPUS_FOLDERS_GUARD_CONTEXT(box);
	struct folder_name name;

	if (guard_is_special(box, &name)) {
		mail_storage_set_error(
			box->storage, MAIL_ERROR_NOTPOSSIBLE,
			t_strdup_printf("'%s' is a special folder and cannot "
					"be deleted",
					name.canonical));
		return -1;
	}
	return guard->module_ctx.super.delete_box(box);
}

static bool guard_is_below(struct mailbox *box, struct mailbox *parent)
{
	size_t len = strlen(parent->vname);

	return box->list == parent->list &&
	       strncmp(box->vname, parent->vname, len) == 0 &&
	       box->vname[len] == mail_namespace_get_sep(box->list->ns);
}

static int guard_rename_box(struct mailbox *src, struct mailbox *dest)
{
	struct campus_folders_guard *guard = CAMPUS_FOLDERS_GUARD_CONTEXT(src);
	struct folder_name name;

	if (guard_is_special(src, &name)) {
		mail_storage_set_error(
			src->storage, MAIL_ERROR_NOTPOSSIBLE,
			t_strdup_printf("'%s' is a special folder and cannot "
					"be renamed",
					name.canonical));
		return -1;
	}
	if (guard_is_special(dest, &name)) {
		mail_storage_set_error(
			src->storage, MAIL_ERROR_EXISTS,
			t_strdup_printf("'%s' is a special folder; no other "
					"can take its name",
					name.canonical));
		return -1;
	}
	if (!guard_may_appear(dest, src->storage))
		return -1;
	/* The IMAP command sees this only where both names are given with the
	   prefix, or both without. */
	if (guard_is_below(dest, src)) {
		mail_storage_set_error(
			src->storage, MAIL_ERROR_NOTPOSSIBLE,
			"Can't rename a folder to one below itself");
		return -1;
	}
	return guard->module_ctx.super.rename_box(src, dest);
}

void campus_folders_guard(struct mailbox *box)
{
	struct campus_folders_guard *guard;
	struct mailbox_vfuncs *v = box->vlast;

	guard = p_new(box->pool, struct campus_folders_guard, 1);
	guard->module_ctx.super = *v;
	box->vlast = &guard->module_ctx.super;
	v->create_box = guard_create_box;
	v->delete_box = guard_delete_box;
	v->rename_box = guard_rename_box;
	MODULE_CONTEXT_SET(box, campus_folders_guard_module, guard);
}
