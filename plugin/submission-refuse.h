/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SUBMISSION_REFUSE_H
#define SUBMISSION_REFUSE_H

/* How submission plugins refuse MAIL. Whatever the program has sent behind it
   has to wait: Dovecot would take a BDAT for one of a transaction, and panic.
   Returns -1, for cmd_mail. */

#include "smtp-server.h"

static inline int submission_refuse(struct smtp_server_cmd_ctx *cmd,
				    unsigned int status, const char *enh_code,
				    const char *text)
{
	smtp_server_command_pipeline_block(cmd);
	smtp_server_reply(cmd, status, enh_code, "%s", text);
	return -1;
}

#endif
