/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* How much EXPUNGE would take out of a mailbox. */

#include "lib.h"
#include "mail-search.h"
#include "mail-search-build.h"
#include "mail-storage.h"
#include "deleted-size.h"

/* Somebody else may expunge the message while we count: then it is no longer
   one that could be. */
static int deleted_size_add(struct mail *mail, struct deleted_size *size)
{
	uoff_t bytes;

	if (mail_get_virtual_size(mail, &bytes) < 0) {
		return mailbox_get_last_mail_error(mail->box) ==
				       MAIL_ERROR_EXPUNGED ?
			       0 :
			       -1;
	}
	size->messages++;
	size->bytes += bytes;
	return 0;
}

int deleted_size_get(struct mailbox *box, bool bytes,
		     struct deleted_size *size_r)
{
	struct mail_search_args *args = mail_search_build_init();
	struct mailbox_transaction_context *trans;
	struct mail_search_context *search;
	struct mail *mail;
	int ret = 0;

	i_zero(size_r);
	mail_search_build_add(args, SEARCH_FLAGS)->value.flags = MAIL_DELETED;
	trans = mailbox_transaction_begin(box, 0, __func__);
	search = mailbox_search_init(trans, args, NULL,
				     bytes ? MAIL_FETCH_VIRTUAL_SIZE : 0, NULL);
	mail_search_args_unref(&args);
	while (ret == 0 && mailbox_search_next(search, &mail)) {
		if (bytes)
			ret = deleted_size_add(mail, size_r);
		else
			size_r->messages++;
	}
	if (mailbox_search_deinit(&search) < 0)
		ret = -1;
	/* keeps sizes that were found out in the cache */
	if (mailbox_transaction_commit(&trans) < 0)
		ret = -1;
	return ret;
}
