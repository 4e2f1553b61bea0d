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

/* Is that a special folder's name, not one below it? Returns what the folder is
   called, else NULL. */
static const char *guard_special(struct campus_folders_user *cuser,
				 const char *below)
{
	struct folder_name name;

	if (cuser->roles == NULL ||
	    !folder_roles_find(cuser->roles, below, &name) ||
	    name.match != FOLDER_MATCH_CANONICAL || *name.rest != '\0')
		return NULL;
	return name.canonical;
}

/* Why no folder of that name may come to be; NULL if it may. */
static const char *guard_refusal(struct campus_folders_user *cuser,
				 const char *vname)
{
	struct mailbox_list *list = cuser->inbox->list;
	enum campus_name_kind kind;
	struct folder_name name;

	(void)campus_folders_translate(cuser, &list, vname, &kind);
	if (kind == CAMPUS_NAME_SECOND_INBOX)
		return "There is no second INBOX below INBOX; leave one of "
		       "the two INBOX out of the name";
	if (kind == CAMPUS_NAME_REJECTED &&
	    folder_roles_find(cuser->roles,
			      folder_settings_below(cuser->inbox, vname),
			      &name))
		return t_strdup_printf("No folder of that name is made here; "
				       "use the special folder '%s'",
				       name.canonical);
	return NULL;
}

static int guard_create_box(struct mailbox *box,
			    const struct mailbox_update *update, bool directory)
{
	struct campus_folders_guard *guard = CAMPUS_FOLDERS_GUARD_CONTEXT(box);
	struct campus_folders_user *cuser =
		campus_folders_user(box->storage->user);
	const char *refusal;

	if (cuser != NULL &&
	    (refusal = guard_refusal(cuser, box->vname)) != NULL) {
		mail_storage_set_error(box->storage, MAIL_ERROR_NOTPOSSIBLE,
				       refusal);
		return -1;
	}
	return guard->module_ctx.super.create_box(box, update, directory);
}

static int guard_delete_box(struct mailbox *box)
{
	struct campus_folders_guard *guard = CAMPUS_FOLDERS_GUARD_CONTEXT(box);
	struct campus_folders_user *cuser =
		campus_folders_user(box->storage->user);
	const char *below, *special;

	if (cuser == NULL ||
	    (below = folder_settings_below(cuser->inbox, box->vname)) == NULL)
		return guard->module_ctx.super.delete_box(box);
	/* INBOX.INBOX is INBOX to Dovecot. With the layout "index" it would
	   delete it. */
	if (strcmp(below, "INBOX") == 0) {
		mail_storage_set_error(box->storage, MAIL_ERROR_NOTPOSSIBLE,
				       "INBOX can't be deleted");
		return -1;
	}
	if ((special = guard_special(cuser, below)) != NULL) {
		mail_storage_set_error(
			box->storage, MAIL_ERROR_NOTPOSSIBLE,
			t_strdup_printf("'%s' is a special folder and cannot "
					"be deleted",
					special));
		return -1;
	}
	return guard->module_ctx.super.delete_box(box);
}

void campus_folders_guard_mailbox(struct mailbox *box)
{
	struct campus_folders_guard *guard;
	struct mailbox_vfuncs *v = box->vlast;

	guard = p_new(box->pool, struct campus_folders_guard, 1);
	guard->module_ctx.super = *v;
	box->vlast = &guard->module_ctx.super;
	v->create_box = guard_create_box;
	v->delete_box = guard_delete_box;
	MODULE_CONTEXT_SET(box, campus_folders_guard_module, guard);
}

/* Why a folder may not get another name; NULL if it may. A name is NULL where
   it is in another namespace than the personal folders. */
static const char *guard_rename_refusal(struct campus_folders_user *cuser,
					const char *old_vname,
					const char *new_vname,
					enum mail_error *error_r)
{
	const char *old_below, *new_below, *special;
	size_t old_len;

	old_below = old_vname == NULL ?
			    NULL :
			    folder_settings_below(cuser->inbox, old_vname);
	new_below = new_vname == NULL ?
			    NULL :
			    folder_settings_below(cuser->inbox, new_vname);
	*error_r = MAIL_ERROR_NOTPOSSIBLE;
	if (old_below != NULL &&
	    (special = guard_special(cuser, old_below)) != NULL)
		return t_strdup_printf("'%s' is a special folder and cannot be "
				       "renamed",
				       special);
	if (new_below == NULL)
		return NULL;
	/* The IMAP command sees this only where both names are given with the
	   prefix, or both without. */
	old_len = old_below == NULL ? 0 : strlen(old_vname);
	if (old_below != NULL && strncmp(new_vname, old_vname, old_len) == 0 &&
	    new_vname[old_len] == mail_namespace_get_sep(cuser->inbox))
		return "Can't rename a folder to one below itself";
	if ((special = guard_special(cuser, new_below)) != NULL) {
		*error_r = MAIL_ERROR_EXISTS;
		return t_strdup_printf("'%s' is a special folder; no other can "
				       "take its name",
				       special);
	}
	return guard_refusal(cuser, new_vname);
}

int campus_folders_guard_rename(struct mailbox_list *old_list,
				const char *old_name,
				struct mailbox_list *new_list,
				const char *new_name)
{
	struct campus_folders_user *cuser =
		campus_folders_user(old_list->ns->user);
	struct mailbox_list *inbox_list;
	const char *refusal;
	enum mail_error error;

	if (cuser == NULL)
		return 0;
	inbox_list = cuser->inbox->list;
	refusal = guard_rename_refusal(
		cuser,
		old_list == inbox_list ?
			mailbox_list_get_vname(old_list, old_name) :
			NULL,
		new_list == inbox_list ?
			mailbox_list_get_vname(new_list, new_name) :
			NULL,
		&error);
	if (refusal == NULL)
		return 0;
	mailbox_list_set_error(old_list, error, refusal);
	return -1;
}
