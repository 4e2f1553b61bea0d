/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Read a login name into person, domain and mailbox, without any look-up. */

#include "lib.h"
#include "log-escape.h"
#include "login-name.h"
#include "name-check.h"

/* domain, person, mailbox */
#define LOGIN_NAME_MAX_PARTS 3
#define LOGIN_NAME_SEPARATORS "\\/"
/* Dovecot's auth_master_user_separator: mailbox*person */
#define LOGIN_NAME_MASTER '*'

#define ERROR_TOO_MANY_PARTS "too many parts"
#define ERROR_EMPTY_PART "empty part"

static bool login_name_is_domain(const struct login_name_settings *set,
				 const char *part)
{
	const char *const *domain;

	if (set->netbios_domain != NULL &&
	    strcasecmp(set->netbios_domain, part) == 0)
		return TRUE;
	if (set->login_domains == NULL)
		return FALSE;
	for (domain = set->login_domains; *domain != NULL; domain++) {
		if (strcasecmp(*domain, part) == 0)
			return TRUE;
	}
	return FALSE;
}

/* The one spelling for all names of the domain; there is at least one name. */
static const char *
login_name_domain_spelling(const struct login_name_settings *set)
{
	if (set->netbios_domain != NULL && *set->netbios_domain != '\0')
		return set->netbios_domain;
	return set->login_domains[0];
}

/* Cut at the separators and check each part. Returns how many there are, or 0
   and the reason in error_r. */
static unsigned int login_name_split(const char *text,
				     const char *parts_r[LOGIN_NAME_MAX_PARTS],
				     const char **error_r)
{
	unsigned int count = 0;
	size_t len;

	for (;; text += len + 1) {
		if (count == LOGIN_NAME_MAX_PARTS) {
			*error_r = ERROR_TOO_MANY_PARTS;
			return 0;
		}
		len = strcspn(text, LOGIN_NAME_SEPARATORS);
		parts_r[count] = t_strndup(text, len);
		if (name_check_typed(parts_r[count], error_r) < 0)
			return 0;
		count++;
		if (text[len] == '\0')
			return count;
	}
}

/* Read [domain/]person[/mailbox]. */
static int login_name_parse_plain(const struct login_name_settings *set,
				  const char *text, struct login_name *name_r,
				  const char **error_r)
{
	const char *parts[LOGIN_NAME_MAX_PARTS];
	unsigned int count = login_name_split(text, parts, error_r);
	unsigned int person = 0;

	if (count == 0)
		return -1;
	i_zero(name_r);
	if (count > 1 && login_name_is_domain(set, parts[0])) {
		name_r->domain = login_name_domain_spelling(set);
		person = 1;
	} else if (count == LOGIN_NAME_MAX_PARTS) {
		/* an address is no attempt at a domain */
		if (strchr(parts[0], '@') != NULL)
			*error_r = ERROR_TOO_MANY_PARTS;
		else
			*error_r = t_strdup_printf("unknown domain %s",
						   log_escape(parts[0]));
		return -1;
	}
	name_r->person = parts[person];
	if (person + 1 < count)
		name_r->mailbox = parts[person + 1];
	return 0;
}

/* Bring together a login name and what stood beside it: a mailbox (whole is
   FALSE, and that mailbox is read as a person), or a whole login name. */
static int login_name_merge(struct login_name *name,
			    const struct login_name *beside, bool whole,
			    const char *mailbox_error, const char **error_r)
{
	const char *mailbox =
		beside->mailbox != NULL ? beside->mailbox : beside->person;

	/* Cross-checks only: it is always name's person who logs in, and it is
	   her right to the mailbox that counts. So letter case may differ. */
	if (whole && strcasecmp(beside->person, name->person) != 0) {
		*error_r = "login name and authzid name different people";
		return -1;
	}
	if (name->mailbox != NULL) {
		if (strcasecmp(mailbox, name->mailbox) != 0) {
			*error_r = mailbox_error;
			return -1;
		}
	} else if (strcmp(mailbox, name->person) != 0) {
		name->mailbox = mailbox;
	}
	return 0;
}

/* Read a login name that may be of the form mailbox*person. */
static int login_name_parse_master(const struct login_name_settings *set,
				   const char *text, struct login_name *name_r,
				   const char **error_r)
{
	const char *master = strchr(text, LOGIN_NAME_MASTER);
	struct login_name beside;

	if (master == NULL)
		return login_name_parse_plain(set, text, name_r, error_r);
	if (strchr(master + 1, LOGIN_NAME_MASTER) != NULL) {
		*error_r = ERROR_TOO_MANY_PARTS;
		return -1;
	}
	if (login_name_parse_plain(set, master + 1, name_r, error_r) < 0 ||
	    login_name_parse_plain(set, t_strdup_until(text, master), &beside,
				   error_r) < 0)
		return -1;
	return login_name_merge(name_r, &beside, beside.mailbox != NULL,
				"two mailboxes named", error_r);
}

int login_name_parse(const struct login_name_settings *set, const char *typed,
		     const char *authzid, struct login_name *name_r,
		     const char **error_r)
{
	struct login_name beside;
	bool whole;

	/* Some programs always send the login name as the authzid, too. */
	if (authzid == NULL || *authzid == '\0' || strcmp(authzid, typed) == 0)
		return login_name_parse_master(set, typed, name_r, error_r);

	/* Dovecot has cut the typed name at its first "*" and hands us the
	   mailbox as the authzid: a "*" that is left is one too many. */
	if (strchr(typed, LOGIN_NAME_MASTER) != NULL) {
		*error_r = ERROR_TOO_MANY_PARTS;
		return -1;
	}
	if (login_name_parse_plain(set, typed, name_r, error_r) < 0 ||
	    login_name_parse_master(set, authzid, &beside, error_r) < 0)
		return -1;
	whole = beside.mailbox != NULL ||
		strchr(authzid, LOGIN_NAME_MASTER) != NULL;
	return login_name_merge(
		name_r, &beside, whole,
		"login name and authzid name different mailboxes", error_r);
}

int login_name_parse_recipient(const char *typed, const char **name_r,
			       const char **error_r)
{
	const char *domain, *plus;

	if (name_check_typed(typed, error_r) < 0)
		return -1;
	if (strpbrk(typed, LOGIN_NAME_SEPARATORS) != NULL ||
	    strchr(typed, LOGIN_NAME_MASTER) != NULL) {
		*error_r = "a recipient is a uid or an address, "
			   "without \\, / or *";
		return -1;
	}
	/* a quoted local part may hold an @ of its own */
	domain = strrchr(typed, '@');
	if (domain == NULL)
		domain = typed + strlen(typed);
	else if (domain == typed || domain[1] == '\0') {
		*error_r = ERROR_EMPTY_PART;
		return -1;
	}
	plus = memchr(typed, '+', domain - typed);
	if (plus == NULL) {
		*name_r = t_strdup(typed);
		return 0;
	}
	if (plus == typed) {
		*error_r = ERROR_EMPTY_PART;
		return -1;
	}
	*name_r = t_strconcat(t_strdup_until(typed, plus), domain, NULL);
	/* "abcd0001 +x" now ends in a space */
	return name_check_typed(*name_r, error_r);
}
