/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Which changes of an ACL are refused. */

#include "lib.h"
#include "acl-identifier.h"
#include "log-escape.h"
#include "acl-change.h"

#define OWNER_KEEPS (RIGHT_LOOKUP | RIGHT_ADMIN)

static int check_name(const struct acl_union_entry *entry, const char **error_r)
{
	struct acl_identifier id = {
		.id = entry->id,
		.name = entry->name,
	};

	if (acl_identifier_check(&id, error_r) < 0)
		return -1;
	if (id.name != NULL && strcmp(id.name, entry->name) != 0) {
		*error_r = t_strdup_printf(
			"Name '%s' is written in small letters: %s",
			log_escape(entry->name), id.name);
		return -1;
	}
	return 0;
}

static bool is_owner(const struct acl_union_entry *entry,
		     const struct acl_change_rules *rules)
{
	return entry->id == ACL_UNION_OWNER ||
	       (entry->id == ACL_UNION_USER && !rules->union_rule &&
		rules->owner != NULL && strcmp(rules->owner, entry->name) == 0);
}

int acl_change_check(const struct acl_union_entry *before,
		     const struct acl_union_entry *after,
		     const struct acl_change_rules *rules, const char **error_r)
{
	unsigned int given = after->given & ~before->given;
	unsigned int taken = after->taken & ~before->taken;

	if ((given != 0 || taken != 0) && check_name(after, error_r) < 0)
		return -1;
	if ((after->id == ACL_UNION_ANYONE ||
	     after->id == ACL_UNION_AUTHENTICATED) &&
	    given != 0 && !rules->anyone) {
		*error_r = "Rights for everybody (anyone, authenticated) are "
			   "not given here, as long as campus_acl_anyone is no";
		return -1;
	}
	if (!is_owner(after, rules))
		return 0;
	if (after->gives && (after->given & OWNER_KEEPS) != OWNER_KEEPS &&
	    (!before->gives || before->given != after->given)) {
		*error_r = "The owner keeps the rights l and a: name them "
			   "among the rights, too";
		return -1;
	}
	if ((taken & OWNER_KEEPS) != 0) {
		*error_r = "The owner keeps the rights l and a: they cannot be "
			   "taken away";
		return -1;
	}
	return 0;
}
