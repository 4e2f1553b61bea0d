/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tells POP3 programs that their deletions are not allowed.

   Where a person may change nothing at all, Dovecot's pop3 forgets about the
   deletions at QUIT and claims that they were done. So it is told that the
   mailbox can be changed; the acl plugin then refuses, and the program keeps
   what it believed to be deleted. Where pop3 gives deleted mails a keyword
   instead (pop3_deleted_flag), acl says nothing when it may not, so we do. */

#include "lib.h"
#include "campus-acl.h"

#define CAMPUS_ACL_POP3_REFUSED                                                \
	"You may read this mailbox, but not delete from it: nothing was "      \
	"deleted"

#define CAMPUS_ACL_POP3_CONTEXT(obj)                                           \
	MODULE_CONTEXT_REQUIRE(obj, campus_acl_pop3_module)
#define CAMPUS_ACL_POP3_MAIL_CONTEXT(obj)                                      \
	MODULE_CONTEXT_REQUIRE(obj, campus_acl_pop3_mail_module)
static MODULE_CONTEXT_DEFINE_INIT(campus_acl_pop3_module,
				  &mail_storage_module_register);
static MODULE_CONTEXT_DEFINE_INIT(campus_acl_pop3_mail_module,
				  &mail_module_register);

struct campus_acl_pop3 {
	union mailbox_module_context module_ctx;
	/* A keyword was not to be had. */
	bool refused;
	/* of all plugins together */
	bool (*is_readonly)(struct mailbox *box);
	int (*transaction_commit)(struct mailbox_transaction_context *t,
				  struct mail_transaction_commit_changes *c);
};

static bool campus_acl_pop3_is_readonly(struct mailbox *box)
{
	struct campus_acl_pop3 *pop3 = CAMPUS_ACL_POP3_CONTEXT(box);

	return acl_mailbox_right_lookup(box, ACL_STORAGE_RIGHT_EXPUNGE) != 0 &&
	       pop3->is_readonly(box);
}

static int
campus_acl_pop3_commit(struct mailbox_transaction_context *t,
		       struct mail_transaction_commit_changes *changes_r)
{
	struct mailbox *box = t->box;
	struct campus_acl_pop3 *pop3 = CAMPUS_ACL_POP3_CONTEXT(box);
	enum mail_error error;

	if (pop3->refused) {
		pop3->refused = FALSE;
		box->v.transaction_rollback(t);
		mail_storage_set_error(box->storage, MAIL_ERROR_PERM,
				       CAMPUS_ACL_POP3_REFUSED);
		return -1;
	}
	if (pop3->transaction_commit(t, changes_r) == 0)
		return 0;
	(void)mailbox_get_last_error(box, &error);
	if (error == MAIL_ERROR_PERM) {
		mail_storage_set_error(box->storage, error,
				       CAMPUS_ACL_POP3_REFUSED);
	}
	return -1;
}

void campus_acl_pop3_mailbox_allocated(struct mailbox *box)
{
	struct acl_mailbox *abox = ACL_CONTEXT(box);
	struct campus_acl_pop3 *pop3;

	if ((box->flags & MAILBOX_FLAG_POP3_SESSION) == 0 || abox == NULL ||
	    !abox->acl_enabled)
		return;
	pop3 = p_new(box->pool, struct campus_acl_pop3, 1);
	pop3->is_readonly = box->v.is_readonly;
	pop3->transaction_commit = box->v.transaction_commit;
	/* acl asks whoever comes after it in vlast, so ours come first. */
	box->v.is_readonly = campus_acl_pop3_is_readonly;
	box->v.transaction_commit = campus_acl_pop3_commit;
	MODULE_CONTEXT_SET(box, campus_acl_pop3_module, pop3);
}

static void campus_acl_pop3_update_keywords(struct mail *mail,
					    enum modify_type type,
					    struct mail_keywords *keywords)
{
	struct mail_private *pmail = (struct mail_private *)mail;
	union mail_module_context *mctx = CAMPUS_ACL_POP3_MAIL_CONTEXT(pmail);
	struct campus_acl_pop3 *pop3 = CAMPUS_ACL_POP3_CONTEXT(mail->box);

	if (acl_mailbox_right_lookup(mail->box, ACL_STORAGE_RIGHT_WRITE) == 0)
		pop3->refused = TRUE;
	else
		mctx->super.update_keywords(mail, type, keywords);
}

void campus_acl_pop3_mail_allocated(struct mail *mail)
{
	struct mail_private *pmail = (struct mail_private *)mail;
	union mail_module_context *mctx;

	if (MODULE_CONTEXT(mail->box, campus_acl_pop3_module) == NULL)
		return;
	mctx = p_new(pmail->pool, union mail_module_context, 1);
	mctx->super.update_keywords = pmail->v.update_keywords;
	pmail->v.update_keywords = campus_acl_pop3_update_keywords;
	MODULE_CONTEXT_SET_SELF(pmail, campus_acl_pop3_mail_module, mctx);
}
