/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef IMAP_READ_AHEAD_H
#define IMAP_READ_AHEAD_H

/* A command's arguments, for functions that stand before the stock ones. */

struct client_command_context;
struct imap_arg;

/* Read at least count arguments ahead of the stock command, which can read them
   once more. FALSE if they are not here yet, or if an error was answered. */
bool imap_read_ahead(struct client_command_context *cmd, unsigned int count,
		     const struct imap_arg **args_r);

#endif
