/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SETTINGS_SOURCE_H
#define SETTINGS_SOURCE_H

/* Where the module's settings come from: 2.3's args file, 2.4's configuration.
 */

struct auth_compat_source;
struct campus_setting_values;

/* Read the values as they were written, with defaults for the others.
   Returns 0 with *values_r in the pool, or -1 with *error_r a sentence. */
int settings_source_read(pool_t pool, const struct auth_compat_source *source,
			 const struct campus_setting_values **values_r,
			 const char **error_r);

#endif
