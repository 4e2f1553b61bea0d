/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Entries of an ACL between the acl plugin's form and ours. */

#include "lib.h"
#include "array.h"
#include "acl-change.h"
#include "acl-entry.h"

unsigned int acl_entry_bits(const char *const *names)
{
	unsigned int rights = 0;

	for (; names != NULL && *names != NULL; names++)
		rights |= right_from_name(*names);
	return rights & RIGHT_SET_ALL;
}

static enum acl_union_id acl_entry_id(enum acl_id_type type)
{
	switch (type) {
	case ACL_ID_ANYONE:
		return ACL_UNION_ANYONE;
	case ACL_ID_AUTHENTICATED:
		return ACL_UNION_AUTHENTICATED;
	case ACL_ID_GROUP:
	case ACL_ID_GROUP_OVERRIDE:
		return ACL_UNION_GROUP;
	case ACL_ID_OWNER:
		return ACL_UNION_OWNER;
	case ACL_ID_USER:
		return ACL_UNION_USER;
	case ACL_ID_TYPE_COUNT:
		break;
	}
	i_unreached();
}

void acl_entry_init(const struct acl_rights *rights,
		    struct acl_union_entry *entry_r)
{
	i_zero(entry_r);
	entry_r->id = acl_entry_id(rights->id_type);
	entry_r->name = rights->identifier;
	entry_r->given = acl_entry_bits(rights->rights);
	entry_r->taken = acl_entry_bits(rights->neg_rights);
	entry_r->gives = rights->rights != NULL;
	entry_r->global = rights->global;
	entry_r->override = rights->id_type == ACL_ID_GROUP_OVERRIDE;
}

int acl_entry_read(struct acl_object *aclobj, const struct acl_rights *rights,
		   struct acl_union_entry *entry_r)
{
	struct acl_rights wanted = {
		.id_type = rights->id_type,
		.identifier = rights->identifier,
	};
	struct acl_object_list_iter *iter = acl_object_list_init(aclobj);
	struct acl_rights found;

	acl_entry_init(&wanted, entry_r);
	while (acl_object_list_next(iter, &found)) {
		if (!found.global && found.id_type == wanted.id_type &&
		    null_strcmp(found.identifier, wanted.identifier) == 0) {
			acl_entry_init(&found, entry_r);
			entry_r->name = wanted.identifier;
		}
	}
	return acl_object_list_deinit(&iter) < 0 ? -1 : 0;
}

static unsigned int acl_entry_modify(unsigned int rights,
				     const char *const *names,
				     enum acl_modify_mode mode)
{
	unsigned int change = acl_entry_bits(names);

	switch (mode) {
	case ACL_MODIFY_MODE_REMOVE:
		return rights & ~change;
	case ACL_MODIFY_MODE_ADD:
		return rights | change;
	case ACL_MODIFY_MODE_REPLACE:
		return names == NULL ? rights : change;
	case ACL_MODIFY_MODE_CLEAR:
		return 0;
	}
	i_unreached();
}

/* Is an entry wanted that gives, perhaps nothing? */
static bool acl_entry_gives(const struct acl_union_entry *before,
			    const char *const *names, unsigned int given,
			    enum acl_modify_mode mode)
{
	if (mode == ACL_MODIFY_MODE_CLEAR)
		return FALSE;
	return before->gives || given != 0 ||
	       (mode == ACL_MODIFY_MODE_REPLACE && names != NULL);
}

const char *acl_entry_owner(const struct acl_backend *backend)
{
	const struct mail_namespace *ns =
		mailbox_list_get_namespace(backend->list);

	if (backend->owner)
		return backend->username;
	return ns->owner == NULL ? NULL : ns->owner->username;
}

/* Each entry with the right l costs a line in the list of who shares with whom,
   which is read and written as a whole. */
static int acl_entry_check_count(struct acl_object *aclobj,
				 const struct acl_union_entry *before,
				 const struct acl_union_entry *after,
				 const char **error_r)
{
	if (before->gives || before->taken != 0 ||
	    (!after->gives && after->taken == 0) ||
	    array_count(&aclobj->rights) < ACL_ENTRY_MAX_COUNT)
		return 0;
	*error_r = t_strdup_printf(
		"The folder has %u entries already; give the rights to a group",
		ACL_ENTRY_MAX_COUNT);
	return -1;
}

int acl_entry_check_update(struct acl_object *aclobj,
			   const struct acl_rights_update *update,
			   const struct campus_acl_settings *set,
			   const char **error_r)
{
	const struct acl_change_rules rules = {
		.union_rule = set->union_rule,
		.anyone = set->anyone,
		.owner = acl_entry_owner(aclobj->backend),
	};
	struct acl_union_entry before, after;

	if (acl_entry_read(aclobj, &update->rights, &before) < 0) {
		*error_r = "The ACL cannot be read";
		return -1;
	}
	after = before;
	after.given = acl_entry_modify(before.given, update->rights.rights,
				       update->modify_mode);
	after.gives = acl_entry_gives(&before, update->rights.rights,
				      after.given, update->modify_mode);
	after.taken = acl_entry_modify(before.taken, update->rights.neg_rights,
				       update->neg_modify_mode);
	if (acl_entry_check_count(aclobj, &before, &after, error_r) < 0)
		return -1;
	return acl_change_check(&before, &after, &rules, error_r);
}
