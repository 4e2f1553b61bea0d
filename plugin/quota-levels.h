/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef QUOTA_LEVELS_H
#define QUOTA_LEVELS_H

/* Has the session's mailbox passed one of its levels? */

#include "quota-limit.h"

struct mail_user;

#define QUOTA_LEVELS_TROUBLE                                                   \
	"It cannot be told at the moment how full this mailbox is. Try again " \
	"later"

struct quota_levels {
	uint64_t used;
	/* 0 = none */
	uint64_t levels[QUOTA_LEVEL_COUNT];
};

/* Returns 1 if the mailbox holds more than its level, with all of *levels_r; 0
   if it does not or has no such level; -1 with *error_r a sentence. It is
   counted only where there is a level. */
int quota_levels_passed(struct mail_user *user, enum quota_level level,
			struct quota_levels *levels_r, const char **error_r);

/* May anything be sent from the mailbox? Returns 1; 0 with *text_r a sentence
   for who tries; -1 with *text_r a sentence for the log, and who tries is told
   QUOTA_LEVELS_TROUBLE. */
int quota_levels_may_send(struct mail_user *user, const char **text_r);

#endif
