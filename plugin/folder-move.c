/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Batch by batch: copy what the target lacks and commit; look into the target
   whether all of it is there; only then expunge it from the source. */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "istream.h"
#include "seq-range-array.h"
#include "mail-storage-private.h"
#include "log-escape.h"
#include "folder-guids.h"
#include "folder-move.h"

#define FOLDER_MOVE_BATCH 100

struct folder_move {
	struct mailbox *source, *target;
	const struct folder_move_settings *set;
	struct folder_move_counts *counts;
	struct folder_guids *guids;
	/* UIDs in the source: copied by this batch; not to be moved. */
	ARRAY_TYPE(seq_range) copied, left;
	const char *error;
};

static int folder_move_failed(struct folder_move *move, struct mailbox *box,
			      const char *what)
{
	move->error =
		t_strdup_printf("%s '%s': %s", what, log_escape(box->vname),
				mailbox_get_last_internal_error(box, NULL));
	return -1;
}

/* Are they the same byte for byte? Returns 1, 0 or -1. */
static int folder_mails_equal(struct mail *mail1, struct mail *mail2)
{
	struct istream *input1, *input2;
	const unsigned char *data1, *data2;
	size_t size1, size2;

	if (mail_get_stream(mail1, NULL, NULL, &input1) < 0 ||
	    mail_get_stream(mail2, NULL, NULL, &input2) < 0)
		return -1;
	for (;;) {
		if (i_stream_read_more(input1, &data1, &size1) < 0 ||
		    i_stream_read_more(input2, &data2, &size2) < 0)
			break;
		size1 = size2 = I_MIN(size1, size2);
		if (memcmp(data1, data2, size1) != 0)
			return 0;
		i_stream_skip(input1, size1);
		i_stream_skip(input2, size2);
	}
	if (input1->stream_errno != 0 || input2->stream_errno != 0)
		return -1;
	return i_stream_read_eof(input1) && i_stream_read_eof(input2) ? 1 : 0;
}

/* The first messages of the source, as UIDs. */
static void folder_move_next(struct folder_move *move,
			     ARRAY_TYPE(uint32_t) *uids)
{
	struct mailbox_status status;
	uint32_t uid;

	array_clear(uids);
	mailbox_get_open_status(move->source, STATUS_MESSAGES, &status);
	for (uint32_t seq = 1;
	     seq <= status.messages && array_count(uids) < FOLDER_MOVE_BATCH;
	     seq++) {
		mail_index_lookup_uid(move->source->view, seq, &uid);
		if (!seq_range_exists(&move->left, uid))
			array_push_back(uids, &uid);
	}
}

static int folder_move_get_guid(struct mail *mail, const char **guid_r)
{
	if (mail_get_special(mail, MAIL_FETCH_GUID, guid_r) < 0)
		return mail->expunged ? 0 : -1;
	return **guid_r == '\0' ? -1 : 1;
}

static int folder_move_copy_one(struct folder_move *move, struct mail *mail,
				struct mailbox_transaction_context *trans)
{
	struct mail_save_context *save;

	save = mailbox_save_alloc(trans);
	mailbox_save_copy_flags(save, mail);
	if (mailbox_copy(&save, mail) < 0) {
		if (mail->expunged)
			return 0;
		return folder_move_failed(move, move->target,
					  "Cannot copy into");
	}
	seq_range_array_add(&move->copied, mail->uid);
	return 0;
}

/* Copy those that the target lacks, and commit. */
static int folder_move_copy(struct folder_move *move,
			    const ARRAY_TYPE(uint32_t) *uids)
{
	struct mailbox_transaction_context *from, *to;
	HASH_TABLE(const char *, const char *) batch;
	const char *guid;
	struct mail *mail;
	uint32_t uid;
	int ret = 0;

	array_clear(&move->copied);
	hash_table_create(&batch, default_pool, 0, str_hash, strcmp);
	from = mailbox_transaction_begin(move->source, 0, __func__);
	to = mailbox_transaction_begin(
		move->target, MAILBOX_TRANSACTION_FLAG_EXTERNAL, __func__);
	mail = mail_alloc(from,
			  MAIL_FETCH_GUID | MAIL_FETCH_STREAM_HEADER |
				  MAIL_FETCH_STREAM_BODY,
			  NULL);
	array_foreach_elem(uids, uid) {
		if (!mail_set_uid(mail, uid))
			continue;
		if ((ret = folder_move_get_guid(mail, &guid)) < 0) {
			ret = folder_move_failed(move, move->source,
						 "Cannot read a GUID in");
			break;
		}
		if (ret == 0)
			continue;
		ret = 0;
		if (folder_guids_find(move->guids, guid) != 0 ||
		    hash_table_lookup(batch, guid) != NULL)
			continue;
		guid = t_strdup(guid);
		hash_table_insert(batch, guid, guid);
		if ((ret = folder_move_copy_one(move, mail, to)) < 0)
			break;
	}
	mail_free(&mail);
	hash_table_destroy(&batch);
	if (ret < 0)
		mailbox_transaction_rollback(&to);
	else if (mailbox_transaction_commit(&to) < 0)
		ret = folder_move_failed(move, move->target,
					 "Cannot write into");
	if (ret == 0)
		move->counts->copied += seq_range_count(&move->copied);
	(void)mailbox_transaction_commit(&from);
	return ret;
}

/* Give the target's message the flags and keywords of the source's. */
static void folder_move_unite_flags(struct mail *mail, struct mail *there)
{
	const char *const *keywords = mail_get_keywords(mail);
	struct mail_keywords *kw;

	mail_update_flags(there, MODIFY_ADD,
			  mail_get_flags(mail) & MAIL_FLAGS_NONRECENT);
	if (*keywords == NULL)
		return;
	kw = mailbox_keywords_create_valid(there->box, keywords);
	mail_update_keywords(there, MODIFY_ADD, kw);
	mailbox_keywords_unref(&kw);
}

/* Returns 1 if the source's message may go, 0 if it must stay. */
static int folder_move_check_one(struct folder_move *move, struct mail *mail,
				 struct mail *there)
{
	const char *guid;
	uint32_t uid;
	int ret;

	if ((ret = folder_move_get_guid(mail, &guid)) == 0)
		return 0;
	uid = ret < 0 ? 0 : folder_guids_find(move->guids, guid);
	if (uid == 0 || !mail_set_uid(there, uid)) {
		move->error = t_strdup_printf(
			"A copy cannot be found in '%s', so the original "
			"stays; run this again",
			log_escape(move->target->vname));
		return -1;
	}
	if (!seq_range_exists(&move->copied, mail->uid)) {
		if ((ret = folder_mails_equal(mail, there)) < 0) {
			return folder_move_failed(move, move->source,
						  "Cannot read a message in");
		}
		if (ret == 0) {
			seq_range_array_add(&move->left, mail->uid);
			move->counts->left++;
			return 0;
		}
		move->counts->joined++;
	}
	folder_move_unite_flags(mail, there);
	return 1;
}

/* Expunge from the source what is in the target. */
static int folder_move_expunge(struct folder_move *move,
			       const ARRAY_TYPE(uint32_t) *uids)
{
	struct mailbox_transaction_context *from, *to;
	struct mail *mail, *there;
	uint32_t uid;
	int ret = 0;

	from = mailbox_transaction_begin(move->source, 0, __func__);
	to = mailbox_transaction_begin(move->target, 0, __func__);
	mail = mail_alloc(from, MAIL_FETCH_GUID, NULL);
	there = mail_alloc(to, 0, NULL);
	array_foreach_elem(uids, uid) {
		if (!mail_set_uid(mail, uid))
			continue;
		ret = folder_move_check_one(move, mail, there);
		if (ret < 0)
			break;
		if (ret > 0)
			mail_expunge(mail);
	}
	mail_free(&mail);
	mail_free(&there);
	/* What was found in order may go even if another one was not; but
	   flags first. */
	if (mailbox_transaction_commit(&to) < 0 ||
	    mailbox_sync(move->target, 0) < 0) {
		ret = folder_move_failed(move, move->target,
					 "Cannot write flags into");
		mailbox_transaction_rollback(&from);
	} else if (mailbox_transaction_commit(&from) < 0 ||
		   mailbox_sync(move->source, 0) < 0) {
		ret = folder_move_failed(move, move->source,
					 "Cannot remove messages from");
	}
	return ret < 0 ? -1 : 0;
}

static int folder_move_batch(struct folder_move *move,
			     const ARRAY_TYPE(uint32_t) *uids)
{
	/* What others have put there meanwhile counts, too. */
	if (folder_guids_refresh(move->guids) < 0)
		return folder_move_failed(move, move->target, "Cannot read");
	if (folder_move_copy(move, uids) < 0)
		return -1;
	if (folder_guids_refresh(move->guids) < 0)
		return folder_move_failed(move, move->target, "Cannot read");
	/* See flags that have changed since. */
	if (mailbox_sync(move->source, 0) < 0)
		return folder_move_failed(move, move->source, "Cannot read");
	return folder_move_expunge(move, uids);
}

static int folder_move_all(struct folder_move *move)
{
	ARRAY_TYPE(uint32_t) uids;
	uint32_t first, last_first = 0;
	int ret;

	t_array_init(&uids, FOLDER_MOVE_BATCH);
	for (;;) {
		folder_move_next(move, &uids);
		if (array_count(&uids) == 0)
			return 0;
		first = *array_front(&uids);
		if (first == last_first) {
			move->error = t_strdup_printf(
				"Messages cannot be removed from '%s'; see "
				"whether its files are writable",
				log_escape(move->source->vname));
			return -1;
		}
		last_first = first;
		if (!move->set->progress(move->counts, move->set->context)) {
			move->error = "Stopped; run this again to go on";
			return -1;
		}
		T_BEGIN
			{
				ret = folder_move_batch(move, &uids);
				move->error = p_strdup(move->source->pool,
						       move->error);
			}
		T_END;
		if (ret < 0)
			return -1;
	}
}

/* Would they be copied, or are they there? */
static int folder_move_count(struct folder_move *move)
{
	struct mailbox_transaction_context *from;
	struct mailbox_status status;
	struct mail *mail;
	const char *guid;
	int ret = 0;

	if (move->target != NULL && folder_guids_refresh(move->guids) < 0)
		return folder_move_failed(move, move->target, "Cannot read");
	mailbox_get_open_status(move->source, STATUS_MESSAGES, &status);
	from = mailbox_transaction_begin(move->source, 0, __func__);
	mail = mail_alloc(from, MAIL_FETCH_GUID, NULL);
	for (uint32_t seq = 1; seq <= status.messages && ret >= 0; seq++) {
		mail_set_seq(mail, seq);
		ret = folder_move_get_guid(mail, &guid);
		if (ret < 0)
			(void)folder_move_failed(move, move->source,
						 "Cannot read a GUID in");
		else if (ret > 0 && move->target != NULL &&
			 folder_guids_find(move->guids, guid) != 0)
			move->counts->joined++;
		else if (ret > 0)
			move->counts->copied++;
	}
	mail_free(&mail);
	(void)mailbox_transaction_commit(&from);
	return ret < 0 ? -1 : 0;
}

int folder_move(struct mailbox *source, struct mailbox *target,
		const struct folder_move_settings *set,
		struct folder_move_counts *counts, const char **error_r)
{
	struct folder_move move = {
		.source = source,
		.target = target,
		.set = set,
		.counts = counts,
	};
	struct mailbox_status status;
	int ret;

	if (mailbox_sync(source, MAILBOX_SYNC_FLAG_FULL_READ) < 0) {
		(void)folder_move_failed(&move, source, "Cannot read");
		*error_r = move.error;
		return -1;
	}
	mailbox_get_open_status(source, STATUS_MESSAGES, &status);
	counts->messages += status.messages;
	if (!status.have_guids) {
		*error_r = "This storage gives messages no GUIDs, by which a "
			   "merge knows them; convert it with doveadm sync";
		return -1;
	}
	if (target != NULL)
		move.guids = folder_guids_init(target);
	i_array_init(&move.copied, 8);
	i_array_init(&move.left, 8);
	ret = set->dry_run ? folder_move_count(&move) : folder_move_all(&move);
	array_free(&move.copied);
	array_free(&move.left);
	folder_guids_deinit(&move.guids);
	*error_r = move.error;
	return ret;
}
