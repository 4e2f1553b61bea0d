/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Fuzz the way from an entry's attributes to the account that a name means. */

#include "lib.h"
#include "array.h"
#include "unichar.h"
#include "fuzzer.h"
#include "directory-map.h"

/* The input is lines. The first is the name that somebody typed; "dn:…" begins
   an entry; each other line is an attribute, of which the first byte says
   which:

       u uid   m mail   a, b aliases   g memberOf   w, s, q quotas   h host
       x expiry

   and the rest is the value, NULs and all. */
#define FUZZ_MAX_ENTRIES 4

static const char *const fuzz_aliases[] = { "campusMailAlias", "otherMail",
					    NULL };
static const char *const fuzz_domains[] = { "campus.example", NULL };
static const char *const fuzz_reserved[] = { "campus", "campus.example", NULL };

static const struct directory_map_settings fuzz_set = {
	.find =
		{
			.uid_attribute = "uid",
			.mail_attribute = "mail",
			.alias_attributes = fuzz_aliases,
			.login_domains = fuzz_domains,
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
	.reserved_domains = fuzz_reserved,
};

static const char *fuzz_attribute(unsigned char letter)
{
	switch (letter) {
	case 'u':
		return "uid";
	case 'm':
		return "mail";
	case 'a':
		return "campusMailAlias";
	case 'b':
		return "OTHERMAIL";
	case 'g':
		return "memberOf";
	case 'w':
		return "campusQuotaWarn";
	case 's':
		return "campusQuotaSend";
	case 'q':
		return "campusQuota";
	case 'h':
		return "campusMailHost";
	case 'x':
		return "shadowExpire";
	default:
		return "description";
	}
}

/* [a-z0-9][a-z0-9._-]{0,63} */
static size_t fuzz_canonical_part(const char *part)
{
	size_t len = strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	i_assert(len >= 1 && len <= 64);
	i_assert(strchr("._-", part[0]) == NULL);
	return len;
}

static void fuzz_check_uid(const char *uid)
{
	size_t len = fuzz_canonical_part(uid);

	if (uid[len] == '@') {
		len++;
		len += strspn(uid + len,
			      "abcdefghijklmnopqrstuvwxyz0123456789._-");
	}
	i_assert(uid[len] == '\0');
	i_assert(strcmp(uid, "root") != 0 && strcmp(uid, "anyone") != 0 &&
		 strcmp(uid, "campus") != 0);
}

/* A sentence that may stand in a log: text without control characters. */
static void fuzz_check_sentence(const char *sentence)
{
	const char *p;

	i_assert(sentence != NULL && *sentence != '\0');
	i_assert(uni_utf8_str_is_valid(sentence));
	for (p = sentence; *p != '\0'; p++)
		i_assert((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* Does the entry hold what no account may be made from? */
static bool fuzz_has_nul(const struct directory_entry *entry)
{
	const struct directory_attribute *attrs;
	const struct directory_value *values;
	unsigned int i, j, attrs_count, values_count;

	attrs = array_get(&entry->attributes, &attrs_count);
	for (i = 0; i < attrs_count; i++) {
		if (strcmp(attrs[i].name, "description") == 0)
			continue;
		values = array_get(&attrs[i].values, &values_count);
		for (j = 0; j < values_count; j++) {
			i_assert(values[j].data[values[j].size] == '\0');
			if (memchr(values[j].data, '\0', values[j].size) !=
			    NULL)
				return TRUE;
		}
	}
	return FALSE;
}

static unsigned int fuzz_count_values(const struct directory_entry *entry,
				      const char *name)
{
	const struct directory_attribute *attr =
		directory_entry_find(entry, name);

	return attr == NULL ? 0 : array_count(&attr->values);
}

static void fuzz_check_account(const struct directory_entry *entry,
			       const struct directory_account *account)
{
	i_assert(!fuzz_has_nul(entry));
	i_assert(fuzz_count_values(entry, "uid") == 1);
	i_assert(fuzz_count_values(entry, "campusMailHost") <= 1);
	i_assert(fuzz_count_values(entry, "shadowExpire") <= 1);
	i_assert(fuzz_count_values(entry, "mail") ==
		 str_array_length(account->mails));
	i_assert(fuzz_count_values(entry, "memberOf") ==
		 str_array_length(account->member_of));
	i_assert(fuzz_count_values(entry, "campusMailAlias") +
			 fuzz_count_values(entry, "otherMail") ==
		 str_array_length(account->aliases));
	i_assert(strcmp(account->dn, entry->dn) == 0);
	fuzz_check_uid(account->uid);
	/* every account answers to its own name */
	i_assert(directory_map_match(&fuzz_set, account, account->uid) ==
		 DIRECTORY_MATCH_UNIQUE);
	i_assert(directory_map_match(
			 &fuzz_set, account,
			 t_strconcat(account->uid, "@campus.example", NULL)) ==
		 DIRECTORY_MATCH_UNIQUE);
}

static void fuzz_choose(const struct directory_account *accounts,
			unsigned int count, const char *name)
{
	const char *note = NULL, *error = NULL;
	unsigned int i, index = UINT_MAX, uniques = 0, aliases = 0, nones = 0;
	int ret;

	for (i = 0; i < count; i++) {
		switch (directory_map_match(&fuzz_set, &accounts[i], name)) {
		case DIRECTORY_MATCH_NONE:
			nones++;
			break;
		case DIRECTORY_MATCH_ALIAS:
			aliases++;
			break;
		case DIRECTORY_MATCH_UNIQUE:
			uniques++;
			break;
		}
	}
	ret = directory_map_choose(&fuzz_set, accounts, count, name, &index,
				   &note, &error);
	if (ret > 0) {
		i_assert(index < count);
		i_assert(nones == 0);
		i_assert(uniques == 1 || (uniques == 0 && aliases == 1));
		i_assert(directory_map_match(&fuzz_set, &accounts[index],
					     name) ==
			 (uniques == 1 ? DIRECTORY_MATCH_UNIQUE :
					 DIRECTORY_MATCH_ALIAS));
		i_assert((note != NULL) == (uniques == 1 && aliases > 0));
		if (note != NULL)
			fuzz_check_sentence(note);
	} else if (ret == 0) {
		i_assert(count == 0);
	} else {
		i_assert(nones > 0 || uniques > 1 ||
			 (uniques == 0 && aliases > 1));
		i_assert(note == NULL);
		fuzz_check_sentence(error);
	}
}

FUZZ_BEGIN_DATA(const unsigned char *data, size_t size)
	{
		struct directory_entry *entries[FUZZ_MAX_ENTRIES];
		struct directory_account accounts[FUZZ_MAX_ENTRIES];
		const char *name = "", *error;
		unsigned int i, entries_count = 0, count = 0;
		const unsigned char *end = data + size, *line = data, *next;
		bool first = TRUE;
		pool_t pool;

		pool = pool_alloconly_create("fuzz directory map", 4096);
		for (; line < end; line = next + 1) {
			size_t len;

			next = memchr(line, '\n', end - line);
			if (next == NULL)
				next = end;
			len = next - line;
			if (first) {
				name = t_strndup(line, len);
				first = FALSE;
			} else if (len >= 3 && memcmp(line, "dn:", 3) == 0) {
				if (entries_count == FUZZ_MAX_ENTRIES)
					break;
				entries[entries_count++] =
					directory_entry_create(
						pool,
						t_strndup(line + 3, len - 3));
			} else if (len > 0 && entries_count > 0) {
				directory_entry_add(pool,
						    entries[entries_count - 1],
						    fuzz_attribute(line[0]),
						    line + 1, len - 1);
			}
		}

		for (i = 0; i < entries_count; i++) {
			error = NULL;
			if (directory_map_account(pool, &fuzz_set, entries[i],
						  &accounts[count],
						  &error) < 0) {
				fuzz_check_sentence(error);
				continue;
			}
			i_assert(error == NULL);
			fuzz_check_account(entries[i], &accounts[count]);
			count++;
		}
		fuzz_choose(accounts, count, name);
		pool_unref(&pool);
	}
FUZZ_END
