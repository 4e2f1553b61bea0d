/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef RIGHT_SET_H
#define RIGHT_SET_H

/* Sets of the rights that RFC 4314 gives letters to, as bits. Names are those
   of Dovecot's acl plugin. */

enum right {
	RIGHT_LOOKUP = 0x001,	     /* l */
	RIGHT_READ = 0x002,	     /* r */
	RIGHT_WRITE = 0x004,	     /* w */
	RIGHT_WRITE_SEEN = 0x008,    /* s */
	RIGHT_WRITE_DELETED = 0x010, /* t */
	RIGHT_INSERT = 0x020,	     /* i */
	RIGHT_POST = 0x040,	     /* p */
	RIGHT_EXPUNGE = 0x080,	     /* e */
	RIGHT_CREATE = 0x100,	     /* k */
	RIGHT_DELETE = 0x200,	     /* x */
	RIGHT_ADMIN = 0x400,	     /* a */

	RIGHT_SET_ALL = 0x7ff,
	/* A right that is not in the table. */
	RIGHT_UNKNOWN = 0x800
};
#define RIGHT_COUNT 11

/* The bit of one letter or name, or RIGHT_UNKNOWN. */
unsigned int right_from_letter(char letter);
unsigned int right_from_name(const char *name);

/* Read letters, in any order; c is k and x, d is t and e (RFC 4314, 2.1.1).
   Returns 0, or -1 with *error_r a sentence that names the letter that is
   none. */
int right_set_from_letters(const char *letters, unsigned int *rights_r,
			   const char **error_r);
/* The letters in the order lrwstipekxa; "" for none. On the data stack. */
const char *right_set_letters(unsigned int rights);
/* The names, NULL-terminated; the array is on the data stack. */
const char *const *right_set_names(unsigned int rights);

#endif
