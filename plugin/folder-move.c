/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Batch by batch: copy what the target lacks and commit; look into the target
   whether all of it is there; only then expunge it from the source. */

#include "lib.h"
#include "array.h"
#include "guid.h"
#include "hash.h"
#include "hex-binary.h"
#include "istream.h"
#include "seq-range-array.h"
#include "sha2.h"
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
	/* What this batch has copied: UID in the source -> GUID of the copy. */
	HASH_TABLE(void *, const char *) copied;
	/* UIDs in the target that this run has found or made. */
	ARRAY_TYPE(seq_range) claimed;
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

/* The first messages of the source, as UIDs. */
static void folder_move_next(struct folder_move *move,
			     ARRAY_TYPE(uint32_t) *uids)
{
	struct mailbox_status status;
	uint32_t uid;

	array_clear(uids);
	mailbox_get_open_status(move->source, STATUS_MESSAGES, &status);
	for (uint32_t seq = 1; seq <= I_MIN(status.messages, FOLDER_MOVE_BATCH);
	     seq++) {
		mail_index_lookup_uid(move->source->view, seq, &uid);
		array_push_back(uids, &uid);
	}
}

/* Returns 1; 0 if the message is no longer there. */
static int folder_move_get_guid(struct folder_move *move, struct mail *mail,
				const char **guid_r)
{
	if (mail_get_special(mail, MAIL_FETCH_GUID, guid_r) == 0 &&
	    **guid_r != '\0')
		return 1;
	return mail->expunged ? 0 :
				folder_move_failed(move, move->source,
						   "Cannot read a GUID in");
}

/*
 * Is it the same message?
 */

/* Are they the same byte for byte? Returns 1, 0 or -1. */
static int folder_mails_equal(struct mail *mail1, struct mail *mail2)
{
	struct istream *input1, *input2;
	const unsigned char *data1, *data2;
	size_t size1, size2;

	if (mail_get_stream(mail1, NULL, NULL, &input1) < 0 ||
	    mail_get_stream(mail2, NULL, NULL, &input2) < 0)
		return -1;
	while (i_stream_read_more(input1, &data1, &size1) > 0 &&
	       i_stream_read_more(input2, &data2, &size2) > 0) {
		size1 = I_MIN(size1, size2);
		if (memcmp(data1, data2, size1) != 0)
			return 0;
		i_stream_skip(input1, size1);
		i_stream_skip(input2, size1);
	}
	if (input1->stream_errno != 0 || input2->stream_errno != 0)
		return -1;
	return i_stream_read_eof(input1) && i_stream_read_eof(input2) ? 1 : 0;
}

/* A GUID that always comes out the same for the same message, so that a later
   run knows the copy by it. */
static int folder_mail_make_guid(struct mail *mail, const char *old_guid,
				 const char **guid_r)
{
	unsigned char digest[SHA256_RESULTLEN];
	struct istream *input;
	const unsigned char *data;
	struct sha256_ctx sha;
	size_t size;

	if (mail_get_stream(mail, NULL, NULL, &input) < 0)
		return -1;
	sha256_init(&sha);
	sha256_loop(&sha, old_guid, strlen(old_guid) + 1);
	while (i_stream_read_more(input, &data, &size) > 0) {
		sha256_loop(&sha, data, size);
		i_stream_skip(input, size);
	}
	if (input->stream_errno != 0)
		return -1;
	sha256_result(&sha, digest);
	*guid_r = binary_to_hex(digest, GUID_128_SIZE);
	return 0;
}

/* The same message under another GUID, which no other message of the source is:
   see folder_guids_find_like(). Returns 1, 0 or -1. */
static int folder_move_find_like(struct folder_move *move, struct mail *mail,
				 struct mail *there)
{
	const struct folder_guids_like *like;
	int ret;

	if (folder_guids_find_like(move->guids, mail, &like) < 0)
		return -1;
	for (; like != NULL; like = like->next) {
		if (seq_range_exists(&move->claimed, like->uid) ||
		    !mail_set_uid(there, like->uid))
			continue;
		if ((ret = folder_mails_equal(mail, there)) != 0)
			return ret;
	}
	return 0;
}

/* Is the message in the target? Returns 1 if it is, 0 if not, -1 on error.
 *guid_r is the GUID that it has there, or is to get. */
static int folder_move_find(struct folder_move *move, struct mail *mail,
			    struct mail *there, const char **guid_r)
{
	uint32_t uid = folder_guids_find(move->guids, *guid_r);
	int ret;

	if (uid == 0 || !mail_set_uid(there, uid))
		ret = folder_move_find_like(move, mail, there);
	else if ((ret = folder_mails_equal(mail, there)) == 0) {
		/* Files of one name, from other programs. */
		ret = folder_mail_make_guid(mail, *guid_r, guid_r);
		uid = folder_guids_find(move->guids, *guid_r);
		if (ret == 0 && uid != 0 && mail_set_uid(there, uid))
			return 1;
	}
	if (ret < 0) {
		(void)folder_move_failed(move, move->source,
					 "Cannot read a message in");
	}
	return ret;
}

/*
 * Copy
 */

static int folder_move_copy_one(struct folder_move *move, struct mail *mail,
				struct mailbox_transaction_context *to,
				const char *old_guid, const char *guid)
{
	struct mailbox *target = move->target;
	bool no_reflink = target->disable_reflink_copy_to;
	struct mail_save_context *save;
	int ret;

	save = mailbox_save_alloc(to);
	mailbox_save_copy_flags(save, mail);
	if (strcmp(guid, old_guid) != 0) {
		/* One file cannot have two GUIDs. */
		target->disable_reflink_copy_to = TRUE;
		mailbox_save_set_guid(save, guid);
	}
	ret = mailbox_copy(&save, mail);
	target->disable_reflink_copy_to = no_reflink;
	if (ret < 0 && !mail->expunged)
		return folder_move_failed(move, target, "Cannot copy into");
	return ret < 0 ? 0 : 1;
}

/* Returns TRUE if another message with this GUID is in the batch already: then
   the next one decides. */
static bool folder_move_is_doubled(struct folder_move *move, const char *guid)
{
	struct hash_iterate_context *iter;
	const char *other;
	bool found = FALSE;
	void *uid;

	iter = hash_table_iterate_init(move->copied);
	while (!found && hash_table_iterate(iter, move->copied, &uid, &other))
		found = strcmp(guid, other) == 0;
	hash_table_iterate_deinit(&iter);
	return found;
}

/* Copy one message if the target lacks it. */
static int folder_move_copy_missing(struct folder_move *move, struct mail *mail,
				    struct mail *there,
				    struct mailbox_transaction_context *to)
{
	const char *old_guid, *guid;
	int ret;

	if ((ret = folder_move_get_guid(move, mail, &old_guid)) <= 0)
		return ret;
	guid = old_guid = t_strdup(old_guid);
	if ((ret = folder_move_find(move, mail, there, &guid)) != 0)
		return I_MIN(ret, 0);
	if (folder_move_is_doubled(move, guid))
		return 0;
	ret = folder_move_copy_one(move, mail, to, old_guid, guid);
	if (ret > 0) {
		guid = t_strdup(guid);
		hash_table_insert(move->copied, POINTER_CAST(mail->uid), guid);
	}
	return I_MIN(ret, 0);
}

/* Copy those that the target lacks, and commit. */
static int folder_move_copy(struct folder_move *move,
			    const ARRAY_TYPE(uint32_t) *uids)
{
	struct mailbox_transaction_context *from, *look, *to;
	struct mail *mail, *there;
	uint32_t uid;
	int ret = 0;

	hash_table_clear(move->copied, TRUE);
	from = mailbox_transaction_begin(move->source, 0, __func__);
	look = mailbox_transaction_begin(move->target, 0, __func__);
	to = mailbox_transaction_begin(
		move->target, MAILBOX_TRANSACTION_FLAG_EXTERNAL, __func__);
	mail = mail_alloc(from, MAIL_FETCH_GUID, NULL);
	there = mail_alloc(look, 0, NULL);
	array_foreach_elem(uids, uid) {
		if (!mail_set_uid(mail, uid))
			continue;
		ret = folder_move_copy_missing(move, mail, there, to);
		if (ret < 0)
			break;
	}
	mail_free(&mail);
	mail_free(&there);
	if (ret < 0)
		mailbox_transaction_rollback(&to);
	else if (mailbox_transaction_commit(&to) < 0)
		ret = folder_move_failed(move, move->target,
					 "Cannot write into");
	if (ret == 0)
		move->counts->copied += hash_table_count(move->copied);
	(void)mailbox_transaction_commit(&look);
	(void)mailbox_transaction_commit(&from);
	return ret;
}

/*
 * Expunge
 */

/* A process that is killed while it puts a message with keywords into a Maildir
   may leave their letters without their names. */
#define FOLDER_MOVE_NAMELESS_KEYWORD "unknown-"

static void folder_move_update_keywords(struct mail *mail,
					enum modify_type type,
					const char *const *keywords)
{
	struct mail_keywords *kw;

	if (*keywords == NULL)
		return;
	kw = mailbox_keywords_create_valid(mail->box, keywords);
	mail_update_keywords(mail, type, kw);
	mailbox_keywords_unref(&kw);
}

/* Give the target's message the flags and keywords of the source's. */
static void folder_move_unite_flags(struct mail *mail, struct mail *there)
{
	const char *const *keywords = mail_get_keywords(there);
	ARRAY_TYPE(const_string) nameless;

	t_array_init(&nameless, 4);
	for (; *keywords != NULL; keywords++) {
		if (strncmp(*keywords, FOLDER_MOVE_NAMELESS_KEYWORD,
			    strlen(FOLDER_MOVE_NAMELESS_KEYWORD)) == 0)
			array_push_back(&nameless, keywords);
	}
	array_append_zero(&nameless);
	folder_move_update_keywords(there, MODIFY_REMOVE,
				    array_front(&nameless));
	folder_move_update_keywords(there, MODIFY_ADD, mail_get_keywords(mail));
	mail_update_flags(there, MODIFY_ADD,
			  mail_get_flags(mail) & MAIL_FLAGS_NONRECENT);
}

/* Is the copy there that this batch has made? */
static int folder_move_find_copy(struct folder_move *move, struct mail *there,
				 const char *guid)
{
	uint32_t uid = folder_guids_find(move->guids, guid);

	if (uid != 0 && mail_set_uid(there, uid))
		return 1;
	move->error = t_strdup_printf(
		"A copy cannot be found in '%s', so the original stays; run "
		"this again",
		log_escape(move->target->vname));
	return -1;
}

/* Returns 1 if the source's message may go, 0 if it must stay. */
static int folder_move_check_one(struct folder_move *move, struct mail *mail,
				 struct mail *there)
{
	const char *guid;
	int ret;

	guid = hash_table_lookup(move->copied, POINTER_CAST(mail->uid));
	if (guid != NULL)
		ret = folder_move_find_copy(move, there, guid);
	else if ((ret = folder_move_get_guid(move, mail, &guid)) > 0) {
		guid = t_strdup(guid);
		ret = folder_move_find(move, mail, there, &guid);
		if (ret > 0)
			move->counts->joined++;
	}
	if (ret > 0) {
		seq_range_array_add(&move->claimed, there->uid);
		folder_move_unite_flags(mail, there);
	}
	return ret;
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
	return I_MIN(ret, 0);
}

/*
 * All of it
 */

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
			move->error = p_strdup(move->source->pool, move->error);
		}
		T_END;
		if (ret < 0)
			return -1;
	}
}

/* Would they be copied, or are they there? */
static int folder_move_count_all(struct folder_move *move, struct mail *mail,
				 struct mail *there)
{
	struct mailbox_status status;
	const char *guid;
	int ret = 0;

	mailbox_get_open_status(move->source, STATUS_MESSAGES, &status);
	for (uint32_t seq = 1; seq <= status.messages && ret >= 0; seq++) {
		T_BEGIN
		{
			mail_set_seq(mail, seq);
			ret = folder_move_get_guid(move, mail, &guid);
			if (ret > 0 && there != NULL)
				ret = folder_move_find(move, mail, there,
						       &guid);
			else
				ret = I_MIN(ret, 0);
			move->error = p_strdup(move->source->pool, move->error);
		}
		T_END;
		if (ret > 0)
			move->counts->joined++;
		else
			move->counts->copied++;
	}
	return I_MIN(ret, 0);
}

static int folder_move_count(struct folder_move *move)
{
	struct mailbox_transaction_context *from, *look = NULL;
	struct mail *mail, *there = NULL;
	int ret;

	if (move->target != NULL && folder_guids_refresh(move->guids) < 0)
		return folder_move_failed(move, move->target, "Cannot read");
	from = mailbox_transaction_begin(move->source, 0, __func__);
	mail = mail_alloc(from, MAIL_FETCH_GUID, NULL);
	if (move->target != NULL) {
		look = mailbox_transaction_begin(move->target, 0, __func__);
		there = mail_alloc(look, 0, NULL);
	}
	ret = folder_move_count_all(move, mail, there);
	mail_free(&mail);
	(void)mailbox_transaction_commit(&from);
	if (there != NULL) {
		mail_free(&there);
		(void)mailbox_transaction_commit(&look);
	}
	return ret;
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
	hash_table_create_direct(&move.copied, default_pool, 0);
	i_array_init(&move.claimed, 8);
	ret = set->dry_run ? folder_move_count(&move) : folder_move_all(&move);
	hash_table_destroy(&move.copied);
	array_free(&move.claimed);
	folder_guids_deinit(&move.guids);
	/* not in the pool of a mailbox that is closed now */
	*error_r = t_strdup(move.error);
	return ret;
}
