/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Has the session's mailbox passed one of its levels? The first two are the
   auth driver's word, the last one is the quota plugin's limit. */

#include "quota-compat.h"
#include "quota-levels.h"
#include "user-field.h"

static uint64_t quota_levels_field(struct mail_user *user, const char *name)
{
	const char *value = user_field(user, name);
	uint64_t bytes;

	return value == NULL || str_to_uint64(value, &bytes) < 0 ? 0 : bytes;
}

int quota_levels_passed(struct mail_user *user, enum quota_level level,
			struct quota_levels *levels_r, const char **error_r)
{
	uint64_t *levels = levels_r->levels;

	i_zero(levels_r);
	levels[QUOTA_LEVEL_WARN] =
		quota_levels_field(user, "campus_quota_warn");
	levels[QUOTA_LEVEL_SEND] =
		quota_levels_field(user, "campus_quota_send");
	if (levels[level] == 0)
		return 0;
	if (quota_compat_get_storage(user, &levels_r->used,
				     &levels[QUOTA_LEVEL_RECEIVE], error_r) < 0)
		return -1;
	return levels_r->used > levels[level] ? 1 : 0;
}

int quota_levels_may_send(struct mail_user *user, const char **text_r)
{
	struct quota_levels levels;
	int ret;

	ret = quota_levels_passed(user, QUOTA_LEVEL_SEND, &levels, text_r);
	if (ret <= 0)
		return ret == 0 ? 1 : -1;
	*text_r = t_strdup_printf(
		"This mailbox holds %s, and with more than %s nothing can be "
		"sent from it. Delete what is no longer needed",
		quota_limit_text(levels.used),
		quota_limit_text(levels.levels[QUOTA_LEVEL_SEND]));
	return 0;
}
