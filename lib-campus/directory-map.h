/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DIRECTORY_MAP_H
#define DIRECTORY_MAP_H

#include "directory-entry.h"
#include "directory-filter.h"
#include "quota-limit.h"

/* From the attributes of one entry to one person or project mailbox, and from
   several entries that answer to one name to the one that is meant. */

struct directory_map_settings {
	/* uid, mail, aliases and login domains */
	struct directory_filter_settings find;
	/* each "" = the site has none */
	const char *member_of_attribute;
	const char *quota_attributes[QUOTA_LEVEL_COUNT];
	const char *mail_host_attribute;
	/* days since 1970 as in shadow(5), first day on which it is over */
	const char *expire_attribute;
	/* names that no person may have, besides the reserved ones */
	const char *const *reserved_domains;
};

struct directory_account {
	const char *dn;
	/* canonical: name_check_canonical() let it pass */
	const char *uid;
	/* NULL-terminated lists of what the entry holds; NULs in a value make
	   the entry malformed */
	const char *const *mails;
	const char *const *aliases;
	const char *const *member_of;
	/* NULL = none. Quotas are as quota_limit_parse_levels() takes them;
	   several values come as one text, joined by ", ", which it reports. */
	const char *quotas[QUOTA_LEVEL_COUNT];
	const char *mail_host;
	/* shadow(5) expiry day; 0 = never, which the directory says by 0, -1,
	   an empty value or none */
	uint64_t expire_day;
	/* another text whenever the password has been set, or the times in
	   which the account may be used, if not more often; "" if the directory
	   does not say */
	const char *changed;
	/* the right password may be refused as a wrong one */
	bool may_be_locked;
};

enum directory_match {
	DIRECTORY_MATCH_NONE,
	DIRECTORY_MATCH_ALIAS,
	/* uid, uid@login-domain or primary address */
	DIRECTORY_MATCH_UNIQUE
};

/* What somebody wants to know of an account, besides its names. */
enum directory_map_part {
	DIRECTORY_MAP_NAMES = 0,
	/* quotas and mail host */
	DIRECTORY_MAP_MAILBOX = 1,
	/* groups */
	DIRECTORY_MAP_MEMBER_OF = 2,
	/* expiry, changes and locks */
	DIRECTORY_MAP_PASSWORD = 4,
	DIRECTORY_MAP_ALL = 7
};

/* The attributes to ask the server for, NULL-terminated, on the data stack.
   Each one costs the server time. What was not asked for reads as not there. */
const char *const *
directory_map_attributes(const struct directory_map_settings *set,
			 enum directory_map_part parts);

/* Read an entry into account_r (strings in the pool). Exactly one uid value
   must be there and well-formed; several mail hosts or expiries, a value with a
   NUL or an expiry that is no number make the entry malformed, where they were
   asked for. Returns 0, or -1 with *error_r a sentence that names the DN. */
int directory_map_account(pool_t pool, const struct directory_map_settings *set,
			  const struct directory_entry *entry,
			  struct directory_account *account_r,
			  const char **error_r);

/* By which class of attribute does the account answer to name? Compared as
   Unicode text without case. A name without @ can only be a uid. */
enum directory_match
directory_map_match(const struct directory_map_settings *set,
		    const struct directory_account *account, const char *name);

/* Which of these accounts is meant by name? A unique match beats aliases, then
   *note_r (else NULL) is a sentence about the collision for the log.
   Returns 1 with *index_r, 0 if count is 0, -1 with *error_r a sentence that
   names the DNs: two of one class, or an entry that does not hold the name at
   all. */
int directory_map_choose(const struct directory_map_settings *set,
			 const struct directory_account *accounts,
			 unsigned int count, const char *name,
			 unsigned int *index_r, const char **note_r,
			 const char **error_r);

#endif
