/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef PROJECT_ROLE_H
#define PROJECT_ROLE_H

/* What a person is to a project mailbox, and the protocols that go with it. */

enum project_role {
	/* nothing to do with it */
	PROJECT_ROLE_NONE,
	PROJECT_ROLE_READER,
	PROJECT_ROLE_MEMBER,
	PROJECT_ROLE_OWNER,
	PROJECT_ROLE_COUNT
};

/* "owner", "member", "reader"; "none" */
const char *project_role_name(enum project_role role);
/* The role of that name, NONE included. Returns 0, or -1 for other texts. */
int project_role_from_name(const char *name, enum project_role *role_r);

/* The rights that come with the role in every folder of the project mailbox, as
   bits of right-set: the owner has all, a member all but admin, a reader lookup
   and read, and write-seen only if \Seen is each person's own. */
unsigned int project_role_rights(enum project_role role, bool seen_is_private);

struct project_role_settings {
	/* indexed by role: bits of enum project_protocol */
	unsigned int protocols[PROJECT_ROLE_COUNT];
};

/* Read "imap pop3 submission sieve" (any of them, any order, may be empty) for
   one role. Returns 0, or -1 with *error_r a sentence that names the word. */
int project_role_parse(struct project_role_settings *set,
		       enum project_role role, const char *protocols,
		       const char **error_r);

/* May this role open a project mailbox by the service of that name, as Dovecot
   calls it (imap, pop3, submission, sieve; smtp counts as submission,
   managesieve as sieve)? Any other service, and NULL, is refused. */
bool project_role_may_use(const struct project_role_settings *set,
			  enum project_role role, const char *service);

/* May this role write mail in the project mailbox's name? Whoever may use its
   submission, but never a reader, whatever the settings say. */
bool project_role_may_send(const struct project_role_settings *set,
			   enum project_role role);

#endif
