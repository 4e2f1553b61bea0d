/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DIRECTORY_FILTER_H
#define DIRECTORY_FILTER_H

#include "str.h"

/* LDAP search filters (RFC 4515) and DNs (RFC 4514), built so that no value can
   become syntax. Values go by length, never as C strings. */

/* Append the value of an assertion, escaped for a filter. */
void directory_filter_append_value(string_t *filter, const void *value,
				   size_t size);
/* Append "(attribute=value)". attribute comes from settings and passed
   directory_filter_attribute_is_valid(). */
void directory_filter_append_equal(string_t *filter, const char *attribute,
				   const char *value);
/* Append the value of an RDN, escaped for a DN. */
void directory_dn_append_value(string_t *dn, const void *value, size_t size);

/* May this stand as an attribute description (RFC 4512 2.5: name or OID, with
   options)? An extensible rule such as member:1.2.3:= may not. */
bool directory_filter_attribute_is_valid(const char *attribute);
/* May this stand as a fixed filter from the settings: one balanced
   parenthesized filter that libldap too would take? Stricter than libldap: no
   spaces between filters, no empty & or |, escapes only as \HH, OIDs with
   dots, valid UTF-8. Returns 0 or -1 with *error_r a sentence. */
int directory_filter_check(const char *filter, const char **error_r);

/* May this stand as a DN from the settings? Stricter than libldap: no spaces
   around separators, no quoted or hexadecimal values, valid UTF-8, and not
   empty. Returns 0 or -1 with *error_r a sentence. */
int directory_dn_check(const char *dn, const char **error_r);

/* Whom to look for. */
struct directory_filter_settings {
	const char *uid_attribute;
	const char *mail_attribute;
	/* NULL-terminated, may be empty */
	const char *const *alias_attributes;
	/* NULL-terminated: name@one-of-these also means uid=name */
	const char *const *login_domains;
};

/* The filter that finds name: (&fixed(|…)). Without @ in the uid attribute
   only; with @ in the address attributes, and, in a login domain (what follows
   the last @, compared without case), as uid@login-domain. fixed passed
   directory_filter_check(). Returned on the data stack. */
const char *directory_filter_find(const struct directory_filter_settings *set,
				  const char *fixed, const char *name);
/* (&fixed(|(attribute=dn1)(attribute=dn2)…)) on the data stack. There must be
   at least one DN. */
const char *directory_filter_any_of(const char *fixed, const char *attribute,
				    const char *const *dns, unsigned int count);

#endif
