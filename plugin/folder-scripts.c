/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Looks into the plain files that Pigeonhole has by default. */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "istream.h"
#include "mail-user.h"
#include "mail-namespace.h"
#include "log-escape.h"
#include "sieve-folders.h"
#include "folder-scripts-place.h"
#include "folder-settings.h"
#include "folder-scripts.h"

#include <dirent.h>
#include <sys/stat.h>

#define FOLDER_SCRIPT_MAX_SIZE (1024 * 1024)

struct folder_script {
	const char *name;
	ARRAY_TYPE(const_string) folders;
};

struct folder_scripts {
	pool_t pool;
	struct mail_namespace *inbox;
	ARRAY(struct folder_script) scripts;
};

static void folder_script_read(struct folder_scripts *scripts, const char *path,
			       const char *name)
{
	struct istream *input =
		i_stream_create_file(path, FOLDER_SCRIPT_MAX_SIZE);
	struct folder_script *script;
	const unsigned char *data;
	size_t size;

	while (i_stream_read(input) > 0)
		;
	data = i_stream_get_data(input, &size);
	if (input->stream_errno == 0) {
		script = array_append_space(&scripts->scripts);
		script->name = p_strdup(scripts->pool, name);
		p_array_init(&script->folders, scripts->pool, 8);
		sieve_folders_find(scripts->pool, t_strndup(data, size),
				   &script->folders);
	} else if (input->stream_errno != ENOENT) {
		i_error("Cannot look into the Sieve script %s: %s", path,
			i_stream_get_error(input));
	}
	i_stream_unref(&input);
}

static void folder_scripts_read_dir(struct folder_scripts *scripts,
				    const char *path)
{
	struct dirent *d;
	DIR *dir = opendir(path);

	if (dir == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			i_error("Cannot look for Sieve scripts: "
				"opendir(%s) failed: %m",
				path);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		size_t len = strlen(d->d_name);

		if (len > 6 && strcmp(d->d_name + len - 6, ".sieve") == 0)
			folder_script_read(
				scripts,
				t_strconcat(path, "/", d->d_name, NULL),
				d->d_name);
	}
	(void)closedir(dir);
}

/* A single script; the link to the active one of a directory counts there. */
static void folder_scripts_read_file(struct folder_scripts *scripts,
				     const char *path)
{
	const char *name = strrchr(path, '/');
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		folder_script_read(scripts, path,
				   name == NULL ? path : name + 1);
}

static int folder_script_cmp(const struct folder_script *s1,
			     const struct folder_script *s2)
{
	return strcmp(s1->name, s2->name);
}

struct folder_scripts *folder_scripts_read(struct mail_user *user, pool_t pool)
{
	struct folder_scripts *scripts = p_new(pool, struct folder_scripts, 1);
	const char *const *places = folder_scripts_place_get(user);
	const char *home, *path;

	scripts->pool = pool;
	scripts->inbox = folder_settings_inbox(user->namespaces);
	p_array_init(&scripts->scripts, pool, 4);
	if (mail_user_get_home(user, &home) <= 0)
		home = NULL;
	for (; *places != NULL; places++) {
		path = *places;
		if (*path == '~') {
			if (home == NULL)
				continue;
			path = t_strconcat(home, path + 1, NULL);
		}
		folder_scripts_read_dir(scripts, path);
		folder_scripts_read_file(scripts, path);
	}
	array_sort(&scripts->scripts, folder_script_cmp);
	return scripts;
}

static bool folder_script_names(const struct folder_scripts *scripts,
				const struct folder_script *script,
				const char *folder)
{
	const char *below = folder_settings_below(scripts->inbox, folder);
	const char *name;

	array_foreach_elem(&script->folders, name) {
		if (strcmp(name, folder) == 0 ||
		    (below != NULL && strcmp(name, below) == 0))
			return TRUE;
	}
	return FALSE;
}

const char *folder_scripts_find(const struct folder_scripts *scripts,
				const char *folder)
{
	const struct folder_script *script;
	string_t *names = t_str_new(64);

	array_foreach(&scripts->scripts, script) {
		if (!folder_script_names(scripts, script, folder))
			continue;
		if (str_len(names) > 0)
			str_append(names, ", ");
		str_append(names, log_escape(script->name));
	}
	return str_c(names);
}
