/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* CREATE and DELETE, where the stock command would do harm.

   Below the name of a user that there is not, it runs into an internal error,
   and so tells who there is: the answers are those of people who share nothing.
   DELETE of the selected mailbox, where it is not allowed: the stock command
   closes the mailbox before it asks, and then has to disconnect. */

#include "imap-compat.h"
#include "imap-arg.h"
#include "imap-read-ahead.h"
#include "imap-resp-code.h"
#include "imap-campus-acl.h"

static bool delete_is_refused(struct client *client, struct mailbox *box)
{
	struct acl_mailbox *abox = ACL_CONTEXT(box);

	return client->mailbox != NULL &&
	       mailbox_backends_equal(box, client->mailbox) && abox != NULL &&
	       abox->acl_enabled &&
	       acl_mailbox_right_lookup(box, ACL_STORAGE_RIGHT_DELETE) <= 0;
}

/* Stock says that it is an INBOX, before it asks whether the person may know of
   it. */
static bool is_hidden_inbox(struct mailbox *box)
{
	struct acl_mailbox *abox = ACL_CONTEXT(box);

	return mailbox_is_any_inbox(box) && abox != NULL && abox->acl_enabled &&
	       acl_mailbox_right_lookup(box, ACL_STORAGE_RIGHT_LOOKUP) <= 0;
}

static bool delete_answer(struct client_command_context *cmd,
			  struct mailbox *box, const char *name)
{
	if (imap_campus_acl_is_nobodys(box) || is_hidden_inbox(box))
		imap_campus_acl_no_mailbox(cmd, name);
	else if (delete_is_refused(cmd->client, box))
		client_send_box_error(cmd, box);
	else
		return FALSE;
	return TRUE;
}

static bool create_answer(struct client_command_context *cmd,
			  struct mailbox *box, const char *name ATTR_UNUSED)
{
	if (!imap_campus_acl_is_nobodys(box))
		return FALSE;
	client_send_tagline(cmd, "NO [" IMAP_RESP_CODE_NOPERM
				 "] " MAIL_ERRSTR_NO_PERMISSION);
	return TRUE;
}

/* Answer a command that begins with a mailbox's name, or let stock do it. */
static bool
answer_or_stock(struct client_command_context *cmd, command_func_t *stock,
		bool (*answer)(struct client_command_context *cmd,
			       struct mailbox *box, const char *name))
{
	const struct imap_arg *args;
	struct mail_namespace *ns;
	struct mailbox *box;
	const char *name, *vname;
	bool answered;

	if (imap_campus_acl_get(cmd->client) == NULL)
		return stock(cmd);
	if (!imap_read_ahead(cmd, 1, &args))
		return FALSE;
	if (!imap_arg_get_astring(&args[0], &name))
		return stock(cmd);
	vname = name;
	if ((ns = client_find_namespace(cmd, &vname)) == NULL)
		return TRUE;
	box = mailbox_alloc(ns->list, vname, 0);
	answered = answer(cmd, box, name);
	mailbox_free(&box);
	return answered || stock(cmd);
}

bool imap_campus_acl_create(struct client_command_context *cmd,
			    command_func_t *stock)
{
	return answer_or_stock(cmd, stock, create_answer);
}

bool imap_campus_acl_delete(struct client_command_context *cmd,
			    command_func_t *stock)
{
	return answer_or_stock(cmd, stock, delete_answer);
}
