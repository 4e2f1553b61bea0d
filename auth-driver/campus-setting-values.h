/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_SETTING_VALUES_H
#define CAMPUS_SETTING_VALUES_H

/* The table of settings: names without "campus_", and defaults, as text. What
   they mean is in campus-settings.h and in dovecot-campus-settings(5). */

/* clang-format off */
#define CAMPUS_SETTINGS(SETTING)                                               \
	SETTING(servers, "ldap://localhost")                                   \
	SETTING(server_order, "listed")                                        \
	SETTING(starttls, "yes")                                               \
	SETTING(tls_ca_file, "/etc/ssl/certs/ca-certificates.crt")             \
	SETTING(service_dn, "")                                                \
	SETTING(service_password_file, "")                                     \
	SETTING(domain, "")                                                    \
	SETTING(login_domains, "")                                             \
	SETTING(people_base, "")                                               \
	SETTING(people_filter, "(objectClass=campusPerson)")                   \
	SETTING(projects_base, "")                                             \
	SETTING(projects_filter, "(objectClass=campusProject)")                \
	SETTING(groups_base, "")                                               \
	SETTING(groups_filter, "(objectClass=groupOfNames)")                   \
	SETTING(group_member_attribute, "member")                              \
	SETTING(group_name_attribute, "cn")                                    \
	SETTING(member_of_attribute, "")                                       \
	SETTING(group_depth, "5")                                              \
	SETTING(max_groups, "1000")                                            \
	SETTING(acl_groups, "yes")                                             \
	SETTING(uid_attribute, "uid")                                          \
	SETTING(mail_attribute, "mail")                                        \
	SETTING(alias_attributes, "campusMailAlias")                           \
	SETTING(owner_attribute, "campusOwner")                                \
	SETTING(member_attribute, "campusMember")                              \
	SETTING(reader_attribute, "campusReader")                              \
	SETTING(quota_attribute, "campusQuota")                                \
	SETTING(quota_warn_attribute, "campusQuotaWarn")                       \
	SETTING(quota_send_attribute, "campusQuotaSend")                       \
	SETTING(mail_host_attribute, "campusMailHost")                         \
	SETTING(expire_attribute, "shadowExpire")                              \
	SETTING(mail_uid, "vmail")                                             \
	SETTING(mail_gid, "vmail")                                             \
	SETTING(mail_home, "/srv/mail/%{user}")                                \
	SETTING(owner_protocols, "imap pop3 submission sieve")                 \
	SETTING(member_protocols, "imap pop3 submission")                      \
	SETTING(reader_protocols, "imap pop3")                                 \
	SETTING(smtp_user, "person")                                           \
	SETTING(search_connections, "2")                                       \
	SETTING(bind_connections, "64")                                        \
	SETTING(queue_size, "1000")                                            \
	SETTING(connect_timeout, "2s")                                         \
	SETTING(operation_timeout, "3s")                                       \
	SETTING(login_timeout, "8s")                                           \
	SETTING(bind_budget, "4")                                              \
	SETTING(bind_budget_interval, "30min")                                 \
	SETTING(decoy_dn, "")                                                  \
	SETTING(locked_codes, "")                                              \
	SETTING(tell_locked, "no")                                             \
	SETTING(expired_text,                                                  \
		"Your password has expired. Set a new one, then try again.")   \
	SETTING(must_change_text,                                              \
		"Your password must be changed before you can read mail.")     \
	SETTING(locked_text,                                                   \
		"Your account is locked. Ask the help desk.")                  \
	SETTING(not_permitted_text,                                            \
		"You may not open this mailbox with this program, or there is " \
		"no such mailbox.")
/* clang-format on */

#define CAMPUS_SETTING_MEMBER(name, value) const char *name;
struct campus_setting_values {
	pool_t pool;
	CAMPUS_SETTINGS(CAMPUS_SETTING_MEMBER)
};

/* A new set of values, all defaults, in the pool. */
struct campus_setting_values *campus_setting_values_default(pool_t pool);
/* A copy in the pool. */
struct campus_setting_values *
campus_setting_values_dup(pool_t pool, const struct campus_setting_values *src);
/* Set "campus_name" to a value that is copied into the pool. Returns 0, or -1
   if there is no such setting. */
int campus_setting_values_set(pool_t pool, struct campus_setting_values *values,
			      const char *key, const char *value);
/* Do both say the same? */
bool campus_setting_values_equal(const struct campus_setting_values *a,
				 const struct campus_setting_values *b);

#endif
