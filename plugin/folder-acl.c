/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Reads, compares and copies dovecot-acl files. */

#include "lib.h"
#include "str.h"
#include "istream.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "write-full.h"
#include "acl-compare.h"
#include "log-escape.h"
#include "folder-acl.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FOLDER_ACL_FILE "dovecot-acl"
#define FOLDER_ACL_MAX_SIZE (1024 * 1024)

/* The file's path, where the acl plugin has it; NULL if the folder has no place
   for one. */
static const char *folder_acl_path(struct mailbox *box)
{
	enum mailbox_list_path_type type = MAILBOX_LIST_PATH_TYPE_MAILBOX;
	const char *dir;

	if (mail_storage_is_mailbox_file(box->storage))
		type = MAILBOX_LIST_PATH_TYPE_CONTROL;
	if (mailbox_get_path_to(box, type, &dir) <= 0)
		return NULL;
	return t_strconcat(dir, "/" FOLDER_ACL_FILE, NULL);
}

/* *text_r is NULL if there is no file. */
static int folder_acl_read(const char *path, const char **text_r,
			   const char **error_r)
{
	struct istream *input;
	const unsigned char *data;
	size_t size;
	int ret = 0;

	*text_r = NULL;
	if (path == NULL)
		return 0;
	input = i_stream_create_file(path, FOLDER_ACL_MAX_SIZE);
	while (i_stream_read(input) > 0)
		;
	data = i_stream_get_data(input, &size);
	if (input->stream_errno == 0 && input->eof)
		*text_r = t_strndup(data, size);
	else if (input->stream_errno != ENOENT) {
		*error_r = t_strdup_printf("Cannot read the ACL %s: %s", path,
					   i_stream_get_error(input));
		ret = -1;
	}
	i_stream_unref(&input);
	return ret;
}

static int folder_acl_write(struct mailbox *box, const char *path,
			    const char *text, const char **error_r)
{
	const char *temp = t_strconcat(path, ".new", NULL);
	int fd;

	i_unlink_if_exists(temp);
	if (mailbox_create_fd(box, temp, O_WRONLY | O_CREAT | O_EXCL, &fd) <= 0)
		*error_r = mailbox_get_last_internal_error(box, NULL);
	else if (write_full(fd, text, strlen(text)) < 0 || fdatasync(fd) < 0) {
		*error_r = t_strdup_printf("write(%s) failed: %m", temp);
		i_close_fd(&fd);
	} else if (rename(temp, path) < 0) {
		*error_r = t_strdup_printf("rename(%s) failed: %m", temp);
		i_close_fd(&fd);
	} else {
		i_close_fd(&fd);
		return 0;
	}
	i_unlink_if_exists(temp);
	return -1;
}

/* What a new folder gets from the acl plugin. */
static int folder_acl_read_parent(struct mailbox *box, const char **text_r,
				  const char **error_r)
{
	struct mail_namespace *ns = mailbox_get_namespace(box);
	const char *end = strrchr(box->vname, mail_namespace_get_sep(ns));
	struct mailbox *parent;
	int ret;

	*text_r = NULL;
	if (end == NULL || (size_t)(end - box->vname) < ns->prefix_len)
		return 0;
	parent =
		mailbox_alloc(ns->list, t_strdup_until(box->vname, end),
			      MAILBOX_FLAG_READONLY | MAILBOX_FLAG_IGNORE_ACLS);
	ret = folder_acl_read(folder_acl_path(parent), text_r, error_r);
	mailbox_free(&parent);
	return ret;
}

/* Does it still wait for an ACL? It was never used, and has at most what it got
   when it was made. Returns 1, 0 or -1. */
static int folder_acl_is_fresh(struct mailbox *box, const char *text,
			       const char **error_r)
{
	struct mailbox_status status;
	const char *parent, *id;

	mailbox_get_open_status(box, STATUS_UIDNEXT, &status);
	if (status.uidnext > 1)
		return 0;
	if (text == NULL)
		return 1;
	if (folder_acl_read_parent(box, &parent, error_r) < 0)
		return -1;
	return acl_compare_widens(parent, text,
				  mailbox_get_namespace(box)->user->username,
				  &id) ?
		       0 :
		       1;
}

int folder_acl_check(struct mailbox *source, struct mailbox *target,
		     const char **error_r)
{
	const char *from, *to, *id;
	int ret;

	if (folder_acl_read(folder_acl_path(source), &from, error_r) < 0 ||
	    folder_acl_read(folder_acl_path(target), &to, error_r) < 0)
		return -1;
	if (!acl_compare_widens(from, to,
				mailbox_get_namespace(source)->user->username,
				&id))
		return 0;
	if ((ret = folder_acl_is_fresh(target, to, error_r)) != 0)
		return ret < 0 ? -1 : 0;
	*error_r = t_strdup_printf(
		"'%s' gives %s more rights than this folder does; give them "
		"the same rights on both (doveadm acl set), then run this "
		"again",
		log_escape(target->vname), log_escape(id));
	return -1;
}

int folder_acl_inherit(struct mailbox *source, struct mailbox *target,
		       const char **error_r)
{
	const char *path = folder_acl_path(target);
	const char *from, *to, *error;
	int ret;

	if (path == NULL)
		return 0;
	if (folder_acl_read(folder_acl_path(source), &from, error_r) < 0 ||
	    folder_acl_read(path, &to, error_r) < 0 ||
	    (ret = folder_acl_is_fresh(target, to, error_r)) < 0)
		return -1;
	if (ret == 0 || null_strcmp(from, to) == 0)
		return 0;
	if (from != NULL)
		ret = folder_acl_write(target, path, from, &error);
	else if ((ret = unlink(path)) < 0)
		error = t_strdup_printf("unlink(%s) failed: %m", path);
	if (ret < 0) {
		*error_r = t_strdup_printf(
			"Cannot give the ACL of '%s' to '%s': %s",
			log_escape(source->vname), log_escape(target->vname),
			error);
	}
	return ret;
}
