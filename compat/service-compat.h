/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SERVICE_COMPAT_H
#define SERVICE_COMPAT_H

/* A service of our own: how it begins, and how it opens a user's mailbox, as
   far as that differs between the series. */

#include "dovecot-compat.h"
#include "mail-storage-service.h"
#include "mail-user.h"
#include "master-service.h"
#include "master-service-settings.h"

#if DOVECOT_VERSION_MINOR >= 4
#define SERVICE_COMPAT_FLAGS 0
#else
#define SERVICE_COMPAT_FLAGS MASTER_SERVICE_FLAG_KEEP_CONFIG_OPEN
#endif

/* Before privileges are dropped. */
static inline void service_compat_read_settings(struct master_service *service)
{
#if DOVECOT_VERSION_MINOR >= 4
	const char *error;

	if (master_service_settings_read_simple(service, &error) < 0)
		i_fatal("%s", error);
#else
	(void)service;
#endif
}

static inline struct mail_storage_service_ctx *
service_compat_storage_init(struct master_service *service,
			    enum mail_storage_service_flags flags)
{
#if DOVECOT_VERSION_MINOR >= 4
	return mail_storage_service_init(service, flags);
#else
	return mail_storage_service_init(service, NULL, flags);
#endif
}

/* Returns 1 with *user_r, to be given back with mail_user_deinit(); 0 if there
   is none, negative with *error_r a sentence. */
static inline int
service_compat_user_open(struct mail_storage_service_ctx *ctx,
			 const struct mail_storage_service_input *input,
			 struct mail_user **user_r, const char **error_r)
{
#if DOVECOT_VERSION_MINOR >= 4
	return mail_storage_service_lookup_next(ctx, input, user_r, error_r);
#else
	struct mail_storage_service_user *service_user;
	int ret = mail_storage_service_lookup_next(ctx, input, &service_user,
						   user_r, error_r);

	/* the user holds it on */
	if (ret > 0)
		mail_storage_service_user_unref(&service_user);
	return ret;
#endif
}

#endif
