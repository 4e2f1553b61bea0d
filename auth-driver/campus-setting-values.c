/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The settings as text: defaults, copies, comparison. */

#include "lib.h"
#include "campus-setting-values.h"

#define CAMPUS_SETTING_ENTRY(name, value)                                      \
	{ "campus_" #name, offsetof(struct campus_setting_values, name),       \
	  value },
static const struct {
	const char *key;
	size_t offset;
	const char *value;
} campus_setting_table[] = { CAMPUS_SETTINGS(CAMPUS_SETTING_ENTRY) };

static const char **campus_setting_value(struct campus_setting_values *values,
					 unsigned int idx)
{
	return PTR_OFFSET(values, campus_setting_table[idx].offset);
}

static const char *
campus_setting_const_value(const struct campus_setting_values *values,
			   unsigned int idx)
{
	return *(const char *const *)CONST_PTR_OFFSET(
		values, campus_setting_table[idx].offset);
}

struct campus_setting_values *campus_setting_values_default(pool_t pool)
{
	struct campus_setting_values *values =
		p_new(pool, struct campus_setting_values, 1);

	values->pool = pool;
	for (unsigned int i = 0; i < N_ELEMENTS(campus_setting_table); i++)
		*campus_setting_value(values, i) =
			campus_setting_table[i].value;
	return values;
}

struct campus_setting_values *
campus_setting_values_dup(pool_t pool, const struct campus_setting_values *src)
{
	struct campus_setting_values *values =
		p_new(pool, struct campus_setting_values, 1);

	values->pool = pool;
	for (unsigned int i = 0; i < N_ELEMENTS(campus_setting_table); i++)
		*campus_setting_value(values, i) =
			p_strdup(pool, campus_setting_const_value(src, i));
	return values;
}

int campus_setting_values_set(pool_t pool, struct campus_setting_values *values,
			      const char *key, const char *value)
{
	for (unsigned int i = 0; i < N_ELEMENTS(campus_setting_table); i++) {
		if (strcmp(campus_setting_table[i].key, key) == 0) {
			*campus_setting_value(values, i) =
				p_strdup(pool, value);
			return 0;
		}
	}
	return -1;
}

bool campus_setting_values_equal(const struct campus_setting_values *a,
				 const struct campus_setting_values *b)
{
	for (unsigned int i = 0; i < N_ELEMENTS(campus_setting_table); i++) {
		if (strcmp(campus_setting_const_value(a, i),
			   campus_setting_const_value(b, i)) != 0)
			return FALSE;
	}
	return TRUE;
}
