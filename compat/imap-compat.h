/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef IMAP_COMPAT_H
#define IMAP_COMPAT_H

/* The imap process's interface to plugins, as far as it differs between the
   series. */

#include "dovecot-compat.h"
#include "imap-common.h"
#include "imap-commands.h"

/* Put another function in a command's place. Returns the one that was there.
   In 2.4 the table is const to others; the memory behind it is not. */
static inline command_func_t *imap_compat_replace_command(const char *name,
							  command_func_t *func)
{
	struct command *command = (struct command *)command_find(name);
	command_func_t *old;

	i_assert(command != NULL);
	old = command->func;
	command->func = func;
	return old;
}

/* The mailbox's last error as the text of a tagged or untagged NO. On the data
   stack. */
static inline const char *
imap_compat_box_error(struct client_command_context *cmd, struct mailbox *box)
{
	enum mail_error error;
	const char *text = mailbox_get_last_error(box, &error);

#if DOVECOT_VERSION_MINOR >= 4
	(void)cmd;
	return imap_get_error_string(text, error);
#else
	return imap_get_error_string(cmd, text, error);
#endif
}

#endif
