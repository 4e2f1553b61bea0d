/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DELETED_SIZE_H
#define DELETED_SIZE_H

struct mailbox;

/* What EXPUNGE would take out of a mailbox. */
struct deleted_size {
	unsigned int messages;
	/* as the quota counts them: RFC822.SIZE */
	uint64_t bytes;
};

/* Count in a mailbox that is open; bytes only where they are asked for, since
   sizes that nobody has asked for yet are read from the messages. Returns 0, or
   -1 with the error in the mailbox. */
int deleted_size_get(struct mailbox *box, bool bytes,
		     struct deleted_size *size_r);

#endif
