/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From what the directory says of a mailbox's size to bytes. */

#include "lib.h"
#include "log-escape.h"
#include "quota-limit.h"

static const struct {
	const char *name;
	unsigned int shift;
} quota_units[] = {
	{ "", 0 },    { "B", 0 },  { "K", 10 },	 { "KB", 10 }, { "M", 20 },
	{ "MB", 20 }, { "G", 30 }, { "GB", 30 }, { "T", 40 },  { "TB", 40 },
};

static bool quota_limit_find_unit(const char *name, unsigned int *shift_r)
{
	for (unsigned int i = 0; i < N_ELEMENTS(quota_units); i++) {
		if (strcasecmp(name, quota_units[i].name) == 0) {
			*shift_r = quota_units[i].shift;
			return TRUE;
		}
	}
	return FALSE;
}

/* Not strtoull(): it takes signs and spaces. Returns FALSE if the number is too
   large, with the digits skipped all the same. */
static bool quota_limit_read_digits(const char **text, uint64_t *number_r)
{
	bool fits = TRUE;

	*number_r = 0;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		if (*number_r > QUOTA_LIMIT_MAX_BYTES / 10)
			fits = FALSE;
		else
			*number_r = *number_r * 10 + (**text - '0');
	}
	return fits;
}

int quota_limit_parse(const char *value, uint64_t *bytes_r,
		      const char **error_r)
{
	const char *unit = value;
	unsigned int shift;
	uint64_t number;
	bool fits = quota_limit_read_digits(&unit, &number);

	if (unit == value || !quota_limit_find_unit(unit, &shift)) {
		*error_r = t_strdup_printf(
			"Quota '%s' is not a number of bytes, alone or with "
			"K, M, G or T",
			log_escape(value));
		return -1;
	}
	if (!fits || number > QUOTA_LIMIT_MAX_BYTES >> shift) {
		*error_r = t_strdup_printf(
			"Quota '%s' is too large: it must be less than 2^63 "
			"bytes",
			log_escape(value));
		return -1;
	}
	if (number == 0) {
		*error_r = t_strdup_printf("Quota '%s' is no limit: it must be "
					   "at least one byte",
					   log_escape(value));
		return -1;
	}
	*bytes_r = number << shift;
	return 0;
}

void quota_limit_parse_levels(const char *const values[QUOTA_LEVEL_COUNT],
			      uint64_t bytes_r[QUOTA_LEVEL_COUNT],
			      const char *errors_r[QUOTA_LEVEL_COUNT])
{
	/* the nearest later level that counts; COUNT = none */
	unsigned int later = QUOTA_LEVEL_COUNT;

	for (unsigned int level = QUOTA_LEVEL_COUNT; level-- > 0;) {
		bytes_r[level] = 0;
		errors_r[level] = NULL;
		if (values[level] == NULL ||
		    quota_limit_parse(values[level], &bytes_r[level],
				      &errors_r[level]) < 0)
			continue;
		if (later < QUOTA_LEVEL_COUNT &&
		    bytes_r[level] > bytes_r[later]) {
			bytes_r[level] = 0;
			errors_r[level] = t_strdup_printf(
				"Quota '%s' is more than '%s' of the next level",
				log_escape(values[level]),
				log_escape(values[later]));
			continue;
		}
		later = level;
	}
}

const char *quota_limit_text(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB" };
	unsigned int i = 0;

	while (i + 1 < N_ELEMENTS(units) && bytes >> 10 >= 10) {
		bytes >>= 10;
		i++;
	}
	return t_strdup_printf("%" PRIu64 " %s", bytes, units[i]);
}
