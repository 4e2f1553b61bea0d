/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_ACL_H
#define FOLDER_ACL_H

/* Who may do what in a folder: its dovecot-acl file, whether the acl plugin is
   loaded here or not. */

struct mailbox;

/* May the mail of one folder go into the other? Not if somebody could do more
   with it there. Both are open. Returns 0, or -1 with *error_r a sentence. */
int folder_acl_check(struct mailbox *source, struct mailbox *target,
		     const char **error_r);

/* Give a folder that was never used the other's ACL, or none if the other has
   none; an ACL of its own that it did not get from its parent stays. Both are
   open. Returns 0, or -1 with *error_r a sentence. */
int folder_acl_inherit(struct mailbox *source, struct mailbox *target,
		       const char **error_r);

#endif
