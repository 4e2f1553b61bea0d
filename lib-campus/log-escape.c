/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Make text from outside harmless before it stands in a log line. */

#include "lib.h"
#include "str.h"
#include "log-escape.h"

#include <unictype.h>
#include <unistr.h>

#define LOG_ESCAPE_CUT "..."

/* General categories that never stand in a log as they are. Zs holds the
   ordinary space too, which is let through before. */
#define LOG_ESCAPE_CATEGORIES                                                  \
	(UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs |     \
	 UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cn | UC_CATEGORY_MASK_Zs |     \
	 UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp)

bool log_escape_is_hidden(uint32_t chr)
{
	if (chr >= 0x20 && chr < 0x7f)
		return FALSE;
	return uc_is_general_category_withtable(chr, LOG_ESCAPE_CATEGORIES) ||
	       uc_is_property_default_ignorable_code_point(chr) ||
	       uc_is_property_bidi_control(chr) ||
	       uc_is_property_zero_width(chr);
}

/* Append the first character of data, or its first byte if that begins no
   character. Returns how many bytes were read. */
static size_t log_escape_append(string_t *dest, const unsigned char *data,
				size_t size)
{
	ucs4_t chr;
	int len = u8_mbtoucr(&chr, data, size);

	if (len <= 0) {
		str_printfa(dest, "\\x%02x", data[0]);
		return 1;
	}
	if (chr == '\\')
		str_append(dest, "\\\\");
	else if (!log_escape_is_hidden(chr))
		str_append_data(dest, data, len);
	else if (len == 1)
		str_printfa(dest, "\\x%02x", data[0]);
	else
		str_printfa(dest, "\\u{%04x}", (unsigned int)chr);
	return len;
}

const char *log_escape_data(const void *data, size_t size)
{
	const unsigned char *p = data;
	string_t *dest = t_str_new(LOG_ESCAPE_MAX_BYTES + 16);
	/* the longest text after which the mark still fits */
	size_t cut = 0;

	while (size > 0) {
		size_t used = log_escape_append(dest, p, size);

		p += used;
		size -= used;
		if (str_len(dest) <=
		    LOG_ESCAPE_MAX_BYTES - strlen(LOG_ESCAPE_CUT))
			cut = str_len(dest);
		if (str_len(dest) > LOG_ESCAPE_MAX_BYTES) {
			str_truncate(dest, cut);
			str_append(dest, LOG_ESCAPE_CUT);
			break;
		}
	}
	return str_c(dest);
}

const char *log_escape(const char *text)
{
	return text == NULL ? "" : log_escape_data(text, strlen(text));
}
