/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of login-name: every row of login-names.tsv, and rows of our own.
 */

#include "lib.h"
#include "istream.h"
#include "str.h"
#include "test-common.h"
#include "login-name.h"

#define LOGIN_NAMES_TSV TEST_DATA_DIR "/login-names.tsv"
#define LOGIN_NAMES_COLUMNS 6

static const char *const login_domains[] = { "campus.example",
					     "old-campus.example", NULL };
static const char *const no_domains[] = { NULL };

static const struct login_name_settings settings = {
	.netbios_domain = "CAMPUS",
	.login_domains = login_domains,
};

static void check_row(const struct login_name_settings *set, const char *typed,
		      const char *authzid, const char *person,
		      const char *domain, const char *mailbox,
		      const char *refusal, unsigned int row)
{
	struct login_name name;
	const char *error = NULL;
	int ret;

	i_zero(&name);
	ret = login_name_parse(set, typed, authzid, &name, &error);
	test_assert_strcmp_idx(error, refusal, row);
	if (refusal != NULL) {
		test_assert_idx(ret == -1, row);
		return;
	}
	test_assert_idx(ret == 0, row);
	if (ret == 0) {
		test_assert_strcmp_idx(name.person, person, row);
		test_assert_strcmp_idx(name.domain, domain, row);
		test_assert_strcmp_idx(name.mailbox, mailbox, row);
	}
}

static const char *column(const char *text)
{
	return strcmp(text, "-") == 0 ? NULL : text;
}

static void test_login_name_file(void)
{
	struct istream *input;
	const char *line;
	unsigned int number = 0, rows = 0;

	test_begin("login_name_parse() login-names.tsv");
	input = i_stream_create_file(LOGIN_NAMES_TSV, SIZE_MAX);
	while ((line = i_stream_read_next_line(input)) != NULL) {
		const char *const *args = t_strsplit(line, "\t");

		number++;
		if (*line == '#')
			continue;
		rows++;
		if (str_array_length(args) != LOGIN_NAMES_COLUMNS) {
			test_assert_idx(FALSE, number);
			continue;
		}
		check_row(&settings, args[0], column(args[1]), column(args[2]),
			  column(args[3]), column(args[4]), column(args[5]),
			  number);
	}
	test_assert(input->stream_errno == 0);
	test_assert(rows > 30);
	i_stream_unref(&input);
	test_end();
}

#define E_EMPTY "empty part"
#define E_MANY "too many parts"
#define E_HIDDEN "control or invisible character"
#define E_NFKC "not in Unicode form NFKC"
#define E_MAILBOXES "login name and authzid name different mailboxes"
#define E_PEOPLE "login name and authzid name different people"

/* Columns as in the file: typed, authzid, person, domain, mailbox, refusal. */
static const struct {
	const char *typed, *authzid;
	const char *person, *domain, *mailbox;
	const char *refusal;
} own_tests[] = {
	/* domains are compared without case and have one spelling */
	{ "CaMpUs\\a", NULL, "a", "CAMPUS", NULL, NULL },
	{ "Campus.Example/a", NULL, "a", "CAMPUS", NULL, NULL },
	{ "old-campus.example/a/m", NULL, "a", "CAMPUS", "m", NULL },
	/* a domain alone is a person like any other */
	{ "CAMPUS", NULL, "CAMPUS", NULL, NULL, NULL },
	{ "CAMPUS/CAMPUS", NULL, "CAMPUS", "CAMPUS", NULL, NULL },
	{ "CAMPUS/CAMPUS/CAMPUS", NULL, "CAMPUS", "CAMPUS", "CAMPUS", NULL },
	{ "a/CAMPUS", NULL, "a", NULL, "CAMPUS", NULL },
	/* two parts, the first of them no domain of ours */
	{ "OTHER\\a", NULL, "OTHER", NULL, "a", NULL },
	{ "other.example/a/m", NULL, NULL, NULL, NULL,
	  "unknown domain other.example" },
	{ "CAMPUS@x/a/m", NULL, NULL, NULL, NULL, E_MANY },
	/* the unknown domain is escaped, and a bad one gets no further */
	{ "a'b\xc3\xa9/c/d", NULL, NULL, NULL, NULL,
	  "unknown domain a'b\xc3\xa9" },
	{ "a\nb/c/d", NULL, NULL, NULL, NULL, E_HIDDEN },
	/* letters beyond ASCII; spaces within */
	{ "CAMPUS/ren\xc3\xa9/physics lab", NULL, "ren\xc3\xa9", "CAMPUS",
	  "physics lab", NULL },
	/* filter syntax is just text */
	{ "a)(uid=b", NULL, "a)(uid=b", NULL, NULL, NULL },
	{ "abcd\\2a", NULL, "abcd", NULL, "2a", NULL },

	/* an authzid that is empty or the login name itself says nothing */
	{ "a", "", "a", NULL, NULL, NULL },
	{ "a/m", "", "a", NULL, "m", NULL },
	{ "a/m", "a/m", "a", NULL, "m", NULL },
	{ "a@campus.example", "a@campus.example", "a@campus.example", NULL,
	  NULL, NULL },
	{ "m*a", "m*a", "a", NULL, "m", NULL },
	{ "b*m*a", "b*m*a", NULL, NULL, NULL, E_MANY },
	/* domain and name: that mailbox, or oneself */
	{ "a", "CAMPUS\\physics", "a", NULL, "physics", NULL },
	{ "a", "CAMPUS\\a", "a", NULL, NULL, NULL },
	{ "a", "campus.example/a", "a", NULL, NULL, NULL },
	{ "CAMPUS/a", "a", "a", "CAMPUS", NULL, NULL },
	{ "CAMPUS/a", "CAMPUS\\A", "a", "CAMPUS", "A", NULL },
	{ "CAMPUS/a/m", "CAMPUS\\m", "a", "CAMPUS", "m", NULL },
	{ "CAMPUS/a/m", "campus\\M", "a", "CAMPUS", "m", NULL },
	{ "CAMPUS/a/m", "a", NULL, NULL, NULL, E_MAILBOXES },
	{ "CAMPUS/a/m", "CAMPUS/a", NULL, NULL, NULL, E_MAILBOXES },
	{ "a/a", "a", "a", NULL, "a", NULL },
	/* whole login names */
	{ "a", "a/m", "a", NULL, "m", NULL },
	{ "a", "A\\m", "a", NULL, "m", NULL },
	{ "a", "CAMPUS/a/m", "a", NULL, "m", NULL },
	{ "CAMPUS/a", "a/m", "a", "CAMPUS", "m", NULL },
	{ "campus/a/m", "CAMPUS\\A\\M", "a", "CAMPUS", "m", NULL },
	{ "a", "a/a", "a", NULL, NULL, NULL },
	{ "a", "b/m", NULL, NULL, NULL, E_PEOPLE },
	{ "a", "b/a", NULL, NULL, NULL, E_PEOPLE },
	{ "a/m", "b/m", NULL, NULL, NULL, E_PEOPLE },
	{ "a/m", "a/n", NULL, NULL, NULL, E_MAILBOXES },
	{ "a@campus.example", "a/m", NULL, NULL, NULL, E_PEOPLE },
	{ "a", "OTHER/a/m", NULL, NULL, NULL, "unknown domain OTHER" },
	{ "a", "CAMPUS/a/b/c", NULL, NULL, NULL, E_MANY },
	{ "a", "/m", NULL, NULL, NULL, E_EMPTY },
	{ "a", "m/", NULL, NULL, NULL, E_EMPTY },
	{ "a", " m", NULL, NULL, NULL, "leading or doubled space" },
	{ "", "m", NULL, NULL, NULL, E_EMPTY },

	/* Dovecot's own form, not cut */
	{ "m*a@campus.example", NULL, "a@campus.example", NULL, "m", NULL },
	{ "m@campus.example*a", NULL, "a", NULL, "m@campus.example", NULL },
	{ "CAMPUS\\m*a", NULL, "a", NULL, "m", NULL },
	{ "a*a", NULL, "a", NULL, NULL, NULL },
	{ "m*CAMPUS/a/m", NULL, "a", "CAMPUS", "m", NULL },
	{ "m*CAMPUS/a/n", NULL, NULL, NULL, NULL, "two mailboxes named" },
	{ "a/m*a", NULL, "a", NULL, "m", NULL },
	{ "b/m*a", NULL, NULL, NULL, NULL, E_PEOPLE },
	{ "*a", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "m*", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "*", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "**", NULL, NULL, NULL, NULL, E_MANY },
	{ "m*OTHER/a/m", NULL, NULL, NULL, NULL, "unknown domain OTHER" },
	/* cut by Dovecot: what stood before "*" comes as the authzid */
	{ "CAMPUS\\a", "m", "a", "CAMPUS", "m", NULL },
	{ "b*c", "a", NULL, NULL, NULL, E_MANY },
	{ "m*a", "m", NULL, NULL, NULL, E_MANY },
	{ "m*a", "n", NULL, NULL, NULL, E_MANY },
	/* "*" in the authzid: a whole login name */
	{ "a", "m*a", "a", NULL, "m", NULL },
	{ "a", "a*a", "a", NULL, NULL, NULL },
	{ "a", "m*b", NULL, NULL, NULL, E_PEOPLE },
	{ "a", "b*b", NULL, NULL, NULL, E_PEOPLE },
	{ "a/m", "m*a", "a", NULL, "m", NULL },
	{ "a/m", "n*a", NULL, NULL, NULL, E_MAILBOXES },
	{ "a", "m*b*a", NULL, NULL, NULL, E_MANY },
	{ "a", "m*", NULL, NULL, NULL, E_EMPTY },

	/* empty parts, spaces */
	{ "", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "/", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "//", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "CAMPUS/a/", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "CAMPUS//a", NULL, NULL, NULL, NULL, E_EMPTY },
	{ "CAMPUS\\\\a", NULL, NULL, NULL, NULL, E_EMPTY },
	{ " a", NULL, NULL, NULL, NULL, "leading or doubled space" },
	{ "a ", NULL, NULL, NULL, NULL, "trailing space" },
	{ "a  b", NULL, NULL, NULL, NULL, "leading or doubled space" },
	{ "CAMPUS /a", NULL, NULL, NULL, NULL, "trailing space" },
	{ "CAMPUS/ a", NULL, NULL, NULL, NULL, "leading or doubled space" },
	{ "a/m ", NULL, NULL, NULL, NULL, "trailing space" },
	/* controls, RLO, ZWSP, full-width letter and separator */
	{ "a\001", NULL, NULL, NULL, NULL, E_HIDDEN },
	{ "a/m\n", NULL, NULL, NULL, NULL, E_HIDDEN },
	{ "a", "m\r", NULL, NULL, NULL, E_HIDDEN },
	{ "a/\xe2\x80\xaem", NULL, NULL, NULL, NULL, E_HIDDEN },
	{ "a\xe2\x80\x8b", NULL, NULL, NULL, NULL, E_HIDDEN },
	{ "\xef\xbd\x81", NULL, NULL, NULL, NULL, E_NFKC },
	{ "CAMPUS\xef\xbc\xbc"
	  "a",
	  NULL, NULL, NULL, NULL, E_NFKC },
	{ "a\xef\xbc\x8a"
	  "b",
	  NULL, NULL, NULL, NULL, E_NFKC },
	/* invalid; overlong / and \ */
	{ "a\xff", NULL, NULL, NULL, NULL, "invalid UTF-8" },
	{ "a\xc0\xafm", NULL, NULL, NULL, NULL, "invalid UTF-8" },
	{ "a\xc1\x9cm", NULL, NULL, NULL, NULL, "invalid UTF-8" },
};

static void test_login_name_own(void)
{
	test_begin("login_name_parse()");
	for (unsigned int i = 0; i < N_ELEMENTS(own_tests); i++) {
		check_row(&settings, own_tests[i].typed, own_tests[i].authzid,
			  own_tests[i].person, own_tests[i].domain,
			  own_tests[i].mailbox, own_tests[i].refusal, i);
	}
	test_end();
}

static void test_login_name_domains(void)
{
	static const struct login_name_settings no_netbios = {
		.netbios_domain = "",
		.login_domains = login_domains,
	};
	static const struct login_name_settings no_login = {
		.netbios_domain = "CAMPUS",
		.login_domains = no_domains,
	};
	static const struct login_name_settings none = {
		.netbios_domain = "",
		.login_domains = no_domains,
	};

	static const struct login_name_settings null = { NULL, NULL };

	test_begin("login_name_parse() domains that are not configured");
	check_row(&no_netbios, "OLD-campus.example/a", NULL, "a",
		  "campus.example", NULL, NULL, 0);
	check_row(&no_netbios, "CAMPUS/a", NULL, "CAMPUS", NULL, "a", NULL, 1);
	check_row(&no_netbios, "/a", NULL, NULL, NULL, NULL, E_EMPTY, 2);
	check_row(&no_login, "campus/a", NULL, "a", "CAMPUS", NULL, NULL, 3);
	check_row(&no_login, "campus.example/a/m", NULL, NULL, NULL, NULL,
		  "unknown domain campus.example", 4);
	check_row(&none, "a/m", NULL, "a", NULL, "m", NULL, 5);
	check_row(&none, "CAMPUS/a/m", NULL, NULL, NULL, NULL,
		  "unknown domain CAMPUS", 6);
	check_row(&none, "/a/m", NULL, NULL, NULL, NULL, E_EMPTY, 7);
	check_row(&null, "CAMPUS/a", NULL, "CAMPUS", NULL, "a", NULL, 8);
	test_end();
}

static const char *long_name(size_t len)
{
	char *name = t_malloc_no0(len + 1);

	memset(name, 'x', len);
	name[len] = '\0';
	return name;
}

static void test_login_name_length(void)
{
	const char *ok = long_name(255), *bad = long_name(256);
	const char *huge = long_name(10240);
	const char *too_long = "part is too long";

	test_begin("login_name_parse() lengths");
	check_row(&settings, ok, NULL, ok, NULL, NULL, NULL, 0);
	check_row(&settings, t_strdup_printf("CAMPUS/%s/%s", ok, ok), NULL, ok,
		  "CAMPUS", ok, NULL, 1);
	check_row(&settings, "a", ok, "a", NULL, ok, NULL, 2);
	check_row(&settings, bad, NULL, NULL, NULL, NULL, too_long, 3);
	check_row(&settings, huge, NULL, NULL, NULL, NULL, too_long, 4);
	check_row(&settings, t_strconcat("a/", bad, NULL), NULL, NULL, NULL,
		  NULL, too_long, 5);
	check_row(&settings, t_strconcat(bad, "/a/b", NULL), NULL, NULL, NULL,
		  NULL, too_long, 6);
	check_row(&settings, t_strconcat(bad, "*a", NULL), NULL, NULL, NULL,
		  NULL, too_long, 7);
	check_row(&settings, "a", bad, NULL, NULL, NULL, too_long, 8);
	/* at most 200 bytes of an unknown domain are shown */
	check_row(&settings, t_strconcat(ok, "/a/b", NULL), NULL, NULL, NULL,
		  NULL, t_strdup_printf("unknown domain %s...", long_name(197)),
		  9);
	test_end();
}

#define E_RECIPIENT "a recipient is a uid or an address, without \\, / or *"

/* name is NULL for what is refused */
static const struct {
	const char *typed;
	const char *name;
	const char *error;
} recipient_tests[] = {
	{ "abcd0001", "abcd0001", NULL },
	{ "alice@campus.example", "alice@campus.example", NULL },
	{ "physics+ics@campus.example", "physics@campus.example", NULL },
	{ "physics+a+b@campus.example", "physics@campus.example", NULL },
	{ "physics+@campus.example", "physics@campus.example", NULL },
	{ "abcd0001+Junk E-mail", "abcd0001", NULL },
	{ "abcd0001@campus+x.example", "abcd0001@campus+x.example", NULL },
	{ "a@b+c@campus.example", "a@b@campus.example", NULL },
	{ "", NULL, E_EMPTY },
	{ "+x", NULL, E_EMPTY },
	{ "+x@campus.example", NULL, E_EMPTY },
	{ "@campus.example", NULL, E_EMPTY },
	{ "abcd0001@", NULL, E_EMPTY },
	{ "@", NULL, E_EMPTY },
	{ "abcd0001 +x", NULL, "trailing space" },
	{ "CAMPUS\\abcd0001", NULL, E_RECIPIENT },
	{ "CAMPUS/abcd0001", NULL, E_RECIPIENT },
	{ "CAMPUS/abcd0001/physics", NULL, E_RECIPIENT },
	{ "abcd0001/physics", NULL, E_RECIPIENT },
	{ "physics*abcd0001", NULL, E_RECIPIENT },
	{ "*", NULL, E_RECIPIENT },
	{ "abcd0001+a/b", NULL, E_RECIPIENT },
	{ " abcd0001", NULL, "leading or doubled space" },
	{ "abcd0001\n", NULL, E_HIDDEN },
	{ "abcd0001+\xe2\x80\xae", NULL, E_HIDDEN },
	{ "\xef\xbd\x81", NULL, E_NFKC },
	{ "a\xff", NULL, "invalid UTF-8" },
};

static void test_login_name_recipient(void)
{
	test_begin("login_name_parse_recipient()");
	for (unsigned int i = 0; i < N_ELEMENTS(recipient_tests); i++) {
		const char *name = NULL, *error = NULL;
		int ret = login_name_parse_recipient(recipient_tests[i].typed,
						     &name, &error);

		test_assert_strcmp_idx(error, recipient_tests[i].error, i);
		test_assert_idx(ret == (error == NULL ? 0 : -1), i);
		if (ret == 0)
			test_assert_strcmp_idx(name, recipient_tests[i].name,
					       i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_login_name_file,	   test_login_name_own,
		test_login_name_domains,   test_login_name_length,
		test_login_name_recipient, NULL,
	};
	return test_run(test_functions);
}
