/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_TABLE_HASH_H
#define FOLDER_TABLE_HASH_H

/* A hash table of folded names, open addressing: one way to search it for the
   program that writes the built-in table and for those who read it. It has no
   pointers in its rows, so that all processes share the pages of a constant
   one. */

struct folder_table_row {
	/* Where the folded name begins among the keys; 0 = the row is free. */
	uint32_t key;
	/* enum folder_role */
	uint8_t role;
	/* Only in the extended set? */
	bool extended;
};

struct folder_table {
	/* Each ends with a NUL; before the first there is one, too. */
	const char *keys;
	/* Some are free. */
	const struct folder_table_row *rows;
	/* Number of rows, a power of two, less 1. */
	uint32_t mask;
};

/* How many rows are good for so many names: no more than half are used. */
static inline uint32_t folder_table_size(uint32_t names)
{
	uint32_t size = 8;

	while (size < names * 2)
		size *= 2;
	return size;
}

/* FNV-1a */
static inline uint32_t folder_table_hash(const char *folded)
{
	uint32_t hash = 2166136261U;

	for (; *folded != '\0'; folded++)
		hash = (hash ^ (unsigned char)*folded) * 16777619U;
	return hash;
}

/* The name's row, or the free one where it belongs. */
static inline uint32_t folder_table_slot(const struct folder_table *table,
					 const char *folded)
{
	uint32_t slot = folder_table_hash(folded) & table->mask;

	while (table->rows[slot].key != 0 &&
	       strcmp(table->keys + table->rows[slot].key, folded) != 0)
		slot = (slot + 1) & table->mask;
	return slot;
}

#endif
