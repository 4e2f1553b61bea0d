/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Where the parts of an untagged STATUS response are. */

#include "lib.h"
#include "str.h"
#include "status-line.h"

/* Each of these reads a name in one of its three forms and moves on behind it.
   NULL if it does not end. */

static const char *status_line_quoted(const char **text)
{
	string_t *name = t_str_new(64);
	const char *p = *text + 1;

	for (; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0')
			return NULL;
		str_append_c(name, *p);
	}
	*text = p + 1;
	return str_c(name);
}

static const char *status_line_literal(const char **text)
{
	const char *data;
	uintmax_t size;

	if (str_parse_uintmax(*text + 1, &size, &data) < 0 ||
	    strncmp(data, "}\r\n", 3) != 0)
		return NULL;
	data += strlen("}\r\n");
	if (size > strlen(data))
		return NULL;
	*text = data + size;
	return t_strndup(data, size);
}

static const char *status_line_atom(const char **text)
{
	size_t len = strcspn(*text, " \r\n");
	const char *name = t_strndup(*text, len);

	*text += len;
	return len == 0 ? NULL : name;
}

bool status_line_parse(const char *text, struct status_line *line_r)
{
	const char *p = text, *end;

	if (strncmp(p, "* STATUS ", 9) != 0)
		return FALSE;
	p += 9;
	switch (*p) {
	case '"':
		line_r->name = status_line_quoted(&p);
		break;
	case '{':
		line_r->name = status_line_literal(&p);
		break;
	default:
		line_r->name = status_line_atom(&p);
		break;
	}
	if (line_r->name == NULL || strncmp(p, " (", 2) != 0)
		return FALSE;
	p += 2;
	end = strstr(p, ")\r\n");
	/* on the same line */
	if (end == NULL || strcspn(p, "\r\n") != (size_t)(end + 1 - p))
		return FALSE;
	line_r->items_start = p - text;
	line_r->items_end = end - text;
	line_r->size = end + strlen(")\r\n") - text;
	return TRUE;
}
