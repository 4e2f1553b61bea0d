/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The STATUS items DELETED and DELETED-STORAGE (RFC 9208, 4.3), in STATUS and
   in LIST ... RETURN (STATUS (...)). The stock commands do not know them and
   send whole lines. So they are asked for the other items, their answer is
   caught, and ours are added to each STATUS response in it. */

#include "imap-campus-quota.h"
#include "imap-arg.h"
#include "imap-read-ahead.h"
#include "imap-utf7.h"
#include "ostream.h"
#include "str.h"
#include "storage-compat.h"
#include "deleted-size.h"
#include "status-line.h"

enum deleted_item {
	DELETED_ITEM_MESSAGES = BIT(0),
	DELETED_ITEM_STORAGE = BIT(1)
};

struct deleted_request {
	enum deleted_item items;
	/* None but ours were asked for. */
	bool nothing_else;
};

static command_func_t *stock_status, *stock_list;

/* Take our items out of the list of items, if it is one. The stock command
   does not take an empty list: then it is asked for something. Returns TRUE if
   there were any. */
static bool take_items(struct client_command_context *cmd,
		       const struct imap_arg *arg,
		       struct deleted_request *request_r)
{
	const struct imap_arg *from;
	struct imap_arg *first, *to;

	i_zero(request_r);
	if (!imap_arg_get_list(arg, &from))
		return FALSE;
	/* the parser's own copy, which the stock command reads next */
	first = to = (struct imap_arg *)from;
	for (; !IMAP_ARG_IS_EOL(from); from++) {
		if (imap_arg_atom_equals(from, "DELETED"))
			request_r->items |= DELETED_ITEM_MESSAGES;
		else if (imap_arg_atom_equals(from, "DELETED-STORAGE"))
			request_r->items |= DELETED_ITEM_STORAGE;
		else
			*to++ = *from;
	}
	if (request_r->items == 0)
		return FALSE;
	if (to == first) {
		request_r->nothing_else = TRUE;
		to->_data.str = p_strdup(cmd->pool, "MESSAGES");
		to->str_len = strlen("MESSAGES");
		to++;
	}
	*to = *from;
	return TRUE;
}

/* Returns 0, or -1 with *error_r the text of a NO. Opening the mailbox asks for
   the rights that STATUS needs. */
static int get_deleted(struct client_command_context *cmd,
		       struct mail_namespace *ns, const char *vname,
		       const struct deleted_request *request,
		       struct deleted_size *size_r, const char **error_r)
{
	struct client *client = cmd->client;
	bool bytes = (request->items & DELETED_ITEM_STORAGE) != 0;
	bool selected = client->mailbox != NULL &&
			mailbox_equals(client->mailbox, ns, vname);
	struct mailbox *box = selected ? client->mailbox :
					 mailbox_alloc(ns->list, vname,
						       MAILBOX_FLAG_READONLY);
	int ret = 0;

	if (!selected && (mailbox_open(box) < 0 || mailbox_sync(box, 0) < 0))
		ret = -1;
	else
		ret = deleted_size_get(box, bytes, size_r);
	if (ret < 0)
		*error_r = imap_compat_box_error(cmd, box);
	if (!selected)
		mailbox_free(&box);
	return ret;
}

static int get_deleted_by_mutf7(struct client_command_context *cmd,
				const char *name,
				const struct deleted_request *request,
				struct deleted_size *size_r,
				const char **error_r)
{
	string_t *vname = t_str_new(64);
	struct mail_namespace *ns;

	/* as the stock command wrote it from UTF-8 */
	if (imap_utf7_to_utf8(name, vname) < 0)
		i_unreached();
	ns = mail_namespace_find(cmd->client->user->namespaces, str_c(vname));
	return get_deleted(cmd, ns, str_c(vname), request, size_r, error_r);
}

static void add_response(string_t *answer, const char *text,
			 const struct status_line *line,
			 const struct deleted_request *request,
			 const struct deleted_size *size)
{
	str_append_data(answer, text, line->items_start);
	if (!request->nothing_else) {
		str_append_data(answer, text + line->items_start,
				line->items_end - line->items_start);
		str_append_c(answer, ' ');
	}
	if ((request->items & DELETED_ITEM_MESSAGES) != 0)
		str_printfa(answer, "DELETED %u ", size->messages);
	if ((request->items & DELETED_ITEM_STORAGE) != 0)
		str_printfa(answer, "DELETED-STORAGE %" PRIu64 " ",
			    size->bytes);
	str_truncate(answer, str_len(answer) - 1);
	str_append(answer, ")\r\n");
}

/* Add our items to each STATUS response in the stock answer: this size, or,
   NULL, what is found for its name. */
static void add_items(struct client_command_context *cmd, string_t *answer,
		      const char *stock, const struct deleted_request *request,
		      const struct deleted_size *size)
{
	struct deleted_size found;
	struct status_line line;
	const char *error;

	while (*stock != '\0') {
		T_BEGIN
		{
			if (!status_line_parse(stock, &line)) {
				line.size = strcspn(stock, "\n");
				if (stock[line.size] == '\n')
					line.size++;
				str_append_data(answer, stock, line.size);
			} else if (size != NULL) {
				add_response(answer, stock, &line, request,
					     size);
			} else if (get_deleted_by_mutf7(cmd, line.name, request,
							&found, &error) < 0) {
				/* as the stock command tells it in a LIST */
				str_printfa(answer, "* %s\r\n", error);
			} else {
				add_response(answer, stock, &line, request,
					     &found);
			}
		}
		T_END;
		stock += line.size;
	}
}

static bool run_stock(struct client_command_context *cmd, command_func_t *func,
		      const struct deleted_request *request,
		      const struct deleted_size *size)
{
	struct client *client = cmd->client;
	struct ostream *output = client->output;
	string_t *stock = str_new(default_pool, 1024);
	string_t *answer = str_new(default_pool, 1024);
	bool finished, closed;

	/* It never fills, so the stock command does not wait for room. */
	client->output = o_stream_create_buffer(stock);
	o_stream_set_no_error_handling(client->output, TRUE);
	finished = func(cmd);
	/* too many errors end the session, with a last word */
	closed = client->output->closed;
	o_stream_destroy(&client->output);
	client->output = output;

	add_items(cmd, answer, str_c(stock), request, size);
	o_stream_nsend(output, str_data(answer), str_len(answer));
	if (closed) {
		(void)o_stream_flush(output);
		o_stream_close(output);
	}
	str_free(&stock);
	str_free(&answer);
	return finished;
}

static bool imap_campus_status(struct client_command_context *cmd)
{
	struct deleted_request request;
	struct deleted_size size;
	const struct imap_arg *args;
	struct mail_namespace *ns;
	const char *vname, *error;

	if (!imap_campus_quota_is_loaded(cmd->client))
		return stock_status(cmd);
	if (!imap_read_ahead(cmd, 2, &args))
		return FALSE;
	if (!imap_arg_get_astring(&args[0], &vname) ||
	    !take_items(cmd, &args[1], &request))
		return stock_status(cmd);
	if ((ns = client_find_namespace(cmd, &vname)) == NULL)
		return TRUE;
	if (get_deleted(cmd, ns, vname, &request, &size, &error) < 0) {
		client_send_tagline(cmd, error);
		return TRUE;
	}
	return run_stock(cmd, stock_status, &request, &size);
}

/* The items in [(selection)] reference pattern RETURN (... STATUS (items)),
   NULL if there are none. */
static const struct imap_arg *find_list_status(const struct imap_arg *args)
{
	const struct imap_arg *options;

	if (args->type == IMAP_ARG_LIST)
		args++;
	for (unsigned int i = 0; i < 2; i++, args++) {
		if (IMAP_ARG_IS_EOL(args))
			return NULL;
	}
	if (!imap_arg_atom_equals(args, "RETURN") ||
	    !imap_arg_get_list(&args[1], &options))
		return NULL;
	for (; !IMAP_ARG_IS_EOL(options); options++) {
		if (imap_arg_atom_equals(options, "STATUS"))
			return &options[1];
	}
	return NULL;
}

static bool imap_campus_list(struct client_command_context *cmd)
{
	struct deleted_request request;
	const struct imap_arg *args, *items;

	if (!imap_campus_quota_is_loaded(cmd->client))
		return stock_list(cmd);
	if (!imap_read_ahead(cmd, 0, &args))
		return FALSE;
	items = find_list_status(args);
	if (items == NULL || !take_items(cmd, items, &request))
		return stock_list(cmd);
	return run_stock(cmd, stock_list, &request, NULL);
}

void imap_campus_quota_status_init(void)
{
	stock_status =
		imap_compat_replace_command("STATUS", imap_campus_status);
	stock_list = imap_compat_replace_command("LIST", imap_campus_list);
}

void imap_campus_quota_status_deinit(void)
{
	(void)imap_compat_replace_command("STATUS", stock_status);
	(void)imap_compat_replace_command("LIST", stock_list);
}
