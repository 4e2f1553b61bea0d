/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From the name that a program gives to the folder that is meant: without the
   prefix, or by another name of a special folder. */

#include "lib.h"
#include "campus-folders.h"
#include "folder-settings.h"

#include <sys/stat.h>

#define CAMPUS_FOLDERS_STORAGE_CONTEXT(obj)                                    \
	MODULE_CONTEXT_REQUIRE(obj, campus_folders_storage_module)
#define CAMPUS_FOLDERS_BOX_CONTEXT(obj)                                        \
	MODULE_CONTEXT(obj, campus_folders_box_module)

struct campus_folders_storage {
	union mail_storage_module_context module_ctx;
};

struct campus_folders_box {
	union mailbox_module_context module_ctx;
	enum campus_name_kind kind;
	/* The mailbox is not the one of the name that core knows. */
	bool translated;
};

static MODULE_CONTEXT_DEFINE_INIT(campus_folders_storage_module,
				  &mail_storage_module_register);
static MODULE_CONTEXT_DEFINE_INIT(campus_folders_box_module,
				  &mail_storage_module_register);

static bool folder_exists(struct campus_folders_user *cuser, const char *vname)
{
	struct mailbox_list *list = cuser->inbox->list;
	enum mailbox_existence existence;
	struct mailbox *box;
	struct stat st;
	const char *path;
	bool found;

	/* Mostly there is no such folder, and one look at its path tells. */
	if (mailbox_list_get_path(list,
				  mailbox_list_get_storage_name(list, vname),
				  MAILBOX_LIST_PATH_TYPE_MAILBOX, &path) > 0 &&
	    stat(path, &st) < 0 && ENOTFOUND(errno))
		return FALSE;
	cuser->looking = TRUE;
	box = mailbox_alloc(list, vname,
			    MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	/* When in doubt a name means what it says. */
	found = mailbox_exists(box, FALSE, &existence) < 0 ||
		existence == MAILBOX_EXISTENCE_SELECT;
	mailbox_free(&box);
	cuser->looking = FALSE;
	return found;
}

bool campus_folders_is_legacy(struct campus_folders_user *cuser,
			      const char *vname, size_t top_len)
{
	char sep = mail_namespace_get_sep(cuser->inbox);
	const char *end = vname + top_len;
	bool found;

	for (;;) {
		T_BEGIN {
			found = folder_exists(cuser,
					      t_strdup_until(vname, end));
		} T_END;
		if (found || *end == '\0')
			return found;
		end = strchr(end + 1, sep);
		if (end == NULL)
			end = vname + strlen(vname);
	}
}

/* Could there be a folder of that name? Else it must not be looked for. */
static bool folder_is_possible(struct campus_folders_user *cuser,
			       const char *vname)
{
	struct mailbox_list *list = cuser->inbox->list;
	const char *error;

	return mailbox_list_is_valid_name(
		list, mailbox_list_get_storage_name(list, vname), &error);
}

const char *campus_folders_translate(struct campus_folders_user *cuser,
				     struct mailbox_list **list,
				     const char *vname,
				     enum campus_name_kind *kind_r)
{
	struct folder_name name;
	const char *below;

	*kind_r = CAMPUS_NAME_ORDINARY;
	if (cuser->bare != NULL && *list == cuser->bare->list) {
		*list = cuser->inbox->list;
		vname = t_strconcat(cuser->inbox->prefix, vname, NULL);
	}
	if (cuser->roles == NULL || cuser->looking ||
	    *list != cuser->inbox->list)
		return vname;
	below = folder_settings_below(cuser->inbox, vname);
	if (below == NULL || !folder_roles_find(cuser->roles, below, &name))
		return vname;
	if (name.match == FOLDER_MATCH_CANONICAL) {
		*kind_r = CAMPUS_NAME_SPECIAL;
		return vname;
	}
	if (!folder_is_possible(cuser, vname) ||
	    campus_folders_is_legacy(
		    cuser, vname, (size_t)(below - vname) + name.first_len))
		return vname;
	if (name.match == FOLDER_MATCH_ALIAS) {
		if (name.policy == FOLDER_POLICY_REJECT) {
			*kind_r = CAMPUS_NAME_REJECTED;
			return vname;
		}
		*kind_r = CAMPUS_NAME_ALIAS;
	} else {
		*kind_r = CAMPUS_NAME_SPECIAL;
	}
	return t_strconcat(cuser->inbox->prefix, name.canonical, name.rest,
			   NULL);
}

static struct mailbox *
campus_folders_mailbox_alloc(struct mail_storage *storage,
			     struct mailbox_list *list, const char *vname,
			     enum mailbox_flags flags)
{
	struct campus_folders_user *cuser = campus_folders_user(storage->user);
	struct campus_folders_storage *cstorage;
	enum campus_name_kind kind = CAMPUS_NAME_ORDINARY;
	struct mailbox_list *given_list = list;
	const char *given_vname = vname;
	struct campus_folders_box *cbox;
	struct mailbox *box;

	if (cuser != NULL) {
		vname = campus_folders_translate(cuser, &list, vname, &kind);
		if (list != given_list)
			storage = mail_namespace_get_default_storage(list->ns);
	}
	cstorage = CAMPUS_FOLDERS_STORAGE_CONTEXT(storage);
	box = cstorage->module_ctx.super.mailbox_alloc(storage, list, vname,
						       flags);
	cbox = p_new(box->pool, struct campus_folders_box, 1);
	cbox->kind = kind;
	cbox->translated =
		list != given_list || strcmp(vname, given_vname) != 0;
	MODULE_CONTEXT_SET(box, campus_folders_box_module, cbox);
	return box;
}

enum campus_name_kind campus_folders_kind(struct mailbox *box)
{
	struct campus_folders_box *cbox = CAMPUS_FOLDERS_BOX_CONTEXT(box);

	return cbox == NULL ? CAMPUS_NAME_ORDINARY : cbox->kind;
}

void campus_folders_mailbox_allocated(struct mailbox *box)
{
	struct campus_folders_box *cbox = CAMPUS_FOLDERS_BOX_CONTEXT(box);

	if (cbox == NULL)
		return;
	if (cbox->translated)
		storage_compat_refresh_settings(box);
	campus_folders_guard(box);
}

void campus_folders_storage_created(struct mail_storage *storage)
{
	struct campus_folders_storage *cstorage =
		p_new(storage->pool, struct campus_folders_storage, 1);
	struct mail_storage_vfuncs *v = storage->vlast;

	cstorage->module_ctx.super = *v;
	storage->vlast = &cstorage->module_ctx.super;
	v->mailbox_alloc = campus_folders_mailbox_alloc;
	MODULE_CONTEXT_SET(storage, campus_folders_storage_module, cstorage);
}
