/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Which texts may be names: typed by people, or read from the directory. */

#include "lib.h"
#include "log-escape.h"
#include "name-check.h"

#include <stdlib.h>
#include <uninorm.h>
#include <unistr.h>

#define NAME_LOCAL_MAX_BYTES 64

/* One character of NFKC can become 18, of 3 bytes at most 33: a name of
   NAME_PART_MAX_BYTES always fits. */
#define NAME_NFKC_MAX_BYTES (NAME_PART_MAX_BYTES * 11 + 1)

/* Characters that one can see, and that NFKC leaves alone, but that the string
   preparation of a directory drops (RFC 4518 2.2) or forbids (2.4). */
static const uint32_t name_prepared_away[] = {
	0x1806, /* MONGOLIAN TODO SOFT HYPHEN */
	0xfffc, /* OBJECT REPLACEMENT CHARACTER */
	0xfffd, /* REPLACEMENT CHARACTER */
};

/* What stands for groups of people, for administrators or for the server itself
   can be nobody's name. */
static const char *const name_reserved[] = {
	"anyone",	  "anonymous", "authenticated", "owner",
	"administrators", "root",      "dovecot",	NULL,
};

static bool name_is_prepared_away(uint32_t chr)
{
	for (unsigned int i = 0; i < N_ELEMENTS(name_prepared_away); i++) {
		if (name_prepared_away[i] == chr)
			return TRUE;
	}
	return FALSE;
}

static bool name_is_nfkc(const unsigned char *name, size_t size)
{
	unsigned char buf[NAME_NFKC_MAX_BYTES];
	size_t normal_size = sizeof(buf);
	unsigned char *normal =
		u8_normalize(UNINORM_NFKC, name, size, buf, &normal_size);
	bool same;

	if (normal == NULL)
		i_fatal_status(FATAL_OUTOFMEM, "u8_normalize() failed: %m");
	same = normal_size == size && memcmp(normal, name, size) == 0;
	if (normal != buf)
		free(normal);
	return same;
}

int name_check_typed(const char *part, const char **error_r)
{
	const unsigned char *data = (const unsigned char *)part;
	size_t size = strlen(part);
	ucs4_t chr, last = ' ';

	if (size == 0) {
		*error_r = "empty part";
		return -1;
	}
	if (size > NAME_PART_MAX_BYTES) {
		*error_r = "part is too long";
		return -1;
	}
	for (size_t i = 0; i < size;) {
		int len = u8_mbtoucr(&chr, data + i, size - i);

		if (len <= 0) {
			*error_r = "invalid UTF-8";
			return -1;
		}
		if (log_escape_is_hidden(chr) || name_is_prepared_away(chr)) {
			*error_r = "control or invisible character";
			return -1;
		}
		/* last begins as a space, so that a leading one is doubled */
		if (chr == ' ' && last == ' ') {
			*error_r = "leading or doubled space";
			return -1;
		}
		last = chr;
		i += len;
	}
	if (last == ' ') {
		*error_r = "trailing space";
		return -1;
	}
	if (!name_is_nfkc(data, size)) {
		*error_r = "not in Unicode form NFKC";
		return -1;
	}
	return 0;
}

/* Letters and digits of the canonical form, upper case still allowed. */
static bool name_is_alnum(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* Is this "[a-z0-9][a-z0-9._-]*" of at most max bytes, in any case? */
static bool name_is_plain_word(const unsigned char *data, size_t size,
			       size_t max)
{
	if (size == 0 || size > max || !name_is_alnum(data[0]))
		return FALSE;
	for (size_t i = 1; i < size; i++) {
		if (!name_is_alnum(data[i]) && data[i] != '.' &&
		    data[i] != '_' && data[i] != '-')
			return FALSE;
	}
	return TRUE;
}

static bool name_is_plain(const unsigned char *data, size_t size)
{
	const unsigned char *at;
	size_t local_size = size;

	if (size == 0 || size > NAME_PART_MAX_BYTES)
		return FALSE;
	at = memchr(data, '@', size);
	if (at != NULL) {
		local_size = at - data;
		/* a second @ is not in the alphabet of the domain */
		if (!name_is_plain_word(at + 1, size - local_size - 1,
					NAME_PART_MAX_BYTES))
			return FALSE;
	}
	return name_is_plain_word(data, local_size, NAME_LOCAL_MAX_BYTES);
}

/* Is name in the NULL-terminated list (NULL = empty), in any ASCII case? */
static bool name_is_in(const char *const *list, const char *name)
{
	if (list == NULL)
		return FALSE;
	for (; *list != NULL; list++) {
		if (strcasecmp(*list, name) == 0)
			return TRUE;
	}
	return FALSE;
}

int name_check_canonical(const unsigned char *value, size_t size,
			 const char *const *reserved_domains,
			 const char **name_r, const char **error_r)
{
	char *name;

	if (!name_is_plain(value, size)) {
		*error_r = t_strdup_printf(
			"Name '%s' is not usable: it must be a letter or digit "
			"and at most %d more of a-z, 0-9, '.', '_' and '-', "
			"with at most one @domain of the same letters",
			log_escape_data(value, size), NAME_LOCAL_MAX_BYTES - 1);
		return -1;
	}
	name = t_malloc_no0(size + 1);
	for (size_t i = 0; i < size; i++) {
		bool upper = value[i] >= 'A' && value[i] <= 'Z';

		name[i] = (char)(upper ? value[i] - 'A' + 'a' : value[i]);
	}
	name[size] = '\0';

	if (name_is_in(name_reserved, name)) {
		*error_r = t_strdup_printf("Name '%s' is reserved", name);
		return -1;
	}
	if (name_is_in(reserved_domains, name)) {
		*error_r = t_strdup_printf(
			"Name '%s' is the name of a configured domain", name);
		return -1;
	}
	*name_r = name;
	return 0;
}
