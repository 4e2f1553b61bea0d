/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef IMAP_CAMPUS_QUOTA_H
#define IMAP_CAMPUS_QUOTA_H

#include "imap-compat.h"

/* What the parts of the imap plugin imap_campus_quota share. */

/* Does the user of this session have the plugin? One process may serve people
   with and without it. */
bool imap_campus_quota_is_loaded(struct client *client);

/* STATUS and LIST with the items DELETED and DELETED-STORAGE (RFC 9208). */
void imap_campus_quota_status_init(void);
void imap_campus_quota_status_deinit(void);

/* Tell this session's user if the mailbox is over campus_quota_warn. */
void imap_campus_quota_warn_client_created(struct client *client);

#endif
