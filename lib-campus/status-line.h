/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef STATUS_LINE_H
#define STATUS_LINE_H

/* Where the parts of an untagged STATUS response (RFC 3501, 7.2.4) are. */

struct status_line {
	/* as it stands there, but without quotes and escapes; data stack */
	const char *name;
	/* offsets of what stands between the parentheses */
	size_t items_start, items_end;
	/* of the response, CRLF included */
	size_t size;
};

/* Does the text begin with such a response, written as a server writes it? */
bool status_line_parse(const char *text, struct status_line *line_r);

#endif
