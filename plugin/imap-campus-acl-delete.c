/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* DELETE of the selected mailbox, where it is not allowed: the stock command
   closes the mailbox before it asks, and then has to disconnect. */

#include "imap-compat.h"
#include "imap-arg.h"
#include "imap-read-ahead.h"
#include "imap-campus-acl.h"

static bool delete_is_refused(struct client *client, struct mailbox *box)
{
	struct acl_mailbox *abox = ACL_CONTEXT(box);

	return client->mailbox != NULL &&
	       mailbox_backends_equal(box, client->mailbox) && abox != NULL &&
	       abox->acl_enabled &&
	       acl_mailbox_right_lookup(box, ACL_STORAGE_RIGHT_DELETE) <= 0;
}

bool imap_campus_acl_delete(struct client_command_context *cmd,
			    command_func_t *stock)
{
	const struct imap_arg *args;
	struct mail_namespace *ns;
	struct mailbox *box;
	const char *vname;
	bool refused;

	if (imap_campus_acl_get(cmd->client) == NULL)
		return stock(cmd);
	if (!imap_read_ahead(cmd, 1, &args))
		return FALSE;
	if (!imap_arg_get_astring(&args[0], &vname))
		return stock(cmd);
	if ((ns = client_find_namespace(cmd, &vname)) == NULL)
		return TRUE;
	box = mailbox_alloc(ns->list, vname, 0);
	refused = delete_is_refused(cmd->client, box);
	if (refused)
		client_send_box_error(cmd, box);
	mailbox_free(&box);
	return refused || stock(cmd);
}
