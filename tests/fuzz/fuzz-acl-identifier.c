/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for identifiers and rights of ACLs. */

#include "lib.h"
#include "fuzzer.h"
#include "unichar.h"
#include "acl-identifier.h"
#include "log-escape.h"
#include "name-check.h"

static void check_error(const char *error)
{
	i_assert(error != NULL && *error != '\0');
	i_assert(strlen(error) < LOG_ESCAPE_MAX_BYTES + 150);
	for (; *error != '\0'; error++)
		i_assert((unsigned char)*error >= 0x20 && *error != 0x7f);
}

static void check_same(const struct acl_identifier *id,
		       const struct acl_identifier *other)
{
	i_assert(id->negative == other->negative);
	i_assert(id->override == other->override);
	i_assert(id->id == other->id);
	i_assert(null_strcmp(id->name, other->name) == 0);
}

static void check_identifier(const char *text)
{
	struct acl_identifier id, again;
	const char *error = NULL;

	if (acl_identifier_from_text(text, &id, &error) < 0) {
		check_error(error);
		return;
	}
	i_assert((id.name != NULL) ==
		 (id.id == ACL_UNION_USER || id.id == ACL_UNION_GROUP));
	i_assert(!id.override || id.id == ACL_UNION_GROUP);
	i_assert(id.negative == (*text == '-'));
	if (id.name != NULL) {
		i_assert(*id.name != '\0' && strpbrk(id.name, "\r\n") == NULL);
		i_assert(strlen(id.name) <= NAME_PART_MAX_BYTES);
		i_assert(uni_utf8_str_is_valid(id.name));
	}

	/* what is shown means the same */
	i_assert(acl_identifier_from_text(acl_identifier_text(&id), &again,
					  &error) == 0);
	check_same(&id, &again);

	if (acl_identifier_check(&id, &error) < 0) {
		check_error(error);
		return;
	}
	/* and the name that rights are given to is that of one person only */
	if (id.id == ACL_UNION_USER)
		i_assert(
			strcmp(acl_identifier_text(&id) + (id.negative ? 1 : 0),
			       id.name) == 0);
	again = id;
	i_assert(acl_identifier_check(&again, &error) == 0);
	check_same(&id, &again);
}

static void check_letters(const char *text)
{
	unsigned int rights, again;
	const char *error = NULL;

	if (right_set_from_letters(text, &rights, &error) < 0) {
		check_error(error);
		return;
	}
	i_assert((rights & ~RIGHT_SET_ALL) == 0);
	i_assert(right_set_from_letters(right_set_letters(rights), &again,
					&error) == 0);
	i_assert(rights == again);
}

FUZZ_BEGIN_DATA(const uint8_t *data, size_t size)
	const char *text = t_strndup(data, size);

	check_identifier(text);
	check_letters(text);
FUZZ_END
