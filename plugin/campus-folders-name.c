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

/* Only mailboxes whose name is more than that of an ordinary folder have it. */
struct campus_folders_box {
	union mailbox_module_context module_ctx;
	/* The mailbox is not the one of the name that core knows. */
	bool translated;
};

static MODULE_CONTEXT_DEFINE_INIT(campus_folders_storage_module,
				  &mail_storage_module_register);
static MODULE_CONTEXT_DEFINE_INIT(campus_folders_box_module,
				  &mail_storage_module_register);

/* Where a folder of that name would be; NULL if the layout does not say. */
static const char *folder_path(struct mailbox_list *list, const char *vname)
{
	const char *path;

	if (mailbox_list_get_path(list,
				  mailbox_list_get_storage_name(list, vname),
				  MAILBOX_LIST_PATH_TYPE_MAILBOX, &path) <= 0)
		return NULL;
	return path;
}

static bool path_is_free(const char *path)
{
	struct stat st;

	return path != NULL && stat(path, &st) < 0 && ENOTFOUND(errno);
}

static bool folder_exists(struct campus_folders_user *cuser, const char *vname)
{
	struct mailbox_list *list = cuser->inbox->list;
	enum mailbox_existence existence;
	struct mailbox *box;
	bool found;

	/* Mostly there is no such folder, and one look at its path tells. */
	if (path_is_free(folder_path(list, vname)))
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

/* A program says the same few names again and again. Where their folders would
   be is worth remembering; whether they are there is not. */
static const struct campus_folders_place *
place_find(struct campus_folders_user *cuser, const char *vname)
{
	const struct campus_folders_place *place;

	array_foreach(&cuser->places, place) {
		if (strcmp(place->vname, vname) == 0)
			return place;
	}
	return NULL;
}

static void place_remember(struct campus_folders_user *cuser, const char *vname,
			   const char *meant)
{
	pool_t pool = cuser->inbox->user->pool;
	struct campus_folders_place *place;
	const char *path;

	if (array_count(&cuser->places) >= CAMPUS_FOLDERS_MAX_PLACES ||
	    (path = folder_path(cuser->inbox->list, vname)) == NULL)
		return;
	place = array_append_space(&cuser->places);
	place->vname = p_strdup(pool, vname);
	place->path = p_strdup(pool, path);
	place->meant = p_strdup(pool, meant);
}

/* Does a folder of that very name exist, or one that it would lie in? Asked for
   the name's first top_len bytes, prefix included, and each level below. */
static bool folder_is_legacy(struct campus_folders_user *cuser,
			     const char *vname, size_t top_len)
{
	char sep = mail_namespace_get_sep(cuser->inbox);
	const char *end = vname + top_len;
	bool found;

	for (;;) {
		T_BEGIN
		{
			found = folder_exists(cuser,
					      t_strdup_until(vname, end));
		}
		T_END;
		if (found || *end == '\0')
			return found;
		end = strchr(end + 1, sep);
		if (end == NULL)
			end = vname + strlen(vname);
	}
}

/* Could there be a folder of that name? Else it must not be looked for, which
   is dear where a name has thousands of levels. */
static bool folder_is_possible(struct campus_folders_user *cuser,
			       const char *vname)
{
	struct mailbox_list *list = cuser->inbox->list;
	const char sep = mail_namespace_get_sep(cuser->inbox);
	const char empty_level[] = { sep, sep, '\0' };
	const char *error;

	if (strlen(vname) > MAILBOX_LIST_NAME_MAX_LENGTH ||
	    strstr(vname, empty_level) != NULL)
		return FALSE;
	return mailbox_list_is_valid_name(
		list, mailbox_list_get_storage_name(list, vname), &error);
}

/* The folder that is meant by another name of it; vname itself if that means
   what it says. */
static const char *name_meant(struct campus_folders_user *cuser,
			      const char *vname, const char *below,
			      const struct folder_name *name)
{
	const struct campus_folders_place *place = place_find(cuser, vname);
	const char *meant;

	if (place != NULL && path_is_free(place->path))
		return place->meant;
	if (!folder_is_possible(cuser, vname) ||
	    folder_is_legacy(cuser, vname,
			     (size_t)(below - vname) + name->first_len))
		return vname;
	meant = t_strconcat(cuser->inbox->prefix, name->canonical, name->rest,
			    NULL);
	/* Below the top there are more folders to ask for. */
	if (place == NULL && *name->rest == '\0')
		place_remember(cuser, vname, meant);
	return meant;
}

/* Is the first component below the root INBOX? */
static bool folder_is_inbox(struct campus_folders_user *cuser,
			    const char *below)
{
	size_t len = strlen("INBOX");

	/* the first letter, since this is asked of each folder */
	return cuser->below_inbox && (*below == 'I' || *below == 'i') &&
	       strncasecmp(below, "INBOX", len) == 0 &&
	       (below[len] == '\0' ||
		below[len] == mail_namespace_get_sep(cuser->inbox));
}

const char *campus_folders_translate(struct campus_folders_user *cuser,
				     struct mailbox_list **list,
				     const char *vname,
				     enum campus_name_kind *kind_r)
{
	struct folder_name name;
	const char *below, *meant;

	*kind_r = CAMPUS_NAME_ORDINARY;
	if (cuser->bare != NULL && *list == cuser->bare->list) {
		vname = t_strconcat(cuser->inbox->prefix, vname, NULL);
		/* Another namespace may begin with that prefix, too. */
		*list = mail_namespace_find(cuser->inbox->user->namespaces,
					    vname)
				->list;
	}
	if (cuser->looking || *list != cuser->inbox->list ||
	    (below = folder_settings_below(cuser->inbox, vname)) == NULL)
		return vname;
	if (folder_is_inbox(cuser, below)) {
		*kind_r = CAMPUS_NAME_SECOND_INBOX;
		return vname;
	}
	if (cuser->roles == NULL ||
	    !folder_roles_find(cuser->roles, below, &name))
		return vname;
	if (name.match == FOLDER_MATCH_CANONICAL) {
		*kind_r = CAMPUS_NAME_SPECIAL;
		return vname;
	}
	meant = name_meant(cuser, vname, below, &name);
	if (meant == vname)
		return vname;
	if (name.match == FOLDER_MATCH_FOLDED) {
		*kind_r = CAMPUS_NAME_SPECIAL;
	} else if (name.policy == FOLDER_POLICY_REJECT) {
		*kind_r = CAMPUS_NAME_REJECTED;
		return vname;
	} else {
		*kind_r = CAMPUS_NAME_ALIAS;
	}
	return meant;
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

	if (cuser != NULL && !cuser->looking) {
		vname = campus_folders_translate(cuser, &list, vname, &kind);
		if (list != given_list)
			storage = mail_namespace_get_default_storage(list->ns);
	}
	cstorage = CAMPUS_FOLDERS_STORAGE_CONTEXT(storage);
	box = cstorage->module_ctx.super.mailbox_alloc(storage, list, vname,
						       flags);
	if (vname != given_vname || kind != CAMPUS_NAME_ORDINARY) {
		cbox = p_new(box->pool, struct campus_folders_box, 1);
		cbox->translated = vname != given_vname;
		MODULE_CONTEXT_SET(box, campus_folders_box_module, cbox);
	}
	return box;
}

void campus_folders_mailbox_allocated(struct mailbox *box)
{
	struct campus_folders_box *cbox = CAMPUS_FOLDERS_BOX_CONTEXT(box);

	if (cbox == NULL)
		return;
	if (cbox->translated)
		storage_compat_refresh_settings(box);
	campus_folders_guard_mailbox(box);
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
