/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_QUOTA_H
#define CAMPUS_QUOTA_H

/* What the parts of the mail plugin campus_quota share.

   Dovecot's quota plugin counts and refuses what comes in; campus_quota looks
   after the two levels before that. */

struct mail_user;

/* The session is over: put a message into the mailbox if it has passed its
   first level and has got none for a day. */
void campus_quota_warn(struct mail_user *user);

#endif
