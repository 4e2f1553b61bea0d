/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_SETTINGS_H
#define CAMPUS_SETTINGS_H

/* The settings, checked and ready for use. */

#include "auth-verdict.h"
#include "directory-map.h"
#include "login-name.h"
#include "project-role.h"
#include "server-choice.h"

struct campus_setting_values;

struct campus_settings {
	/* NULL-terminated URIs */
	const char *const *servers;
	enum server_order server_order;
	bool starttls;
	const char *tls_ca_file;
	const char *service_dn;
	const char *service_password;

	struct login_name_settings login_name;
	struct directory_map_settings map;

	/* a base "" = there are none of these */
	const char *people_base, *people_filter;
	const char *projects_base, *projects_filter;
	const char *groups_base, *groups_filter;
	const char *group_member_attribute, *group_name_attribute;
	unsigned int group_depth;
	unsigned int max_groups;
	/* tell the session the names of the person's groups: wanted, and there
	   are groups */
	bool acl_groups;
	/* indexed by role; NULL for none */
	const char *role_attributes[PROJECT_ROLE_COUNT];

	const char *mail_uid, *mail_gid;
	/* what stands before and after each %{user} */
	const char *const *mail_home;

	struct project_role_settings roles;
	/* the smtp service is told who the person is, not which mailbox */
	bool smtp_person;
	struct auth_verdict_settings verdict;
	struct auth_verdict_texts texts;

	unsigned int search_connections, bind_connections, queue_size;
	unsigned int connect_timeout_msecs, operation_timeout_msecs;
	unsigned int login_timeout_msecs;

	/* wrong passwords of a person within the interval; 0 = no limit */
	unsigned int bind_budget;
	unsigned int bind_budget_interval_msecs;
	/* whom to bind as for names that nobody has; "" = no bind then */
	const char *decoy_dn;
};

/* Check the values and make settings of them, allocated from the pool; set_r =
   NULL only checks each value by itself: what must not be missing, and files,
   are looked at only for set_r. Returns 0, or -1 with *error_r a sentence that
   begins with the setting's name. */
int campus_settings_parse(pool_t pool,
			  const struct campus_setting_values *values,
			  struct campus_settings *set_r, const char **error_r);

/* The home of a mailbox. On the data stack. */
const char *campus_settings_home(const struct campus_settings *set,
				 const char *user);

#endif
