/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SENDER_QUESTION_H
#define SENDER_QUESTION_H

/* May this person write mail from that address? What a session asks the auth
   process, as a userdb look-up of a service of its own. */

/* The look-up's service. */
#define SENDER_QUESTION_SERVICE "campus-sender"
/* The userdb field of the answer, and the value that allows; anything else, and
   no field, refuses. */
#define SENDER_QUESTION_FIELD "campus_sender"
#define SENDER_QUESTION_YES "yes"

/* The look-up's user name: person/address, on the data stack. person is a
   canonical name, and so holds no slash. */
const char *sender_question_text(const char *person, const char *address);
/* Read it. Returns 0 with both parts, not empty, on the data stack; or -1. */
int sender_question_parse(const char *text, const char **person_r,
			  const char **address_r);

#endif
