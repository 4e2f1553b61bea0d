/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef AUTH_COMPAT_H
#define AUTH_COMPAT_H

/* The auth process's interface to passdbs and userdbs, as far as it differs
   between the series. */

#include "dovecot-compat.h"

/* Before auth-request.h: a login as oneself by authzid has to take back what
   core noted in the fields (auth_compat_forget_login_user()). */
#define AUTH_REQUEST_FIELDS_CONST

#include "safe-memset.h"
#include "auth-common.h"
#include "auth-request.h"
#include "auth-settings.h"
#include "passdb.h"
#include "userdb.h"

/* What identifies one use of the driver in the configuration: 2.3's args, 2.4's
   event of the passdb or userdb block. */
#if DOVECOT_VERSION_MINOR >= 4
struct auth_compat_source {
	struct event *event;
};
#else
struct auth_compat_source {
	const char *args;
};
#endif

/* Define static preinit functions in each series' own form around
   int create(pool_t, const struct auth_compat_source *, module **, error **).
 */
#if DOVECOT_VERSION_MINOR >= 4
#define AUTH_COMPAT_PREINIT(function, module_type, create, what)               \
	static int function(pool_t pool, struct event *event,                  \
			    struct module_type **module_r,                     \
			    const char **error_r)                              \
	{                                                                      \
		struct auth_compat_source source = { .event = event };         \
		return create(pool, &source, module_r, error_r);               \
	}
#else
#define AUTH_COMPAT_PREINIT(function, module_type, create, what)               \
	static struct module_type *function(pool_t pool, const char *args)     \
	{                                                                      \
		struct auth_compat_source source = { .args = args };           \
		struct module_type *module;                                    \
		const char *error;                                             \
		if (create(pool, &source, &module, &error) < 0)                \
			i_fatal(what " campus: %s", error);                    \
		return module;                                                 \
	}
#endif

/* The service that the client uses, as Dovecot calls it: imap, pop3, smtp … */
static inline const char *
auth_compat_service(const struct auth_request *request)
{
#if DOVECOT_VERSION_MINOR >= 4
	return request->fields.protocol;
#else
	return request->fields.service;
#endif
}

/* Add what the administrator wrote in the block's fields { }. In 2.3 core does
   that. Returns 0, or -1 if it was logged that they cannot be expanded. */
static inline int auth_compat_add_passdb_fields(struct auth_request *request)
{
#if DOVECOT_VERSION_MINOR >= 4
	return auth_request_set_passdb_fields(request, NULL);
#else
	(void)request;
	return 0;
#endif
}

static inline int auth_compat_add_userdb_fields(struct auth_request *request)
{
#if DOVECOT_VERSION_MINOR >= 4
	return auth_request_set_userdb_fields(request, NULL);
#else
	(void)request;
	return 0;
#endif
}

/* The login is an ordinary one, whatever was typed: core shall not finish it as
   a master login, and %{auth_user} in log formats shall be the canonical name,
   which the user field already is. */
static inline void auth_compat_make_ordinary(struct auth_request *request)
{
	request->fields.original_username = request->fields.user;
	request->fields.requested_login_user = NULL;
	event_field_clear(request->event, "login_user");
}

/* What the client sent, password included, as core has decoded it. Core reads
   it once, before it calls us, and frees it without wiping. */
static inline void auth_compat_wipe_response(struct auth_request *request)
{
	if (request->initial_response_len > 0) {
		safe_memset((unsigned char *)request->initial_response, 0,
			    request->initial_response_len);
	}
}

/* The userdb field acl_groups of somebody who is in no group. 2.3 takes an
   empty field for "yes", which could be a group's name; this could not. */
#if DOVECOT_VERSION_MINOR >= 4
#define AUTH_COMPAT_NO_GROUPS ""
#else
#define AUTH_COMPAT_NO_GROUPS "-"
#endif

/* The userdb fields by which a reply itself asks for the plugins that enforce
   rights, besides those of the configuration: Dovecot ends the session if one
   of them is not there. */
#if DOVECOT_VERSION_MINOR >= 4
#define AUTH_COMPAT_ACL_FIELDS                                                 \
	{ "mail_plugins/acl", "yes" },                                         \
	{                                                                      \
		"mail_plugins/campus_acl", "yes"                               \
	}
#else
#define AUTH_COMPAT_ACL_FIELDS                                                 \
	{                                                                      \
		"mail_plugins+", " acl campus_acl"                             \
	}
#endif

/* Dovecot's quota plugin takes percentages of a limit, in 64 bits with a sign:
   2.3 of its own accord, for deliveries (quota_grace). */
#define AUTH_COMPAT_QUOTA_MAX ((uint64_t)INT64_MAX / 100)

/* The userdb field by which the quota plugin takes a limit for the mailbox, in
   place of the one in the configuration. A limit over AUTH_COMPAT_QUOTA_MAX,
   which no disk can hold, becomes that one. The value is on the data stack. */
static inline void auth_compat_quota_field(uint64_t bytes, const char **name_r,
					   const char **value_r)
{
	bytes = I_MIN(bytes, AUTH_COMPAT_QUOTA_MAX);
#if DOVECOT_VERSION_MINOR >= 4
	*name_r = "quota_storage_size";
	*value_r = t_strdup_printf("%" PRIu64 "B", bytes);
#else
	*name_r = "quota_rule";
	*value_r = t_strdup_printf("*:bytes=%" PRIu64, bytes);
#endif
}

#endif
