/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Reads the entries of a folder's ACL by the acl plugin. */

#include "lib.h"
#include "array.h"
#include "acl-identifier.h"
#include "acl-entry.h"
#include "log-escape.h"
#include "folder-entries.h"

int folder_entries_check(struct mail_user *user, const char **error_r)
{
	if (ACL_USER_CONTEXT(user) != NULL)
		return 0;
	*error_r = ACL_COMPAT_HOW_TO_ENABLE;
	return -1;
}

int folder_entries_read(struct mailbox_list *list, const char *vname,
			const struct acl_union_entry **entries_r,
			unsigned int *count_r, const char **error_r)
{
	struct mailbox *box = mailbox_alloc(
		list, vname, MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	struct acl_mailbox *abox = ACL_CONTEXT(box);
	struct acl_object_list_iter *iter;
	ARRAY(struct acl_union_entry) entries;
	struct acl_rights rights;
	int ret;

	t_array_init(&entries, 16);
	if (abox == NULL || abox->aclobj == NULL) {
		*error_r = t_strdup_printf("'%s' is not under ACLs",
					   log_escape(vname));
		mailbox_free(&box);
		return -1;
	}
	iter = acl_object_list_init(abox->aclobj);
	while (acl_object_list_next(iter, &rights)) {
		struct acl_union_entry *entry = array_append_space(&entries);

		acl_entry_init(&rights, entry);
		entry->name = t_strdup(entry->name);
	}
	ret = acl_object_list_deinit(&iter);
	mailbox_free(&box);
	if (ret < 0) {
		*error_r = t_strdup_printf("The ACL of '%s' cannot be read",
					   log_escape(vname));
		return -1;
	}
	*entries_r = array_get(&entries, count_r);
	return 0;
}

const char *folder_entries_identifier(const struct acl_union_entry *entry)
{
	const struct acl_identifier id = {
		.override = entry->override,
		.id = entry->id,
		.name = entry->name,
	};

	return log_escape(acl_identifier_text(&id));
}
