/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_ACL_H
#define CAMPUS_ACL_H

/* What the parts of the mail plugin campus_acl share.

   Dovecot's acl plugin asks and enforces; campus_acl puts other answers in its
   mouth. Who acts is told by the auth driver (campus-acl-person). Each time acl
   has read the entries of a mailbox, they are added up anew (campus-acl-rule).
   Entries that would open a mailbox to everybody, shut its owner out or name
   nobody are not written (campus-acl-guard). */

#include "acl-compat.h"
#include "acl-setting-values.h"
#include "acl-union.h"
#include "project-role.h"

/* Who acts in a session. */
struct campus_acl_person {
	/* The person who logged in to somebody else's mailbox; NULL: the
	   mailbox is one's own, or nobody logged in (delivery, doveadm). */
	const char *name;
	/* The role in that mailbox; NONE in one's own. */
	enum project_role role;
};

struct campus_acl_user {
	union mail_user_module_context module_ctx;

	struct campus_acl_person person;
	struct campus_acl_settings set;
};

/* NULL if campus_acl does not look after the user's folders. */
struct campus_acl_user *campus_acl_user(struct mail_user *user);
/* Is it somebody who has less than the owner's rights in the mailbox? */
bool campus_acl_user_is_lesser(const struct campus_acl_user *cuser);

/* Who acts? From the fields that the auth driver gave. Returns 0, or -1 with
 *error_r a sentence if the session must not go on. */
int campus_acl_person_get(struct mail_user *user,
			  struct campus_acl_person *person_r,
			  const char **error_r);

/* Hook, after the acl plugin's own: bring the rule and the role to the lists of
   a namespace. */
void campus_acl_rule_storage_added(struct mail_namespace *ns);
/* Are rights enforced in all of the mailbox's own namespaces? Returns 0, or -1
   with *error_r a sentence that says what is missing. */
int campus_acl_rule_check(struct mail_user *user, const char **error_r);
/* Hook, after the acl plugin's own: a mailbox that acl does not watch is shut
   for people who have less than the owner's rights. */
void campus_acl_rule_mailbox_allocated(struct mailbox *box);

/* Hooks, after the acl plugin's own: POP3 says what it has not deleted. */
void campus_acl_pop3_mailbox_allocated(struct mailbox *box);
void campus_acl_pop3_mail_allocated(struct mail *mail);

/* Look at each change of an ACL in this list before acl makes it. */
void campus_acl_guard_init(struct campus_acl_user *cuser,
			   struct mailbox_list *list,
			   struct acl_backend *backend);
/* Hook, after the acl plugin's own: a new mailbox gets all entries of its
   parent. */
void campus_acl_guard_mailbox_allocated(struct mailbox *box);

#endif
