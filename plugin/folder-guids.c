/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The set of GUIDs in a folder, which grows as the folder does. */

#include "lib.h"
#include "hash.h"
#include "mail-storage-private.h"
#include "folder-guids.h"

struct folder_guids {
	pool_t pool;
	struct mailbox *box;
	HASH_TABLE(const char *, void *) uids;
	/* by date and size; not created if the storage does without */
	HASH_TABLE(const char *, struct folder_guids_like *) likes;
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
	if (strcmp(mailbox_get_storage(box)->name, "maildir") == 0)
		hash_table_create(&guids->likes, pool, 0, str_hash, strcmp);
	return guids;
}

void folder_guids_deinit(struct folder_guids **_guids)
{
	struct folder_guids *guids = *_guids;

	*_guids = NULL;
	if (guids == NULL)
		return;
	hash_table_destroy(&guids->uids);
	if (hash_table_is_created(guids->likes))
		hash_table_destroy(&guids->likes);
	pool_unref(&guids->pool);
}

static int folder_guids_get_key(struct mail *mail, const char **key_r)
{
	time_t date;
	uoff_t size;

	if (mail_get_received_date(mail, &date) < 0 ||
	    mail_get_physical_size(mail, &size) < 0)
		return -1;
	*key_r = t_strdup_printf("%" PRIdTIME_T " %" PRIuUOFF_T, date, size);
	return 0;
}

static int folder_guids_add_like(struct folder_guids *guids, struct mail *mail)
{
	struct folder_guids_like *like;
	const char *key;

	if (!hash_table_is_created(guids->likes))
		return 0;
	if (folder_guids_get_key(mail, &key) < 0)
		return mail->expunged ? 0 : -1;
	like = p_new(guids->pool, struct folder_guids_like, 1);
	like->uid = mail->uid;
	like->next = hash_table_lookup(guids->likes, key);
	if (like->next == NULL)
		key = p_strdup(guids->pool, key);
	hash_table_update(guids->likes, key, like);
	return 0;
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
	return folder_guids_add_like(guids, mail);
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

int folder_guids_find_like(const struct folder_guids *guids, struct mail *mail,
			   const struct folder_guids_like **list_r)
{
	const char *key;

	*list_r = NULL;
	if (!hash_table_is_created(guids->likes))
		return 0;
	if (folder_guids_get_key(mail, &key) < 0)
		return -1;
	*list_r = hash_table_lookup(guids->likes, key);
	return 0;
}
