/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Runs while the project is built: reads folder-names.tsv and writes
   folder-table.h, the built-in table, to the standard output. */

#include "lib.h"
#include "istream.h"
#include "str.h"
#include "folder-role.h"
#include "folder-table-hash.h"

#include <ctype.h>
#include <stdio.h>

#define COLUMNS 3

static const struct {
	const char *name, *symbol;
} roles[FOLDER_ROLE_COUNT] = {
	[FOLDER_ROLE_DRAFTS] = { "Drafts", "FOLDER_ROLE_DRAFTS" },
	[FOLDER_ROLE_SENT] = { "Sent", "FOLDER_ROLE_SENT" },
	[FOLDER_ROLE_TRASH] = { "Trash", "FOLDER_ROLE_TRASH" },
	[FOLDER_ROLE_JUNK] = { "Junk", "FOLDER_ROLE_JUNK" },
	[FOLDER_ROLE_ARCHIVE] = { "Archive", "FOLDER_ROLE_ARCHIVE" },
};

struct maker {
	const char *path;
	unsigned int line;

	string_t *keys;
	struct folder_table_row *rows;
	uint32_t size, used;
};

static void ATTR_NORETURN ATTR_FORMAT(2, 3)
	give_up(const struct maker *maker, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s:%u: %s\n", maker->path, maker->line,
		t_strdup_vprintf(format, args));
	va_end(args);
	lib_exit(1);
}

static enum folder_role parse_role(const struct maker *maker, const char *text)
{
	for (int role = FOLDER_ROLE_NONE + 1; role < FOLDER_ROLE_COUNT;
	     role++) {
		if (strcmp(roles[role].name, text) == 0)
			return role;
	}
	give_up(maker,
		"'%s' is no role; use Drafts, Sent, Trash, Junk or "
		"Archive",
		text);
}

static bool parse_extended(const struct maker *maker, const char *text)
{
	if (strcmp(text, "extended") == 0)
		return TRUE;
	if (strcmp(text, "default") != 0)
		give_up(maker, "'%s' is no set; use default or extended", text);
	return FALSE;
}

static void add_name(struct maker *maker, const char *name,
		     enum folder_role role, bool extended)
{
	struct folder_table table = {
		.keys = str_c(maker->keys),
		.rows = maker->rows,
		.mask = maker->size - 1,
	};
	string_t *folded = t_str_new(128);
	struct folder_table_row *row;

	if (*name == '\0')
		give_up(maker, "the name is empty");
	if (folder_role_fold(name, strlen(name), folded) < 0)
		give_up(maker, "the name is no valid UTF-8");

	row = &maker->rows[folder_table_slot(&table, str_c(folded))];
	if (row->key == 0) {
		row->key = str_len(maker->keys);
		row->role = role;
		row->extended = extended;
		str_append_str(maker->keys, folded);
		str_append_c(maker->keys, '\0');
		maker->used++;
	} else if (row->role != role) {
		give_up(maker, "'%s' means %s here and %s before; leave it out",
			name, roles[role].name, roles[row->role].name);
	} else {
		row->extended = row->extended && extended;
	}
}

static void add_line(struct maker *maker, const char *line)
{
	const char *const *columns = t_strsplit(line, "\t");

	if (line[0] == '#')
		return;
	if (str_array_length(columns) != COLUMNS)
		give_up(maker, "a line is role, name and set, between tabs");
	add_name(maker, columns[1], parse_role(maker, columns[0]),
		 parse_extended(maker, columns[2]));
}

/* The file is read twice: the number of lines says how large the table is. */
static void read_names(struct maker *maker)
{
	struct istream *input = i_stream_create_file(maker->path, SIZE_MAX);
	const char *line;

	while (i_stream_read_next_line(input) != NULL)
		maker->line++;
	maker->size = folder_table_size(maker->line);
	maker->rows = i_new(struct folder_table_row, maker->size);
	maker->line = 0;

	i_stream_seek(input, 0);
	while ((line = i_stream_read_next_line(input)) != NULL)
		T_BEGIN
		{
			maker->line++;
			add_line(maker, line);
		}
	T_END;
	if (input->stream_errno != 0)
		give_up(maker, "%s", i_stream_get_error(input));
	i_stream_unref(&input);
}

static void write_key(const char *key)
{
	printf("\t\"");
	for (; *key != '\0'; key++) {
		if (i_isalnum(*key) || *key == ' ' || *key == '-')
			putchar(*key);
		else /* three digits, so that one after it is no part of it */
			printf("\\%03o", (unsigned char)*key);
	}
	printf("\\0\"\n");
}

static void write_table(const struct maker *maker)
{
	const char *keys = str_c(maker->keys);

	printf("/* Made by make-folder-table from folder-names.tsv: %u names. "
	       "*/\n\n"
	       "static const char folder_table_keys[] =\n\t\"\\0\"\n",
	       maker->used);
	for (size_t pos = 1; pos < str_len(maker->keys);
	     pos += strlen(keys + pos) + 1)
		write_key(keys + pos);
	printf("\t;\n\nstatic const struct folder_table_row "
	       "folder_table_rows[%u] = {\n",
	       maker->size);
	for (uint32_t slot = 0; slot < maker->size; slot++) {
		const struct folder_table_row *row = &maker->rows[slot];

		if (row->key != 0) {
			printf("\t[%u] = { %u, %s, %s },\n", slot, row->key,
			       roles[row->role].symbol,
			       row->extended ? "TRUE" : "FALSE");
		}
	}
	printf("};\n");
}

int main(int argc, char *argv[])
{
	struct maker maker;

	lib_init();
	i_zero(&maker);
	if (argc != 2)
		i_fatal("usage: %s folder-names.tsv >folder-table.h", argv[0]);
	maker.path = argv[1];
	maker.keys = str_new(default_pool, 16384);
	str_append_c(maker.keys, '\0');

	read_names(&maker);
	write_table(&maker);
	if (fflush(stdout) != 0)
		i_fatal("Cannot write the table: %m");

	i_free(maker.rows);
	str_free(&maker.keys);
	lib_deinit();
	return 0;
}
