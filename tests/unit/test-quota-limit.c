/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of quota-limit: tables. */

#include "lib.h"
#include "test-common.h"
#include "quota-limit.h"

#define KB 1024ULL
#define MB (1024 * KB)
#define GB (1024 * MB)
#define TB (1024 * GB)

#define NO_NUMBER "is not a number of bytes, alone or with K, M, G or T"
#define TOO_LARGE "is too large: it must be less than 2^63 bytes"
#define NO_LIMIT "is no limit: it must be at least one byte"

static const struct {
	const char *value;
	/* 0 = an error */
	uint64_t bytes;
	const char *error;
} limit_tests[] = {
	{ "1", 1, NULL },
	{ "1073741824", GB, NULL },
	{ "007", 7, NULL },
	{ "12B", 12, NULL },
	{ "12b", 12, NULL },
	{ "1k", KB, NULL },
	{ "1KB", KB, NULL },
	{ "500M", 500 * MB, NULL },
	{ "500mb", 500 * MB, NULL },
	{ "10G", 10 * GB, NULL },
	{ "10gB", 10 * GB, NULL },
	{ "2T", 2 * TB, NULL },
	{ "2tb", 2 * TB, NULL },
	{ "8388607T", 8388607 * TB, NULL },
	{ "9223372036854775807", INT64_MAX, NULL },
	{ "9223372036854775807B", INT64_MAX, NULL },
	{ "0000000000000000000000000000000000001", 1, NULL },

	{ "", 0, NO_NUMBER },
	{ " ", 0, NO_NUMBER },
	{ "G", 0, NO_NUMBER },
	{ "many", 0, NO_NUMBER },
	{ "unlimited", 0, NO_NUMBER },
	{ "-1", 0, NO_NUMBER },
	{ "-5G", 0, NO_NUMBER },
	{ "+5G", 0, NO_NUMBER },
	{ "12Q", 0, NO_NUMBER },
	/* beside 0 and 9 */
	{ "/", 0, NO_NUMBER },
	{ "1/2", 0, NO_NUMBER },
	{ ":", 0, NO_NUMBER },
	{ "1:2", 0, NO_NUMBER },
	{ "12GG", 0, NO_NUMBER },
	{ "12GiB", 0, NO_NUMBER },
	{ "12BG", 0, NO_NUMBER },
	{ "12 G", 0, NO_NUMBER },
	{ " 12G", 0, NO_NUMBER },
	{ "12G ", 0, NO_NUMBER },
	{ "12G:messages=0", 0, NO_NUMBER },
	{ "1.5G", 0, NO_NUMBER },
	{ "1,5G", 0, NO_NUMBER },
	{ "1e9", 0, NO_NUMBER },
	{ "0x10", 0, NO_NUMBER },
	{ "50%", 0, NO_NUMBER },
	/* two values */
	{ "5G, 6G", 0, NO_NUMBER },
	{ "5G, 5G", 0, NO_NUMBER },
	{ ", ", 0, NO_NUMBER },
	/* digits of another script */
	{ "\xd9\xa1\xd9\xa2", 0, NO_NUMBER },
	/* junk counts before size */
	{ "99999999999999999999Q", 0, NO_NUMBER },

	{ "0", 0, NO_LIMIT },
	{ "00", 0, NO_LIMIT },
	{ "0G", 0, NO_LIMIT },

	{ "9223372036854775808", 0, TOO_LARGE },
	{ "9223372036854775810", 0, TOO_LARGE },
	{ "18446744073709551615", 0, TOO_LARGE },
	{ "18446744073709551616", 0, TOO_LARGE },
	{ "18446744073709551617", 0, TOO_LARGE },
	{ "99999999999999999999999999999999999", 0, TOO_LARGE },
	{ "8388608T", 0, TOO_LARGE },
	{ "16777216T", 0, TOO_LARGE },
	{ "8589934592G", 0, TOO_LARGE },
	{ "9007199254740992k", 0, TOO_LARGE },
};

static void test_quota_limit(void)
{
	test_begin("quota_limit_parse()");
	for (unsigned int i = 0; i < N_ELEMENTS(limit_tests); i++) {
		const char *value = limit_tests[i].value, *error = NULL;
		uint64_t bytes = 0;
		int ret = quota_limit_parse(value, &bytes, &error);

		test_assert_idx(ret == (limit_tests[i].bytes == 0 ? -1 : 0), i);
		test_assert_idx(bytes == limit_tests[i].bytes, i);
		if (ret < 0) {
			test_assert_strcmp_idx(
				error,
				t_strdup_printf("Quota '%s' %s", value,
						limit_tests[i].error),
				i);
		}
	}
	test_end();
}

static void test_quota_limit_escape(void)
{
	const char *error;
	uint64_t bytes;

	test_begin("quota_limit_parse(): no control characters in errors");
	test_assert(quota_limit_parse("5G\n\xff", &bytes, &error) < 0);
	test_assert_strcmp(error, "Quota '5G\\x0a\\xff' " NO_NUMBER);
	test_end();
}

static const struct {
	const char *warn, *send, *receive;
	uint64_t bytes[QUOTA_LEVEL_COUNT];
	const char *errors[QUOTA_LEVEL_COUNT];
} level_tests[] = {
	{ NULL, NULL, NULL, { 0, 0, 0 }, { NULL, NULL, NULL } },
	{ "1", "2", "3", { 1, 2, 3 }, { NULL, NULL, NULL } },
	{ "2", "2", "2", { 2, 2, 2 }, { NULL, NULL, NULL } },
	{ NULL, NULL, "3", { 0, 0, 3 }, { NULL, NULL, NULL } },
	{ "1", NULL, "3", { 1, 0, 3 }, { NULL, NULL, NULL } },
	{ "1024K", "1M", "0001M", { MB, MB, MB }, { NULL, NULL, NULL } },
	/* without a limit of its own the site's counts, unknown here */
	{ "1", "2", NULL, { 1, 2, 0 }, { NULL, NULL, NULL } },
	{ "1", "2", "0", { 1, 2, 0 }, { NULL, NULL, "Quota '0' " NO_LIMIT } },
	/* more than a later one */
	{ "3",
	  "2",
	  "4",
	  { 0, 2, 4 },
	  { "Quota '3' is more than '2' of the next level", NULL, NULL } },
	{ "1",
	  "5G",
	  "4G",
	  { 1, 0, 4 * GB },
	  { NULL, "Quota '5G' is more than '4G' of the next level", NULL } },
	/* what does not count itself is no measure for others */
	{ "3",
	  "5",
	  "4",
	  { 3, 0, 4 },
	  { NULL, "Quota '5' is more than '4' of the next level", NULL } },
	{ "6",
	  "5",
	  "4",
	  { 0, 0, 4 },
	  { "Quota '6' is more than '4' of the next level",
	    "Quota '5' is more than '4' of the next level", NULL } },
	{ "6",
	  "x",
	  "4",
	  { 0, 0, 4 },
	  { "Quota '6' is more than '4' of the next level",
	    "Quota 'x' " NO_NUMBER, NULL } },
	{ "3",
	  "2",
	  NULL,
	  { 0, 2, 0 },
	  { "Quota '3' is more than '2' of the next level", NULL, NULL } },
};

static void test_quota_limit_levels(void)
{
	test_begin("quota_limit_parse_levels()");
	for (unsigned int i = 0; i < N_ELEMENTS(level_tests); i++) {
		/* one more each: behind the last level is nothing to read */
		const char *const values[QUOTA_LEVEL_COUNT + 1] = {
			[QUOTA_LEVEL_WARN] = level_tests[i].warn,
			[QUOTA_LEVEL_SEND] = level_tests[i].send,
			[QUOTA_LEVEL_RECEIVE] = level_tests[i].receive,
			[QUOTA_LEVEL_COUNT] = "",
		};
		const char *errors[QUOTA_LEVEL_COUNT];
		uint64_t bytes[QUOTA_LEVEL_COUNT + 1] = { 1, 1, 1, 0 };

		quota_limit_parse_levels(values, bytes, errors);
		for (unsigned int j = 0; j < QUOTA_LEVEL_COUNT; j++) {
			test_assert_idx(bytes[j] == level_tests[i].bytes[j], i);
			test_assert_strcmp_idx(errors[j],
					       level_tests[i].errors[j], i);
		}
	}
	test_end();
}

static const struct {
	uint64_t bytes;
	const char *text;
} text_tests[] = {
	{ 0, "0 bytes" },
	{ 1, "1 bytes" },
	{ 10239, "10239 bytes" },
	{ 10 * KB, "10 KB" },
	{ 10 * MB - 1, "10239 KB" },
	{ 10 * MB, "10 MB" },
	{ 5 * GB, "5120 MB" },
	{ 10 * GB + 500 * MB, "10 GB" },
	{ 10 * TB, "10 TB" },
	{ 20000 * TB, "20000 TB" },
	{ INT64_MAX, "8388607 TB" },
};

static void test_quota_limit_text(void)
{
	test_begin("quota_limit_text()");
	for (unsigned int i = 0; i < N_ELEMENTS(text_tests); i++) {
		test_assert_strcmp_idx(quota_limit_text(text_tests[i].bytes),
				       text_tests[i].text, i);
	}
	test_end();
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_quota_limit,
		test_quota_limit_escape,
		test_quota_limit_levels,
		test_quota_limit_text,
		NULL,
	};
	return test_run(test_functions);
}
