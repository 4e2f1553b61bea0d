/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From the configuration to the roles of a user's special folders. */

#include "lib.h"
#include "unichar.h"
#include "storage-compat.h"
#include "folder-settings-source.h"
#include "log-escape.h"
#include "folder-setting-values.h"
#include "folder-settings.h"

struct mail_namespace *folder_settings_inbox(struct mail_namespace *namespaces)
{
	struct mail_namespace *ns;

	for (ns = namespaces; ns != NULL; ns = ns->next) {
		if ((ns->flags & NAMESPACE_FLAG_INBOX_USER) != 0 &&
		    ns->alias_for == NULL)
			return ns;
	}
	return NULL;
}

struct mail_namespace *folder_settings_bare(struct mail_namespace *namespaces)
{
	struct mail_namespace *ns = mail_namespace_find_prefix(namespaces, "");

	if (ns == NULL || (ns->flags & NAMESPACE_FLAG_UNUSABLE) != 0 ||
	    strcmp(mail_namespace_get_default_storage(ns)->name, "fail") != 0)
		return NULL;
	return ns;
}

/* Why the storage cannot have a folder of that name; NULL if it can. What no
   role's folder can be called is not told here. */
static const char *folder_name_storage_error(struct mail_namespace *ns,
					     const char *name)
{
	char sep = mailbox_list_get_hierarchy_sep(ns->list);
	const char *vname = t_strconcat(ns->prefix, name, NULL);
	const char *error = NULL;
	struct mailbox *box;

	if (*name == '\0' || !uni_utf8_str_is_valid(name))
		return NULL;
	/* Where the storage's own separator differs from the namespace's, one
	   name more is impossible. */
	if (sep != mail_namespace_get_sep(ns) && strchr(name, sep) != NULL) {
		box = mailbox_alloc(ns->list, vname, 0);
		if (mailbox_verify_name(box) < 0) {
			error = t_strdup_printf(
				"it separates folders by '%c' itself", sep);
		}
		mailbox_free(&box);
	} else if (mailbox_list_is_valid_name(
			   ns->list,
			   mailbox_list_get_storage_name(ns->list, vname),
			   &error)) {
		error = NULL;
	}
	return error;
}

/* Returns 1 if the block names a folder with one of our roles. */
static int folder_block_read(struct mail_namespace *ns,
			     const struct mailbox_settings *block,
			     struct folder_roles_settings *set,
			     const char **error_r)
{
	const char *const *uses = storage_compat_special_uses(block);
	const char *error;
	int ret = 0;

	for (; *uses != NULL; uses++) {
		enum folder_role role = folder_role_from_special_use(*uses);

		if (role == FOLDER_ROLE_NONE)
			continue;
		if (set->roles[role].canonical != NULL) {
			*error_r = t_strdup_printf(
				"The mailboxes '%s' and '%s' both have "
				"special_use %s: leave it to one of them",
				log_escape(set->roles[role].canonical),
				log_escape(block->name), *uses);
			return -1;
		}
		error = folder_name_storage_error(ns, block->name);
		if (error != NULL) {
			*error_r = t_strdup_printf(
				"mailbox '%s', special_use %s: the storage "
				"cannot have a folder of that name: %s; choose "
				"another one",
				log_escape(block->name), *uses, error);
			return -1;
		}
		set->roles[role].canonical = block->name;
		ret = 1;
	}
	return ret;
}

static int folder_blocks_read(struct mail_namespace *ns,
			      struct folder_roles_settings *set,
			      const char **error_r)
{
	const struct mailbox_settings *const *blocks;
	unsigned int count;
	int found = 0;

	blocks = storage_compat_mailboxes(ns, &count);
	for (unsigned int i = 0; i < count; i++) {
		int ret = folder_block_read(ns, blocks[i], set, error_r);

		if (ret < 0)
			return -1;
		if (ret > 0)
			found = 1;
	}
	return found;
}

/* A folder that Dovecot makes by itself must not have a name that means another
   one. */
static int folder_blocks_check(struct mail_namespace *ns,
			       const struct folder_roles *roles,
			       const char **error_r)
{
	const struct mailbox_settings *const *blocks;
	struct folder_name name;
	unsigned int count;

	blocks = storage_compat_mailboxes(ns, &count);
	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(blocks[i]->autocreate, MAILBOX_SET_AUTO_NO) == 0 ||
		    !folder_roles_find(roles, blocks[i]->name, &name) ||
		    name.match == FOLDER_MATCH_CANONICAL)
			continue;
		*error_r = t_strdup_printf(
			"mailbox '%s' has auto = %s, but that name stands for "
			"'%s' (%s): set auto = no, or "
			"campus_folder_%s_policy = off",
			log_escape(blocks[i]->name), blocks[i]->autocreate,
			log_escape(name.canonical),
			folder_role_special_use(name.role),
			folder_role_name(name.role));
		return -1;
	}
	return 0;
}

int folder_settings_get(struct mail_user *user,
			const struct folder_roles **roles_r,
			const char **error_r)
{
	struct mail_namespace *inbox = folder_settings_inbox(user->namespaces);
	const struct folder_setting_values *values;
	struct folder_roles_settings set;
	int ret;

	if (inbox == NULL)
		return 0;
	if (folder_settings_source_read(user, &values, error_r) < 0 ||
	    folder_setting_values_parse(user->pool, values, &set, error_r) < 0)
		return -1;
	set.separator = mail_namespace_get_sep(inbox);
	if ((ret = folder_blocks_read(inbox, &set, error_r)) <= 0)
		return ret;
	if (folder_roles_init(user->pool, &set, roles_r, error_r) < 0 ||
	    folder_blocks_check(inbox, *roles_r, error_r) < 0)
		return -1;
	return 1;
}

const char *folder_settings_below(const struct mail_namespace *inbox,
				  const char *vname)
{
	size_t len = inbox->prefix_len, inbox_len = strlen("INBOX");

	if (len == 0)
		return strcasecmp(vname, "INBOX") == 0 ? NULL : vname;
	if (strncmp(vname, inbox->prefix, len) == 0)
		return vname + len;
	/* INBOX is INBOX in any letter case, the rest of a prefix is not. */
	if (strncasecmp(vname, "INBOX", inbox_len) == 0 &&
	    strncmp(inbox->prefix, "INBOX", inbox_len) == 0 &&
	    strncmp(vname + inbox_len, inbox->prefix + inbox_len,
		    len - inbox_len) == 0)
		return vname + len;
	return NULL;
}
