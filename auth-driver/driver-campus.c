/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What the passdb and the userdb driver share: opening, warnings, userdb
 * fields. */

#include "auth-compat.h"
#include "log-escape.h"
#include "settings-source.h"
#include "campus-directory.h"
#include "campus-settings.h"
#include "driver-campus.h"

int driver_campus_open(pool_t pool, const struct auth_compat_source *source,
		       struct campus_directory **directory_r,
		       const char **error_r)
{
	const struct campus_setting_values *values;

	if (settings_source_read(pool, source, &values, error_r) < 0)
		return -1;
	return campus_directory_open(values, auth_event, directory_r, error_r);
}

static void driver_campus_warn(struct event *event, bool blocking)
{
	static bool warned = FALSE;
	const char *map = global_auth_settings->username_chars_map;

	if (warned)
		return;
	warned = TRUE;
	if (blocking) {
		e_warning(event,
			  "campus: use_worker is ignored: this driver never "
			  "blocks and must stay in the auth process");
	}
	for (const char *p = "\\/@*+"; *p != '\0'; p++) {
		if (map[(unsigned char)*p] == 0) {
			e_warning(event,
				  "campus: auth_username_chars lacks '%c', so "
				  "login names that hold it are refused before "
				  "they can be looked up; add it",
				  *p);
		}
	}
}

void driver_campus_init(struct campus_directory *directory, bool *blocking)
{
	if (worker)
		return;
	driver_campus_warn(auth_event, *blocking);
	*blocking = FALSE;
	campus_directory_warm_up(directory);
}

/* Dovecot expands %variables in userdb fields, so a text of the directory must
   hold none. */
static bool driver_campus_text_is_plain(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e || *text == '%')
			return FALSE;
	}
	return TRUE;
}

static void driver_campus_add_text(struct driver_campus_fields *fields,
				   struct event *event, const char *dn,
				   const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (!driver_campus_text_is_plain(value)) {
		e_error(event,
			"campus: entry '%s': %s is left out, since '%s' is not "
			"printable ASCII without %%",
			log_escape(dn), name, log_escape(value));
		return;
	}
	fields->fields[fields->count].name = name;
	fields->fields[fields->count++].value = value;
}

/* Whoever is not the owner gets in only where rights are enforced. */
static void driver_campus_add_acl(struct driver_campus_fields *fields)
{
	static const struct driver_campus_field acl_fields[] = {
		AUTH_COMPAT_ACL_FIELDS
	};

	for (unsigned int i = 0; i < N_ELEMENTS(acl_fields); i++)
		fields->fields[fields->count++] = acl_fields[i];
}

/* The limit at which nothing comes in is Dovecot's own; ours are the others. */
static void driver_campus_add_quotas(struct driver_campus_fields *fields,
				     const struct campus_settings *set,
				     struct event *event,
				     const struct directory_account *mailbox)
{
	static const char *const names[QUOTA_LEVEL_COUNT] = {
		[QUOTA_LEVEL_WARN] = "campus_quota_warn",
		[QUOTA_LEVEL_SEND] = "campus_quota_send",
	};
	const char *errors[QUOTA_LEVEL_COUNT];
	uint64_t bytes[QUOTA_LEVEL_COUNT];
	struct driver_campus_field *field;

	quota_limit_parse_levels(mailbox->quotas, bytes, errors);
	for (unsigned int i = 0; i < QUOTA_LEVEL_COUNT; i++) {
		if (errors[i] != NULL) {
			e_error(event, "campus: entry '%s': %s is left out: %s",
				log_escape(mailbox->dn),
				set->map.quota_attributes[i], errors[i]);
		}
		if (bytes[i] == 0)
			continue;
		field = &fields->fields[fields->count++];
		if (i == QUOTA_LEVEL_RECEIVE) {
			auth_compat_quota_field(bytes[i], &field->name,
						&field->value);
			continue;
		}
		field->name = names[i];
		field->value = t_strdup_printf("%" PRIu64, bytes[i]);
	}
}

struct driver_campus_fields
driver_campus_fields(const struct campus_settings *set, struct event *event,
		     const struct directory_account *mailbox,
		     enum project_role role, const char *groups)
{
	struct driver_campus_fields fields = {
		.fields = { { "uid", set->mail_uid },
			    { "gid", set->mail_gid },
			    { "home",
			      campus_settings_home(set, mailbox->uid) } },
		.count = 3,
	};

	if (role != PROJECT_ROLE_NONE) {
		fields.fields[fields.count].name = "campus_role";
		fields.fields[fields.count++].value = project_role_name(role);
	}
	if (role != PROJECT_ROLE_NONE && role != PROJECT_ROLE_OWNER)
		driver_campus_add_acl(&fields);
	if (groups != NULL) {
		/* Even if there are none: in the place of those of the
		   configuration. */
		fields.fields[fields.count].name = "acl_groups";
		fields.fields[fields.count++].value =
			*groups == '\0' ? AUTH_COMPAT_NO_GROUPS : groups;
	}
	driver_campus_add_quotas(&fields, set, event, mailbox);
	driver_campus_add_text(&fields, event, mailbox->dn, "campus_mail_host",
			       mailbox->mail_host);
	i_assert(fields.count <= DRIVER_CAMPUS_FIELDS_MAX);
	return fields;
}
