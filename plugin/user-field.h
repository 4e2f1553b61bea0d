/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef USER_FIELD_H
#define USER_FIELD_H

/* What the auth driver tells a session about its user. */

struct mail_user;

/* The value of a userdb field, as long as the user; NULL if there is none. */
const char *user_field(const struct mail_user *user, const char *key);

#endif
