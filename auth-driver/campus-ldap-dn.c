/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Does an entry lie where we have searched? What lies elsewhere answers another
   question, and would let somebody in by mistake. */

#include "lib.h"
#include "buffer.h"
#include "unichar.h"
#include "campus-ldap-private.h"

/* What two spellings of one value have in common. FALSE if there is none: then
   the value equals nothing. */
static bool dn_value_key(const struct berval *value, buffer_t *key)
{
	buffer_t *bare = t_buffer_create(value->bv_len);

	for (ber_len_t i = 0; i < value->bv_len; i++) {
		if (value->bv_val[i] != ' ')
			buffer_append_c(bare, value->bv_val[i]);
	}
	return uni_utf8_to_decomposed_titlecase(bare->data, bare->used, key) ==
	       0;
}

/* The types are not compared: an attribute may have several names. */
static bool dn_rdn_equals(LDAPRDN a, LDAPRDN b)
{
	buffer_t *key_a = t_buffer_create(64), *key_b = t_buffer_create(64);
	unsigned int i;

	for (i = 0; a[i] != NULL && b[i] != NULL; i++) {
		if (!dn_value_key(&a[i]->la_value, key_a) ||
		    !dn_value_key(&b[i]->la_value, key_b))
			return FALSE;
	}
	return a[i] == NULL && b[i] == NULL && buffer_cmp(key_a, key_b);
}

static unsigned int dn_length(LDAPDN dn)
{
	unsigned int length = 0;

	while (dn != NULL && dn[length] != NULL)
		length++;
	return length;
}

static bool dn_is_within(LDAPDN dn, LDAPDN base, bool base_only)
{
	unsigned int length = dn_length(dn), base_length = dn_length(base);

	if (length < base_length || (base_only && length > base_length))
		return FALSE;
	while (base_length > 0) {
		if (!dn_rdn_equals(dn[--length], base[--base_length]))
			return FALSE;
	}
	return TRUE;
}

bool campus_ldap_dn_is_within(const char *dn, const char *base, bool base_only)
{
	LDAPDN dn_parts = NULL, base_parts = NULL;
	bool within = FALSE;

	if (ldap_str2dn(dn, &dn_parts, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS &&
	    ldap_str2dn(base, &base_parts, LDAP_DN_FORMAT_LDAPV3) ==
		    LDAP_SUCCESS)
		T_BEGIN
		{
			within = dn_is_within(dn_parts, base_parts, base_only);
		}
	T_END;
	ldap_dnfree(dn_parts);
	ldap_dnfree(base_parts);
	return within;
}
