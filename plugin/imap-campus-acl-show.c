/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* GETACL, LISTRIGHTS and MYRIGHTS. */

#include "imap-compat.h"
#include "array.h"
#include "imap-quote.h"
#include "log-escape.h"
#include "str.h"
#include "imap-campus-acl.h"

#define OWNER_KEEPS (RIGHT_LOOKUP | RIGHT_ADMIN)

static void send_critical(struct imap_campus_acl_cmd *acmd)
{
	client_send_tagline(acmd->cmd, "NO " MAIL_ERRSTR_CRITICAL_MSG);
}

/* Letters, and those of RFC 2086 that stand for some of them. */
static void append_letters(string_t *line, unsigned int rights)
{
	str_append_c(line, ' ');
	if (rights == 0) {
		str_append(line, "\"\"");
		return;
	}
	str_append(line, right_set_letters(rights));
	if ((rights & (RIGHT_CREATE | RIGHT_DELETE)) != 0)
		str_append_c(line, 'c');
	if ((rights & (RIGHT_WRITE_DELETED | RIGHT_EXPUNGE)) != 0)
		str_append_c(line, 'd');
}

static string_t *begin_line(struct imap_campus_acl_cmd *acmd, const char *name)
{
	string_t *line = t_str_new(256);

	str_append(line, "* ");
	str_append(line, name);
	str_append_c(line, ' ');
	imap_append_astring(line, acmd->args[0]);
	return line;
}

/* Stock marks the administrator's entries for all mailboxes so. */
static void append_identifier(string_t *line, const struct acl_identifier *id,
			      bool global)
{
	struct acl_identifier positive = *id;

	positive.negative = FALSE;
	str_append_c(line, ' ');
	imap_append_astring(
		line, t_strconcat(id->negative ? "-" : "", global ? "#" : "",
				  acl_identifier_text(&positive), NULL));
}

static void append_entry(string_t *line, const struct acl_rights *rights,
			 bool union_rule)
{
	struct acl_union_entry entry;
	struct acl_identifier id;

	acl_entry_init(rights, &entry);
	id = (struct acl_identifier){
		.id = entry.id,
		.override = rights->id_type == ACL_ID_GROUP_OVERRIDE,
		.name = entry.name,
	};
	if (entry.gives) {
		/* what an entry that somebody wrote by hand cannot leave out */
		if (union_rule && entry.id == ACL_UNION_OWNER && !entry.global)
			entry.given |= OWNER_KEEPS;
		append_identifier(line, &id, entry.global);
		append_letters(line, entry.given);
	}
	if (rights->neg_rights != NULL) {
		id.negative = TRUE;
		append_identifier(line, &id, entry.global);
		append_letters(line, entry.taken);
	}
}

/* Names that no user has: most likely a group's, which Dovecot's own SETACL
   takes for a user's. */
static bool is_nobody(const struct acl_rights *rights)
{
	struct acl_identifier id = { .id = ACL_UNION_USER,
				     .name = rights->identifier };
	const char *error;

	return rights->id_type == ACL_ID_USER && !rights->global &&
	       (acl_identifier_check(&id, &error) < 0 ||
		strcmp(id.name, rights->identifier) != 0);
}

static void tell_nobodies(struct imap_campus_acl_cmd *acmd, string_t *names)
{
	struct imap_campus_acl *acl = imap_campus_acl_get(acmd->cmd->client);
	const char *name, *vname = mailbox_get_vname(acmd->box);

	if (str_len(names) == 0)
		return;
	array_foreach_elem(&acl->told, name) {
		if (strcmp(name, vname) == 0)
			return;
	}
	vname = p_strdup(acmd->cmd->client->pool, vname);
	array_push_back(&acl->told, &vname);
	e_warning(acmd->cmd->client->user->event,
		  "imap_campus_acl: the ACL of '%s' has entries for users that "
		  "there cannot be:%s. They have no effect. If a group is "
		  "meant, take each away by DELETEACL or \"doveadm acl "
		  "delete\" under this name, and set it as group=NAME",
		  log_escape(vname), str_c(names));
}

void imap_campus_acl_getacl(struct imap_campus_acl_cmd *acmd)
{
	string_t *line, *nobodies = t_str_new(64);
	struct acl_object_list_iter *iter;
	struct acl_rights rights;
	bool owner_is_written = FALSE;

	if (!imap_campus_acl_is_admin(acmd))
		return;
	line = begin_line(acmd, "ACL");
	iter = acl_object_list_init(acmd->aclobj);
	while (acl_object_list_next(iter, &rights)) {
		append_entry(line, &rights, acmd->acl->set.union_rule);
		if (rights.id_type == ACL_ID_OWNER && !rights.global &&
		    rights.rights != NULL)
			owner_is_written = TRUE;
		if (is_nobody(&rights)) {
			str_printfa(nobodies, " user=%s",
				    log_escape(rights.identifier));
		}
	}
	if (acl_object_list_deinit(&iter) < 0) {
		send_critical(acmd);
		return;
	}
	if (!owner_is_written && mailbox_get_namespace(acmd->box)->type !=
					 MAIL_NAMESPACE_TYPE_PUBLIC) {
		struct acl_identifier owner = { .id = ACL_UNION_OWNER };

		append_identifier(line, &owner, FALSE);
		append_letters(line, RIGHT_SET_ALL);
	}
	tell_nobodies(acmd, nobodies);
	client_send_line(acmd->cmd->client, str_c(line));
	client_send_tagline(acmd->cmd, "OK Getacl completed.");
}

/* Does the identifier mean the owner of the mailbox? */
static bool is_owner(struct imap_campus_acl_cmd *acmd,
		     const struct acl_identifier *id)
{
	const char *owner = acl_entry_owner(acmd->aclobj->backend);

	return id->id == ACL_UNION_OWNER ||
	       (id->id == ACL_UNION_USER && owner != NULL &&
		strcmp(id->name, owner) == 0);
}

/* What the owner cannot be without: the administrator's word comes last. */
static int owner_rights(struct imap_campus_acl_cmd *acmd,
			const struct acl_identifier *id, unsigned int *rights_r)
{
	const struct acl_union_person owner = {
		.user = id->id == ACL_UNION_USER ? id->name : "",
		.owner = TRUE,
	};
	struct acl_object_list_iter *iter = acl_object_list_init(acmd->aclobj);
	struct acl_union_entry entry;
	struct acl_rights rights;

	*rights_r = OWNER_KEEPS;
	while (acl_object_list_next(iter, &rights)) {
		acl_entry_init(&rights, &entry);
		if (entry.global && acl_union_matches(&entry, &owner))
			*rights_r &= ~entry.taken;
	}
	return acl_object_list_deinit(&iter) < 0 ? -1 : 0;
}

/* Would SETACL give or take anything? Returns 0, or -1 if it was refused. */
static int check_identifier(struct imap_campus_acl_cmd *acmd,
			    const struct acl_identifier *id)
{
	const char *const *rights = right_set_names(
		id->negative ? RIGHT_SET_ALL & ~OWNER_KEEPS : RIGHT_SET_ALL);
	struct acl_rights_update update = {
		.modify_mode = ACL_MODIFY_MODE_ADD,
		.neg_modify_mode = ACL_MODIFY_MODE_ADD,
	};
	const char *error;

	imap_campus_acl_rights_init(id, &update.rights);
	if (id->negative)
		update.rights.neg_rights = rights;
	else
		update.rights.rights = rights;
	if (acl_entry_check_update(acmd->aclobj, &update, &acmd->acl->set,
				   &error) == 0)
		return 0;
	imap_campus_acl_refuse(acmd, error);
	return -1;
}

void imap_campus_acl_listrights(struct imap_campus_acl_cmd *acmd)
{
	unsigned int always = 0, never = 0;
	struct acl_identifier id;
	string_t *line;

	if (imap_campus_acl_identifier(acmd, &id) < 0 ||
	    !imap_campus_acl_is_admin(acmd) ||
	    imap_campus_acl_lacks_owner(acmd, &id) ||
	    check_identifier(acmd, &id) < 0)
		return;
	if (id.negative)
		never = id.id == ACL_UNION_OWNER ? OWNER_KEEPS : 0;
	else if (is_owner(acmd, &id) && owner_rights(acmd, &id, &always) < 0) {
		send_critical(acmd);
		return;
	}

	line = begin_line(acmd, "LISTRIGHTS");
	str_append_c(line, ' ');
	imap_append_astring(line, acmd->args[1]);
	str_append_c(line, ' ');
	imap_append_astring(line, right_set_letters(always));
	for (unsigned int right = 1; right < RIGHT_UNKNOWN; right <<= 1) {
		if (((always | never) & right) == 0)
			str_printfa(line, " %s", right_set_letters(right));
	}
	str_append(line, " c d");
	client_send_line(acmd->cmd->client, str_c(line));
	client_send_tagline(acmd->cmd, "OK Listrights completed.");
}

/* acl has them down as bits in the order of our own. */
static int my_rights(struct imap_campus_acl_cmd *acmd, unsigned int *rights_r)
{
	const struct acl_mailbox_list *alist =
		ACL_LIST_CONTEXT_REQUIRE(acmd->box->list);
	struct acl_backend *backend = acmd->aclobj->backend;
	const struct acl_mask *mask;

	(void)COMPILE_ERROR_IF_TRUE(RIGHT_COUNT != ACL_STORAGE_RIGHT_COUNT ||
				    RIGHT_ADMIN !=
					    1 << ACL_STORAGE_RIGHT_ADMIN);
	if (acl_object_last_changed(acmd->aclobj, &acmd->written) < 0)
		return -1;
	mask = acl_cache_get_my_rights(backend->cache, acmd->aclobj->name);
	if (mask == NULL && acl_backend_get_default_rights(backend, &mask) < 0)
		return -1;
	*rights_r = 0;
	for (unsigned int i = 0; i < RIGHT_COUNT; i++) {
		if (acl_cache_mask_isset(
			    mask, alist->rights.acl_storage_right_idx[i]))
			*rights_r |= 1U << i;
	}
	return 0;
}

/* The stock command takes any name for a mailbox, and the mark of campus_acl
   for a right: both would tell hidden mailboxes from those that there are not.
 */
void imap_campus_acl_myrights(struct imap_campus_acl_cmd *acmd)
{
	enum mailbox_existence existence;
	unsigned int rights;
	string_t *line;

	if (my_rights(acmd, &rights) < 0) {
		send_critical(acmd);
		return;
	}
	/* who may only send mail there does not see it */
	if ((rights & ~RIGHT_POST) == 0) {
		imap_campus_acl_no_mailbox(acmd->cmd, acmd->args[0]);
		return;
	}
	if (imap_campus_acl_exists(acmd, &existence) < 0) {
		client_send_box_error(acmd->cmd, acmd->box);
		return;
	}
	if (existence == MAILBOX_EXISTENCE_NONE) {
		imap_campus_acl_no_mailbox(acmd->cmd, acmd->args[0]);
		return;
	}
	line = begin_line(acmd, "MYRIGHTS");
	append_letters(line, rights);
	client_send_line(acmd->cmd->client, str_c(line));
	client_send_tagline(acmd->cmd, "OK Myrights completed.");
}
