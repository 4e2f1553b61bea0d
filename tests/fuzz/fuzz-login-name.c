/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for names from outside: the login grammar, the checks of names,
   and the escaping for a log. */

#include "lib.h"
#include "buffer.h"
#include "fuzzer.h"
#include "hex-binary.h"
#include "unichar.h"
#include "log-escape.h"
#include "login-name.h"
#include "name-check.h"

static const char *const login_domains[] = { "campus.example",
					     "old-campus.example", NULL };
static const char *const reserved[] = { "CAMPUS", "campus.example", NULL };

static const struct login_name_settings settings = {
	.netbios_domain = "CAMPUS",
	.login_domains = login_domains,
};

/* Read back one unit of what log_escape() wrote. Returns its length. */
static size_t unescape_one(const char *text, buffer_t *dest)
{
	unsigned long chr;
	char *end;

	if (text[0] != '\\') {
		buffer_append_c(dest, text[0]);
		return 1;
	}
	switch (text[1]) {
	case '\\':
		buffer_append_c(dest, '\\');
		return 2;
	case 'x':
		i_assert(hex_to_binary(t_strndup(text + 2, 2), dest) == 0);
		return 4;
	case 'u':
		i_assert(text[2] == '{');
		chr = strtoul(text + 3, &end, 16);
		i_assert(*end == '}');
		i_assert(log_escape_is_hidden((uint32_t)chr));
		uni_ucs4_to_utf8_c((unichar_t)chr, dest);
		return (end + 1) - text;
	default:
		i_unreached();
	}
}

static void unescape(const char *text, size_t len, buffer_t *dest)
{
	buffer_set_used_size(dest, 0);
	for (size_t pos = 0; pos < len;)
		pos += unescape_one(text + pos, dest);
}

static void check_log_escape(const void *data, size_t size)
{
	const char *escaped = log_escape_data(data, size);
	size_t len = strlen(escaped);
	buffer_t *back = t_buffer_create(len + 1);
	unichar_t chr;

	i_assert(len <= LOG_ESCAPE_MAX_BYTES);
	i_assert(uni_utf8_str_is_valid(escaped));
	for (const char *p = escaped; *p != '\0';) {
		int n = uni_utf8_get_char(p, &chr);

		i_assert(n > 0);
		i_assert(!log_escape_is_hidden(chr));
		p += n;
	}

	/* the text can be read back, whole or up to where it was cut */
	unescape(escaped, len, back);
	if (back->used == size && memcmp(back->data, data, size) == 0)
		return;
	i_assert(len + strlen("\\u{10ffff}") > LOG_ESCAPE_MAX_BYTES);
	len -= strlen("...");
	i_assert(strcmp(escaped + len, "...") == 0);
	unescape(escaped, len, back);
	i_assert(back->used < size);
	i_assert(memcmp(back->data, data, back->used) == 0);
}

static void check_part(const char *part)
{
	const char *error;

	i_assert(name_check_typed(part, &error) == 0);
	i_assert(*part != '\0' && strlen(part) <= NAME_PART_MAX_BYTES);
	i_assert(strpbrk(part, "\\/*") == NULL);
}

static void check_error(const char *error)
{
	i_assert(error != NULL && *error != '\0');
	/* a sentence, and perhaps an escaped name */
	i_assert(strlen(error) < LOG_ESCAPE_MAX_BYTES + 150);
	for (; *error != '\0'; error++)
		i_assert((unsigned char)*error >= 0x20 && *error != 0x7f);
}

static void check_spelling(const char *typed, const char *authzid,
			   const struct login_name *expected)
{
	struct login_name name;
	const char *error;

	i_assert(login_name_parse(&settings, typed, authzid, &name, &error) ==
		 0);
	i_assert(strcmp(name.person, expected->person) == 0);
	i_assert(strcmp(name.domain, "CAMPUS") == 0);
	/* naming oneself may mean no mailbox at all */
	if (name.mailbox == NULL)
		i_assert(strcmp(expected->mailbox, name.person) == 0);
	else
		i_assert(strcmp(name.mailbox, expected->mailbox) == 0);
}

/* The same person and mailbox in other spellings are read alike. */
static void check_spellings(const struct login_name *name)
{
	const char *self = t_strconcat("CAMPUS/", name->person, NULL);
	const char *whole = t_strconcat("campus.example\\", name->person, "/",
					name->mailbox, NULL);

	check_spelling(whole, NULL, name);
	check_spelling(whole, whole, name);
	check_spelling(whole, name->mailbox, name);
	check_spelling(self, whole, name);
	check_spelling(self, name->mailbox, name);
	check_spelling(t_strconcat(name->mailbox, "*", self, NULL), NULL, name);
}

static void check_login(const char *typed, const char *authzid)
{
	struct login_name name;
	const char *error = NULL;

	i_zero(&name);
	if (login_name_parse(&settings, typed, authzid, &name, &error) < 0) {
		check_error(error);
		return;
	}
	check_part(name.person);
	i_assert(name.domain == NULL || strcmp(name.domain, "CAMPUS") == 0);
	if (name.mailbox != NULL) {
		check_part(name.mailbox);
		check_spellings(&name);
	}
}

static void check_recipient(const char *typed)
{
	const char *name, *error = NULL;

	if (login_name_parse_recipient(typed, &name, &error) < 0)
		check_error(error);
	else
		check_part(name);
}

static void check_canonical(const unsigned char *data, size_t size)
{
	const char *name, *again, *error = NULL;

	if (name_check_canonical(data, size, reserved, &name, &error) < 0) {
		check_error(error);
		return;
	}
	check_part(name);
	i_assert(strlen(name) == size);
	i_assert(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-@") ==
		 size);
	i_assert(strchr("._-@", name[0]) == NULL);
	i_assert(strcmp(name, "root") != 0 && strcmp(name, "campus") != 0);
	i_assert(name_check_canonical((const unsigned char *)name, size,
				      reserved, &again, &error) == 0);
	i_assert(strcmp(name, again) == 0);
}

/* The input is a login name; what follows the last tab, if there is one, is the
   authzid. */
FUZZ_BEGIN_DATA(const uint8_t *data, size_t size)
	const char *text = t_strndup(data, size);
	const char *tab = strrchr(text, '\t');

	check_log_escape(data, size);
	check_canonical(data, size);
	check_recipient(text);
	if (tab == NULL)
		check_login(text, NULL);
	else
		check_login(t_strdup_until(text, tab), tab + 1);
FUZZ_END
