/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From the attributes of entries to the one account that is meant by a name. */

#include "lib.h"
#include "array.h"
#include "buffer.h"
#include "str.h"
#include "unichar.h"
#include "log-escape.h"
#include "name-check.h"
#include "directory-map.h"

ARRAY_DEFINE_TYPE(map_string, const char *);

/* Which tell whether the password may have been set since, the best one first;
   servers give them only to those who ask. Two of draft-behera-ldap-password-
   policy: a server that notes failed binds takes the notes away when the
   password is set, so the oldest of them stays as long as the password does.
   Each of them changes modifyTimestamp (RFC 4512 3.4.4). */
static const char *const map_changed_attributes[] = { "pwdChangedTime",
						      "pwdFailureTime",
						      "modifyTimestamp", NULL };
/* Many servers call every password wrong before or after these times: who sets
   them anew lets people in. */
static const char *const map_allowed_attributes[] = { "pwdStartTime",
						      "pwdEndTime", NULL };
/* While one is there many servers call every password wrong; a lock that has
   run out leaves it there. */
static const char *const map_locked_attributes[] = { "pwdAccountLockedTime",
						     "pwdAccountTmpLockoutEnd",
						     NULL };
/* Most names are shorter, and the buffers grow. */
#define MAP_KEY_INITIAL 128

static bool map_is_set(const char *attribute)
{
	return attribute != NULL && *attribute != '\0';
}

static void map_add_attribute(ARRAY_TYPE(map_string) *names,
			      const char *attribute)
{
	const char *const *name;

	if (!map_is_set(attribute))
		return;
	array_foreach(names, name) {
		if (strcasecmp(*name, attribute) == 0)
			return;
	}
	array_push_back(names, &attribute);
}

static void map_add_attributes(ARRAY_TYPE(map_string) *names,
			       const char *const *attributes)
{
	for (; attributes != NULL && *attributes != NULL; attributes++)
		map_add_attribute(names, *attributes);
}

const char *const *
directory_map_attributes(const struct directory_map_settings *set,
			 enum directory_map_part parts)
{
	ARRAY_TYPE(map_string) names;

	t_array_init(&names, 8);
	map_add_attribute(&names, set->find.uid_attribute);
	map_add_attribute(&names, set->find.mail_attribute);
	map_add_attributes(&names, set->find.alias_attributes);
	if ((parts & DIRECTORY_MAP_MEMBER_OF) != 0)
		map_add_attribute(&names, set->member_of_attribute);
	if ((parts & DIRECTORY_MAP_MAILBOX) != 0) {
		for (unsigned int i = 0; i < QUOTA_LEVEL_COUNT; i++)
			map_add_attribute(&names, set->quota_attributes[i]);
		map_add_attribute(&names, set->mail_host_attribute);
	}
	if ((parts & DIRECTORY_MAP_PASSWORD) != 0) {
		map_add_attribute(&names, set->expire_attribute);
		map_add_attributes(&names, map_changed_attributes);
		map_add_attributes(&names, map_allowed_attributes);
		map_add_attributes(&names, map_locked_attributes);
	}
	array_append_zero(&names);
	return array_front(&names);
}

static const char *map_malformed(const struct directory_entry *entry,
				 const char *attribute, const char *what)
{
	return t_strdup_printf("Entry '%s' is malformed: its attribute %s %s",
			       log_escape(entry->dn), log_escape(attribute),
			       what);
}

/* The values of one attribute, appended to strings as C strings of the pool. */
static int map_append_values(pool_t pool, const struct directory_entry *entry,
			     const char *attribute,
			     ARRAY_TYPE(map_string) *strings,
			     const char **error_r)
{
	const struct directory_attribute *attr;
	const struct directory_value *value;

	if (!map_is_set(attribute))
		return 0;
	attr = directory_entry_find(entry, attribute);
	if (attr == NULL)
		return 0;
	array_foreach(&attr->values, value) {
		const char *str;

		if (memchr(value->data, '\0', value->size) != NULL) {
			*error_r = map_malformed(entry, attribute,
						 "has a value with a NUL");
			return -1;
		}
		str = p_strndup(pool, value->data, value->size);
		array_push_back(strings, &str);
	}
	return 0;
}

static const char *const *map_finish_list(pool_t pool,
					  ARRAY_TYPE(map_string) *strings)
{
	const char **list;
	unsigned int count = array_count(strings);

	list = p_new(pool, const char *, count + 1);
	if (count > 0)
		memcpy(list, array_front(strings), sizeof(*list) * count);
	array_clear(strings);
	return list;
}

/* The only value, NULL if there is none or an empty one. */
static int map_read_single(pool_t pool, const struct directory_entry *entry,
			   const char *attribute, const char **value_r,
			   const char **error_r)
{
	ARRAY_TYPE(map_string) strings;
	const char *const *first;

	*value_r = NULL;
	t_array_init(&strings, 4);
	if (map_append_values(pool, entry, attribute, &strings, error_r) < 0)
		return -1;
	if (array_count(&strings) > 1) {
		*error_r = map_malformed(entry, attribute,
					 "must not have several values");
		return -1;
	}
	if (array_count(&strings) == 1) {
		first = array_front(&strings);
		if (**first != '\0')
			*value_r = *first;
	}
	return 0;
}

static int map_read_uid(pool_t pool, const struct directory_map_settings *set,
			const struct directory_entry *entry, const char **uid_r,
			const char **error_r)
{
	const char *attribute = set->find.uid_attribute;
	const struct directory_attribute *attr;
	const struct directory_value *value;
	const char *name, *error;

	attr = directory_entry_find(entry, attribute);
	if (attr == NULL || array_count(&attr->values) == 0) {
		*error_r = map_malformed(entry, attribute,
					 "is missing (or may not be read)");
		return -1;
	}
	if (array_count(&attr->values) > 1) {
		*error_r = map_malformed(entry, attribute,
					 "must not have several values");
		return -1;
	}
	value = array_front(&attr->values);
	if (name_check_canonical(value->data, value->size,
				 set->reserved_domains, &name, &error) < 0) {
		*error_r = map_malformed(
			entry, attribute,
			t_strdup_printf("cannot name a mailbox: %s", error));
		return -1;
	}
	*uid_r = p_strdup(pool, name);
	return 0;
}

static int map_read_quota(pool_t pool, const struct directory_entry *entry,
			  const char *attribute, const char **quota_r,
			  const char **error_r)
{
	ARRAY_TYPE(map_string) strings;
	const char *const *value;
	string_t *joined;

	*quota_r = NULL;
	t_array_init(&strings, 4);
	if (map_append_values(pool, entry, attribute, &strings, error_r) < 0)
		return -1;
	if (array_count(&strings) == 0)
		return 0;
	joined = t_str_new(64);
	array_foreach(&strings, value) {
		if (value != array_front(&strings))
			str_append(joined, ", ");
		str_append(joined, *value);
	}
	*quota_r = p_strdup(pool, str_c(joined));
	return 0;
}

static int map_read_expiry(const struct directory_entry *entry,
			   const char *attribute, uint64_t *day_r,
			   const char **error_r)
{
	const char *value;

	*day_r = 0;
	if (map_read_single(pool_datastack_create(), entry, attribute, &value,
			    error_r) < 0)
		return -1;
	if (value == NULL || strcmp(value, "-1") == 0)
		return 0;
	if (str_to_uint64(value, day_r) < 0) {
		*error_r = map_malformed(
			entry, attribute,
			t_strdup_printf("is no number of days since 1970: '%s'",
					log_escape(value)));
		return -1;
	}
	return 0;
}

/* The oldest value of a time; NULL if there is none. */
static const char *map_read_oldest(const struct directory_entry *entry,
				   const char *attribute)
{
	const struct directory_attribute *attr =
		directory_entry_find(entry, attribute);
	const struct directory_value *value;
	const char *oldest = NULL;

	if (attr == NULL)
		return NULL;
	array_foreach(&attr->values, value) {
		const char *time = t_strndup(value->data, value->size);

		if (oldest == NULL || strcmp(time, oldest) < 0)
			oldest = time;
	}
	return oldest;
}

static const char *map_read_changed(pool_t pool,
				    const struct directory_entry *entry)
{
	const char *const *name, *time = NULL;
	string_t *changed;

	for (name = map_changed_attributes; time == NULL && *name != NULL;
	     name++)
		time = map_read_oldest(entry, *name);
	if (time == NULL)
		return "";
	changed = t_str_new(64);
	str_append(changed, time);
	for (name = map_allowed_attributes; *name != NULL; name++) {
		time = map_read_oldest(entry, *name);
		if (time != NULL)
			str_printfa(changed, " %s=%s", *name, time);
	}
	return p_strdup(pool, str_c(changed));
}

static bool map_may_be_locked(const struct directory_entry *entry)
{
	const char *const *name = map_locked_attributes;

	while (*name != NULL && directory_entry_find(entry, *name) == NULL)
		name++;
	return *name != NULL;
}

int directory_map_account(pool_t pool, const struct directory_map_settings *set,
			  const struct directory_entry *entry,
			  struct directory_account *account_r,
			  const char **error_r)
{
	const char *const *alias = set->find.alias_attributes;
	ARRAY_TYPE(map_string) strings;

	i_zero(account_r);
	account_r->dn = p_strdup(pool, entry->dn);
	if (map_read_uid(pool, set, entry, &account_r->uid, error_r) < 0)
		return -1;

	t_array_init(&strings, 8);
	if (map_append_values(pool, entry, set->find.mail_attribute, &strings,
			      error_r) < 0)
		return -1;
	account_r->mails = map_finish_list(pool, &strings);

	for (; alias != NULL && *alias != NULL; alias++) {
		if (map_append_values(pool, entry, *alias, &strings, error_r) <
		    0)
			return -1;
	}
	account_r->aliases = map_finish_list(pool, &strings);

	if (map_append_values(pool, entry, set->member_of_attribute, &strings,
			      error_r) < 0)
		return -1;
	account_r->member_of = map_finish_list(pool, &strings);

	for (unsigned int i = 0; i < QUOTA_LEVEL_COUNT; i++) {
		if (map_read_quota(pool, entry, set->quota_attributes[i],
				   &account_r->quotas[i], error_r) < 0)
			return -1;
	}
	account_r->changed = map_read_changed(pool, entry);
	account_r->may_be_locked = map_may_be_locked(entry);
	if (map_read_single(pool, entry, set->mail_host_attribute,
			    &account_r->mail_host, error_r) < 0 ||
	    map_read_expiry(entry, set->expire_attribute,
			    &account_r->expire_day, error_r) < 0)
		return -1;
	return 0;
}

/* What two texts that differ in case at most have in common. FALSE if the text
   is no UTF-8: then it equals nothing, itself included. */
static bool map_key(const char *text, buffer_t *key)
{
	buffer_set_used_size(key, 0);
	return uni_utf8_to_decomposed_titlecase(text, strlen(text), key) == 0;
}

struct map_compare {
	buffer_t *name_key;
	/* room for the other side */
	buffer_t *key;
};

static bool map_equals(const struct map_compare *cmp, const char *text)
{
	return map_key(text, cmp->key) && buffer_cmp(cmp->key, cmp->name_key);
}

static bool map_list_has(const struct map_compare *cmp, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (map_equals(cmp, *list))
			return TRUE;
	}
	return FALSE;
}

enum directory_match
directory_map_match(const struct directory_map_settings *set,
		    const struct directory_account *account, const char *name)
{
	const char *const *domain = set->find.login_domains;
	struct map_compare cmp = {
		.name_key = t_buffer_create(MAP_KEY_INITIAL),
		.key = t_buffer_create(MAP_KEY_INITIAL),
	};

	if (!map_key(name, cmp.name_key))
		return DIRECTORY_MATCH_NONE;
	if (map_equals(&cmp, account->uid))
		return DIRECTORY_MATCH_UNIQUE;
	if (strchr(name, '@') == NULL)
		return DIRECTORY_MATCH_NONE;

	for (; domain != NULL && *domain != NULL; domain++) {
		if (map_equals(&cmp,
			       t_strconcat(account->uid, "@", *domain, NULL)))
			return DIRECTORY_MATCH_UNIQUE;
	}
	if (map_list_has(&cmp, account->mails))
		return DIRECTORY_MATCH_UNIQUE;
	if (map_list_has(&cmp, account->aliases))
		return DIRECTORY_MATCH_ALIAS;
	return DIRECTORY_MATCH_NONE;
}

/* The DNs of all accounts that answer to name in this way: 'dn1' and 'dn2' */
static const char *map_list_dns(const struct directory_map_settings *set,
				const struct directory_account *accounts,
				unsigned int count, const char *name,
				enum directory_match wanted)
{
	string_t *dns = t_str_new(256);
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (directory_map_match(set, &accounts[i], name) != wanted)
			continue;
		if (str_len(dns) > 0)
			str_append(dns, " and ");
		str_printfa(dns, "'%s'", log_escape(accounts[i].dn));
	}
	return str_c(dns);
}

int directory_map_choose(const struct directory_map_settings *set,
			 const struct directory_account *accounts,
			 unsigned int count, const char *name,
			 unsigned int *index_r, const char **note_r,
			 const char **error_r)
{
	unsigned int i, uniques = 0, aliases = 0, unique = 0, alias = 0;

	*note_r = NULL;
	if (count == 0)
		return 0;

	for (i = 0; i < count; i++) {
		switch (directory_map_match(set, &accounts[i], name)) {
		case DIRECTORY_MATCH_NONE:
			*error_r = t_strdup_printf(
				"The directory answered '%s' with entry '%s', "
				"which does not hold that name",
				log_escape(name), log_escape(accounts[i].dn));
			return -1;
		case DIRECTORY_MATCH_ALIAS:
			alias = i;
			aliases++;
			break;
		case DIRECTORY_MATCH_UNIQUE:
			unique = i;
			uniques++;
			break;
		}
	}

	if (uniques > 1) {
		*error_r = t_strdup_printf(
			"Several entries have the uid or primary address '%s': "
			"%s; remove it from all but one",
			log_escape(name),
			map_list_dns(set, accounts, count, name,
				     DIRECTORY_MATCH_UNIQUE));
		return -1;
	}
	if (uniques == 0 && aliases > 1) {
		*error_r = t_strdup_printf(
			"Several entries have the alias address '%s': %s; "
			"remove it from all but one",
			log_escape(name),
			map_list_dns(set, accounts, count, name,
				     DIRECTORY_MATCH_ALIAS));
		return -1;
	}
	if (uniques == 0) {
		*index_r = alias;
		return 1;
	}
	*index_r = unique;
	if (aliases > 0) {
		*note_r = t_strdup_printf(
			"'%s' is the uid or primary address of '%s' and also "
			"an alias of %s; the alias is ignored, remove it",
			log_escape(name), log_escape(accounts[unique].dn),
			map_list_dns(set, accounts, count, name,
				     DIRECTORY_MATCH_ALIAS));
	}
	return 1;
}
