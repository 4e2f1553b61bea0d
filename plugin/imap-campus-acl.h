/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef IMAP_CAMPUS_ACL_H
#define IMAP_CAMPUS_ACL_H

/* What the parts of the imap plugin imap_campus_acl share: the commands of
   RFC 4314, in the place of imap_acl's.

   Each reads its arguments, finds the mailbox, asks whether the person may know
   of it, and answers. Mailboxes that campus_acl does not watch are left to the
   stock commands. */

#include "imap-compat.h"
#include "acl-entry.h"
#include "acl-identifier.h"

struct imap_campus_acl {
	union imap_module_context module_ctx;

	struct campus_acl_settings set;
	/* Mailboxes whose names that are no users' are in the log already. */
	ARRAY_TYPE(const_string) told;
};

/* A command while it runs. */
struct imap_campus_acl_cmd {
	struct client_command_context *cmd;
	const struct imap_campus_acl *acl;
	/* the mailbox as it was named, identifier, rights */
	const char *args[3];
	struct mailbox *box;
	struct acl_object *aclobj;
	/* Once acl was asked: when the ACL's file was written; 0 and -1 if it
	   has read none. */
	time_t written;
};

/* NULL if this user is without the plugin. */
struct imap_campus_acl *imap_campus_acl_get(struct client *client);

/* Run a command with this many string arguments (1 to 3): answer() has a
   mailbox that it need not free, and always sends the tagged answer. Without
   the plugin, and for other mailboxes, stock runs. */
bool imap_campus_acl_run(struct client_command_context *cmd, unsigned int count,
			 void (*answer)(struct imap_campus_acl_cmd *acmd),
			 command_func_t *stock);

/* Is there such a mailbox? To be asked once "written" is known, and only where
   the answer depends on it: it costs as much as all the rest. Returns 0, or -1
   if the mailbox has the error. */
int imap_campus_acl_exists(struct imap_campus_acl_cmd *acmd,
			   enum mailbox_existence *existence_r);
/* May the person change the mailbox's rights, and so see them all? If not, or
   if there is no such mailbox, it is answered; who may not even know of the
   mailbox is told that there is none. */
bool imap_campus_acl_is_admin(struct imap_campus_acl_cmd *acmd);
/* Is it below the name of a user that there is not? */
bool imap_campus_acl_is_nobodys(struct mailbox *box);
/* Answer that there is no mailbox of that name. */
void imap_campus_acl_no_mailbox(struct client_command_context *cmd,
				const char *name);
/* Answer NO with a sentence that lacks its full stop. */
void imap_campus_acl_refuse(struct imap_campus_acl_cmd *acmd,
			    const char *error);

/* The command's second argument; its name is made a user's or a group's if it
   can be. Returns 0, or -1 if it was refused. */
int imap_campus_acl_identifier(struct imap_campus_acl_cmd *acmd,
			       struct acl_identifier *id_r);
/* Whom the acl plugin calls so. */
void imap_campus_acl_rights_init(const struct acl_identifier *id,
				 struct acl_rights *rights_r);
/* Is the mailbox one that nobody owns, and this the owner? Then it is refused.
 */
bool imap_campus_acl_lacks_owner(struct imap_campus_acl_cmd *acmd,
				 const struct acl_identifier *id);

/* The commands. */
void imap_campus_acl_setacl(struct imap_campus_acl_cmd *acmd);
void imap_campus_acl_deleteacl(struct imap_campus_acl_cmd *acmd);
void imap_campus_acl_getacl(struct imap_campus_acl_cmd *acmd);
void imap_campus_acl_listrights(struct imap_campus_acl_cmd *acmd);
void imap_campus_acl_myrights(struct imap_campus_acl_cmd *acmd);
bool imap_campus_acl_create(struct client_command_context *cmd,
			    command_func_t *stock);
bool imap_campus_acl_delete(struct client_command_context *cmd,
			    command_func_t *stock);

#endif
