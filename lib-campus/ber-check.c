/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Is an LDAP result encoded as it must be? */

#include "lib.h"
#include "ber-check.h"

#define TAG_BOOLEAN 0x01
#define TAG_OCTET_STRING 0x04
#define TAG_ENUMERATED 0x0a
#define TAG_SEQUENCE 0x30
/* tags of more than one byte, which LDAP has none of */
#define TAG_LONG 0x1f

struct ber_bytes {
	const unsigned char *data;
	size_t size;
};

/* The next element: its tag, or 0 if there is none that is whole. */
static unsigned int ber_next(struct ber_bytes *in, struct ber_bytes *content_r)
{
	size_t header = 2, length, i;
	unsigned int tag;

	if (in->size < header || (in->data[0] & TAG_LONG) == TAG_LONG)
		return 0;
	tag = in->data[0];
	length = in->data[1];
	if (length > 0x84 || length == 0x80)
		return 0;
	if (length > 0x80) {
		header += length & 0x7f;
		if (in->size < header)
			return 0;
		for (length = 0, i = 2; i < header; i++)
			length = length << 8 | in->data[i];
	}
	if (length > in->size - header)
		return 0;
	content_r->data = in->data + header;
	content_r->size = length;
	in->data += header + length;
	in->size -= header + length;
	return tag;
}

bool ber_check_result(const void *data, size_t size)
{
	struct ber_bytes in = { data, size }, content;

	if (ber_next(&in, &content) != TAG_ENUMERATED || content.size == 0 ||
	    content.size > 4 || ber_next(&in, &content) != TAG_OCTET_STRING ||
	    ber_next(&in, &content) != TAG_OCTET_STRING)
		return FALSE;
	while (in.size > 0) {
		if (ber_next(&in, &content) == 0)
			return FALSE;
	}
	return TRUE;
}

static bool ber_check_control(struct ber_bytes in)
{
	struct ber_bytes content;
	unsigned int tag;

	if (ber_next(&in, &content) != TAG_OCTET_STRING || content.size == 0)
		return FALSE;
	if (in.size == 0)
		return TRUE;
	tag = ber_next(&in, &content);
	if (tag == TAG_BOOLEAN) {
		if (content.size != 1)
			return FALSE;
		if (in.size == 0)
			return TRUE;
		tag = ber_next(&in, &content);
	}
	return tag == TAG_OCTET_STRING && in.size == 0;
}

bool ber_check_controls(const void *data, size_t size)
{
	struct ber_bytes in = { data, size }, content;

	while (in.size > 0) {
		if (ber_next(&in, &content) != TAG_SEQUENCE ||
		    !ber_check_control(content))
			return FALSE;
	}
	return TRUE;
}
