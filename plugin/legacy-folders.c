/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Looks through a user's folders for legacy ones. */

#include "lib.h"
#include "array.h"
#include "mail-namespace.h"
#include "mail-user.h"
#include "mailbox-list-iter.h"
#include "log-escape.h"
#include "folder-settings.h"
#include "legacy-folders.h"

static bool legacy_folder_is(const struct folder_roles *roles, const char *name,
			     struct folder_name *name_r)
{
	return folder_roles_find(roles, name, name_r) &&
	       name_r->match != FOLDER_MATCH_CANONICAL &&
	       name_r->policy != FOLDER_POLICY_OFF;
}

static int legacy_folder_cmp(const struct legacy_folder *f1,
			     const struct legacy_folder *f2)
{
	return strcmp(f1->name, f2->name);
}

static bool legacy_folder_is_below(const struct legacy_folder *child,
				   const struct legacy_folder *parent, char sep)
{
	size_t len = strlen(parent->name);

	return strncmp(child->name, parent->name, len) == 0 &&
	       child->name[len] == sep;
}

static void legacy_folders_count(ARRAY_TYPE(legacy_folder) *folders, char sep)
{
	struct legacy_folder *parent, *child;

	array_foreach_modifiable(folders, parent) {
		array_foreach_modifiable(folders, child) {
			if (legacy_folder_is_below(child, parent, sep))
				parent->children++;
		}
	}
}

int legacy_folders_find(struct mail_user *user,
			const struct folder_roles *roles, pool_t pool,
			ARRAY_TYPE(legacy_folder) *folders_r,
			const char **error_r)
{
	const enum mailbox_list_iter_flags flags =
		MAILBOX_LIST_ITER_NO_AUTO_BOXES |
		MAILBOX_LIST_ITER_SKIP_ALIASES |
		MAILBOX_LIST_ITER_RETURN_SUBSCRIBED;
	struct mail_namespace *inbox = folder_settings_inbox(user->namespaces);
	struct mailbox_list_iterate_context *iter;
	const struct mailbox_info *info;

	p_array_init(folders_r, pool, 8);
	iter = mailbox_list_iter_init(inbox->list, "*", flags);
	while ((info = mailbox_list_iter_next(iter)) != NULL) {
		const char *name = folder_settings_below(inbox, info->vname);
		struct legacy_folder *folder;
		struct folder_name found;

		if (name == NULL || (info->flags & MAILBOX_NONEXISTENT) != 0 ||
		    !legacy_folder_is(roles, name, &found))
			continue;
		folder = array_append_space(folders_r);
		folder->role = found.role;
		folder->name = p_strdup(pool, info->vname);
		folder->target = p_strconcat(pool, inbox->prefix,
					     found.canonical, found.rest, NULL);
		folder->subscribed = (info->flags & MAILBOX_SUBSCRIBED) != 0;
		folder->noselect = (info->flags & MAILBOX_NOSELECT) != 0;
	}
	if (mailbox_list_iter_deinit(&iter) < 0) {
		*error_r = t_strdup_printf("Cannot list the folders: %s",
					   mailbox_list_get_last_internal_error(
						   inbox->list, NULL));
		return -1;
	}
	array_sort(folders_r, legacy_folder_cmp);
	legacy_folders_count(folders_r, mail_namespace_get_sep(inbox));
	return 0;
}
