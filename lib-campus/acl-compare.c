/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Compares two ACLs identifier by identifier. */

#include "lib.h"
#include "array.h"
#include "strescape.h"
#include "right-set.h"
#include "acl-compare.h"

struct acl_entry {
	const char *id;
	unsigned int given, taken;
	/* Is it there to give, even if nothing? */
	bool gives;
};
ARRAY_DEFINE_TYPE(acl_entry, struct acl_entry);

static unsigned int acl_rights_parse(const char *text)
{
	unsigned int rights = 0;

	for (; *text != '\0' && *text != ':'; text++) {
		if (*text != ' ')
			rights |= right_from_letter(*text);
	}
	if (*text == ':') {
		const char *const *names = t_strsplit_spaces(text + 1, " ");

		for (; *names != NULL; names++)
			rights |= right_from_name(*names);
	}
	return rights;
}

static struct acl_entry *acl_entry_find(const ARRAY_TYPE(acl_entry) *acl,
					const char *id)
{
	struct acl_entry *entry;

	array_foreach_modifiable(acl, entry) {
		if (strcmp(entry->id, id) == 0)
			return entry;
	}
	return NULL;
}

/* Split a line into the identifier, which may be quoted, and the rights. */
static const char *acl_line_split(const char *line, const char **rights_r)
{
	const char *id;

	if (*line == '"') {
		line++;
		if (str_unescape_next(&line, &id) < 0)
			id = line;
	} else {
		id = t_strcut(line, ' ');
		line += strlen(id);
	}
	*rights_r = line;
	return id;
}

static void acl_line_parse(ARRAY_TYPE(acl_entry) *acl, const char *line)
{
	const char *rights, *id = acl_line_split(line, &rights);
	bool taken = *id == '-';
	struct acl_entry *entry;

	if (taken)
		id++;
	if (strcmp(id, "anonymous") == 0)
		id = "anyone";
	if ((entry = acl_entry_find(acl, id)) == NULL) {
		entry = array_append_space(acl);
		entry->id = id;
	}
	if (taken)
		entry->taken |= acl_rights_parse(rights);
	else {
		entry->given |= acl_rights_parse(rights);
		entry->gives = TRUE;
	}
}

static void acl_parse(const char *text, const char *owner,
		      ARRAY_TYPE(acl_entry) *acl)
{
	const char *const *lines = t_strsplit(text == NULL ? "" : text, "\r\n");
	const char *owner_id = t_strconcat("user=", owner, NULL);
	const char *rights, *id;

	t_array_init(acl, 8);
	for (; *lines != NULL; lines++) {
		if (**lines == '\0' || **lines == '#')
			continue;
		/* What the owner may do is the owner's own affair. */
		id = acl_line_split(*lines, &rights);
		if (*id == '-')
			id++;
		if (strcmp(id, "owner") != 0 && strcmp(id, owner_id) != 0)
			acl_line_parse(acl, *lines);
	}
}

/* What an ACL may give to somebody whom it does not name. */
static unsigned int acl_given_to_many(const ARRAY_TYPE(acl_entry) *acl)
{
	const struct acl_entry *entry;
	unsigned int given = 0;

	array_foreach(acl, entry) {
		if (strncmp(entry->id, "user=", 5) != 0)
			given |= entry->given;
	}
	return given;
}

bool acl_compare_widens(const char *from, const char *to, const char *owner,
			const char **id_r)
{
	ARRAY_TYPE(acl_entry) old, new;
	const struct acl_entry *entry, *other;
	unsigned int many, all = 0;

	acl_parse(from, owner, &old);
	acl_parse(to, owner, &new);

	array_foreach(&new, entry) {
		*id_r = entry->id;
		other = acl_entry_find(&old, entry->id);
		all |= entry->given;
		if ((entry->given & ~(other == NULL ? 0 : other->given)) != 0)
			return TRUE;
	}
	many = acl_given_to_many(&new);
	array_foreach(&old, entry) {
		*id_r = entry->id;
		other = acl_entry_find(&new, entry->id);
		/* What is no longer taken away may come from elsewhere. */
		if ((entry->taken & ~(other == NULL ? 0 : other->taken) &
		     all) != 0)
			return TRUE;
		/* An entry of one's own replaces those of many (stock
		   Dovecot), so without it theirs count. */
		if (entry->gives && (other == NULL || !other->gives) &&
		    (many & ~entry->given) != 0)
			return TRUE;
	}
	return FALSE;
}
