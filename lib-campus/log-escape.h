/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef LOG_ESCAPE_H
#define LOG_ESCAPE_H

/* The one way by which text from outside reaches a log. */

/* The most bytes that come back, the mark for "cut here" included. */
#define LOG_ESCAPE_MAX_BYTES 200

/* Text from a client or from the directory as it may stand in a log line: a
   backslash is doubled; ASCII control characters and bytes that are no UTF-8
   become \xHH; every other character of which log_escape_is_hidden() says yes
   becomes \u{HHHH}. Over LOG_ESCAPE_MAX_BYTES it is cut between characters and
   ends in "...". Else the text can be read back from it, byte for byte.
   The result is on the data stack; NULL in gives "". */
const char *log_escape(const char *text);
const char *log_escape_data(const void *data, size_t size);

/* Is this a character that a reader cannot see, or that changes the line around
   it: C0, C1, DEL, U+2028, U+2029, any space but the ordinary one,
   bidirectional controls, zero-width and other default-ignorable characters,
   private use, surrogates and unassigned code points? */
bool log_escape_is_hidden(uint32_t chr);

#endif
