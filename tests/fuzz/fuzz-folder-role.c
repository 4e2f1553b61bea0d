/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz target for folder names, the administrator's aliases and patterns of
   LIST. */

#include "lib.h"
#include "fuzzer.h"
#include "imap-match.h"
#include "str.h"
#include "unichar.h"
#include "folder-pattern.h"
#include "folder-role.h"
#include "log-escape.h"

static const char *const sent_aliases[] = { "Spam", "Ausgang", NULL };

static const struct folder_roles_settings settings[] = {
	{
		.roles = {
			[FOLDER_ROLE_DRAFTS] = { .canonical = "Drafts" },
			[FOLDER_ROLE_SENT] = { .canonical = "Sent Items" },
			[FOLDER_ROLE_TRASH] = { .canonical = "Deleted Items" },
			[FOLDER_ROLE_JUNK] = { .canonical = "Junk E-mail" },
			[FOLDER_ROLE_ARCHIVE] = { .canonical = "Archive" },
		},
		.separator = '.',
		.extended_aliases = TRUE,
	},
	{
		.roles = {
			[FOLDER_ROLE_DRAFTS] = { .canonical = "Entwürfe" },
			[FOLDER_ROLE_SENT] = { .canonical = "Trash",
					       .aliases = sent_aliases },
			[FOLDER_ROLE_TRASH] = { .canonical = "Müll",
						.policy =
							FOLDER_POLICY_REJECT },
			[FOLDER_ROLE_ARCHIVE] = { .canonical = "Archive",
						  .policy = FOLDER_POLICY_OFF },
		},
		.separator = '/',
	},
};

static void check_fold(const char *name, size_t size)
{
	string_t *once = t_str_new(size + 1), *twice = t_str_new(size + 1);

	if (folder_role_fold(name, size, once) < 0) {
		i_assert(str_len(once) == 0);
		i_assert(!uni_utf8_data_is_valid((const unsigned char *)name,
						 size));
		return;
	}
	i_assert(uni_utf8_data_is_valid(str_data(once), str_len(once)));
	i_assert(folder_role_fold(str_c(once), str_len(once), twice) == 0);
	i_assert(str_equals(once, twice));
}

static void check_find(const struct folder_roles *roles, char separator,
		       const char *name)
{
	struct folder_name found, again;
	bool ret = folder_roles_find(roles, name, &found);
	size_t len = found.first_len;

	i_assert(folder_roles_find(roles, name, &again) == ret);
	i_assert(memcmp(&found, &again, sizeof(found)) == 0);
	if (!ret) {
		i_assert(found.match == FOLDER_MATCH_NONE);
		i_assert(found.role == FOLDER_ROLE_NONE);
		return;
	}
	i_assert(len > 0 && len <= 255);
	i_assert(memchr(name, separator, len) == NULL);
	i_assert(found.rest == name + len);
	i_assert(*found.rest == '\0' || *found.rest == separator);
	i_assert(found.policy == folder_roles_policy(roles, found.role));
	i_assert(strcmp(found.canonical,
			folder_roles_canonical(roles, found.role)) == 0);
	i_assert((found.match == FOLDER_MATCH_CANONICAL) ==
		 (strcmp(found.canonical, t_strndup(name, len)) == 0));

	/* where it leads is where it stays */
	name = t_strconcat(found.canonical, found.rest, NULL);
	i_assert(folder_roles_find(roles, name, &again));
	i_assert(again.role == found.role);
	i_assert(again.match == FOLDER_MATCH_CANONICAL);
	i_assert(strcmp(again.rest, found.rest) == 0);
}

static void check_error(const char *error)
{
	i_assert(error != NULL && *error != '\0');
	i_assert(strlen(error) < LOG_ESCAPE_MAX_BYTES + 150);
	for (; *error != '\0'; error++)
		i_assert((unsigned char)*error >= 0x20 && *error != 0x7f);
}

/* The text as an administrator's setting: each alias that is let in means the
   role. */
static void check_aliases(pool_t pool, const char *value)
{
	struct folder_roles_settings set = settings[0];
	const struct folder_roles *roles;
	struct folder_name found;
	const char *const *aliases, *error = NULL;

	if (folder_aliases_parse(pool, value, &aliases, &error) < 0) {
		check_error(error);
		return;
	}
	set.roles[FOLDER_ROLE_JUNK].aliases = aliases;
	if (folder_roles_init(pool, &set, &roles, &error) < 0) {
		check_error(error);
		return;
	}
	for (; *aliases != NULL; aliases++) {
		i_assert(folder_roles_find(roles, *aliases, &found));
		i_assert(found.role == FOLDER_ROLE_JUNK);
		i_assert(*found.rest == '\0');
	}
	check_find(roles, set.separator, value);
}

/* The part up to a comma is a pattern, the rest a name below INBOX. */
static void check_pattern(pool_t pool, const char *text, char separator)
{
	const char *comma = strchr(text, ',');
	const char *pattern =
		comma == NULL ? text : t_strdup_until(text, comma);
	const char sep[] = { separator, '\0' };
	const char *name = comma == NULL ?
				   "INBOX" :
				   t_strconcat("INBOX", sep, comma + 1, NULL);
	struct imap_match_glob *glob;
	size_t len;
	bool plain = folder_pattern_split(pattern, separator, &len);

	i_assert(len <= strlen(pattern));
	i_assert(strcspn(t_strndup(pattern, len), "*%") == len);
	i_assert(memchr(pattern, separator, len) == NULL);
	i_assert(plain == (pattern[len] == separator || pattern[len] == '\0'));

	/* Dovecot's matcher takes long for many wildcards. */
	if (strlen(text) > 64)
		return;
	glob = imap_match_init(pool, pattern, TRUE, separator);
	if (imap_match(glob, name) == IMAP_MATCH_YES)
		i_assert(folder_pattern_is_prefixed(pattern, separator));
}

FUZZ_BEGIN_DATA(const uint8_t *data, size_t size)
	const char *text = t_strndup(data, size);
	pool_t pool = pool_alloconly_create("fuzz", 4096);
	const struct folder_roles *roles;
	const char *error;

	check_fold((const char *)data, size);
	check_aliases(pool, text);
	for (unsigned int i = 0; i < N_ELEMENTS(settings); i++) {
		if (folder_roles_init(pool, &settings[i], &roles, &error) < 0)
			i_panic("folder_roles_init() failed: %s", error);
		check_find(roles, settings[i].separator, text);
		check_pattern(pool, text, settings[i].separator);
	}
	pool_unref(&pool);
FUZZ_END
