/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef QUOTA_COMPAT_H
#define QUOTA_COMPAT_H

/* The quota plugin's interface to others, as far as it differs between the
   series. */

#include "dovecot-compat.h"
#include "quota-private.h"
#include "quota-plugin.h"

/* Without it our module can be opened even where quota's is not: Dovecot then
   says that the plugin imap_quota is missing, and not which symbol. */
#pragma weak quota_get_resource
#pragma weak quota_user_module

/* What of a user's mailbox is limited. */
struct quota_compat_limits {
	bool storage, messages;
};

#if DOVECOT_VERSION_MINOR >= 4
#define quota_compat_roots(quota) (&(quota)->global_private_roots)
#else
#define quota_compat_roots(quota) (&(quota)->roots)
#endif

/* IMAP does not show it. */
static inline bool quota_compat_is_hidden(const struct quota_root *root)
{
#if DOVECOT_VERSION_MINOR >= 4
	return root->set->quota_hidden;
#else
	return root->hidden;
#endif
}

/* As far as it is known without asking how much is used, and in roots that IMAP
   shows. */
static inline void quota_compat_get_limits(struct mail_user *user,
					   struct quota_compat_limits *limits_r)
{
	struct quota_user *quser = QUOTA_USER_CONTEXT(user);
	struct quota_root *root;

	i_zero(limits_r);
	if (quser == NULL)
		return;
	array_foreach_elem(quota_compat_roots(quser->quota), root) {
		if (quota_compat_is_hidden(root))
			continue;
		if (root->bytes_limit > 0)
			limits_r->storage = TRUE;
		if (root->count_limit > 0)
			limits_r->messages = TRUE;
	}
}

/* The bytes in a user's mailbox, and how many may be (0 = any number), by the
   first root that IMAP shows. Returns 0 (used 0 if there is none), or -1 with a
   sentence. */
static inline int quota_compat_get_storage(struct mail_user *user,
					   uint64_t *used_r, uint64_t *limit_r,
					   const char **error_r)
{
	struct quota_user *quser = QUOTA_USER_CONTEXT(user);
	enum quota_get_result result;
	struct quota_root *root;

	*used_r = *limit_r = 0;
	if (quser == NULL)
		return 0;
	array_foreach_elem(quota_compat_roots(quser->quota), root) {
		if (quota_compat_is_hidden(root))
			continue;
#if DOVECOT_VERSION_MINOR >= 4
		result =
			quota_get_resource(root, NULL, QUOTA_NAME_STORAGE_BYTES,
					   used_r, limit_r, error_r);
#else
		result = quota_get_resource(root, "", QUOTA_NAME_STORAGE_BYTES,
					    used_r, limit_r, error_r);
#endif
		return result == QUOTA_GET_RESULT_LIMITED ||
				       result == QUOTA_GET_RESULT_UNLIMITED ?
			       0 :
			       -1;
	}
	return 0;
}

#endif
