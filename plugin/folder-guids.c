/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The set of GUIDs in a folder, which grows as the folder does. */

#include "lib.h"
#include "hash.h"
#include "mail-storage.h"
#include "folder-guids.h"

struct folder_guids {
	pool_t pool;
	struct mailbox *box;
	HASH_TABLE(const char *, void *) uids;
	uint32_t last_uid;
	/* Were the files themselves looked at, not only the index? */
	bool scanned;
};

struct folder_guids *folder_guids_init(struct mailbox *box)
{
	pool_t pool = pool_alloconly_create("folder guids", 10240);
	struct folder_guids *guids = p_new(pool, struct folder_guids, 1);

	guids->pool = pool;
	guids->box = box;
	hash_table_create(&guids->uids, pool, 0, str_hash, strcmp);
	return guids;
}

void folder_guids_deinit(struct folder_guids **_guids)
{
	struct folder_guids *guids = *_guids;

	*_guids = NULL;
	if (guids == NULL)
		return;
	hash_table_destroy(&guids->uids);
	pool_unref(&guids->pool);
}

static int folder_guids_add(struct folder_guids *guids, struct mail *mail)
{
	const char *guid;

	if (mail_get_special(mail, MAIL_FETCH_GUID, &guid) < 0) {
		/* Somebody has just expunged it: then it is not there. */
		return mail->expunged ? 0 : -1;
	}
	if (*guid != '\0' && folder_guids_find(guids, guid) == 0) {
		guid = p_strdup(guids->pool, guid);
		hash_table_insert(guids->uids, guid, POINTER_CAST(mail->uid));
	}
	return 0;
}

int folder_guids_refresh(struct folder_guids *guids)
{
	struct mailbox_transaction_context *trans;
	struct mail *mail;
	uint32_t seq, last_seq;
	int ret = 0;

	if (mailbox_sync(guids->box,
			 guids->scanned ? 0 : MAILBOX_SYNC_FLAG_FULL_READ) < 0)
		return -1;
	guids->scanned = TRUE;
	mailbox_get_seq_range(guids->box, guids->last_uid + 1, (uint32_t)-1,
			      &seq, &last_seq);
	if (seq == 0)
		return 0;
	trans = mailbox_transaction_begin(guids->box, 0, __func__);
	mail = mail_alloc(trans, MAIL_FETCH_GUID, NULL);
	for (; seq <= last_seq && ret == 0; seq++) {
		T_BEGIN
			{
				mail_set_seq(mail, seq);
				ret = folder_guids_add(guids, mail);
				if (ret == 0)
					guids->last_uid = mail->uid;
			}
		T_END;
	}
	mail_free(&mail);
	if (mailbox_transaction_commit(&trans) < 0)
		ret = -1;
	return ret;
}

uint32_t folder_guids_find(const struct folder_guids *guids, const char *guid)
{
	return POINTER_CAST_TO(hash_table_lookup(guids->uids, guid), uint32_t);
}
