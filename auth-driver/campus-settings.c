/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From settings as text to settings that are known to be good. */

#include "lib.h"
#include "array.h"
#include "safe-memset.h"
#include "str.h"
#include "strnum.h"
#include "dovecot-compat.h"
#include "directory-filter.h"
#include "log-escape.h"
#include "campus-setting-values.h"
#include "campus-settings.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOME_USER_VARIABLE "%{user}"
#define SERVICE_PASSWORD_MAX_BYTES 1024

static int setting_bool(const char *name, const char *value, bool *value_r,
			const char **error_r)
{
	if (strcmp(value, "yes") == 0)
		*value_r = TRUE;
	else if (strcmp(value, "no") == 0)
		*value_r = FALSE;
	else {
		*error_r = t_strdup_printf("%s: '%s' is neither yes nor no",
					   name, log_escape(value));
		return -1;
	}
	return 0;
}

static int setting_number(const char *name, const char *value, unsigned int min,
			  unsigned int max, unsigned int *value_r,
			  const char **error_r)
{
	if (str_to_uint(value, value_r) < 0 || *value_r < min ||
	    *value_r > max) {
		*error_r = t_strdup_printf(
			"%s: '%s' is not a number from %u to %u", name,
			log_escape(value), min, max);
		return -1;
	}
	return 0;
}

static int setting_msecs(const char *name, const char *value,
			 unsigned int *value_r, const char **error_r)
{
	const char *error;

	if (str_parse_get_interval_msecs(value, value_r, &error) < 0 ||
	    *value_r == 0 || *value_r > 60 * 1000) {
		*error_r = t_strdup_printf(
			"%s: '%s' is not a time from 1 ms to 60 s, such as 2s",
			name, log_escape(value));
		return -1;
	}
	return 0;
}

static int settings_parse_guessing(const struct campus_setting_values *values,
				   struct campus_settings *set,
				   const char **error_r)
{
	const char *error;

	if (setting_number("campus_bind_budget", values->bind_budget, 0, 100,
			   &set->bind_budget, error_r) < 0)
		return -1;
	if (set->bind_budget == 1) {
		*error_r = "campus_bind_budget: 1 is too few, since one try is "
			   "kept for networks from which a person has logged "
			   "in before; set 2 or more, or 0 for no limit";
		return -1;
	}
	if (str_parse_get_interval_msecs(values->bind_budget_interval,
					 &set->bind_budget_interval_msecs,
					 &error) < 0 ||
	    set->bind_budget_interval_msecs < 1000 ||
	    set->bind_budget_interval_msecs > 24 * 60 * 60 * 1000) {
		*error_r = t_strdup_printf(
			"campus_bind_budget_interval: '%s' is not a time from "
			"1 s to 24 hours, such as 30min",
			log_escape(values->bind_budget_interval));
		return -1;
	}
	set->decoy_dn = values->decoy_dn;
	if (*set->decoy_dn != '\0' &&
	    directory_dn_check(set->decoy_dn, &error) < 0) {
		*error_r = t_strdup_printf("campus_decoy_dn: %s", error);
		return -1;
	}
	return 0;
}

static int setting_attribute(const char *name, const char *value,
			     const char **error_r)
{
	if (!directory_filter_attribute_is_valid(value)) {
		*error_r = t_strdup_printf(
			"%s: '%s' is not the name of an LDAP attribute", name,
			log_escape(value));
		return -1;
	}
	/* A server answers by the name, and nothing else is read. */
	if (*value >= '0' && *value <= '9') {
		*error_r = t_strdup_printf(
			"%s: '%s' is a numeric OID; give the name that the "
			"directory server uses for this attribute",
			name, log_escape(value));
		return -1;
	}
	return 0;
}

static int setting_filter(const char *name, const char *value,
			  const char **error_r)
{
	const char *error;

	if (directory_filter_check(value, &error) < 0) {
		*error_r = t_strdup_printf("%s: %s", name, error);
		return -1;
	}
	return 0;
}

static int setting_attributes(pool_t pool, const char *name, const char *value,
			      const char *const **list_r, const char **error_r)
{
	const char *const *attributes =
		(const char *const *)p_strsplit_spaces(pool, value, " ,");

	for (unsigned int i = 0; attributes[i] != NULL; i++) {
		if (setting_attribute(name, attributes[i], error_r) < 0)
			return -1;
	}
	*list_r = attributes;
	return 0;
}

static int setting_servers(pool_t pool, const char *value,
			   const char *const **servers_r, const char **error_r)
{
	const char *const *servers =
		(const char *const *)p_strsplit_spaces(pool, value, " ,");

	if (servers[0] == NULL) {
		*error_r = "campus_servers: name at least one server, such as "
			   "ldap://ldap.campus.example";
		return -1;
	}
	for (unsigned int i = 0; servers[i] != NULL; i++) {
		if (strncmp(servers[i], "ldap://", 7) != 0 &&
		    strncmp(servers[i], "ldaps://", 8) != 0) {
			*error_r = t_strdup_printf(
				"campus_servers: '%s' begins with neither "
				"ldap:// nor ldaps://",
				log_escape(servers[i]));
			return -1;
		}
	}
	if (str_array_length(servers) > SERVER_CHOICE_MAX) {
		*error_r = t_strdup_printf(
			"campus_servers: more than %u servers; name those that "
			"are nearest",
			SERVER_CHOICE_MAX);
		return -1;
	}
	*servers_r = servers;
	return 0;
}

static int setting_server_order(const char *value, enum server_order *order_r,
				const char **error_r)
{
	if (strcmp(value, "listed") == 0)
		*order_r = SERVER_ORDER_LISTED;
	else if (strcmp(value, "balanced") == 0)
		*order_r = SERVER_ORDER_BALANCED;
	else {
		*error_r = t_strdup_printf("campus_server_order: '%s' is "
					   "neither listed nor balanced",
					   log_escape(value));
		return -1;
	}
	return 0;
}

/* A name of the domain stands before a separator: it must be one that can be
   typed there. */
static int setting_domain(const char *name, const char *value,
			  const char **error_r)
{
	if (strpbrk(value, "\\/*@ ") != NULL) {
		*error_r = t_strdup_printf(
			"%s: '%s' holds one of \\ / * @ or a space", name,
			log_escape(value));
		return -1;
	}
	return 0;
}

static int setting_home(pool_t pool, const char *value,
			const char *const **home_r, const char **error_r)
{
	ARRAY_TYPE(const_string) parts;
	const char *p, *rest = value;

	p_array_init(&parts, pool, 4);
	while ((p = strstr(rest, HOME_USER_VARIABLE)) != NULL) {
		const char *part = p_strdup_until(pool, rest, p);
		array_push_back(&parts, &part);
		rest = p + strlen(HOME_USER_VARIABLE);
	}
	rest = p_strdup(pool, rest);
	array_push_back(&parts, &rest);
	if (*value != '/' || array_count(&parts) < 2) {
		*error_r = t_strdup_printf(
			"campus_mail_home: '%s' must begin with / and hold %s",
			log_escape(value), HOME_USER_VARIABLE);
		return -1;
	}
	const char *part;
	array_foreach_elem(&parts, part) {
		if (strchr(part, '%') != NULL) {
			*error_r = t_strdup_printf(
				"campus_mail_home: '%s' holds a variable other "
				"than %s",
				log_escape(value), HOME_USER_VARIABLE);
			return -1;
		}
	}
	array_append_zero(&parts);
	*home_r = array_front(&parts);
	return 0;
}

static int setting_codes(pool_t pool, const char *value, const int **codes_r,
			 const char **error_r)
{
	const char *const *words = t_strsplit_spaces(value, " ,");
	unsigned int count = str_array_length(words);
	int *codes = p_new(pool, int, count + 1);

	for (unsigned int i = 0; i < count; i++) {
		if (str_to_int(words[i], &codes[i]) < 0 ||
		    (codes[i] != DIRECTORY_CODE_CONSTRAINT_VIOLATION &&
		     codes[i] != DIRECTORY_CODE_UNWILLING)) {
			*error_r = t_strdup_printf(
				"campus_locked_codes: '%s' is neither 19 "
				"(constraintViolation) nor 53 "
				"(unwillingToPerform)",
				log_escape(words[i]));
			return -1;
		}
	}
	*codes_r = codes;
	return 0;
}

/* One line that a client is shown. */
static int setting_text(const char *name, const char *value,
			const char **error_r)
{
	if (*value == '\0' || *value == '[' || *value == ' ' ||
	    strlen(value) > 400) {
		*error_r = t_strdup_printf(
			"%s: must be a sentence of at most 400 bytes that does "
			"not begin with [ or a space",
			name);
		return -1;
	}
	for (const char *p = value; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e) {
			*error_r = t_strdup_printf(
				"%s: only printable ASCII goes into an answer "
				"to a client",
				name);
			return -1;
		}
	}
	return 0;
}

/* Owner of the mail: a number, or a name of the system. */
static int setting_mail_owner(pool_t pool, bool group, const char *value,
			      const char **id_r, const char **error_r)
{
	const char *name = group ? "campus_mail_gid" : "campus_mail_uid";
	uintmax_t id = 0;

	if (str_is_numeric(value, '\0')) {
		if (str_to_uintmax(value, &id) < 0)
			id = 0;
	} else if (group) {
		struct group *gr = getgrnam(value);
		if (gr != NULL)
			id = gr->gr_gid;
	} else {
		struct passwd *pw = getpwnam(value);
		if (pw != NULL)
			id = pw->pw_uid;
	}
	if (id == 0 || id >= UINT32_MAX) {
		*error_r = t_strdup_printf(
			"%s: '%s' is neither a %s of this system nor a number "
			"above 0; make one with %s, or set the one that owns "
			"the mail",
			name, log_escape(value), group ? "group" : "user",
			group ? "groupadd" : "useradd");
		return -1;
	}
	*id_r = p_strdup_printf(pool, "%ju", id);
	return 0;
}

static int setting_password_file(pool_t pool, const char *path,
				 const char **password_r, const char **error_r)
{
	char buf[SERVICE_PASSWORD_MAX_BYTES + 1];
	struct stat st;
	ssize_t ret;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd == -1 || fstat(fd, &st) < 0) {
		*error_r = t_strdup_printf(
			"campus_service_password_file: cannot read '%s': %m",
			log_escape(path));
		i_close_fd(&fd);
		return -1;
	}
	if ((st.st_mode & S_IRWXO) != 0) {
		*error_r = t_strdup_printf(
			"campus_service_password_file: others may use '%s' "
			"(mode %04o); chmod 0640 it",
			log_escape(path), (unsigned int)st.st_mode & 07777);
		i_close_fd(&fd);
		return -1;
	}
	ret = read(fd, buf, sizeof(buf) - 1);
	i_close_fd(&fd);
	if (ret < 0) {
		*error_r = t_strdup_printf(
			"campus_service_password_file: cannot read '%s': %m",
			log_escape(path));
		return -1;
	}
	buf[ret] = '\0';
	buf[strcspn(buf, "\r\n")] = '\0';
	*password_r = p_strdup(pool, buf);
	safe_memset(buf, 0, sizeof(buf));
	if (**password_r == '\0') {
		*error_r = t_strdup_printf(
			"campus_service_password_file: the first line of '%s' "
			"is empty",
			log_escape(path));
		return -1;
	}
	return 0;
}

static int setting_required(const struct campus_setting_values *values,
			    const char **error_r)
{
	const struct {
		const char *name, *value, *example;
	} required[] = {
		{ "campus_service_dn", values->service_dn,
		  "cn=dovecot,ou=services,dc=campus,dc=example" },
		{ "campus_service_password_file", values->service_password_file,
		  "/etc/dovecot/dovecot-campus.password" },
		{ "campus_people_base", values->people_base,
		  "ou=people,dc=campus,dc=example" },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(required); i++) {
		if (*required[i].value == '\0') {
			*error_r = t_strdup_printf(
				"%s: must be set, for example to %s",
				required[i].name, required[i].example);
			return -1;
		}
	}
	return 0;
}

static int settings_parse_schema(pool_t pool,
				 const struct campus_setting_values *values,
				 struct campus_settings *set,
				 const char **error_r)
{
	const struct {
		const char *name, *value;
		const char **target;
		bool may_be_empty;
	} attributes[] = {
		{ "campus_uid_attribute", values->uid_attribute,
		  &set->map.find.uid_attribute, FALSE },
		{ "campus_mail_attribute", values->mail_attribute,
		  &set->map.find.mail_attribute, FALSE },
		{ "campus_group_member_attribute",
		  values->group_member_attribute, &set->group_member_attribute,
		  FALSE },
		{ "campus_group_name_attribute", values->group_name_attribute,
		  &set->group_name_attribute, FALSE },
		{ "campus_owner_attribute", values->owner_attribute,
		  &set->role_attributes[PROJECT_ROLE_OWNER], FALSE },
		{ "campus_member_attribute", values->member_attribute,
		  &set->role_attributes[PROJECT_ROLE_MEMBER], TRUE },
		{ "campus_reader_attribute", values->reader_attribute,
		  &set->role_attributes[PROJECT_ROLE_READER], TRUE },
		{ "campus_member_of_attribute", values->member_of_attribute,
		  &set->map.member_of_attribute, TRUE },
		{ "campus_quota_attribute", values->quota_attribute,
		  &set->map.quota_attributes[QUOTA_LEVEL_RECEIVE], TRUE },
		{ "campus_quota_warn_attribute", values->quota_warn_attribute,
		  &set->map.quota_attributes[QUOTA_LEVEL_WARN], TRUE },
		{ "campus_quota_send_attribute", values->quota_send_attribute,
		  &set->map.quota_attributes[QUOTA_LEVEL_SEND], TRUE },
		{ "campus_mail_host_attribute", values->mail_host_attribute,
		  &set->map.mail_host_attribute, TRUE },
		{ "campus_expire_attribute", values->expire_attribute,
		  &set->map.expire_attribute, TRUE },
	};
	const struct {
		const char *name, *value;
		const char **target;
	} filters[] = {
		{ "campus_people_filter", values->people_filter,
		  &set->people_filter },
		{ "campus_projects_filter", values->projects_filter,
		  &set->projects_filter },
		{ "campus_groups_filter", values->groups_filter,
		  &set->groups_filter },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(attributes); i++) {
		*attributes[i].target = attributes[i].value;
		if (attributes[i].may_be_empty && *attributes[i].value == '\0')
			continue;
		if (setting_attribute(attributes[i].name, attributes[i].value,
				      error_r) < 0)
			return -1;
	}
	for (unsigned int i = 0; i < N_ELEMENTS(filters); i++) {
		*filters[i].target = filters[i].value;
		if (setting_filter(filters[i].name, filters[i].value, error_r) <
		    0)
			return -1;
	}
	if (setting_attributes(pool, "campus_alias_attributes",
			       values->alias_attributes,
			       &set->map.find.alias_attributes, error_r) < 0 ||
	    setting_bool("campus_acl_groups", values->acl_groups,
			 &set->acl_groups, error_r) < 0)
		return -1;
	set->people_base = values->people_base;
	set->projects_base = values->projects_base;
	set->groups_base = values->groups_base;
	if (*set->groups_base == '\0')
		set->acl_groups = FALSE;
	return 0;
}

static int settings_parse_domains(pool_t pool,
				  const struct campus_setting_values *values,
				  struct campus_settings *set,
				  const char **error_r)
{
	const char *const *domains = (const char *const *)p_strsplit_spaces(
		pool, values->login_domains, " ,");
	ARRAY_TYPE(const_string) reserved;

	p_array_init(&reserved, pool, 8);
	if (setting_domain("campus_domain", values->domain, error_r) < 0)
		return -1;
	if (*values->domain != '\0')
		array_push_back(&reserved, &values->domain);
	for (unsigned int i = 0; domains[i] != NULL; i++) {
		if (setting_domain("campus_login_domains", domains[i],
				   error_r) < 0)
			return -1;
		array_push_back(&reserved, &domains[i]);
	}
	array_append_zero(&reserved);

	set->login_name.netbios_domain = values->domain;
	set->login_name.login_domains = domains;
	set->map.find.login_domains = domains;
	set->map.reserved_domains = array_front(&reserved);
	return 0;
}

static int settings_parse_numbers(const struct campus_setting_values *values,
				  struct campus_settings *set,
				  const char **error_r)
{
	const struct {
		const char *name, *value;
		unsigned int min, max;
		unsigned int *target;
	} numbers[] = {
		{ "campus_group_depth", values->group_depth, 0, 20,
		  &set->group_depth },
		{ "campus_max_groups", values->max_groups, 1, 100000,
		  &set->max_groups },
		{ "campus_search_connections", values->search_connections, 1,
		  16, &set->search_connections },
		{ "campus_bind_connections", values->bind_connections, 1, 1024,
		  &set->bind_connections },
		{ "campus_queue_size", values->queue_size, 1, 100000,
		  &set->queue_size },
	};
	const struct {
		const char *name, *value;
		unsigned int *target;
	} times[] = {
		{ "campus_connect_timeout", values->connect_timeout,
		  &set->connect_timeout_msecs },
		{ "campus_operation_timeout", values->operation_timeout,
		  &set->operation_timeout_msecs },
		{ "campus_login_timeout", values->login_timeout,
		  &set->login_timeout_msecs },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(numbers); i++) {
		if (setting_number(numbers[i].name, numbers[i].value,
				   numbers[i].min, numbers[i].max,
				   numbers[i].target, error_r) < 0)
			return -1;
	}
	for (unsigned int i = 0; i < N_ELEMENTS(times); i++) {
		if (setting_msecs(times[i].name, times[i].value,
				  times[i].target, error_r) < 0)
			return -1;
	}
	return 0;
}

static int settings_parse_answers(pool_t pool,
				  const struct campus_setting_values *values,
				  struct campus_settings *set,
				  const char **error_r)
{
	const struct {
		enum project_role role;
		const char *name, *value;
	} roles[] = {
		{ PROJECT_ROLE_OWNER, "campus_owner_protocols",
		  values->owner_protocols },
		{ PROJECT_ROLE_MEMBER, "campus_member_protocols",
		  values->member_protocols },
		{ PROJECT_ROLE_READER, "campus_reader_protocols",
		  values->reader_protocols },
	};
	const struct {
		const char *name, *value;
		const char **target;
	} texts[] = {
		{ "campus_expired_text", values->expired_text,
		  &set->texts.expired },
		{ "campus_must_change_text", values->must_change_text,
		  &set->texts.must_change },
		{ "campus_locked_text", values->locked_text,
		  &set->texts.locked },
		{ "campus_not_permitted_text", values->not_permitted_text,
		  &set->texts.not_permitted },
	};
	const char *error;

	for (unsigned int i = 0; i < N_ELEMENTS(roles); i++) {
		if (project_role_parse(&set->roles, roles[i].role,
				       roles[i].value, &error) < 0) {
			*error_r =
				t_strdup_printf("%s: %s", roles[i].name, error);
			return -1;
		}
	}
	set->smtp_person = strcmp(values->smtp_user, "person") == 0;
	if (!set->smtp_person && strcmp(values->smtp_user, "mailbox") != 0) {
		*error_r = t_strdup_printf(
			"campus_smtp_user: '%s' is neither person nor mailbox",
			log_escape(values->smtp_user));
		return -1;
	}
	for (unsigned int i = 0; i < N_ELEMENTS(texts); i++) {
		if (setting_text(texts[i].name, texts[i].value, error_r) < 0)
			return -1;
		*texts[i].target = texts[i].value;
	}
	if (setting_bool("campus_tell_locked", values->tell_locked,
			 &set->verdict.tell_locked, error_r) < 0)
		return -1;
	return setting_codes(pool, values->locked_codes,
			     &set->verdict.locked_codes, error_r);
}

int campus_settings_parse(pool_t pool,
			  const struct campus_setting_values *values,
			  struct campus_settings *set_r, const char **error_r)
{
	struct campus_settings set;

	i_zero(&set);
	if (setting_servers(pool, values->servers, &set.servers, error_r) < 0 ||
	    setting_server_order(values->server_order, &set.server_order,
				 error_r) < 0 ||
	    setting_bool("campus_starttls", values->starttls, &set.starttls,
			 error_r) < 0 ||
	    settings_parse_schema(pool, values, &set, error_r) < 0 ||
	    settings_parse_domains(pool, values, &set, error_r) < 0 ||
	    settings_parse_numbers(values, &set, error_r) < 0 ||
	    settings_parse_guessing(values, &set, error_r) < 0 ||
	    settings_parse_answers(pool, values, &set, error_r) < 0 ||
	    setting_home(pool, values->mail_home, &set.mail_home, error_r) < 0)
		return -1;
	if (set_r == NULL)
		return 0;

	set.tls_ca_file = values->tls_ca_file;
	set.service_dn = values->service_dn;
	if (setting_required(values, error_r) < 0 ||
	    setting_mail_owner(pool, FALSE, values->mail_uid, &set.mail_uid,
			       error_r) < 0 ||
	    setting_mail_owner(pool, TRUE, values->mail_gid, &set.mail_gid,
			       error_r) < 0 ||
	    setting_password_file(pool, values->service_password_file,
				  &set.service_password, error_r) < 0)
		return -1;
	*set_r = set;
	return 0;
}

const char *campus_settings_home(const struct campus_settings *set,
				 const char *user)
{
	string_t *home = t_str_new(128);

	str_append(home, set->mail_home[0]);
	for (unsigned int i = 1; set->mail_home[i] != NULL; i++) {
		str_append(home, user);
		str_append(home, set->mail_home[i]);
	}
	return str_c(home);
}
