/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef BER_CHECK_H
#define BER_CHECK_H

/* Is what a directory answers encoded as RFC 4511 says? An LDAP library may
   take what is missing for zero, and zero is success. */

/* The content of an LDAPResult: a result code of 1 to 4 bytes, two texts, then
   any elements that are whole. */
bool ber_check_result(const void *data, size_t size);
/* The content of Controls: each has a type, perhaps a criticality, perhaps a
   value, and nothing else. */
bool ber_check_controls(const void *data, size_t size);

#endif
