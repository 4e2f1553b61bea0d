/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Build LDAP search filters and DNs in which no value can become syntax. */

#include "lib.h"
#include "str.h"
#include "unichar.h"
#include "directory-filter.h"
#include "log-escape.h"

#include <ctype.h>

/* How deep & | and ! may nest in a fixed filter. libldap and the server work
   through a filter by recursion, so there must be some end. */
#define FILTER_MAX_DEPTH 32

static void append_hex(string_t *dest, unsigned char c)
{
	str_printfa(dest, "\\%02x", c);
}

static bool is_printable_ascii(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

/*
 * Escaping
 */

void directory_filter_append_value(string_t *filter, const void *value,
				   size_t size)
{
	const unsigned char *data = value;

	for (size_t i = 0; i < size; i++) {
		/* RFC 4515 3 names NUL ( ) * and the backslash, and lets any
		   other byte be escaped as well */
		if (!is_printable_ascii(data[i]) || data[i] == '(' ||
		    data[i] == ')' || data[i] == '*' || data[i] == '\\')
			append_hex(filter, data[i]);
		else
			str_append_c(filter, data[i]);
	}
}

void directory_filter_append_equal(string_t *filter, const char *attribute,
				   const char *value)
{
	i_assert(directory_filter_attribute_is_valid(attribute));

	str_append_c(filter, '(');
	str_append(filter, attribute);
	str_append_c(filter, '=');
	directory_filter_append_value(filter, value, strlen(value));
	str_append_c(filter, ')');
}

void directory_dn_append_value(string_t *dn, const void *value, size_t size)
{
	const unsigned char *data = value;

	for (size_t i = 0; i < size; i++) {
		/* RFC 4514 2.4: these anywhere, # at the beginning, a space at
		   either end; = may be escaped */
		bool at_end = i == 0 || i + 1 == size;

		if (!is_printable_ascii(data[i]) ||
		    strchr("\"+,;<>\\=#", data[i]) != NULL ||
		    (data[i] == ' ' && at_end))
			append_hex(dn, data[i]);
		else
			str_append_c(dn, data[i]);
	}
}

/*
 * Checking what stands in the settings
 */

/* Each scan_…() below returns how many bytes at the beginning of text are what
   its name says, 0 for none. */

static size_t scan_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* keychar of RFC 4512 1.4: letters, digits and hyphens */
static size_t scan_keychars(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}

/* oid of RFC 4512 1.4: a name, or numbers (without leading zeros) and dots */
static size_t scan_oid(const char *text)
{
	size_t pos = 0;
	unsigned int numbers = 0;

	if (scan_digits(text) == 0)
		return *text == '-' ? 0 : scan_keychars(text);
	for (;;) {
		size_t digits = scan_digits(text + pos);

		if (digits == 0 || (digits > 1 && text[pos] == '0'))
			return 0;
		pos += digits;
		numbers++;
		if (text[pos] != '.')
			return numbers > 1 ? pos : 0;
		pos++;
	}
}

/* attributedescription of RFC 4512 2.5: an oid, then options such as ;binary */
static size_t scan_attribute(const char *text)
{
	size_t pos = scan_oid(text);

	if (pos == 0)
		return 0;
	while (text[pos] == ';') {
		size_t option = scan_keychars(text + pos + 1);

		if (option == 0)
			return 0;
		pos += option + 1;
	}
	return pos;
}

bool directory_filter_attribute_is_valid(const char *attribute)
{
	size_t len = scan_attribute(attribute);

	return len > 0 && attribute[len] == '\0';
}

/* What stands before the value of an item: an attribute and an operator. */
enum item_type {
	ITEM_BAD,
	/* = where the value may hold * */
	ITEM_EQUAL,
	/* ~= >= <= and extensible rules, where it may not */
	ITEM_OTHER
};

/* Read "[:dn][:rule]:=" behind an attribute or at the beginning of an item
   (RFC 4515 3, extensible). Returns its length, 0 if it is none. */
static size_t scan_extensible(const char *text, bool has_attribute)
{
	bool has_rule = FALSE;
	size_t pos = 0;

	if (strncasecmp(text, ":dn:", 4) == 0)
		pos += 3;
	if (text[pos] == ':' && text[pos + 1] != '=') {
		size_t rule = scan_oid(text + pos + 1);

		if (rule == 0)
			return 0;
		has_rule = TRUE;
		pos += rule + 1;
	}
	if (text[pos] != ':' || text[pos + 1] != '=' ||
	    (!has_attribute && !has_rule))
		return 0;
	return pos + 2;
}

static enum item_type scan_item_type(const char *text, size_t *len_r)
{
	size_t extensible, pos = scan_attribute(text);

	if (pos > 0 && text[pos] == '=') {
		*len_r = pos + 1;
		return ITEM_EQUAL;
	}
	if (pos > 0 && strchr("~<>", text[pos]) != NULL && text[pos] != '\0' &&
	    text[pos + 1] == '=') {
		*len_r = pos + 2;
		return ITEM_OTHER;
	}
	extensible = scan_extensible(text + pos, pos > 0);
	if (extensible == 0)
		return ITEM_BAD;
	*len_r = pos + extensible;
	return ITEM_OTHER;
}

/* Read the value of an item up to its ")"; *len_r is its length. Returns NULL,
   or what is wrong behind that length. */
static const char *scan_value(const char *text, bool stars_allowed,
			      size_t *len_r)
{
	size_t pos;

	for (pos = 0; text[pos] != ')'; pos++) {
		*len_r = pos;
		switch (text[pos]) {
		case '\0':
			return "a ) is missing";
		case '(':
			return "a ( in a value must be written \\28";
		case '\\':
			if (!i_isxdigit(text[pos + 1]) ||
			    !i_isxdigit(text[pos + 2]))
				return "a \\ needs two hexadecimal digits "
				       "behind it";
			pos += 2;
			break;
		case '*':
			if (!stars_allowed)
				return "a * cannot stand here";
			if (text[pos + 1] == '*')
				return "** cannot stand in a value";
			break;
		default:
			break;
		}
	}
	*len_r = pos;
	return NULL;
}

/* Read "attribute=value" and its kin up to the ")" behind it. Returns as
   scan_value(). */
static const char *scan_item(const char *text, size_t *len_r)
{
	const char *problem;
	enum item_type type;
	size_t type_len, value_len;

	type = scan_item_type(text, &type_len);
	if (type == ITEM_BAD) {
		*len_r = 0;
		return "here should be an attribute, an operator such as =, "
		       "and a value";
	}
	problem = scan_value(text + type_len, type == ITEM_EQUAL, &value_len);
	*len_r = type_len + value_len;
	return problem;
}

/* Walk through the filter without recursion. Returns NULL, or what is wrong at
   *pos_r. Stricter than libldap: RFC 4515 knows no spaces between filters, no
   escapes of one character and no empty lists. */
static const char *filter_problem(const char *filter, size_t *pos_r)
{
	/* the operators that are open ( & | or ! ), and how many filters each
	   holds */
	struct {
		char type;
		unsigned int filters;
	} stack[FILTER_MAX_DEPTH];
	unsigned int depth = 0;
	const char *problem;
	size_t item_len, pos = 0;

	do {
		*pos_r = pos;
		if (filter[pos] == ')' && depth > 0) {
			/* the end of the innermost list */
			if (stack[depth - 1].filters == 0)
				return "there is nothing between ( and )";
			depth--;
			pos++;
			continue;
		}
		if (filter[pos] == '\0' && depth > 0)
			return "a ) is missing";
		if (filter[pos] != '(')
			return "here should be a (";
		if (depth > 0 && stack[depth - 1].type == '!' &&
		    stack[depth - 1].filters > 0)
			return "a ! can hold one filter only";
		if (depth > 0)
			stack[depth - 1].filters++;
		pos++;
		if (filter[pos] == '&' || filter[pos] == '|' ||
		    filter[pos] == '!') {
			if (depth == FILTER_MAX_DEPTH)
				return "it is nested too deep";
			stack[depth].type = filter[pos];
			stack[depth].filters = 0;
			depth++;
			pos++;
			continue;
		}
		problem = scan_item(filter + pos, &item_len);
		pos += item_len;
		if (problem != NULL) {
			*pos_r = pos;
			return problem;
		}
		/* the ) of the item */
		pos++;
	} while (depth > 0);

	*pos_r = pos;
	return filter[pos] == '\0' ? NULL : "the filter ends before this";
}

int directory_filter_check(const char *filter, const char **error_r)
{
	const char *problem;
	size_t pos;

	if (!uni_utf8_str_is_valid(filter)) {
		*error_r = t_strdup_printf("Filter '%s' is not valid UTF-8",
					   log_escape(filter));
		return -1;
	}
	problem = filter_problem(filter, &pos);
	if (problem == NULL)
		return 0;
	*error_r = t_strdup_printf("Filter '%s' is not valid at byte %zu: %s",
				   log_escape(filter), pos + 1, problem);
	return -1;
}

/*
 * Building

   What is looked for stands before what is fixed: OpenLDAP takes the parts one
   after the other, and stops at the first that nothing has, before it reads an
   index of everybody.
 */

/* The uid in "uid@one-of-the-login-domains", or NULL. */
static const char *login_domain_uid(const struct directory_filter_settings *set,
				    const char *name)
{
	const char *at = strrchr(name, '@');
	const char *const *domain;

	if (at == NULL || at == name)
		return NULL;
	for (domain = set->login_domains; *domain != NULL; domain++) {
		if (strcasecmp(*domain, at + 1) == 0)
			return t_strdup_until(name, at);
	}
	return NULL;
}

const char *directory_filter_find(const struct directory_filter_settings *set,
				  const char *fixed, const char *name)
{
	string_t *filter = t_str_new(256);

	str_append(filter, "(&");
	if (strchr(name, '@') == NULL) {
		directory_filter_append_equal(filter, set->uid_attribute, name);
	} else {
		const char *const *alias;
		const char *uid = login_domain_uid(set, name);

		str_append(filter, "(|");
		/* a uid may be an address itself */
		directory_filter_append_equal(filter, set->uid_attribute, name);
		directory_filter_append_equal(filter, set->mail_attribute,
					      name);
		for (alias = set->alias_attributes; *alias != NULL; alias++)
			directory_filter_append_equal(filter, *alias, name);
		if (uid != NULL)
			directory_filter_append_equal(filter,
						      set->uid_attribute, uid);
		str_append_c(filter, ')');
	}
	str_append(filter, fixed);
	str_append_c(filter, ')');
	return str_c(filter);
}

const char *directory_filter_any_of(const char *fixed, const char *attribute,
				    const char *const *dns, unsigned int count)
{
	string_t *filter = t_str_new(1024);

	i_assert(count > 0);

	str_append(filter, "(&(|");
	for (unsigned int i = 0; i < count; i++)
		directory_filter_append_equal(filter, attribute, dns[i]);
	str_append_c(filter, ')');
	str_append(filter, fixed);
	str_append_c(filter, ')');
	return str_c(filter);
}

/*
 * DNs in the settings
 */

/* Read the value of an RDN, up to a "," or "+" or the end. Returns as
   scan_value(). */
static const char *scan_rdn_value(const char *text, size_t *len_r)
{
	size_t pos;

	*len_r = 0;
	if (text[0] == ' ' || text[0] == '#')
		return "a value that begins with a space or # needs a \\ "
		       "before that";
	for (pos = 0; text[pos] != '\0' && strchr(",+", text[pos]) == NULL;
	     pos++) {
		*len_r = pos;
		if (strchr("\";<>", text[pos]) != NULL)
			return "one of \" ; < > needs a \\ before it";
		if (text[pos] != '\\')
			continue;
		if (i_isxdigit(text[pos + 1]) && i_isxdigit(text[pos + 2]))
			pos += 2;
		else if (text[pos + 1] != '\0' &&
			 strchr(" \"#+,;<=>\\", text[pos + 1]) != NULL)
			pos++;
		else
			return "a \\ needs a special character or two "
			       "hexadecimal digits behind it";
	}
	*len_r = pos;
	return pos == 0 ? "here should be a value" : NULL;
}

int directory_dn_check(const char *dn, const char **error_r)
{
	const char *problem = NULL;
	size_t len, pos = 0;

	for (;;) {
		len = scan_oid(dn + pos);
		if (len == 0 || dn[pos + len] != '=') {
			problem = "here should be an attribute, = and a value";
			break;
		}
		pos += len + 1;
		problem = scan_rdn_value(dn + pos, &len);
		pos += len;
		if (problem != NULL)
			break;
		if (dn[pos] == '\0') {
			if (uni_utf8_str_is_valid(dn))
				return 0;
			pos = 0;
			problem = "this is not UTF-8";
			break;
		}
		pos++;
	}
	*error_r =
		t_strdup_printf("'%s' is no DN (RFC 4514): at '%s': %s",
				log_escape(dn), log_escape(dn + pos), problem);
	return -1;
}
