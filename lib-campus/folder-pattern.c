/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What can be told of a pattern of LIST without any folder. */

#include "lib.h"
#include "folder-pattern.h"

#include <ctype.h>

#define INBOX "INBOX"
#define INBOX_LEN strlen(INBOX)
/* The bit of the state in which all of INBOX is matched. */
#define MATCHED_INBOX (1U << INBOX_LEN)

bool folder_pattern_is_prefixed(const char *pattern, char separator)
{
	/* Bit n: the pattern so far can match the first n letters of INBOX. */
	unsigned int set = 1, next;

	for (; *pattern != '\0' && set != 0; pattern++) {
		switch (*pattern) {
		case '*':
			/* the rest of INBOX, the separator, and what the rest
			   of the pattern wants */
			return TRUE;
		case '%':
			/* from the lowest bit to all above it */
			set |= (MATCHED_INBOX * 2 - 1) & ~(set - 1);
			break;
		default:
			next = 0;
			for (unsigned int i = 0; i < INBOX_LEN; i++) {
				if (INBOX[i] == i_toupper(*pattern))
					next |= (set & (1U << i)) << 1;
			}
			/* whatever follows, some name has it */
			if (*pattern == separator && (set & MATCHED_INBOX) != 0)
				return TRUE;
			set = next;
			break;
		}
	}
	return (set & MATCHED_INBOX) != 0;
}

bool folder_pattern_split(const char *pattern, char separator,
			  size_t *first_len_r)
{
	const char ends[] = { '*', '%', separator, '\0' };

	*first_len_r = strcspn(pattern, ends);
	return pattern[*first_len_r] != '*' && pattern[*first_len_r] != '%';
}
