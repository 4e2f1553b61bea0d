/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_ROLE_H
#define FOLDER_ROLE_H

/* The special folders: which name means which role, and what the folder of that
   role is called here. Names are UTF-8, below the personal root (no INBOX
   prefix), with the namespace's separator. */

/* Zero is no role. */
enum folder_role {
	FOLDER_ROLE_NONE = 0,
	FOLDER_ROLE_DRAFTS,
	FOLDER_ROLE_SENT,
	FOLDER_ROLE_TRASH,
	FOLDER_ROLE_JUNK,
	FOLDER_ROLE_ARCHIVE,
	FOLDER_ROLE_COUNT
};

/* What happens to a name that other programs use for a role. */
enum folder_policy {
	/* It leads to the role's folder. */
	FOLDER_POLICY_ALIAS = 0,
	/* No folder of that name can be made. */
	FOLDER_POLICY_REJECT,
	/* It is a name like any other. */
	FOLDER_POLICY_OFF
};

/* How a name came to mean a role. */
enum folder_match {
	FOLDER_MATCH_NONE = 0,
	/* Its first component is the canonical name, byte for byte. */
	FOLDER_MATCH_CANONICAL,
	/* The same but for letter case or Unicode normalization. */
	FOLDER_MATCH_FOLDED,
	/* One of the administrator's aliases, or of the built-in table. */
	FOLDER_MATCH_ALIAS
};

struct folder_role_settings {
	/* What the folder is called, one component; NULL or "" if this site
	   has no folder of that role: then no name means it. */
	const char *canonical;
	enum folder_policy policy;
	/* The administrator's aliases besides the built-in ones,
	   NULL-terminated; may be NULL. */
	const char *const *aliases;
};

struct folder_roles_settings {
	struct folder_role_settings roles[FOLDER_ROLE_COUNT];
	/* Use also the names that only one source knows. */
	bool extended_aliases;
	/* Between the components of a name. */
	char separator;
};

struct folder_name {
	enum folder_role role;
	enum folder_match match;
	/* of the role */
	enum folder_policy policy;
	/* The canonical name of the role's folder; owned by the roles. */
	const char *canonical;
	/* Bytes of the first component in the name that was looked up. */
	size_t first_len;
	/* What follows the first component: "", or the separator and more;
	   points into the name that was looked up. */
	const char *rest;
};

struct folder_roles;

/* "drafts" … as in settings; "none" for FOLDER_ROLE_NONE. */
const char *folder_role_name(enum folder_role role);
/* "\Drafts" … (RFC 6154); NULL for FOLDER_ROLE_NONE. */
const char *folder_role_special_use(enum folder_role role);
/* The role of a special-use attribute in any ASCII case, or
   FOLDER_ROLE_NONE. */
enum folder_role folder_role_from_special_use(const char *special_use);

/* "alias", "reject" or "off". Returns 0, or -1 with *error_r a sentence. */
int folder_policy_parse(const char *value, enum folder_policy *policy_r,
			const char **error_r);
const char *folder_policy_name(enum folder_policy policy);

/* Split the administrator's aliases at commas; spaces around each are dropped,
   as are empty ones. The list is in the pool, NULL-terminated. Returns 0, or -1
   with *error_r a sentence if one is no valid UTF-8 or holds a control
   character. */
int folder_aliases_parse(pool_t pool, const char *value,
			 const char *const **aliases_r, const char **error_r);

/* Check the settings and make them ready for look-ups; everything is copied
   into the pool. Returns 0, or -1 with *error_r a sentence that names the role
   and the value: a canonical name or alias of an administrator that holds the
   separator, a control character, a wildcard (* or %) or invalid UTF-8, that is
   empty, longer than 255 bytes or INBOX; two roles with one name; an alias that
   is another role's canonical name or alias. Names of the built-in table are
   left out where they clash with the administrator's. */
int folder_roles_init(pool_t pool, const struct folder_roles_settings *set,
		      const struct folder_roles **roles_r,
		      const char **error_r);

/* Does the first component of the name mean a role? Letter case and Unicode
   normalization do not matter. The canonical name and what folds to it mean the
   role whatever the policy; an alias does so unless the policy is "off". The
   caller acts on policy. Any bytes may be given. Constant time for names of
   any length: a first component over 255 bytes means nothing. FALSE leaves
   nothing but zeros in name_r. */
bool folder_roles_find(const struct folder_roles *roles, const char *name,
		       struct folder_name *name_r);

/* The canonical name of the role's folder, or NULL if there is none. */
const char *folder_roles_canonical(const struct folder_roles *roles,
				   enum folder_role role);
enum folder_policy folder_roles_policy(const struct folder_roles *roles,
				       enum folder_role role);

/* Append the name in the form in which names are compared: decomposed and in
   title case, by Dovecot's unichar, so often that a further time changes
   nothing. Marks on a letter stay in the order in which they are written.
   Returns 0, or -1 with nothing appended if it is no valid UTF-8. Uses the data
   stack. */
int folder_role_fold(const char *name, size_t size, buffer_t *dest);

#endif
