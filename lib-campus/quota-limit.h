/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef QUOTA_LIMIT_H
#define QUOTA_LIMIT_H

/* From what the directory says of a mailbox's size to bytes. */

/* From which size on: a mailbox over one level is over those before it. */
enum quota_level {
	/* people are told */
	QUOTA_LEVEL_WARN,
	/* nothing can be sent */
	QUOTA_LEVEL_SEND,
	/* nothing comes in */
	QUOTA_LEVEL_RECEIVE,
	QUOTA_LEVEL_COUNT
};

/* What can be said in a signed number of 64 bits. */
#define QUOTA_LIMIT_MAX_BYTES ((uint64_t)INT64_MAX)

/* Read bytes, or a number with one of K M G T (powers of 1024) in any letter
   case and perhaps a B. Returns 0 with 1 to QUOTA_LIMIT_MAX_BYTES, or -1 with
   *error_r a sentence that names the value; on the data stack. */
int quota_limit_parse(const char *value, uint64_t *bytes_r,
		      const char **error_r);

/* Read the levels of one mailbox, value NULL = none. bytes_r[level] is 0 where
   there is none, or where errors_r[level], else NULL, says why the value does
   not count: it is no size, or more than a later level. */
void quota_limit_parse_levels(const char *const values[QUOTA_LEVEL_COUNT],
			      uint64_t bytes_r[QUOTA_LEVEL_COUNT],
			      const char *errors_r[QUOTA_LEVEL_COUNT]);

/* A size for people to read, in the largest unit that gives two digits or more,
   rounded down. On the data stack. */
const char *quota_limit_text(uint64_t bytes);

#endif
