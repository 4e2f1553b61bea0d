/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef STORAGE_COMPAT_H
#define STORAGE_COMPAT_H

/* lib-storage's interface to mail plugins, as far as it differs between the
   series. */

#include "dovecot-compat.h"
#include "array.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mail-storage-settings.h"
#include "mail-user.h"
#include "mailbox-list-private.h"

#if DOVECOT_VERSION_MINOR >= 4
#include "settings.h"
#endif

/* The mailbox blocks of a namespace. Names are without its prefix. */
static inline const struct mailbox_settings *const *
storage_compat_mailboxes(const struct mail_namespace *ns, unsigned int *count_r)
{
#if DOVECOT_VERSION_MINOR >= 4
	if (!array_is_created(&ns->set->parsed_mailboxes)) {
		*count_r = 0;
		return NULL;
	}
	return array_get(&ns->set->parsed_mailboxes, count_r);
#else
	if (!array_is_created(&ns->set->mailboxes)) {
		*count_r = 0;
		return NULL;
	}
	return (const struct mailbox_settings *const *)array_get(
		&ns->set->mailboxes, count_r);
#endif
}

/* The special-use attributes of a block, NULL-terminated, on the data stack. */
static inline const char *const *
storage_compat_special_uses(const struct mailbox_settings *block)
{
#if DOVECOT_VERSION_MINOR >= 4
	ARRAY_TYPE(const_string) uses;

	t_array_init(&uses, 4);
	if (array_is_created(&block->special_use))
		array_append_array(&uses, &block->special_use);
	array_append_zero(&uses);
	return array_front(&uses);
#else
	return (const char *const *)t_strsplit_spaces(block->special_use, " ");
#endif
}

/* Core looked up the mailbox's settings by the name that it was given. Look
   them up again by the name that the mailbox has. */
static inline void storage_compat_refresh_settings(struct mailbox *box)
{
#if DOVECOT_VERSION_MINOR >= 4
	const struct mailbox_settings *set;
	const char *error;
	int ret;

	ret = mailbox_name_try_get_settings(box->list, box->vname, &set,
					    &error);
	if (ret == 0) {
		ret = settings_get(box->event, &mailbox_setting_parser_info, 0,
				   &set, &error);
	}
	if (ret < 0) {
		mailbox_set_critical(box, "%s", error);
		box->open_error = box->storage->error;
		return;
	}
	settings_free(box->set);
	box->set = set;
#else
	box->set = mailbox_settings_find(box->list->ns, box->vname);
#endif
}

#endif
