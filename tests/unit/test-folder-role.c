/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Unit test of folder-role: every row of folder-names.tsv in many spellings,
   tables, and a model. */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "istream.h"
#include "str.h"
#include "unichar.h"
#include "test-common.h"
#include "folder-role.h"

#include <stdlib.h>
#include <unicase.h>
#include <uninorm.h>

#define MODEL_NAMES 100000

struct name_row {
	enum folder_role role;
	const char *name;
	bool extended;
};
static ARRAY(struct name_row) name_rows;
static pool_t name_pool;

/* The folders of a campus that comes from Exchange. */
static const struct folder_roles_settings exchange = {
	.roles = {
		[FOLDER_ROLE_DRAFTS] = { .canonical = "Drafts" },
		[FOLDER_ROLE_SENT] = { .canonical = "Sent Items" },
		[FOLDER_ROLE_TRASH] = { .canonical = "Deleted Items" },
		[FOLDER_ROLE_JUNK] = { .canonical = "Junk E-mail" },
		[FOLDER_ROLE_ARCHIVE] = { .canonical = "Archive" },
	},
	.separator = '.',
};

static const struct folder_roles *make(pool_t pool,
				       const struct folder_roles_settings *set)
{
	const struct folder_roles *roles = NULL;
	const char *error = "";

	if (folder_roles_init(pool, set, &roles, &error) < 0)
		i_fatal("folder_roles_init() failed: %s", error);
	return roles;
}

/*
 * Spellings, by another library than the one that is tested
 */

/* u8_toupper() and its like */
typedef uint8_t *change_case_t(const uint8_t *s, size_t n, const char *language,
			       uninorm_t nf, uint8_t *result, size_t *length);

/* NULL = leave it */
static change_case_t *const letter_cases[] = { NULL, u8_toupper, u8_tolower,
					       u8_totitle };

static const char *spell(const char *name, change_case_t *change_case,
			 uninorm_t form)
{
	const uint8_t *data = (const uint8_t *)name;
	size_t len;
	uint8_t *changed =
		change_case == NULL ?
			u8_normalize(form, data, strlen(name), NULL, &len) :
			change_case(data, strlen(name), NULL, form, NULL, &len);
	const char *result;

	if (changed == NULL)
		i_fatal("libunistring failed: %m");
	result = t_strndup(changed, len);
	free(changed);
	return result;
}

static const char *spell_somehow(const char *name)
{
	return spell(name, letter_cases[i_rand_limit(N_ELEMENTS(letter_cases))],
		     i_rand_limit(2) == 0 ? UNINORM_NFC : UNINORM_NFD);
}

/*
 * The names of the table
 */

static void read_names(void)
{
	struct istream *input = i_stream_create_file(FOLDER_NAMES_TSV, 4096);
	struct name_row row;
	const char *line;

	name_pool = pool_alloconly_create("folder names", 65536);
	p_array_init(&name_rows, name_pool, 512);
	while ((line = i_stream_read_next_line(input)) != NULL)
		T_BEGIN
		{
			const char *const *columns = t_strsplit(line, "\t");

			if (line[0] != '#') {
				i_assert(str_array_length(columns) == 3);
				row.role = folder_role_from_special_use(
					t_strconcat("\\", columns[0], NULL));
				row.name = p_strdup(name_pool, columns[1]);
				row.extended =
					strcmp(columns[2], "extended") == 0;
				array_push_back(&name_rows, &row);
			}
		}
	T_END;
	i_assert(input->stream_errno == 0);
	i_stream_unref(&input);
}

static void check_spelling(const struct folder_roles *roles, char separator,
			   const char *name, enum folder_role role,
			   unsigned int idx)
{
	struct folder_name found;
	bool possible = strchr(name, separator) == NULL;

	test_assert_idx(folder_roles_find(roles, name, &found) ==
				(possible && role != FOLDER_ROLE_NONE),
			idx);
	if (!possible)
		return;
	test_assert_idx(found.role == role, idx);
	if (role != FOLDER_ROLE_NONE) {
		test_assert_strcmp_idx(found.canonical,
				       exchange.roles[role].canonical, idx);
		test_assert_strcmp_idx(found.rest, "", idx);
		test_assert_idx(found.first_len == strlen(name), idx);
	}
}

static void test_names(void)
{
	static const char separators[] = { '.', '/' };
	const struct name_row *row;

	test_begin("folder-names.tsv: every row in every spelling");
	test_assert(array_count(&name_rows) > 300);
	for (unsigned int i = 0; i < 4; i++) {
		struct folder_roles_settings set = exchange;
		pool_t pool = pool_alloconly_create("roles", 1024);
		const struct folder_roles *roles;

		set.separator = separators[i % 2];
		set.extended_aliases = i >= 2;
		roles = make(pool, &set);
		array_foreach(&name_rows, row)
			T_BEGIN
			{
				enum folder_role role =
					row->extended && !set.extended_aliases ?
						FOLDER_ROLE_NONE :
						row->role;
				unsigned int idx =
					array_foreach_idx(&name_rows, row);

				check_spelling(roles, set.separator, row->name,
					       role, idx);
				for (unsigned int j = 0;
				     j < N_ELEMENTS(letter_cases); j++) {
					check_spelling(roles, set.separator,
						       spell(row->name,
							     letter_cases[j],
							     UNINORM_NFC),
						       role, idx);
					check_spelling(roles, set.separator,
						       spell(row->name,
							     letter_cases[j],
							     UNINORM_NFD),
						       role, idx);
				}
			}
		T_END;
		pool_unref(&pool);
	}
	test_end();
}

/*
 * Look-ups
 */

static const char *const sent_aliases[] = { "Spam", "Выход", "Post raus",
					    "sent items", NULL };
static const char *const drafts_aliases[] = { "Angefangen", NULL };

/* A site with names of its own, and all policies. */
static const struct folder_roles_settings own_names = {
	.roles = {
		[FOLDER_ROLE_DRAFTS] = { .canonical = NULL,
					 .aliases = drafts_aliases },
		[FOLDER_ROLE_SENT] = { .canonical = "Sent Items",
				       .aliases = sent_aliases },
		[FOLDER_ROLE_TRASH] = { .canonical = "Müll/Abfall",
					.policy = FOLDER_POLICY_REJECT },
		[FOLDER_ROLE_JUNK] = { .canonical = "Trash" },
		[FOLDER_ROLE_ARCHIVE] = { .canonical = "Archive",
					  .policy = FOLDER_POLICY_OFF },
	},
	.separator = '.',
};

static const struct {
	const char *name;
	enum folder_role role;
	enum folder_match match;
	const char *rest;
} find_tests[] = {
	{ "Sent Items", FOLDER_ROLE_SENT, FOLDER_MATCH_CANONICAL, "" },
	{ "Sent Items.2026.May", FOLDER_ROLE_SENT, FOLDER_MATCH_CANONICAL,
	  ".2026.May" },
	{ "SENT items", FOLDER_ROLE_SENT, FOLDER_MATCH_FOLDED, "" },
	{ "sent items.", FOLDER_ROLE_SENT, FOLDER_MATCH_FOLDED, "." },
	{ "Sent", FOLDER_ROLE_SENT, FOLDER_MATCH_ALIAS, "" },
	{ "sent.Sent.sent", FOLDER_ROLE_SENT, FOLDER_MATCH_ALIAS,
	  ".Sent.sent" },
	{ "Sent..x", FOLDER_ROLE_SENT, FOLDER_MATCH_ALIAS, "..x" },
	{ "Sent.\xff", FOLDER_ROLE_SENT, FOLDER_MATCH_ALIAS, ".\xff" },
	{ "ВЫХОД", FOLDER_ROLE_SENT, FOLDER_MATCH_ALIAS, "" },
	/* the administrator's alias is the table's name for Junk */
	{ "SPAM.x", FOLDER_ROLE_SENT, FOLDER_MATCH_ALIAS, ".x" },
	{ "Junk Mail", FOLDER_ROLE_JUNK, FOLDER_MATCH_ALIAS, "" },
	/* the folder for junk has a name that is the table's for Trash */
	{ "Trash", FOLDER_ROLE_JUNK, FOLDER_MATCH_CANONICAL, "" },
	{ "trash", FOLDER_ROLE_JUNK, FOLDER_MATCH_FOLDED, "" },
	/* NFC, NFD */
	{ "M\xc3\xbcll/Abfall", FOLDER_ROLE_TRASH, FOLDER_MATCH_CANONICAL, "" },
	{ "Mu\xcc\x88ll/abfall.x", FOLDER_ROLE_TRASH, FOLDER_MATCH_FOLDED,
	  ".x" },
	{ "Papierkorb", FOLDER_ROLE_TRASH, FOLDER_MATCH_ALIAS, "" },
	/* the policy "off" is about aliases */
	{ "Archive", FOLDER_ROLE_ARCHIVE, FOLDER_MATCH_CANONICAL, "" },
	{ "archive", FOLDER_ROLE_ARCHIVE, FOLDER_MATCH_FOLDED, "" },
	{ "Archives", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	/* there is no folder for drafts */
	{ "Drafts", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Entwürfe", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Angefangen", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	/* the extended set is off */
	{ "Rubbish", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	/* names like any other */
	{ "", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ ".", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ ".Sent", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "INBOX", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "INBOX.Sent", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Sen", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Sent ", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ " Sent", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Sent/x", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Sent\n", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Projects.Sent", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Sent\xff", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "\xff", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "\xc1\x93"
	  "ent",
	  FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
	{ "Gel\xc3", FOLDER_ROLE_NONE, FOLDER_MATCH_NONE, NULL },
};

static void test_find(void)
{
	pool_t pool = pool_alloconly_create("roles", 1024);
	const struct folder_roles *roles = make(pool, &own_names);
	struct folder_name found;

	test_begin("folder_roles_find()");
	for (unsigned int i = 0; i < N_ELEMENTS(find_tests); i++) {
		const char *name = find_tests[i].name;
		enum folder_role role = find_tests[i].role;

		test_assert_idx(folder_roles_find(roles, name, &found) ==
					(role != FOLDER_ROLE_NONE),
				i);
		test_assert_idx(found.role == role, i);
		test_assert_idx(found.match == find_tests[i].match, i);
		test_assert_strcmp_idx(found.rest, find_tests[i].rest, i);
		test_assert_strcmp_idx(found.canonical,
				       own_names.roles[role].canonical, i);
		test_assert_idx(found.policy == own_names.roles[role].policy,
				i);
		if (role != FOLDER_ROLE_NONE)
			test_assert_idx(found.rest == name + found.first_len,
					i);
	}
	for (int role = 1; role < FOLDER_ROLE_COUNT; role++) {
		test_assert_strcmp_idx(folder_roles_canonical(roles, role),
				       own_names.roles[role].canonical, role);
		test_assert_idx(folder_roles_policy(roles, role) ==
					own_names.roles[role].policy,
				role);
	}
	test_end();
	pool_unref(&pool);
}

/* A name of so many bytes, of which 3 are "ä" in the middle of "b"s. */
static char *long_name(size_t size)
{
	char *name = i_malloc(size + 1);

	memset(name, 'b', size);
	memcpy(name + size / 2, "\xc3\xa4", 2);
	return name;
}

static void test_long_names(void)
{
	static const size_t sizes[] = { 254, 255, 256, 257, 100000 };
	struct folder_roles_settings set = exchange;
	struct folder_name found;

	test_begin("folder_roles_find(): long names");
	for (unsigned int i = 0; i < N_ELEMENTS(sizes); i++) {
		pool_t pool = pool_alloconly_create("roles", 1024);
		const struct folder_roles *roles = NULL;
		char *name = long_name(sizes[i]), *other;
		bool fits = sizes[i] <= 255;
		const char *error;
		int ret;

		set.roles[FOLDER_ROLE_TRASH].canonical = name;
		ret = folder_roles_init(pool, &set, &roles, &error);
		test_assert_idx(ret == (fits ? 0 : -1), i);
		if (ret < 0)
			roles = make(pool, &exchange);
		test_assert_idx(folder_roles_find(roles, name, &found) == fits,
				i);
		name[0] = 'B';
		test_assert_idx(folder_roles_find(roles, name, &found) == fits,
				i);
		test_assert_idx(!fits || found.match == FOLDER_MATCH_FOLDED, i);
		/* any length below it */
		other = i_strconcat("trash.", name, NULL);
		test_assert_idx(folder_roles_find(roles, other, &found) &&
					strcmp(found.rest + 1, name) == 0,
				i);
		i_free(other);
		/* the longest name that grows most when it is decomposed */
		memset(name, 'b', 3);
		for (size_t pos = 0; pos + 3 <= sizes[i]; pos += 3)
			memcpy(name + pos, "\xef\xb7\xba", 3);
		test_assert_idx(!folder_roles_find(roles, name, &found), i);
		i_free(name);
		pool_unref(&pool);
	}
	test_end();
}

/*
 * Settings
 */

static const char *const one_alias_sent[] = { "Sent", NULL };
static const char *const one_alias_other[] = { "deleted ITEMS", NULL };
static const char *const one_alias_x[] = { "Mitt ut", "x.y", NULL };
static const char *const one_alias_star[] = { "x*", NULL };
static const char *const one_alias_empty[] = { "", NULL };
static const char *const one_alias_bytes[] = { "x\xff", NULL };

/* What the role "sent" has; that of "junk" is the table's second half. */
static const struct {
	const char *canonical;
	const char *const *aliases;
	const char *junk;
	const char *const *junk_aliases;
	/* NULL = these are good */
	const char *error;
} init_tests[] = {
	{ "Sent", NULL, "Spam", NULL, NULL },
	{ "Sent", one_alias_sent, "Spam", NULL, NULL },
	{ NULL, one_alias_sent, "", NULL, NULL },
	/* what the table says counts for nothing */
	{ "Spam", NULL, "Sent", NULL, NULL },
	{ "Trash", NULL, "Archives", NULL, NULL },
	{ "Sent/Items", NULL, NULL, NULL, NULL },

	{ "Sent.Items", NULL, NULL, NULL,
	  "the folder name 'Sent.Items' of the role sent holds the separator "
	  "'.'; choose another one" },
	{ "Sent\n", NULL, NULL, NULL,
	  "the folder name 'Sent\\x0a' of the role sent holds a control "
	  "character; choose another one" },
	{ "Sent\xc2\x85", NULL, NULL, NULL,
	  "the folder name 'Sent\\u{0085}' of the role sent holds a control "
	  "character; choose another one" },
	{ "Sent*", NULL, NULL, NULL,
	  "the folder name 'Sent*' of the role sent holds a wildcard, * or %; "
	  "choose another one" },
	{ "%", NULL, NULL, NULL,
	  "the folder name '%' of the role sent holds a wildcard, * or %; "
	  "choose another one" },
	{ "Sent\xff", NULL, NULL, NULL,
	  "the folder name 'Sent\\xff' of the role sent is no valid UTF-8; "
	  "choose another one" },
	{ "Inbox", NULL, NULL, NULL,
	  "the folder name 'Inbox' of the role sent is the inbox; "
	  "choose another one" },
	{ "Sent", NULL, "SENT", NULL,
	  "the folder name 'SENT' of the role junk is a name of the role sent, "
	  "too; choose another one" },
	{ "Sent", NULL, "Spam", one_alias_sent,
	  "the alias 'Sent' of the role junk is a name of the role sent, too; "
	  "leave it out of one" },
	{ "Out", one_alias_sent, "Spam", one_alias_sent,
	  "the alias 'Sent' of the role junk is a name of the role sent, too; "
	  "leave it out of one" },
	/* the folder for trash has it, which comes later in the table */
	{ "Sent", one_alias_other, NULL, NULL,
	  "the alias 'deleted ITEMS' of the role sent is a name of the role "
	  "trash, too; leave it out of one" },
	{ "Sent", one_alias_x, NULL, NULL,
	  "the alias 'x.y' of the role sent holds the separator '.'; "
	  "leave it out" },
	{ "Sent", one_alias_star, NULL, NULL,
	  "the alias 'x*' of the role sent holds a wildcard, * or %; "
	  "leave it out" },
	{ "Sent", one_alias_empty, NULL, NULL,
	  "the alias '' of the role sent is empty; leave it out" },
	{ NULL, one_alias_bytes, NULL, NULL,
	  "the alias 'x\\xff' of the role sent is no valid UTF-8; "
	  "leave it out" },
};

static void test_init(void)
{
	test_begin("folder_roles_init()");
	for (unsigned int i = 0; i < N_ELEMENTS(init_tests); i++) {
		pool_t pool = pool_alloconly_create("roles", 1024);
		struct folder_roles_settings set = {
			.separator = '.',
			.roles[FOLDER_ROLE_SENT] = {
				.canonical = init_tests[i].canonical,
				.aliases = init_tests[i].aliases,
			},
			.roles[FOLDER_ROLE_TRASH].canonical = "Deleted Items",
			.roles[FOLDER_ROLE_JUNK] = {
				.canonical = init_tests[i].junk,
				.aliases = init_tests[i].junk_aliases,
			},
		};
		const struct folder_roles *roles;
		const char *error = NULL;

		test_assert_idx(folder_roles_init(pool, &set, &roles, &error) ==
					(init_tests[i].error == NULL ? 0 : -1),
				i);
		test_assert_strcmp_idx(error, init_tests[i].error, i);
		pool_unref(&pool);
	}
	test_end();
}

static const struct {
	const char *value;
	/* joined by "|"; NULL = an error */
	const char *aliases;
	const char *error;
} aliases_tests[] = {
	{ "", "", NULL },
	{ " , ,", "", NULL },
	{ "Sent", "Sent", NULL },
	{ " Post raus ,Выход,, x ", "Post raus|Выход|x", NULL },
	{ "x, a\tb", NULL,
	  "the alias 'a\\x09b' holds a control character; write it anew or "
	  "leave it out" },
	{ "\xff ,x", NULL,
	  "the alias '\\xff' is no valid UTF-8; write it anew or leave it "
	  "out" },
};

static void test_words(void)
{
	pool_t pool = pool_alloconly_create("words", 1024);
	enum folder_policy policy;
	const char *error, *const *aliases;

	test_begin("words of settings");
	for (int role = 0; role < FOLDER_ROLE_COUNT; role++) {
		const char *use = folder_role_special_use(role);

		test_assert_idx((use == NULL) == (role == 0), role);
		if (use == NULL)
			continue;
		test_assert_idx(use[0] == '\\', role);
		test_assert_idx(
			strcasecmp(use + 1, folder_role_name(role)) == 0, role);
		test_assert_idx(folder_role_from_special_use(t_str_ucase(
					use)) == (enum folder_role)role,
				role);
	}
	test_assert_strcmp(folder_role_name(FOLDER_ROLE_NONE), "none");
	test_assert(folder_role_from_special_use("\\All") == FOLDER_ROLE_NONE);
	test_assert(folder_role_from_special_use("Sent") == FOLDER_ROLE_NONE);
	test_assert(folder_role_from_special_use("") == FOLDER_ROLE_NONE);

	for (int i = 0; i <= FOLDER_POLICY_OFF; i++) {
		test_assert_idx(folder_policy_parse(folder_policy_name(i),
						    &policy, &error) == 0 &&
					policy == (enum folder_policy)i,
				i);
	}
	test_assert(folder_policy_parse("on\n", &policy, &error) < 0);
	test_assert_strcmp(error, "'on\\x0a' is no policy; "
				  "use alias, reject or off");

	for (unsigned int i = 0; i < N_ELEMENTS(aliases_tests); i++) {
		error = NULL;
		if (folder_aliases_parse(pool, aliases_tests[i].value, &aliases,
					 &error) < 0)
			test_assert_strcmp_idx(error, aliases_tests[i].error,
					       i);
		else
			test_assert_strcmp_idx(t_strarray_join(aliases, "|"),
					       aliases_tests[i].aliases, i);
	}
	test_end();
	pool_unref(&pool);
}

/*
 * The form in which names are compared
 */

static void test_fold(void)
{
	string_t *text = t_str_new(1024), *once = t_str_new(8192),
		 *twice = t_str_new(8192);

	test_begin("folder_role_fold(): once is enough for every character");
	for (unichar_t chr = 1; chr <= UNICHAR_T_MAX;) {
		str_truncate(text, 0);
		str_truncate(once, 0);
		str_truncate(twice, 0);
		for (unsigned int i = 0; i < 64 && chr <= UNICHAR_T_MAX;
		     i++, chr++) {
			if (uni_is_valid_ucs4(chr))
				uni_ucs4_to_utf8_c(chr, text);
		}
		test_assert_idx(
			folder_role_fold(str_c(text), str_len(text), once) == 0,
			chr);
		test_assert_idx(folder_role_fold(str_c(once), str_len(once),
						 twice) == 0,
				chr);
		test_assert_idx(str_equals(once, twice), chr);
	}
	test_end();

	test_begin("folder_role_fold() appends");
	str_truncate(once, 0);
	str_append(once, "x");
	test_assert(folder_role_fold("a\xff", 2, once) < 0);
	test_assert(folder_role_fold("ab", 2, once) == 0);
	test_assert(folder_role_fold("\xc3\xa4", 2, once) == 0);
	test_assert(folder_role_fold("", 0, once) == 0);
	test_assert_strcmp(str_c(once), "xABA\xcc\x88");
	test_end();
}

/*
 * A model: all names in a hash table of Dovecot's, case-folded by libunistring
 */

HASH_TABLE_DEFINE_TYPE(model, const char *, const struct name_row *);

static uint8_t *casefold(const uint8_t *s, size_t n, const char *language,
			 uninorm_t nf, uint8_t *result, size_t *length)
{
	return u8_casefold(s, n, language, nf, result, length);
}

static const char *const endings[] = { "", "", "s", " ", "\xcc\x81", "2" };
static const char *const rests[] = { "",  "",	".",  "..x", ".Sent",
				     "/", "/x", "x.", "./",  ".ü" };

static const char *random_name(const struct name_row **row_r)
{
	const char *name;

	*row_r = array_idx(&name_rows, i_rand_limit(array_count(&name_rows)));
	name = (*row_r)->name;
	/* mostly a name of the table, else something like it */
	if (i_rand_limit(8) == 0)
		name = t_strndup(name, i_rand_limit(strlen(name) + 1));
	if (uni_utf8_str_is_valid(name))
		name = spell_somehow(name);
	return t_strconcat(name, endings[i_rand_limit(N_ELEMENTS(endings))],
			   rests[i_rand_limit(N_ELEMENTS(rests))], NULL);
}

static enum folder_role model_find(HASH_TABLE_TYPE(model) model,
				   const struct folder_roles_settings *set,
				   const char *name, size_t *len_r)
{
	const char *separator = strchr(name, set->separator);
	const struct name_row *row;

	if (separator != NULL)
		name = t_strdup_until(name, separator);
	*len_r = strlen(name);
	if (!uni_utf8_str_is_valid(name))
		return FOLDER_ROLE_NONE;
	row = hash_table_lookup(model, spell(name, casefold, UNINORM_NFD));
	if (row == NULL || (row->extended && !set->extended_aliases))
		return FOLDER_ROLE_NONE;
	return row->role;
}

static void check_random_name(const struct folder_roles *roles,
			      const struct folder_roles_settings *set,
			      HASH_TABLE_TYPE(model) model, unsigned int idx)
{
	const struct name_row *row;
	const char *name = random_name(&row);
	struct folder_name found;
	size_t len;
	enum folder_role role = model_find(model, set, name, &len);
	bool ret = folder_roles_find(roles, name, &found);

	if (ret != (role != FOLDER_ROLE_NONE) || found.role != role ||
	    (ret && (found.first_len != len || found.rest != name + len))) {
		i_error("'%s' is %s here and %s in the model", name,
			folder_role_name(found.role), folder_role_name(role));
		test_assert_idx(FALSE, idx);
	}
}

static void test_model(void)
{
	pool_t pool = pool_alloconly_create("model", 65536);
	HASH_TABLE_TYPE(model) model;
	struct folder_roles_settings sets[4];
	const struct folder_roles *roles[N_ELEMENTS(sets)];
	const struct name_row *row, *old;

	test_begin("folder_roles_find() and a model");
	hash_table_create(&model, pool, 0, str_hash, strcmp);
	array_foreach(&name_rows, row)
		T_BEGIN
		{
			const char *key = p_strdup(
				pool, spell(row->name, casefold, UNINORM_NFD));

			old = hash_table_lookup(model, key);
			if (old == NULL)
				hash_table_insert(model, key, row);
			else if (!row->extended)
				hash_table_update(model, key, row);
			test_assert(old == NULL || old->role == row->role);
		}
	T_END;
	for (unsigned int i = 0; i < N_ELEMENTS(sets); i++) {
		sets[i] = exchange;
		sets[i].separator = i % 2 == 0 ? '.' : '/';
		sets[i].extended_aliases = i / 2 != 0;
		roles[i] = make(pool, &sets[i]);
	}
	for (unsigned int i = 0; i < MODEL_NAMES; i++)
		T_BEGIN
		{
			unsigned int j = i % N_ELEMENTS(sets);

			check_random_name(roles[j], &sets[j], model, i);
		}
	T_END;
	hash_table_destroy(&model);
	test_end();
	pool_unref(&pool);
}

int main(void)
{
	static void (*const test_functions[])(void) = {
		test_names, test_find, test_long_names, test_init,
		test_words, test_fold, test_model,	NULL,
	};
	int ret;

	read_names();
	ret = test_run(test_functions);
	pool_unref(&name_pool);
	return ret;
}
