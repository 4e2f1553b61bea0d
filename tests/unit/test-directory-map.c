/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tests of entries as plain data, of the accounts made from them, and of the
   choice between several. */

#include "lib.h"
#include "array.h"
#include "test-common.h"
#include "directory-map.h"

static const char *const aliases_two[] = { "campusMailAlias", "otherMail",
					   NULL };
static const char *const domains_two[] = { "campus.example",
					   "uni.campus.example", NULL };
static const char *const reserved_two[] = { "campus", "campus.example", NULL };
static const char *const nothing[] = { NULL };

static const struct directory_map_settings set_full = {
	.find =
		{
			.uid_attribute = "uid",
			.mail_attribute = "mail",
			.alias_attributes = aliases_two,
			.login_domains = domains_two,
		},
	.member_of_attribute = "memberOf",
	.quota_attributes =
		{
			[QUOTA_LEVEL_WARN] = "campusQuotaWarn",
			[QUOTA_LEVEL_SEND] = "campusQuotaSend",
			[QUOTA_LEVEL_RECEIVE] = "campusQuota",
		},
	.mail_host_attribute = "campusMailHost",
	.expire_attribute = "shadowExpire",
	.reserved_domains = reserved_two,
};

static const struct directory_map_settings set_bare = {
	.find =
		{
			.uid_attribute = "uid",
			.mail_attribute = "mail",
			.alias_attributes = nothing,
			.login_domains = nothing,
		},
	.member_of_attribute = "",
	.quota_attributes = { "", "", "" },
	.mail_host_attribute = "",
	.expire_attribute = "",
};

#define TEST_DN "uid=x,ou=people,dc=campus,dc=example"

struct value_row {
	const char *attribute;
	const char *data;
	/* 0 = up to the NUL */
	size_t size;
};

static struct directory_entry *test_entry(pool_t pool, const char *dn,
					  const struct value_row *rows,
					  unsigned int max)
{
	struct directory_entry *entry = directory_entry_create(pool, dn);
	unsigned int i;

	for (i = 0; i < max && rows[i].attribute != NULL; i++) {
		directory_entry_add(pool, entry, rows[i].attribute,
				    rows[i].data,
				    rows[i].size != 0 ? rows[i].size :
							strlen(rows[i].data));
	}
	return entry;
}

static void test_directory_entry(void)
{
	const struct directory_attribute *attr;
	const struct directory_value *value;
	struct directory_entry *entry;
	char dn[] = "cn=a", name[] = "mail", data[] = "x\0y";
	pool_t pool;

	test_begin("directory entry");
	pool = pool_alloconly_create("test entry", 1024);
	entry = directory_entry_create(pool, dn);
	test_assert(directory_entry_find(entry, "mail") == NULL);
	directory_entry_add(pool, entry, name, data, 3);
	directory_entry_add(pool, entry, "uid", "u", 1);
	directory_entry_add(pool, entry, "MAIL", NULL, 0);
	/* all of it was copied */
	memset(dn, '!', sizeof(dn) - 1);
	memset(name, '!', sizeof(name) - 1);
	memset(data, '!', sizeof(data) - 1);

	test_assert_strcmp(entry->dn, "cn=a");
	test_assert(array_count(&entry->attributes) == 2);
	attr = directory_entry_find(entry, "Mail");
	test_assert(attr != NULL);
	if (attr != NULL) {
		test_assert_strcmp(attr->name, "mail");
		test_assert(array_count(&attr->values) == 2);
		value = array_idx(&attr->values, 0);
		test_assert(value->size == 3);
		test_assert(memcmp(value->data, "x\0y", 4) == 0);
		value = array_idx(&attr->values, 1);
		test_assert(value->size == 0);
		test_assert(value->data[0] == '\0');
	}
	test_assert(directory_entry_find(entry, "mai") == NULL);
	test_assert(directory_entry_find(entry, "mail;lang-de") == NULL);
	test_assert(directory_entry_find(entry, "") == NULL);
	pool_unref(&pool);
	test_end();
}

static void test_directory_map_attributes(void)
{
	static const char *const aliases_same[] = { "MAIL", "",	     "proxy",
						    "uid",  "Proxy", NULL };
	struct directory_map_settings set = set_bare;
	const char *const *names;

	test_begin("directory map: attributes");
	names = directory_map_attributes(&set_full, DIRECTORY_MAP_NAMES);
	test_assert_strcmp(t_strarray_join(names, " "),
			   "uid mail campusMailAlias otherMail");
	names = directory_map_attributes(&set_full, DIRECTORY_MAP_MAILBOX);
	test_assert_strcmp(t_strarray_join(names, " "),
			   "uid mail campusMailAlias otherMail campusQuotaWarn "
			   "campusQuotaSend campusQuota campusMailHost");
	names = directory_map_attributes(&set_full, DIRECTORY_MAP_MEMBER_OF);
	test_assert_strcmp(t_strarray_join(names, " "),
			   "uid mail campusMailAlias otherMail memberOf");
	names = directory_map_attributes(&set_full, DIRECTORY_MAP_ALL);
	test_assert_strcmp(t_strarray_join(names, " "),
			   "uid mail campusMailAlias otherMail memberOf "
			   "campusQuotaWarn campusQuotaSend campusQuota "
			   "campusMailHost shadowExpire pwdChangedTime "
			   "pwdFailureTime modifyTimestamp pwdStartTime "
			   "pwdEndTime pwdAccountLockedTime "
			   "pwdAccountTmpLockoutEnd");
	names = directory_map_attributes(&set_bare, DIRECTORY_MAP_ALL);
	test_assert_strcmp(t_strarray_join(names, " "),
			   "uid mail pwdChangedTime pwdFailureTime "
			   "modifyTimestamp pwdStartTime pwdEndTime "
			   "pwdAccountLockedTime pwdAccountTmpLockoutEnd");
	set.find.alias_attributes = aliases_same;
	set.member_of_attribute = NULL;
	names = directory_map_attributes(&set, DIRECTORY_MAP_ALL);
	test_assert_strcmp(t_strarray_join(names, " "),
			   "uid mail proxy pwdChangedTime pwdFailureTime "
			   "modifyTimestamp pwdStartTime pwdEndTime "
			   "pwdAccountLockedTime pwdAccountTmpLockoutEnd");
	test_end();
}

static void test_directory_map_account_good(void)
{
	static const struct value_row rows[] = {
		{ "UID", "ABCD0001", 0 },
		{ "mail", "Alice.Archer@campus.example", 0 },
		{ "otherMail", "a@other.example", 0 },
		{ "campusMailAlias", "alice@campus.example", 0 },
		{ "CampusMailAlias", "alice@old-campus.example", 0 },
		{ "memberOf", "cn=physics-lab,ou=groups", 0 },
		{ "memberOf", "cn=b,ou=groups", 0 },
		{ "campusQuota", "1G", 0 },
		{ "campusQuotaSend", "0.9G", 0 },
		{ "campusQuotaWarn", "800M", 0 },
		{ "campusMailHost", "10.0.0.1", 0 },
		{ "shadowExpire", "20000", 0 },
		{ "modifytimestamp", "20261124150000Z", 0 },
		{ "userPassword", "a\0b", 3 },
	};
	struct directory_account account;
	const char *error;
	pool_t pool, entry_pool;
	struct directory_entry *entry;

	test_begin("directory map: a whole account");
	pool = pool_alloconly_create("test account", 1024);
	entry_pool = pool_alloconly_create("test entry", 1024);
	entry = test_entry(entry_pool, TEST_DN, rows, N_ELEMENTS(rows));
	test_assert(directory_map_account(pool, &set_full, entry, &account,
					  &error) == 0);
	pool_unref(&entry_pool);
	/* nothing of the entry is needed any more */
	test_assert_strcmp(account.dn, TEST_DN);
	test_assert_strcmp(account.uid, "abcd0001");
	test_assert_strcmp(t_strarray_join(account.mails, " "),
			   "Alice.Archer@campus.example");
	test_assert_strcmp(t_strarray_join(account.aliases, " "),
			   "alice@campus.example alice@old-campus.example "
			   "a@other.example");
	test_assert_strcmp(t_strarray_join(account.member_of, " "),
			   "cn=physics-lab,ou=groups cn=b,ou=groups");
	test_assert_strcmp(account.quotas[QUOTA_LEVEL_RECEIVE], "1G");
	test_assert_strcmp(account.quotas[QUOTA_LEVEL_SEND], "0.9G");
	test_assert_strcmp(account.quotas[QUOTA_LEVEL_WARN], "800M");
	test_assert_strcmp(account.mail_host, "10.0.0.1");
	test_assert(account.expire_day == 20000);
	test_assert_strcmp(account.changed, "20261124150000Z");
	pool_unref(&pool);

	/* only what the settings name is read */
	pool = pool_alloconly_create("test account", 1024);
	entry = test_entry(pool, TEST_DN, rows, N_ELEMENTS(rows));
	test_assert(directory_map_account(pool, &set_bare, entry, &account,
					  &error) == 0);
	test_assert(*account.aliases == NULL);
	test_assert(*account.member_of == NULL);
	for (unsigned int i = 0; i < QUOTA_LEVEL_COUNT; i++)
		test_assert_idx(account.quotas[i] == NULL, i);
	test_assert(account.mail_host == NULL);
	test_assert(account.expire_day == 0);
	pool_unref(&pool);
	test_end();
}

static void test_directory_map_account_changed(void)
{
	static const struct {
		struct value_row rows[5];
		const char *changed;
		bool may_be_locked;
	} tests[] = {
		{ { { "uid", "x", 0 } }, "", FALSE },
		{ { { "uid", "x", 0 }, { "modifyTimestamp", "3Z", 0 } },
		  "3Z",
		  FALSE },
		/* each failure changes the entry, and the oldest stays */
		{ { { "uid", "x", 0 },
		    { "modifyTimestamp", "3Z", 0 },
		    { "pwdFailureTime", "3Z", 0 } },
		  "3Z",
		  FALSE },
		{ { { "uid", "x", 0 },
		    { "modifyTimestamp", "5Z", 0 },
		    { "pwdFailureTime", "4Z", 0 },
		    { "pwdFailureTime", "3Z", 0 },
		    { "pwdFailureTime", "5Z", 0 } },
		  "3Z",
		  FALSE },
		{ { { "uid", "x", 0 },
		    { "modifyTimestamp", "5Z", 0 },
		    { "pwdChangedTime", "2Z", 0 },
		    { "pwdFailureTime", "4Z", 0 },
		    { "pwdFailureTime", "5Z", 0 } },
		  "2Z",
		  FALSE },
		{ { { "uid", "x", 0 },
		    { "pwdChangedTime", "2Z", 0 },
		    { "pwdAccountLockedTime", "5Z", 0 } },
		  "2Z",
		  TRUE },
		{ { { "uid", "x", 0 }, { "pwdAccountLockedTime", "5Z", 0 } },
		  "",
		  TRUE },
		{ { { "uid", "x", 0 },
		    { "modifyTimestamp", "3Z", 0 },
		    { "pwdAccountTmpLockoutEnd", "6Z", 0 } },
		  "3Z",
		  TRUE },
		/* who may log in from then or until then may be let in anew */
		{ { { "uid", "x", 0 },
		    { "pwdChangedTime", "2Z", 0 },
		    { "pwdEndTime", "9Z", 0 },
		    { "pwdStartTime", "1Z", 0 } },
		  "2Z pwdStartTime=1Z pwdEndTime=9Z",
		  FALSE },
		{ { { "uid", "x", 0 },
		    { "pwdEndTime", "9Z", 0 },
		    { "modifyTimestamp", "2Z", 0 } },
		  "2Z pwdEndTime=9Z",
		  FALSE },
		{ { { "uid", "x", 0 }, { "pwdEndTime", "9Z", 0 } }, "", FALSE },
	};

	test_begin("directory map: may the password have been set?");
	for (unsigned int i = 0; i < N_ELEMENTS(tests); i++) {
		pool_t pool = pool_alloconly_create("test account", 1024);
		struct directory_account account;
		unsigned int count = 0;
		const char *error;

		while (count < N_ELEMENTS(tests[i].rows) &&
		       tests[i].rows[count].attribute != NULL)
			count++;
		test_assert_idx(
			directory_map_account(
				pool, &set_bare,
				test_entry(pool, TEST_DN, tests[i].rows, count),
				&account, &error) == 0,
			i);
		test_assert_strcmp_idx(account.changed, tests[i].changed, i);
		test_assert_idx(account.may_be_locked == tests[i].may_be_locked,
				i);
		pool_unref(&pool);
	}
	test_end();
}

static void test_directory_map_account_table(void)
{
	static const struct {
		struct value_row rows[3];
		/* what stands in the error; NULL = a good entry */
		const char *error;
	} tests[] = {
		{ { { "uid", "x", 0 } }, NULL },
		/* the uid: exactly one, well-formed */
		{ { { "mail", "x@y.example", 0 } }, "uid is missing" },
		{ { { NULL, NULL, 0 } }, "uid is missing" },
		{ { { "uid;lang-de", "x", 0 } }, "uid is missing" },
		{ { { "uid", "x", 0 }, { "uid", "y", 0 } }, "several values" },
		{ { { "uid", "x", 0 }, { "UID", "x", 0 } }, "several values" },
		{ { { "uid", "", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "x\0y", 3 } }, "uid cannot name a mailbox" },
		{ { { "uid", "x\0", 2 } }, "uid cannot name a mailbox" },
		{ { { "uid", "../x", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "a/b", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "-a", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "a b", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "a\n", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "\xc3\xa4", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "root", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "Anyone", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "CAMPUS", 0 } }, "uid cannot name a mailbox" },
		{ { { "uid", "Campus.Example", 0 } },
		  "uid cannot name a mailbox" },
		/* NULs */
		{ { { "uid", "x", 0 }, { "mail", "a@b\0", 4 } },
		  "mail has a value with a NUL" },
		{ { { "uid", "x", 0 }, { "otherMail", "\0", 1 } },
		  "otherMail has a value with a NUL" },
		{ { { "uid", "x", 0 }, { "memberOf", "cn=a\0b", 6 } },
		  "memberOf has a value with a NUL" },
		{ { { "uid", "x", 0 }, { "campusQuota", "1G\0", 3 } },
		  "campusQuota has a value with a NUL" },
		{ { { "uid", "x", 0 }, { "campusMailHost", "h\0", 2 } },
		  "campusMailHost has a value with a NUL" },
		{ { { "uid", "x", 0 }, { "shadowExpire", "1\0", 2 } },
		  "shadowExpire has a value with a NUL" },
		/* one value each */
		{ { { "uid", "x", 0 },
		    { "campusMailHost", "a", 0 },
		    { "campusMailHost", "b", 0 } },
		  "campusMailHost must not have several values" },
		{ { { "uid", "x", 0 },
		    { "shadowExpire", "1", 0 },
		    { "shadowExpire", "1", 0 } },
		  "shadowExpire must not have several values" },
		/* several are usual */
		{ { { "uid", "x", 0 },
		    { "mail", "a@b.example", 0 },
		    { "mail", "b@b.example", 0 } },
		  NULL },
		/* numbers of days */
		{ { { "uid", "x", 0 }, { "shadowExpire", "x", 0 } },
		  "shadowExpire is no number of days" },
		{ { { "uid", "x", 0 }, { "shadowExpire", "-2", 0 } },
		  "shadowExpire is no number of days" },
		{ { { "uid", "x", 0 }, { "shadowExpire", "+1", 0 } },
		  "shadowExpire is no number of days" },
		{ { { "uid", "x", 0 }, { "shadowExpire", " 1", 0 } },
		  "shadowExpire is no number of days" },
		{ { { "uid", "x", 0 }, { "shadowExpire", "1.5", 0 } },
		  "shadowExpire is no number of days" },
		{ { { "uid", "x", 0 }, { "shadowExpire", "0x10", 0 } },
		  "shadowExpire is no number of days" },
		{ { { "uid", "x", 0 },
		    { "shadowExpire", "18446744073709551616", 0 } },
		  "shadowExpire is no number of days" },
	};
	struct directory_account account;
	const char *error;
	unsigned int i;
	pool_t pool;
	int ret;

	test_begin("directory map: well-formed and malformed entries");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		pool = pool_alloconly_create("test account", 1024);
		error = NULL;
		ret = directory_map_account(
			pool, &set_full,
			test_entry(pool, TEST_DN, tests[i].rows, 3), &account,
			&error);
		test_assert_idx((ret == 0) == (tests[i].error == NULL), i);
		test_assert_idx((error == NULL) == (tests[i].error == NULL), i);
		if (error != NULL && tests[i].error != NULL) {
			test_assert_idx(strstr(error, tests[i].error) != NULL,
					i);
			test_assert_idx(strstr(error, TEST_DN) != NULL, i);
		}
		pool_unref(&pool);
	}
	test_end();
}

static void test_directory_map_expiry_quota(void)
{
	static const struct {
		/* NULL = absent */
		const char *expire;
		uint64_t day;
	} expiries[] = {
		{ NULL, 0 },	      { "", 0 },
		{ "0", 0 },	      { "-1", 0 },
		{ "1", 1 },	      { "20000", 20000 },
		{ "0020000", 20000 }, { "18446744073709551615", UINT64_MAX },
	};
	static const struct {
		struct value_row rows[3];
		const char *quota, *mail_host;
	} values[] = {
		{ { { "uid", "x", 0 } }, NULL, NULL },
		{ { { "campusQuota", "12Q", 0 } }, "12Q", NULL },
		{ { { "campusQuota", "", 0 } }, "", NULL },
		/* not the entry's death, but no quota either */
		{ { { "campusQuota", "1", 0 }, { "campusQuota", "G", 0 } },
		  "1, G",
		  NULL },
		{ { { "campusMailHost", "mx1", 0 } }, NULL, "mx1" },
		{ { { "campusMailHost", "", 0 } }, NULL, NULL },
	};
	struct directory_account account;
	struct directory_entry *entry;
	const char *error;
	unsigned int i;
	pool_t pool;

	test_begin("directory map: expiry, quota, mail host");
	for (i = 0; i < N_ELEMENTS(expiries); i++) {
		pool = pool_alloconly_create("test account", 1024);
		entry = directory_entry_create(pool, TEST_DN);
		directory_entry_add(pool, entry, "uid", "x", 1);
		if (expiries[i].expire != NULL) {
			directory_entry_add(pool, entry, "shadowexpire",
					    expiries[i].expire,
					    strlen(expiries[i].expire));
		}
		test_assert_idx(directory_map_account(pool, &set_full, entry,
						      &account, &error) == 0,
				i);
		test_assert_idx(account.expire_day == expiries[i].day, i);
		pool_unref(&pool);
	}
	for (i = 0; i < N_ELEMENTS(values); i++) {
		pool = pool_alloconly_create("test account", 1024);
		entry = test_entry(pool, TEST_DN, values[i].rows, 3);
		if (directory_entry_find(entry, "uid") == NULL)
			directory_entry_add(pool, entry, "uid", "x", 1);
		test_assert_idx(directory_map_account(pool, &set_full, entry,
						      &account, &error) == 0,
				i);
		test_assert_strcmp_idx(account.quotas[QUOTA_LEVEL_RECEIVE],
				       values[i].quota, i);
		test_assert_strcmp_idx(account.mail_host, values[i].mail_host,
				       i);
		pool_unref(&pool);
	}
	test_end();
}

static const char *const alice_mails[] = { "Alice.Archer@campus.example",
					   "bob@campus.example", NULL };
static const char *const alice_aliases[] = {
	"alice@campus.example",	   "alice@old-campus.example", "plain",
	"m\xc3\xbcller@x.example", "bad\xff@x.example",	       NULL
};

static const struct directory_account alice = {
	.dn = "uid=abcd0001",
	.uid = "abcd0001",
	.mails = alice_mails,
	.aliases = alice_aliases,
	.member_of = nothing,
};

static void test_directory_map_match(void)
{
	static const struct {
		const char *name;
		enum directory_match match;
	} tests[] = {
		{ "abcd0001", DIRECTORY_MATCH_UNIQUE },
		{ "ABCD0001", DIRECTORY_MATCH_UNIQUE },
		{ "abcd0001@campus.example", DIRECTORY_MATCH_UNIQUE },
		{ "Abcd0001@CAMPUS.example", DIRECTORY_MATCH_UNIQUE },
		{ "abcd0001@uni.campus.example", DIRECTORY_MATCH_UNIQUE },
		/* not a login domain */
		{ "abcd0001@other.example", DIRECTORY_MATCH_NONE },
		{ "abcd0001@old-campus.example", DIRECTORY_MATCH_NONE },
		{ "abcd0001@", DIRECTORY_MATCH_NONE },
		{ "@campus.example", DIRECTORY_MATCH_NONE },
		{ "abcd0001@campus.example@campus.example",
		  DIRECTORY_MATCH_NONE },
		/* addresses */
		{ "alice.archer@campus.example", DIRECTORY_MATCH_UNIQUE },
		{ "ALICE.ARCHER@CAMPUS.EXAMPLE", DIRECTORY_MATCH_UNIQUE },
		{ "bob@campus.example", DIRECTORY_MATCH_UNIQUE },
		{ "alice@campus.example", DIRECTORY_MATCH_ALIAS },
		{ "Alice@Old-Campus.Example", DIRECTORY_MATCH_ALIAS },
		/* without @ only the uid counts */
		{ "alice.archer", DIRECTORY_MATCH_NONE },
		{ "alice", DIRECTORY_MATCH_NONE },
		{ "plain", DIRECTORY_MATCH_NONE },
		/* Unicode: composed or not, large or small */
		{ "m\xc3\xbcller@x.example", DIRECTORY_MATCH_ALIAS },
		{ "M\xc3\x9cLLER@x.example", DIRECTORY_MATCH_ALIAS },
		{ "mu\xcc\x88ller@x.example", DIRECTORY_MATCH_ALIAS },
		{ "muller@x.example", DIRECTORY_MATCH_NONE },
		/* what is no UTF-8 equals nothing */
		{ "bad\xff@x.example", DIRECTORY_MATCH_NONE },
		{ "bad\xef\xbf\xbd@x.example", DIRECTORY_MATCH_NONE },
		/* a part is not the whole */
		{ "abcd000", DIRECTORY_MATCH_NONE },
		{ "abcd00011", DIRECTORY_MATCH_NONE },
		{ "alice@campus.exampl", DIRECTORY_MATCH_NONE },
		{ "alice@campus.example ", DIRECTORY_MATCH_NONE },
		{ "", DIRECTORY_MATCH_NONE },
		{ "*", DIRECTORY_MATCH_NONE },
	};
	struct directory_account account = alice;
	struct directory_map_settings set = set_full;
	unsigned int i;

	test_begin("directory map: match");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		test_assert_idx(
			directory_map_match(&set_full, &alice, tests[i].name) ==
				tests[i].match,
			i);
	}
	/* without login domains, uid@domain means nothing */
	test_assert(directory_map_match(&set_bare, &alice,
					"abcd0001@campus.example") ==
		    DIRECTORY_MATCH_NONE);
	set.find.login_domains = NULL;
	test_assert(
		directory_map_match(&set, &alice, "abcd0001@campus.example") ==
		DIRECTORY_MATCH_NONE);
	/* an address as the uid */
	account.uid = "abcd0001@campus.example";
	test_assert(directory_map_match(&set_bare, &account,
					"ABCD0001@campus.example") ==
		    DIRECTORY_MATCH_UNIQUE);
	test_assert(directory_map_match(&set_full, &account, "abcd0001") ==
		    DIRECTORY_MATCH_NONE);
	/* the same address twice: the higher class */
	account = alice;
	account.aliases = alice_mails;
	test_assert(directory_map_match(&set_full, &account,
					"bob@campus.example") ==
		    DIRECTORY_MATCH_UNIQUE);
	test_end();
}

static void test_directory_map_choose(void)
{
	static const char *const bobs_mail[] = { "bob.baker@campus.example",
						 NULL };
	static const char *const bobs_alias[] = { "alice@campus.example",
						  "abcd0001@campus.example",
						  "alice.archer@campus.example",
						  "bob@campus.example", NULL };
	static const char *const carols_mail[] = { "alice@campus.example",
						   NULL };
	static const struct directory_account accounts[] = {
		{ .dn = "uid=abcd0001",
		  .uid = "abcd0001",
		  .mails = alice_mails,
		  .aliases = alice_aliases },
		{ .dn = "uid=abcd0002",
		  .uid = "abcd0002",
		  .mails = bobs_mail,
		  .aliases = bobs_alias },
		{ .dn = "uid=abcd0003",
		  .uid = "abcd0003",
		  .mails = carols_mail,
		  .aliases = nothing },
		{ .dn = "uid=ABCD0001,ou=\nother",
		  .uid = "abcd0001",
		  .mails = nothing,
		  .aliases = nothing },
	};
	static const struct {
		/* indexes into accounts, then -1 */
		int given[5];
		/* what comes back, and the place in the list that is given */
		int ret;
		unsigned int index;
		bool note;
		const char *name;
		/* DNs that the note or the error must name */
		const char *names[3];
	} tests[] = {
		{ { -1 }, 0, 0, FALSE, "abcd0001", { NULL } },
		{ { 0, -1 }, 1, 0, FALSE, "abcd0001", { NULL } },
		{ { 0, -1 }, 1, 0, FALSE, "alice@campus.example", { NULL } },
		/* unique beats alias, in any order */
		{ { 0, 1, -1 },
		  1,
		  0,
		  TRUE,
		  "abcd0001@campus.example",
		  { "uid=abcd0001", "uid=abcd0002" } },
		{ { 1, 0, -1 },
		  1,
		  1,
		  TRUE,
		  "abcd0001@campus.example",
		  { "uid=abcd0001", "uid=abcd0002" } },
		{ { 0, 1, 2, -1 },
		  1,
		  2,
		  TRUE,
		  "alice@campus.example",
		  { "uid=abcd0001", "uid=abcd0002", "uid=abcd0003" } },
		/* two of a class */
		{ { 0, 1, -1 },
		  -1,
		  0,
		  FALSE,
		  "alice@campus.example",
		  { "uid=abcd0001", "uid=abcd0002" } },
		{ { 0, 3, -1 },
		  -1,
		  0,
		  FALSE,
		  "abcd0001",
		  { "uid=abcd0001", "uid=ABCD0001,ou=" } },
		{ { 0, 0, -1 }, -1, 0, FALSE, "abcd0001", { "uid=abcd0001" } },
		{ { 1, 0, 3, -1 },
		  -1,
		  0,
		  FALSE,
		  "abcd0001@campus.example",
		  { "uid=abcd0001", "uid=ABCD0001" } },
		/* an entry that does not hold the name */
		{ { 0, -1 }, -1, 0, FALSE, "abcd0002", { "uid=abcd0001" } },
		{ { 0, 1, -1 }, -1, 0, FALSE, "abcd0001", { "uid=abcd0002" } },
		{ { 2, 0, -1 },
		  -1,
		  0,
		  FALSE,
		  "bob@campus.example",
		  { "uid=abcd0003" } },
	};
	struct directory_account given[4];
	const char *note, *error, *text;
	unsigned int i, j, count, index;
	int ret;

	test_begin("directory map: choose");
	for (i = 0; i < N_ELEMENTS(tests); i++) {
		for (count = 0; tests[i].given[count] >= 0; count++)
			given[count] = accounts[tests[i].given[count]];
		index = 4711;
		note = error = NULL;
		ret = directory_map_choose(&set_full, given, count,
					   tests[i].name, &index, &note,
					   &error);
		test_assert_idx(ret == tests[i].ret, i);
		if (ret > 0)
			test_assert_idx(index == tests[i].index, i);
		test_assert_idx((note != NULL) == tests[i].note, i);
		test_assert_idx((error != NULL) == (tests[i].ret < 0), i);
		text = note != NULL ? note : error;
		for (j = 0; j < N_ELEMENTS(tests[i].names); j++) {
			if (text == NULL || tests[i].names[j] == NULL)
				continue;
			test_assert_idx(strstr(text, tests[i].names[j]) != NULL,
					i);
		}
		/* fit for a log line */
		test_assert_idx(text == NULL || strchr(text, '\n') == NULL, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(
		void) = { test_directory_entry,
			  test_directory_map_attributes,
			  test_directory_map_account_good,
			  test_directory_map_account_changed,
			  test_directory_map_account_table,
			  test_directory_map_expiry_quota,
			  test_directory_map_match,
			  test_directory_map_choose,
			  NULL };
	return test_run(test_functions);
}
