/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef NAME_CHECK_H
#define NAME_CHECK_H

/* Which texts may be names: typed ones before a look-up, and those from the
   directory before they become a path and an identity. */

/* The longest part of a typed name, in bytes. */
#define NAME_PART_MAX_BYTES 255

/* Is this one part (person, domain or mailbox) of a typed name? At most
   NAME_PART_MAX_BYTES of valid UTF-8; no control, bidirectional, zero-width or
   other default-ignorable character; nothing that NFKC would change; no
   leading, trailing or doubled space; nothing else that log_escape_is_hidden()
   knows. Two names that a directory's string
   preparation (RFC 4518) folds together then differ in letter case at most.
   Returns 0, or -1 with *error_r a phrase without the name itself. */
int name_check_typed(const char *part, const char **error_r);

/* Turn a uid from the directory into the canonical name: lower-cased ASCII,
   [a-z0-9][a-z0-9._-]{0,63} with at most one @domain of the same letters, not
   one of the reserved names (anyone, anonymous, authenticated, owner,
   administrators, root, dovecot) and not one of reserved_domains
   (NULL-terminated, compared without case; may be NULL). Returns 0 with *name_r
   on the data stack, or -1 with *error_r a sentence that shows the value,
   escaped. */
int name_check_canonical(const unsigned char *value, size_t size,
			 const char *const *reserved_domains,
			 const char **name_r, const char **error_r);

#endif
