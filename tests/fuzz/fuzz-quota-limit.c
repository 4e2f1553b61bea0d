/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for quotas: what is taken is in bounds and written plainly, and
   levels that are taken are in order. */

#include "lib.h"
#include "fuzzer.h"
#include "unichar.h"
#include "quota-limit.h"

/* A sentence that may stand in a log. */
static void check_sentence(const char *sentence)
{
	i_assert(sentence != NULL && strlen(sentence) < 600);
	i_assert(uni_utf8_str_is_valid(sentence));
	for (; *sentence != '\0'; sentence++)
		i_assert((unsigned char)*sentence >= 0x20 && *sentence != 0x7f);
}

static void check_value(const char *value)
{
	const char *error = NULL;
	uint64_t bytes = 0, again = 0;
	size_t digits = strspn(value, "0123456789");

	if (quota_limit_parse(value, &bytes, &error) < 0) {
		check_sentence(error);
		return;
	}
	i_assert(bytes >= 1 && bytes <= QUOTA_LIMIT_MAX_BYTES);
	i_assert(digits > 0 && strlen(value + digits) <= 2);
	i_assert(strspn(value + digits, "bkmgtBKMGT") ==
		 strlen(value + digits));
	/* in plain bytes it says the same */
	i_assert(quota_limit_parse(t_strdup_printf("%" PRIu64, bytes), &again,
				   &error) == 0);
	i_assert(again == bytes);
}

static void check_levels(const char *const values[QUOTA_LEVEL_COUNT])
{
	const char *errors[QUOTA_LEVEL_COUNT];
	uint64_t bytes[QUOTA_LEVEL_COUNT], last = 0;

	quota_limit_parse_levels(values, bytes, errors);
	for (unsigned int i = 0; i < QUOTA_LEVEL_COUNT; i++) {
		if (bytes[i] == 0) {
			i_assert((errors[i] == NULL) == (values[i] == NULL));
			if (errors[i] != NULL)
				check_sentence(errors[i]);
			continue;
		}
		i_assert(errors[i] == NULL && bytes[i] >= last);
		last = bytes[i];
	}
}

/* One value a line. */
FUZZ_BEGIN_DATA(const uint8_t *data, size_t size)
	const char *const *lines = t_strsplit(t_strndup(data, size), "\n");
	const char *values[QUOTA_LEVEL_COUNT] = { NULL };

	for (unsigned int i = 0; lines[i] != NULL; i++) {
		check_value(lines[i]);
		if (i < QUOTA_LEVEL_COUNT)
			values[i] = lines[i];
	}
	check_levels(values);
FUZZ_END
