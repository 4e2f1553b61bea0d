/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The special folders: which name means which role. */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "unichar.h"
#include "folder-role.h"
#include "folder-table-hash.h"
#include "folder-table.h"
#include "log-escape.h"

#define FOLDER_NAME_MAX_BYTES 255
/* Room for what most folded names need; it grows on the data stack. */
#define FOLDER_FOLDED_BYTES 256

struct folder_roles {
	char separator;
	bool extended;
	enum folder_policy policies[FOLDER_ROLE_COUNT];
	/* NULL = this site has none, as it has none for "no role" */
	const char *canonical[FOLDER_ROLE_COUNT];
	const char *canonical_folded[FOLDER_ROLE_COUNT];
	/* The administrator's names, canonical ones and aliases, folded. */
	struct folder_table admin;
};

static const struct {
	const char *name, *special_use;
} folder_role_names[FOLDER_ROLE_COUNT] = {
	[FOLDER_ROLE_NONE] = { "none", NULL },
	[FOLDER_ROLE_DRAFTS] = { "drafts", "\\Drafts" },
	[FOLDER_ROLE_SENT] = { "sent", "\\Sent" },
	[FOLDER_ROLE_TRASH] = { "trash", "\\Trash" },
	[FOLDER_ROLE_JUNK] = { "junk", "\\Junk" },
	[FOLDER_ROLE_ARCHIVE] = { "archive", "\\Archive" },
};

static const char *const folder_policy_names[] = {
	[FOLDER_POLICY_ALIAS] = "alias",
	[FOLDER_POLICY_REJECT] = "reject",
	[FOLDER_POLICY_OFF] = "off",
};

static const struct folder_table folder_table_builtin = {
	.keys = folder_table_keys,
	.rows = folder_table_rows,
	.mask = N_ELEMENTS(folder_table_rows) - 1,
};

/*
 * Words
 */

const char *folder_role_name(enum folder_role role)
{
	i_assert((unsigned int)role < FOLDER_ROLE_COUNT);
	return folder_role_names[role].name;
}

const char *folder_role_special_use(enum folder_role role)
{
	i_assert((unsigned int)role < FOLDER_ROLE_COUNT);
	return folder_role_names[role].special_use;
}

enum folder_role folder_role_from_special_use(const char *special_use)
{
	for (int role = FOLDER_ROLE_NONE + 1; role < FOLDER_ROLE_COUNT;
	     role++) {
		if (strcasecmp(folder_role_names[role].special_use,
			       special_use) == 0)
			return role;
	}
	return FOLDER_ROLE_NONE;
}

const char *folder_policy_name(enum folder_policy policy)
{
	i_assert((unsigned int)policy < N_ELEMENTS(folder_policy_names));
	return folder_policy_names[policy];
}

int folder_policy_parse(const char *value, enum folder_policy *policy_r,
			const char **error_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(folder_policy_names); i++) {
		if (strcmp(folder_policy_names[i], value) == 0) {
			*policy_r = i;
			return 0;
		}
	}
	*error_r = t_strdup_printf("'%s' is no policy; "
				   "use alias, reject or off",
				   log_escape(value));
	return -1;
}

/* What is wrong with the bytes, as the end of a sentence, or NULL. */
static const char *folder_name_text_error(const char *name)
{
	unichar_t chr;

	if (!uni_utf8_str_is_valid(name))
		return "is no valid UTF-8";
	for (; *name != '\0'; name += uni_utf8_char_bytes(*name)) {
		if (uni_utf8_get_char(name, &chr) > 0 &&
		    (chr < 0x20 || (chr >= 0x7f && chr < 0xa0)))
			return "holds a control character";
	}
	return NULL;
}

int folder_aliases_parse(pool_t pool, const char *value,
			 const char *const **aliases_r, const char **error_r)
{
	const char *const *parts = t_strsplit(value, ",");
	ARRAY_TYPE(const_string) aliases;

	p_array_init(&aliases, pool, str_array_length(parts) + 1);
	for (; *parts != NULL; parts++) {
		const char *alias = t_str_trim(*parts, " ");
		const char *error = folder_name_text_error(alias);

		if (error != NULL) {
			*error_r = t_strdup_printf(
				"the alias '%s' %s; write it anew or leave it "
				"out",
				log_escape(alias), error);
			return -1;
		}
		if (*alias != '\0') {
			alias = p_strdup(pool, alias);
			array_push_back(&aliases, &alias);
		}
	}
	array_append_zero(&aliases);
	*aliases_r = array_front(&aliases);
	return 0;
}

/*
 * Settings
 */

/* What is being put together. */
struct folder_roles_init {
	pool_t pool;
	struct folder_roles *roles;
	string_t *keys;
	struct folder_table_row *rows;
	uint32_t mask;
};

/* Why no folder of a role can have this name; as folder_name_text_error(). */
static const char *folder_name_error(const char *name, const char *folded,
				     char separator)
{
	const char *error = folder_name_text_error(name);

	if (error != NULL)
		return error;
	if (*name == '\0')
		return "is empty";
	if (strlen(name) > FOLDER_NAME_MAX_BYTES)
		return "is longer than 255 bytes";
	if (strchr(name, separator) != NULL)
		return t_strdup_printf("holds the separator '%c'", separator);
	if (strpbrk(name, "*%") != NULL)
		return "holds a wildcard, * or %";
	if (strcmp(folded, "INBOX") == 0)
		return "is the inbox";
	return NULL;
}

/* Add a name of the administrator's. Canonical names come first, so that a name
   that is there already is the canonical one of some role, or an alias. */
static int folder_roles_add(struct folder_roles_init *init, const char *name,
			    enum folder_role role, bool alias,
			    const char **error_r)
{
	const char *kind = alias ? "alias" : "folder name";
	string_t *folded = t_str_new(FOLDER_FOLDED_BYTES);
	struct folder_table table = {
		.keys = str_c(init->keys),
		.rows = init->rows,
		.mask = init->mask,
	};
	struct folder_table_row *row;
	const char *error;

	/* what is no UTF-8 is told below */
	(void)folder_role_fold(name, strlen(name), folded);
	error = folder_name_error(name, str_c(folded), init->roles->separator);
	if (error != NULL) {
		*error_r = t_strdup_printf(
			"the %s '%s' of the role %s %s; %s", kind,
			log_escape(name), folder_role_name(role), error,
			alias ? "leave it out" : "choose another one");
		return -1;
	}
	if (!alias)
		init->roles->canonical_folded[role] =
			p_strdup(init->pool, str_c(folded));

	row = &init->rows[folder_table_slot(&table, str_c(folded))];
	if (row->key == 0) {
		row->key = str_len(init->keys);
		row->role = role;
		str_append_str(init->keys, folded);
		str_append_c(init->keys, '\0');
	} else if (row->role != role) {
		*error_r = t_strdup_printf(
			"the %s '%s' of the role %s is a name of the role %s, "
			"too; %s",
			kind, log_escape(name), folder_role_name(role),
			folder_role_name(row->role),
			alias ? "leave it out of one" : "choose another one");
		return -1;
	}
	return 0;
}

static int folder_roles_add_all(struct folder_roles_init *init,
				const struct folder_roles_settings *set,
				const char **error_r)
{
	for (int role = FOLDER_ROLE_NONE + 1; role < FOLDER_ROLE_COUNT;
	     role++) {
		const char *name = init->roles->canonical[role];

		if (name != NULL &&
		    folder_roles_add(init, name, role, FALSE, error_r) < 0)
			return -1;
	}
	for (int role = FOLDER_ROLE_NONE + 1; role < FOLDER_ROLE_COUNT;
	     role++) {
		const char *const *alias = set->roles[role].aliases;

		for (; alias != NULL && *alias != NULL; alias++) {
			if (folder_roles_add(init, *alias, role, TRUE,
					     error_r) < 0)
				return -1;
		}
	}
	return 0;
}

int folder_roles_init(pool_t pool, const struct folder_roles_settings *set,
		      const struct folder_roles **roles_r, const char **error_r)
{
	struct folder_roles *roles = p_new(pool, struct folder_roles, 1);
	struct folder_roles_init init = {
		.pool = pool,
		.roles = roles,
		.keys = str_new(pool, 256),
	};
	uint32_t names = 0;

	i_assert(set->separator != '\0');

	roles->separator = set->separator;
	roles->extended = set->extended_aliases;
	for (int role = FOLDER_ROLE_NONE + 1; role < FOLDER_ROLE_COUNT;
	     role++) {
		const struct folder_role_settings *rs = &set->roles[role];

		roles->policies[role] = rs->policy;
		roles->canonical[role] = p_strdup_empty(pool, rs->canonical);
		names += 1 + (rs->aliases == NULL ?
				      0 :
				      str_array_length(rs->aliases));
	}

	/* keys begin at 1 */
	str_append_c(init.keys, '\0');
	init.mask = folder_table_size(names) - 1;
	init.rows = p_new(pool, struct folder_table_row, init.mask + 1);
	if (folder_roles_add_all(&init, set, error_r) < 0)
		return -1;

	roles->admin.keys = str_c(init.keys);
	roles->admin.rows = init.rows;
	roles->admin.mask = init.mask;
	*roles_r = roles;
	return 0;
}

const char *folder_roles_canonical(const struct folder_roles *roles,
				   enum folder_role role)
{
	i_assert((unsigned int)role < FOLDER_ROLE_COUNT);
	return roles->canonical[role];
}

enum folder_policy folder_roles_policy(const struct folder_roles *roles,
				       enum folder_role role)
{
	i_assert((unsigned int)role < FOLDER_ROLE_COUNT);
	return roles->policies[role];
}

/*
 * Look-ups
 */

/* The role that the folded name means, canonical or alias. */
static enum folder_role folder_roles_look_up(const struct folder_roles *roles,
					     const char *folded)
{
	const struct folder_table_row *row;

	/* The administrator's names hide those of the built-in table. */
	row = &roles->admin.rows[folder_table_slot(&roles->admin, folded)];
	if (row->key != 0)
		return row->role;
	row = &folder_table_builtin
		       .rows[folder_table_slot(&folder_table_builtin, folded)];
	if (row->key != 0 && (roles->extended || !row->extended))
		return row->role;
	return FOLDER_ROLE_NONE;
}

static enum folder_match folder_roles_match(const struct folder_roles *roles,
					    enum folder_role role,
					    const char *name, size_t len,
					    const char *folded)
{
	const char *canonical = roles->canonical[role];

	if (canonical == NULL)
		return FOLDER_MATCH_NONE;
	if (strncmp(canonical, name, len) == 0 && canonical[len] == '\0')
		return FOLDER_MATCH_CANONICAL;
	if (strcmp(roles->canonical_folded[role], folded) == 0)
		return FOLDER_MATCH_FOLDED;
	if (roles->policies[role] == FOLDER_POLICY_OFF)
		return FOLDER_MATCH_NONE;
	return FOLDER_MATCH_ALIAS;
}

/* More than FOLDER_NAME_MAX_BYTES is not counted. */
static size_t folder_name_first_len(const struct folder_roles *roles,
				    const char *name)
{
	size_t len = 0;

	while (len <= FOLDER_NAME_MAX_BYTES && name[len] != '\0' &&
	       name[len] != roles->separator)
		len++;
	return len;
}

bool folder_roles_find(const struct folder_roles *roles, const char *name,
		       struct folder_name *name_r)
{
	size_t len = folder_name_first_len(roles, name);
	enum folder_role role = FOLDER_ROLE_NONE;
	enum folder_match match = FOLDER_MATCH_NONE;

	i_zero(name_r);
	if (len == 0 || len > FOLDER_NAME_MAX_BYTES)
		return FALSE;
	T_BEGIN
		{
			string_t *folded = t_str_new(FOLDER_FOLDED_BYTES);

			if (folder_role_fold(name, len, folded) == 0)
				role = folder_roles_look_up(roles,
							    str_c(folded));
			match = folder_roles_match(roles, role, name, len,
						   str_c(folded));
		}
	T_END;
	if (match == FOLDER_MATCH_NONE)
		return FALSE;

	name_r->role = role;
	name_r->match = match;
	name_r->policy = roles->policies[role];
	name_r->canonical = roles->canonical[role];
	name_r->first_len = len;
	name_r->rest = name + len;
	return TRUE;
}
