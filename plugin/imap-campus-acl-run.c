/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What all ACL commands have in common: arguments, the mailbox, who may know of
   it, identifiers and refusals. */

#include "imap-compat.h"
#include "imap-arg.h"
#include "imap-read-ahead.h"
#include "imap-resp-code.h"
#include "str-sanitize.h"
#include "imap-campus-acl.h"

/* Is it a mailbox with an ACL here? imapc asks another server, as imap_acl
   does. */
static bool is_ours(struct imap_campus_acl_cmd *acmd)
{
	struct acl_mailbox *abox = ACL_CONTEXT(acmd->box);

	if (abox == NULL || abox->aclobj == NULL ||
	    strcmp(acmd->box->storage->name, "imapc") == 0)
		return FALSE;
	acmd->aclobj = abox->aclobj;
	return TRUE;
}

/* acl keeps away from there in 2.3, whose own MYRIGHTS would crash, and
   LISTRIGHTS tell who exists. */
bool imap_campus_acl_is_nobodys(struct mailbox *box)
{
	const struct mail_namespace *ns = mailbox_get_namespace(box);

	return (ns->flags & NAMESPACE_FLAG_UNUSABLE) != 0 &&
	       ACL_CONTEXT(box) == NULL && acl_compat_is_active(ns->user);
}

bool imap_campus_acl_run(struct client_command_context *cmd, unsigned int count,
			 void (*answer)(struct imap_campus_acl_cmd *acmd),
			 command_func_t *stock)
{
	struct imap_campus_acl_cmd acmd = {
		.cmd = cmd,
		.acl = imap_campus_acl_get(cmd->client),
	};
	const struct imap_arg *args;
	struct mail_namespace *ns;
	const char *vname;
	bool ours;

	if (acmd.acl == NULL)
		return stock(cmd);
	if (!imap_read_ahead(cmd, count, &args))
		return FALSE;
	for (unsigned int i = 0; i < count; i++) {
		if (!imap_arg_get_astring(&args[i], &acmd.args[i]))
			return stock(cmd);
	}
	vname = acmd.args[0];
	if ((ns = client_find_namespace(cmd, &vname)) == NULL)
		return TRUE;
	acmd.box =
		mailbox_alloc(ns->list, vname,
			      MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	if ((ours = is_ours(&acmd)))
		answer(&acmd);
	else if ((ours = imap_campus_acl_is_nobodys(acmd.box)))
		imap_campus_acl_no_mailbox(cmd, acmd.args[0]);
	mailbox_free(&acmd.box);
	return ours || stock(cmd);
}

void imap_campus_acl_no_mailbox(struct client_command_context *cmd,
				const char *name)
{
	client_send_tagline(cmd,
			    t_strdup_printf("NO [" IMAP_RESP_CODE_NONEXISTENT
					    "] " MAIL_ERRSTR_MAILBOX_NOT_FOUND,
					    name));
}

int imap_campus_acl_exists(struct imap_campus_acl_cmd *acmd,
			   enum mailbox_existence *existence_r)
{
	/* A file that acl has read lies in a mailbox. That is as sure as the
	   rights from it, for acl looks at it again when they grow old. */
	if (acmd->written > 0) {
		*existence_r = MAILBOX_EXISTENCE_SELECT;
		return 0;
	}
	return mailbox_exists(acmd->box, TRUE, existence_r);
}

static bool has_right(struct imap_campus_acl_cmd *acmd, unsigned int right)
{
	return acl_mailbox_right_lookup(acmd->box, right) > 0;
}

bool imap_campus_acl_is_admin(struct imap_campus_acl_cmd *acmd)
{
	bool admin = has_right(acmd, ACL_STORAGE_RIGHT_ADMIN);
	enum mailbox_existence existence;

	/* Who may neither change nor see it is told the same in any case. */
	if ((admin || has_right(acmd, ACL_STORAGE_RIGHT_LOOKUP)) &&
	    acl_object_last_changed(acmd->aclobj, &acmd->written) == 0 &&
	    imap_campus_acl_exists(acmd, &existence) == 0 &&
	    existence == MAILBOX_EXISTENCE_SELECT) {
		if (admin)
			return TRUE;
		client_send_tagline(acmd->cmd,
				    "NO [" IMAP_RESP_CODE_NOPERM "] "
				    "You lack administrator privileges on this "
				    "mailbox.");
	} else {
		imap_campus_acl_no_mailbox(acmd->cmd, acmd->args[0]);
	}
	return FALSE;
}

void imap_campus_acl_refuse(struct imap_campus_acl_cmd *acmd, const char *error)
{
	client_send_tagline(
		acmd->cmd,
		t_strdup_printf("NO [" IMAP_RESP_CODE_CANNOT "] %s.", error));
}

int imap_campus_acl_identifier(struct imap_campus_acl_cmd *acmd,
			       struct acl_identifier *id_r)
{
	struct acl_identifier checked;
	const char *error;

	if (acl_identifier_from_text(acmd->args[1], id_r, &error) < 0) {
		imap_campus_acl_refuse(acmd, error);
		return -1;
	}
	checked = *id_r;
	if (acl_identifier_check(&checked, &error) == 0)
		*id_r = checked;
	return 0;
}

void imap_campus_acl_rights_init(const struct acl_identifier *id,
				 struct acl_rights *rights_r)
{
	static const enum acl_id_type types[] = {
		[ACL_UNION_ANYONE] = ACL_ID_ANYONE,
		[ACL_UNION_AUTHENTICATED] = ACL_ID_AUTHENTICATED,
		[ACL_UNION_GROUP] = ACL_ID_GROUP,
		[ACL_UNION_OWNER] = ACL_ID_OWNER,
		[ACL_UNION_USER] = ACL_ID_USER,
	};

	i_zero(rights_r);
	rights_r->id_type =
		id->override ? ACL_ID_GROUP_OVERRIDE : types[id->id];
	rights_r->identifier = id->name;
}

bool imap_campus_acl_lacks_owner(struct imap_campus_acl_cmd *acmd,
				 const struct acl_identifier *id)
{
	if (id->id != ACL_UNION_OWNER ||
	    mailbox_get_namespace(acmd->box)->type !=
		    MAIL_NAMESPACE_TYPE_PUBLIC)
		return FALSE;
	imap_campus_acl_refuse(acmd, "Public mailboxes have no owner");
	return TRUE;
}
