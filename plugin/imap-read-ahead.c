/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* A command's arguments, for functions that stand before the stock ones. */

#include "imap-compat.h"
#include "imap-read-ahead.h"

bool imap_read_ahead(struct client_command_context *cmd, unsigned int count,
		     const struct imap_arg **args_r)
{
	/* The stock command will note them for the log: once is enough. */
	const char *args = cmd->args, *human_args = cmd->human_args;

	if (!client_read_args(cmd, count, 0, args_r))
		return FALSE;
	cmd->args = args;
	cmd->human_args = human_args;
	return TRUE;
}
