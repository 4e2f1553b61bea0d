/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Identifiers of ACL entries, as text and back. */

#include "lib.h"
#include "log-escape.h"
#include "name-check.h"
#include "unichar.h"
#include "acl-identifier.h"

#define USER_PREFIX "user="

/* The first word of each kind is the one that is written. */
static const struct {
	const char *word;
	enum acl_union_id id;
} identifier_words[] = {
	{ "anyone", ACL_UNION_ANYONE },
	{ "anonymous", ACL_UNION_ANYONE },
	{ "authenticated", ACL_UNION_AUTHENTICATED },
	{ "owner", ACL_UNION_OWNER },
};

/* The first prefix of each kind, too. */
static const struct {
	const char *prefix;
	enum acl_union_id id;
	bool override;
} identifier_prefixes[] = {
	{ USER_PREFIX, ACL_UNION_USER, FALSE },
	{ "group=", ACL_UNION_GROUP, FALSE },
	{ "$", ACL_UNION_GROUP, FALSE },
	{ "group-override=", ACL_UNION_GROUP, TRUE },
	{ "!$", ACL_UNION_GROUP, TRUE },
};

static bool identifier_find_word(const char *text, struct acl_identifier *id_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(identifier_words); i++) {
		if (strcmp(identifier_words[i].word, text) == 0) {
			id_r->id = identifier_words[i].id;
			return TRUE;
		}
	}
	return FALSE;
}

static void identifier_split(const char *text, struct acl_identifier *id_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(identifier_prefixes); i++) {
		const char *prefix = identifier_prefixes[i].prefix;

		if (strncmp(text, prefix, strlen(prefix)) == 0) {
			id_r->id = identifier_prefixes[i].id;
			id_r->override = identifier_prefixes[i].override;
			id_r->name = text + strlen(prefix);
			return;
		}
	}
	id_r->id = ACL_UNION_USER;
	id_r->name = text;
}

static bool has_control(const char *name)
{
	for (; *name != '\0'; name++) {
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return TRUE;
	}
	return FALSE;
}

int acl_identifier_from_text(const char *text, struct acl_identifier *id_r,
			     const char **error_r)
{
	const char *error = NULL, *rest = text;

	i_zero(id_r);
	if (*rest == '-') {
		id_r->negative = TRUE;
		rest++;
	}
	if (*rest == '#') {
		*error_r = t_strdup_printf(
			"'%s' is the administrator's entry for all mailboxes, "
			"which cannot be changed here",
			log_escape(text));
		return -1;
	}
	if (identifier_find_word(rest, id_r))
		return 0;
	identifier_split(rest, id_r);
	if (*id_r->name == '\0')
		error = "names nobody";
	else if (strlen(id_r->name) > NAME_PART_MAX_BYTES)
		error = "is too long";
	else if (!uni_utf8_str_is_valid(id_r->name))
		error = "is not valid UTF-8";
	else if (has_control(id_r->name))
		error = "holds a control character";
	if (error == NULL)
		return 0;
	*error_r = t_strdup_printf("The identifier '%s' %s", log_escape(text),
				   error);
	return -1;
}

int acl_identifier_check(struct acl_identifier *id, const char **error_r)
{
	if (id->name == NULL)
		return 0;
	return name_check_canonical((const unsigned char *)id->name,
				    strlen(id->name), NULL, &id->name, error_r);
}

static const char *identifier_prefix(const struct acl_identifier *id)
{
	struct acl_identifier checked = *id;
	const char *error;

	if (id->id == ACL_UNION_USER &&
	    acl_identifier_check(&checked, &error) == 0 &&
	    strcmp(checked.name, id->name) == 0)
		return "";
	for (unsigned int i = 0; i < N_ELEMENTS(identifier_prefixes); i++) {
		if (identifier_prefixes[i].id == id->id &&
		    identifier_prefixes[i].override == id->override)
			return identifier_prefixes[i].prefix;
	}
	i_unreached();
}

const char *acl_identifier_text(const struct acl_identifier *id)
{
	const char *sign = id->negative ? "-" : "";

	for (unsigned int i = 0; i < N_ELEMENTS(identifier_words); i++) {
		if (identifier_words[i].id == id->id)
			return t_strconcat(sign, identifier_words[i].word,
					   NULL);
	}
	return t_strconcat(sign, identifier_prefix(id), id->name, NULL);
}
