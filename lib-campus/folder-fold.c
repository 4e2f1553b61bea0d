/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The form in which folder names are compared; apart from the rest because the
   built-in table is made with it before the rest can be compiled. */

#include "lib.h"
#include "buffer.h"
#include "unichar.h"
#include "folder-role.h"

/* A character's decomposition may have lower-case letters, and these may
   decompose once more. No character takes more rounds than this. */
#define FOLDER_FOLD_MAX_ROUNDS 4

static bool folder_name_is_ascii(const unsigned char *name, size_t size)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < size; i++)
		bits |= name[i];
	return bits < 0x80;
}

int folder_role_fold(const char *name, size_t size, buffer_t *dest)
{
	size_t start = dest->used;
	buffer_t *before;

	/* Most names are ASCII, where title case is all there is to it. */
	if (folder_name_is_ascii((const unsigned char *)name, size)) {
		unsigned char *data = buffer_append_space_unsafe(dest, size);

		for (size_t i = 0; i < size; i++)
			data[i] = name[i] >= 'a' && name[i] <= 'z' ?
					  name[i] - 'a' + 'A' :
					  name[i];
		return 0;
	}

	if (uni_utf8_to_decomposed_titlecase(name, size, dest) < 0) {
		buffer_set_used_size(dest, start);
		return -1;
	}
	before = t_buffer_create(dest->used - start);
	for (unsigned int i = 1; i < FOLDER_FOLD_MAX_ROUNDS; i++) {
		buffer_set_used_size(before, 0);
		buffer_append_buf(before, dest, start, SIZE_MAX);
		buffer_set_used_size(dest, start);
		(void)uni_utf8_to_decomposed_titlecase(before->data,
						       before->used, dest);
		if (dest->used - start == before->used &&
		    memcmp(CONST_PTR_OFFSET(dest->data, start), before->data,
			   before->used) == 0)
			break;
	}
	return 0;
}
