/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Settings of Dovecot 2.3: a file of "name = value" lines that is named in the
   args of the passdb and userdb. */

#include "auth-compat.h"
#include "settings.h"
#include "campus-setting-values.h"
#include "settings-source.h"

struct settings_source_context {
	pool_t pool;
	struct campus_setting_values *values;
};

static const char *settings_source_line(const char *key, const char *value,
					struct settings_source_context *ctx)
{
	if (campus_setting_values_set(ctx->pool, ctx->values, key, value) < 0)
		return t_strconcat("Unknown setting: ", key, NULL);
	return NULL;
}

int settings_source_read(pool_t pool, const struct auth_compat_source *source,
			 const struct campus_setting_values **values_r,
			 const char **error_r)
{
	struct settings_source_context ctx = { .pool = pool };
	const char *path, *word;

	/* "FILE" or "FILE master": 2.3 would take two passdbs with equal args
	   for one. The word says nothing to us. */
	path = t_strcut(source->args == NULL ? "" : source->args, ' ');
	word = source->args == NULL ? "" : source->args + strlen(path);
	if (*path == '\0') {
		*error_r = "args is empty: it must name the settings file, "
			   "such as /etc/dovecot/dovecot-campus.conf.ext";
		return -1;
	}
	if (*word != '\0' && strcmp(word, " master") != 0) {
		*error_r = t_strdup_printf(
			"args '%s': only the word master may follow the file",
			source->args);
		return -1;
	}

	ctx.values = campus_setting_values_default(pool);
	if (!settings_read_nosection(path, settings_source_line, &ctx, error_r))
		return -1;
	*values_r = ctx.values;
	return 0;
}
