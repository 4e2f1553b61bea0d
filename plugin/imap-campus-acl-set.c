/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* SETACL and DELETEACL. */

#include "imap-compat.h"
#include "imap-campus-acl.h"

/* Change the ACL and answer. */
static void set_acl(struct imap_campus_acl_cmd *acmd,
		    const struct acl_rights_update *update, const char *done)
{
	struct mailbox_transaction_context *t;
	int ret;

	if (mailbox_open(acmd->box) < 0) {
		client_send_box_error(acmd->cmd, acmd->box);
		return;
	}
	t = mailbox_transaction_begin(
		acmd->box, MAILBOX_TRANSACTION_FLAG_EXTERNAL, __func__);
	ret = acl_mailbox_update_acl(t, update);
	if (mailbox_transaction_commit(&t) < 0 || ret < 0)
		client_send_box_error(acmd->cmd, acmd->box);
	else
		client_send_tagline(acmd->cmd, done);
}

/* "+lr" is added to what is there, "-lr" taken from it. */
static enum acl_modify_mode setacl_mode(const char **letters)
{
	switch (**letters) {
	case '+':
		++*letters;
		return ACL_MODIFY_MODE_ADD;
	case '-':
		++*letters;
		return ACL_MODIFY_MODE_REMOVE;
	default:
		return ACL_MODIFY_MODE_REPLACE;
	}
}

/* The owner has all rights as long as no entry says otherwise. Who adds to them
   or takes from them means those. */
static int setacl_owner(struct imap_campus_acl_cmd *acmd,
			struct acl_rights_update *update, unsigned int rights)
{
	struct acl_union_entry before;

	if (acl_entry_read(acmd->aclobj, &update->rights, &before) < 0)
		return -1;
	if (before.gives)
		return 0;
	if (update->modify_mode == ACL_MODIFY_MODE_ADD)
		rights = RIGHT_SET_ALL;
	else if (update->modify_mode == ACL_MODIFY_MODE_REMOVE)
		rights = RIGHT_SET_ALL & ~rights;
	update->modify_mode = ACL_MODIFY_MODE_REPLACE;
	update->rights.rights = right_set_names(rights);
	return 0;
}

void imap_campus_acl_setacl(struct imap_campus_acl_cmd *acmd)
{
	struct acl_rights_update update;
	struct acl_identifier id;
	const char *letters = acmd->args[2], *error;
	enum acl_modify_mode mode = setacl_mode(&letters);
	unsigned int rights;

	if (right_set_from_letters(letters, &rights, &error) < 0) {
		client_send_command_error(acmd->cmd,
					  t_strconcat(error, ".", NULL));
		return;
	}
	if (imap_campus_acl_identifier(acmd, &id) < 0 ||
	    !imap_campus_acl_is_admin(acmd) ||
	    imap_campus_acl_lacks_owner(acmd, &id))
		return;

	i_zero(&update);
	imap_campus_acl_rights_init(&id, &update.rights);
	if (id.negative) {
		update.neg_modify_mode = mode;
		update.rights.neg_rights = right_set_names(rights);
	} else {
		update.modify_mode = mode;
		update.rights.rights = right_set_names(rights);
	}
	if (id.id == ACL_UNION_OWNER && !id.negative &&
	    setacl_owner(acmd, &update, rights) < 0) {
		client_send_tagline(acmd->cmd, "NO " MAIL_ERRSTR_CRITICAL_MSG);
		return;
	}
	if (acl_entry_check_update(acmd->aclobj, &update, &acmd->acl->set,
				   &error) < 0)
		imap_campus_acl_refuse(acmd, error);
	else
		set_acl(acmd, &update, "OK Setacl complete.");
}

/* An entry that is there is called by its very name, even one that nobody has;
   such are in old files. */
static int deleteacl_find(struct imap_campus_acl_cmd *acmd,
			  struct acl_rights *rights)
{
	struct acl_identifier written;
	struct acl_rights exactly;
	struct acl_union_entry entry;
	const char *error;

	if (acl_identifier_from_text(acmd->args[1], &written, &error) < 0)
		i_unreached();
	imap_campus_acl_rights_init(&written, &exactly);
	if (acl_entry_read(acmd->aclobj, &exactly, &entry) < 0)
		return -1;
	if (entry.gives || entry.taken != 0)
		*rights = exactly;
	return 0;
}

void imap_campus_acl_deleteacl(struct imap_campus_acl_cmd *acmd)
{
	struct acl_rights_update update;
	struct acl_identifier id;

	if (imap_campus_acl_identifier(acmd, &id) < 0 ||
	    !imap_campus_acl_is_admin(acmd))
		return;

	i_zero(&update);
	imap_campus_acl_rights_init(&id, &update.rights);
	if (id.negative)
		update.neg_modify_mode = ACL_MODIFY_MODE_CLEAR;
	else
		update.modify_mode = ACL_MODIFY_MODE_CLEAR;
	if (deleteacl_find(acmd, &update.rights) < 0)
		client_send_tagline(acmd->cmd, "NO " MAIL_ERRSTR_CRITICAL_MSG);
	else
		set_acl(acmd, &update, "OK Deleteacl complete.");
}
