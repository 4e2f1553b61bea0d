/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for LDAP filters and DNs: no value becomes syntax, and it comes
   back byte for byte. */

#include "lib.h"
#include "buffer.h"
#include "fuzzer.h"
#include "hex-binary.h"
#include "str.h"
#include "directory-filter.h"

#define FIXED "(objectClass=*)"

static const char *const aliases[] = { "campusMailAlias", NULL };
static const char *const login_domains[] = { "campus.example", NULL };

static const struct directory_filter_settings settings = {
	.uid_attribute = "uid",
	.mail_attribute = "mail",
	.alias_attributes = aliases,
	.login_domains = login_domains,
};

/* Escaped text is printable ASCII without any of the special bytes, and gives
   the value back. */
static void check_escaped(string_t *escaped, const char *special,
			  const uint8_t *data, size_t size)
{
	const char *text = str_c(escaped);
	buffer_t *back = t_buffer_create(size + 1);

	i_assert(strlen(text) == str_len(escaped));
	while (*text != '\0') {
		i_assert(*text >= 0x20 && *text < 0x7f);
		i_assert(strchr(special, *text) == NULL);
		if (*text == '\\') {
			i_assert(hex_to_binary(t_strndup(text + 1, 2), back) ==
				 0);
			text += 3;
		} else {
			buffer_append_c(back, *text);
			text++;
		}
	}
	i_assert(back->used == size);
	i_assert(memcmp(back->data, data, size) == 0);
}

static void check_values(const uint8_t *data, size_t size)
{
	string_t *filter = t_str_new(size + 1), *dn = t_str_new(size + 1);

	directory_filter_append_value(filter, data, size);
	check_escaped(filter, "()*", data, size);

	directory_dn_append_value(dn, data, size);
	check_escaped(dn, "\"+,;<>=#", data, size);
	if (size > 0) {
		i_assert(str_data(dn)[0] != ' ');
		i_assert(str_data(dn)[str_len(dn) - 1] != ' ');
	}
}

static unsigned int count_char(const char *text, char c)
{
	unsigned int count = 0;

	for (; *text != '\0'; text++) {
		if (*text == c)
			count++;
	}
	return count;
}

/* A filter that was built is valid, and its shape does not depend on the name.
 */
static void check_built(const char *name)
{
	const char *const dns[] = { name, "cn=x", name };
	const char *error, *filter;
	unsigned int items;

	filter = directory_filter_find(&settings, FIXED, name);
	i_assert(directory_filter_check(filter, &error) == 0);
	items = count_char(filter, '(');
	i_assert(items == count_char(filter, ')'));
	i_assert(strchr(name, '@') == NULL ? items == 3 :
					     items == 6 || items == 7);
	i_assert(count_char(filter, '*') == 1);

	filter = directory_filter_any_of(FIXED, "member", dns, N_ELEMENTS(dns));
	i_assert(directory_filter_check(filter, &error) == 0);
	i_assert(count_char(filter, '(') == 6);
	i_assert(count_char(filter, '*') == 1);
}

/* Text as it may stand in the settings. */
static void check_settings(const char *text)
{
	const char *error = NULL;

	if (directory_filter_check(text, &error) == 0) {
		i_assert(text[0] == '(' && text[strlen(text) - 1] == ')');
		i_assert(count_char(text, '(') == count_char(text, ')'));
		/* it may stand inside another */
		i_assert(directory_filter_check(
				 t_strconcat("(|(a=b)", text, ")", NULL),
				 &error) == 0 ||
			 strstr(error, "nested too deep") != NULL);
	} else {
		i_assert(error != NULL && strlen(error) < 400);
		i_assert(strpbrk(error, "\r\n") == NULL);
	}
	error = NULL;
	if (directory_dn_check(text, &error) == 0) {
		/* it may stand above another */
		i_assert(strpbrk(text, "=") != NULL && error == NULL);
		i_assert(directory_dn_check(t_strconcat("cn=x,", text, NULL),
					    &error) == 0);
	} else {
		i_assert(error != NULL && strpbrk(error, "\r\n") == NULL);
	}
	if (directory_filter_attribute_is_valid(text)) {
		i_assert(directory_filter_check(
				 t_strconcat("(", text, "=x)", NULL), &error) ==
			 0);
		i_assert(strpbrk(text, "()*\\=:<>~&|! ") == NULL);
	}
}

FUZZ_BEGIN_DATA(const uint8_t *data, size_t size)
	const char *text = t_strndup(data, size);

	check_values(data, size);
	check_built(text);
	check_settings(text);
FUZZ_END
