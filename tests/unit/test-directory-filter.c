/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of directory-filter: no value ever becomes syntax. */

#include "lib.h"
#include "str.h"
#include "test-common.h"
#include "directory-filter.h"

#define BYTES(literal) literal, sizeof(literal) - 1

/* A value, and how it stands in a filter and in a DN. */
static const struct {
	const char *value;
	size_t size;
	const char *filter;
	const char *dn;
} escape_tests[] = {
	{ BYTES(""), "", "" },
	{ BYTES("abcd0001"), "abcd0001", "abcd0001" },
	{ BYTES("*"), "\\2a", "*" },
	{ BYTES("a)(uid=*"), "a\\29\\28uid=\\2a", "a)(uid\\3d*" },
	{ BYTES("\\2a"), "\\5c2a", "\\5c2a" },
	{ BYTES("CAMPUS\\a"), "CAMPUS\\5ca", "CAMPUS\\5ca" },
	{ BYTES("a\0b"), "a\\00b", "a\\00b" },
	{ BYTES("\0"), "\\00", "\\00" },
	{ BYTES("a\nb\177"), "a\\0ab\\7f", "a\\0ab\\7f" },
	{ BYTES("ren\xc3\xa9"), "ren\\c3\\a9", "ren\\c3\\a9" },
	{ BYTES("\xff"), "\\ff", "\\ff" },
	{ BYTES("Baker, Bob"), "Baker, Bob", "Baker\\2c Bob" },
	{ BYTES("a+b=c;d"), "a+b=c;d", "a\\2bb\\3dc\\3bd" },
	{ BYTES("<a>\"b\""), "<a>\"b\"", "\\3ca\\3e\\22b\\22" },
	{ BYTES("#1"), "#1", "\\231" },
	{ BYTES(" a  b "), " a  b ", "\\20a  b\\20" },
	{ BYTES(" "), " ", "\\20" },
	{ BYTES("  "), "  ", "\\20\\20" },
	{ BYTES("cn=a,dc=campus"), "cn=a,dc=campus",
	  "cn\\3da\\2cdc\\3dcampus" },
};

static void test_directory_filter_escape(void)
{
	test_begin("directory_filter_append_value(), "
		   "directory_dn_append_value()");
	for (unsigned int i = 0; i < N_ELEMENTS(escape_tests); i++) {
		/* they append */
		string_t *filter = t_str_new(64), *dn = t_str_new(64);

		str_append(filter, "uid=");
		str_append(dn, "uid=");
		directory_filter_append_value(filter, escape_tests[i].value,
					      escape_tests[i].size);
		directory_dn_append_value(dn, escape_tests[i].value,
					  escape_tests[i].size);
		test_assert_strcmp_idx(str_c(filter) + 4,
				       escape_tests[i].filter, i);
		test_assert_strcmp_idx(str_c(dn) + 4, escape_tests[i].dn, i);
	}
	test_end();
}

static const struct {
	const char *attribute;
	bool valid;
} attribute_tests[] = {
	{ "uid", TRUE },
	{ "campusMailAlias", TRUE },
	{ "a-b-1", TRUE },
	{ "0.9.2342.19200300.100.1.1", TRUE },
	{ "2.25", TRUE },
	{ "userCertificate;binary", TRUE },
	{ "cn;lang-de;x-1", TRUE },
	{ "2.5.4.3;lang-de", TRUE },
	{ "", FALSE },
	{ " uid", FALSE },
	{ "uid ", FALSE },
	{ "1uid", FALSE },
	{ "-uid", FALSE },
	{ "u_id", FALSE },
	{ "uid=", FALSE },
	{ "uid=*)(cn", FALSE },
	{ "(uid", FALSE },
	{ "member:1.2.3:", FALSE },
	{ "member:1.2.3:=", FALSE },
	{ "uid,mail", FALSE },
	{ "uid\n", FALSE },
	{ "\xc3\xa9", FALSE },
	{ "2", FALSE },
	{ "2.", FALSE },
	{ "2..5", FALSE },
	{ ".2", FALSE },
	{ "2.05", FALSE },
	{ "2.5.x", FALSE },
	{ "cn;", FALSE },
	{ "cn;;x", FALSE },
	{ ";x", FALSE },
	{ "cn;a b", FALSE },
	{ "*", FALSE },
	{ "+", FALSE },
};

static void test_directory_filter_attribute(void)
{
	test_begin("directory_filter_attribute_is_valid()");
	for (unsigned int i = 0; i < N_ELEMENTS(attribute_tests); i++) {
		test_assert_idx(directory_filter_attribute_is_valid(
					attribute_tests[i].attribute) ==
					attribute_tests[i].valid,
				i);
	}
	test_end();
}

#define E_BYTE(filter, byte, problem)                                          \
	"Filter '" filter "' is not valid at byte " byte ": " problem
#define E_NO_PAREN "here should be a ("
#define E_ITEM "here should be an attribute, an operator such as =, and a value"
#define E_HEX "a \\ needs two hexadecimal digits behind it"

/* error is NULL for what is valid */
static const struct {
	const char *filter;
	const char *error;
} check_tests[] = {
	{ "(objectClass=campusPerson)", NULL },
	{ "(objectClass=*)", NULL },
	{ "(&(objectClass=person)(!(loginDisabled=TRUE)))", NULL },
	{ "(|(a=1)(b=2)(&(c=3)(d=4)))", NULL },
	{ "(&(a=1))", NULL },
	{ "(!(!(a=1)))", NULL },
	{ "(a=)", NULL },
	{ "(a= b c )", NULL },
	{ "(a=b=c)", NULL },
	{ "(a=&|!<>~)", NULL },
	{ "(a=*b*c*)", NULL },
	{ "(a=b*)", NULL },
	{ "(a=\\2A\\28\\29\\5c\\00)", NULL },
	{ "(a=ren\xc3\xa9)", NULL },
	{ "(a>=5)", NULL },
	{ "(a<=5)", NULL },
	{ "(a~=bob)", NULL },
	{ "(cn;lang-de=x)", NULL },
	{ "(2.5.4.3=x)", NULL },
	{ "(userAccountControl:1.2.840.113556.1.4.803:=2)", NULL },
	{ "(cn:caseExactMatch:=Fred)", NULL },
	{ "(cn:=Fred)", NULL },
	{ "(cn:dn:=Fred)", NULL },
	{ "(cn:DN:2.4.6.8.10:=x)", NULL },
	{ "(:dn:2.4.6.8.10:=x)", NULL },
	{ "(:caseExactMatch:=x)", NULL },
	{ "(cn:dnx:=Fred)", NULL },

	{ "", E_BYTE("", "1", E_NO_PAREN) },
	{ "a=b", E_BYTE("a=b", "1", E_NO_PAREN) },
	{ " (a=b)", E_BYTE(" (a=b)", "1", E_NO_PAREN) },
	{ ")", E_BYTE(")", "1", E_NO_PAREN) },
	{ "(a=b) ", E_BYTE("(a=b) ", "6", "the filter ends before this") },
	{ "(a=b))", E_BYTE("(a=b))", "6", "the filter ends before this") },
	{ "(a=b)(c=d)",
	  E_BYTE("(a=b)(c=d)", "6", "the filter ends before this") },
	{ "(", E_BYTE("(", "2", E_ITEM) },
	{ "()", E_BYTE("()", "2", E_ITEM) },
	{ "(a)", E_BYTE("(a)", "2", E_ITEM) },
	{ "(=b)", E_BYTE("(=b)", "2", E_ITEM) },
	{ "(a =b)", E_BYTE("(a =b)", "2", E_ITEM) },
	{ "( a=b)", E_BYTE("( a=b)", "2", E_ITEM) },
	{ "((a=b))", E_BYTE("((a=b))", "2", E_ITEM) },
	{ "(*=b)", E_BYTE("(*=b)", "2", E_ITEM) },
	{ "(a<b)", E_BYTE("(a<b)", "2", E_ITEM) },
	{ "(1=b)", E_BYTE("(1=b)", "2", E_ITEM) },
	{ "(:=x)", E_BYTE("(:=x)", "2", E_ITEM) },
	{ "(:dn:=x)", E_BYTE("(:dn:=x)", "2", E_ITEM) },
	{ "(a::=x)", E_BYTE("(a::=x)", "2", E_ITEM) },
	{ "(a:b:c:=x)", E_BYTE("(a:b:c:=x)", "2", E_ITEM) },
	{ "(a:1.:=x)", E_BYTE("(a:1.:=x)", "2", E_ITEM) },
	{ "(a:x", E_BYTE("(a:x", "2", E_ITEM) },
	{ "(a:", E_BYTE("(a:", "2", E_ITEM) },
	{ "(a~", E_BYTE("(a~", "2", E_ITEM) },
	{ "(a", E_BYTE("(a", "2", E_ITEM) },
	{ "(a=b", E_BYTE("(a=b", "5", "a ) is missing") },
	{ "(a=", E_BYTE("(a=", "4", "a ) is missing") },
	{ "(&(a=b)", E_BYTE("(&(a=b)", "8", "a ) is missing") },
	{ "(&", E_BYTE("(&", "3", "a ) is missing") },
	{ "(a=b(c)",
	  E_BYTE("(a=b(c)", "5", "a ( in a value must be written \\28") },
	{ "(a=\\)", E_BYTE("(a=\\\\)", "4", E_HEX) },
	{ "(a=\\*)", E_BYTE("(a=\\\\*)", "4", E_HEX) },
	{ "(a=\\2)", E_BYTE("(a=\\\\2)", "4", E_HEX) },
	{ "(a=\\2g)", E_BYTE("(a=\\\\2g)", "4", E_HEX) },
	{ "(a=\\", E_BYTE("(a=\\\\", "4", E_HEX) },
	{ "(a=**)", E_BYTE("(a=**)", "4", "** cannot stand in a value") },
	{ "(a=b**c)", E_BYTE("(a=b**c)", "5", "** cannot stand in a value") },
	{ "(a>=*)", E_BYTE("(a>=*)", "5", "a * cannot stand here") },
	{ "(a:=b*)", E_BYTE("(a:=b*)", "6", "a * cannot stand here") },
	{ "(&)", E_BYTE("(&)", "3", "there is nothing between ( and )") },
	{ "(|)", E_BYTE("(|)", "3", "there is nothing between ( and )") },
	{ "(!)", E_BYTE("(!)", "3", "there is nothing between ( and )") },
	{ "(&(!))", E_BYTE("(&(!))", "5", "there is nothing between ( and )") },
	{ "(!(a=b)(c=d))",
	  E_BYTE("(!(a=b)(c=d))", "8", "a ! can hold one filter only") },
	{ "(&a=b)", E_BYTE("(&a=b)", "3", E_NO_PAREN) },
	{ "(& (a=b))", E_BYTE("(& (a=b))", "3", E_NO_PAREN) },
	{ "(&(a=b) (c=d))", E_BYTE("(&(a=b) (c=d))", "8", E_NO_PAREN) },
	{ "(&(a=b)c)", E_BYTE("(&(a=b)c)", "8", E_NO_PAREN) },
	{ "(a=\xff)", "Filter '(a=\\xff)' is not valid UTF-8" },
	{ "(a=\xc0\xaf)", "Filter '(a=\\xc0\\xaf)' is not valid UTF-8" },
};

/* "(!(!(…(a=b)…)))" */
static const char *nested(unsigned int depth)
{
	string_t *filter = t_str_new(256);

	for (unsigned int i = 0; i < depth; i++)
		str_append(filter, "(!");
	str_append(filter, "(a=b)");
	for (unsigned int i = 0; i < depth; i++)
		str_append_c(filter, ')');
	return str_c(filter);
}

static void test_directory_filter_check(void)
{
	const char *error;

	test_begin("directory_filter_check()");
	for (unsigned int i = 0; i < N_ELEMENTS(check_tests); i++) {
		int ret;

		error = NULL;
		ret = directory_filter_check(check_tests[i].filter, &error);
		test_assert_strcmp_idx(error, check_tests[i].error, i);
		test_assert_idx(ret == (error == NULL ? 0 : -1), i);
	}
	test_assert(directory_filter_check(nested(32), &error) == 0);
	test_assert(directory_filter_check(nested(33), &error) < 0);
	test_assert(strstr(error, "at byte 65: it is nested too deep") != NULL);
	test_assert(directory_filter_check(nested(100000), &error) < 0);
	test_end();
}

#define FIXED "(objectClass=campusPerson)"

static const struct {
	const char *name;
	const char *filter;
} find_tests[] = {
	{ "abcd0001", "(&(uid=abcd0001)" FIXED ")" },
	{ "*", "(&(uid=\\2a)" FIXED ")" },
	{ "a)(uid=*", "(&(uid=a\\29\\28uid=\\2a)" FIXED ")" },
	{ "alice@other.example",
	  "(&(|(uid=alice@other.example)(mail=alice@other.example)"
	  "(campusMailAlias=alice@other.example)"
	  "(proxyAddresses=alice@other.example))" FIXED ")" },
	{ "abcd0001@campus.example",
	  "(&(|(uid=abcd0001@campus.example)(mail=abcd0001@campus.example)"
	  "(campusMailAlias=abcd0001@campus.example)"
	  "(proxyAddresses=abcd0001@campus.example)(uid=abcd0001))" FIXED ")" },
	{ "A@OLD-campus.EXAMPLE",
	  "(&(|(uid=A@OLD-campus.EXAMPLE)(mail=A@OLD-campus.EXAMPLE)"
	  "(campusMailAlias=A@OLD-campus.EXAMPLE)"
	  "(proxyAddresses=A@OLD-campus.EXAMPLE)(uid=A))" FIXED ")" },
	/* what stands before the last @ is the uid */
	{ "a@b@campus.example",
	  "(&(|(uid=a@b@campus.example)(mail=a@b@campus.example)"
	  "(campusMailAlias=a@b@campus.example)"
	  "(proxyAddresses=a@b@campus.example)(uid=a@b))" FIXED ")" },
	{ "*@campus.example",
	  "(&(|(uid=\\2a@campus.example)(mail=\\2a@campus.example)"
	  "(campusMailAlias=\\2a@campus.example)"
	  "(proxyAddresses=\\2a@campus.example)(uid=\\2a))" FIXED ")" },
	/* never an empty uid */
	{ "@campus.example", "(&(|(uid=@campus.example)(mail=@campus.example)"
			     "(campusMailAlias=@campus.example)"
			     "(proxyAddresses=@campus.example))" FIXED ")" },
	{ "a@x.campus.example",
	  "(&(|(uid=a@x.campus.example)(mail=a@x.campus.example)"
	  "(campusMailAlias=a@x.campus.example)"
	  "(proxyAddresses=a@x.campus.example))" FIXED ")" },
};

static void test_directory_filter_find(void)
{
	static const char *const aliases[] = { "campusMailAlias",
					       "proxyAddresses", NULL };
	static const char *const domains[] = { "campus.example",
					       "old-campus.example", NULL };
	static const char *const nothing[] = { NULL };
	static const struct directory_filter_settings set = {
		.uid_attribute = "uid",
		.mail_attribute = "mail",
		.alias_attributes = aliases,
		.login_domains = domains,
	};
	static const struct directory_filter_settings bare = {
		.uid_attribute = "sAMAccountName",
		.mail_attribute = "mail",
		.alias_attributes = nothing,
		.login_domains = nothing,
	};

	const char *error, *filter;

	test_begin("directory_filter_find()");
	for (unsigned int i = 0; i < N_ELEMENTS(find_tests); i++) {
		filter = directory_filter_find(&set, FIXED, find_tests[i].name);
		test_assert_strcmp_idx(filter, find_tests[i].filter, i);
		test_assert_idx(directory_filter_check(filter, &error) == 0, i);
	}
	test_assert_strcmp(directory_filter_find(&bare, FIXED, "a"),
			   "(&(sAMAccountName=a)" FIXED ")");
	test_assert_strcmp(
		directory_filter_find(&bare, FIXED, "a@campus.example"),
		"(&(|(sAMAccountName=a@campus.example)"
		"(mail=a@campus.example))" FIXED ")");
	test_end();
}

static void test_directory_filter_any_of(void)
{
	static const char *const dns[] = {
		"uid=a,ou=people,dc=campus,dc=example",
		"cn=x\\2c (y)*,dc=example",
	};

	test_begin("directory_filter_any_of()");
	test_assert_strcmp(directory_filter_any_of("(objectClass=groupOfNames)",
						   "member", dns, 1),
			   "(&(|(member=uid=a,ou=people,dc=campus,dc=example))"
			   "(objectClass=groupOfNames))");
	test_assert_strcmp(directory_filter_any_of("(objectClass=groupOfNames)",
						   "member", dns,
						   N_ELEMENTS(dns)),
			   "(&(|(member=uid=a,ou=people,dc=campus,dc=example)"
			   "(member=cn=x\\5c2c \\28y\\29\\2a,dc=example))"
			   "(objectClass=groupOfNames))");
	test_end();
}

static void test_directory_dn_check(void)
{
	static const struct {
		const char *dn;
		/* NULL = it is one */
		const char *problem;
	} tests[] = {
		{ "dc=example", NULL },
		{ "cn=decoy,ou=services,dc=campus,dc=example", NULL },
		{ "2.5.4.3=x", NULL },
		{ "cn=a+sn=b,dc=example", NULL },
		{ "cn=a b=c,dc=example", NULL },
		{ "cn=a\\, b\\2c\\\\,dc=example", NULL },
		{ "cn=\\ x\\#\\ ,dc=example", NULL },
		{ "cn=\xc3\xa4,dc=example", NULL },
		{ "", "at '': here should be an attribute" },
		{ "decoy", "at 'decoy': here should be an attribute" },
		{ "cn=,dc=example",
		  "at ',dc=example': here should be a value" },
		{ "cn=", "at '': here should be a value" },
		{ "=x", "at '=x': here should be an attribute" },
		{ "cn=x,", "at '': here should be an attribute" },
		{ "cn=x,,dc=example", "at ',dc=example': here should be an" },
		{ "cn=x, dc=example", "at ' dc=example': here should be an" },
		{ "cn=a;dc=example", "at ';dc=example': one of" },
		{ "cn;x=a", "at 'cn;x=a': here should be an attribute" },
		{ "cn=\"a\"", "one of \" ; < >" },
		{ "cn=#04", "begins with a space or #" },
		{ "cn= x", "begins with a space or #" },
		{ "cn=x\\", "needs a special character" },
		{ "cn=x\\zz", "needs a special character" },
		{ "cn=x\\a", "needs a special character" },
		{ "cn=\xff", "this is not UTF-8" },
	};
	const char *error;

	test_begin("directory dn: check");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		error = NULL;
		test_assert_idx(directory_dn_check(tests[i].dn, &error) ==
					(tests[i].problem == NULL ? 0 : -1),
				i);
		test_assert_idx((error == NULL) == (tests[i].problem == NULL),
				i);
		if (error != NULL && tests[i].problem != NULL)
			test_assert_idx(strstr(error, tests[i].problem) != NULL,
					i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_directory_filter_escape,
		test_directory_filter_attribute,
		test_directory_filter_check,
		test_directory_filter_find,
		test_directory_filter_any_of,
		test_directory_dn_check,
		NULL,
	};
	return test_run(test_functions);
}
