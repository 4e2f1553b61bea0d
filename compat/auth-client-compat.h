/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef AUTH_CLIENT_COMPAT_H
#define AUTH_CLIENT_COMPAT_H

/* Questions to the auth process, as far as they differ between the series. */

#include "dovecot-compat.h"
#include "auth-master.h"
#include "mail-storage-service.h"
#include "mail-user.h"

/* A userdb look-up of that service; waits for the answer. Returns 1 with the
   fields, 0 if there is no such user, or a negative number, logged. */
static inline int auth_client_compat_lookup(struct auth_master_connection *conn,
					    const char *service,
					    const char *name, pool_t pool,
					    const char *const **fields_r)
{
#if DOVECOT_VERSION_MINOR >= 4
	struct auth_user_info info = { .protocol = service };
#else
	struct auth_user_info info = { .service = service };
#endif
	const char *username;

	return auth_master_user_lookup(conn, name, &info, pool, &username,
				       fields_r);
}

/* The same by the connection that the user's own look-up took. */
static inline int auth_client_compat_user(struct mail_user *user,
					  const char *service, const char *name,
					  pool_t pool,
					  const char *const **fields_r)
{
#if DOVECOT_VERSION_MINOR >= 4
	struct mail_storage_service_user *service_user = user->service_user;
#else
	struct mail_storage_service_user *service_user = user->_service_user;
#endif

	return auth_client_compat_lookup(
		mail_storage_service_get_auth_conn(
			mail_storage_service_user_get_service_ctx(
				service_user)),
		service, name, pool, fields_r);
}

#endif
