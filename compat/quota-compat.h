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
#if DOVECOT_VERSION_MINOR >= 4
		if (root->set->quota_hidden)
			continue;
#else
		if (root->hidden)
			continue;
#endif
		if (root->bytes_limit > 0)
			limits_r->storage = TRUE;
		if (root->count_limit > 0)
			limits_r->messages = TRUE;
	}
}

#endif
