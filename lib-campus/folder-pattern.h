/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_PATTERN_H
#define FOLDER_PATTERN_H

/* What can be told of a pattern of LIST (RFC 3501, 6.3.8) without any folder:
   "*" stands for anything, "%" for anything without a separator. */

/* Is there a name of the kind INBOX, or INBOX and the separator and more, that
   the pattern matches? INBOX is meant in any letter case. */
bool folder_pattern_is_prefixed(const char *pattern, char separator);

/* Is the first component of the pattern a plain name? Then *first_len_r is its
   length in bytes. */
bool folder_pattern_split(const char *pattern, char separator,
			  size_t *first_len_r);

#endif
