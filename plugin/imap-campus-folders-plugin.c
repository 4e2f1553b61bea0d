/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The imap plugin imap_campus_folders: what only IMAP needs of the special
   folders. CREATE knows other names and USE (RFC 6154), DELETE of a selected
   special folder is refused without ending the session, and NOTIFY watches the
   folders that are meant. */

#include "imap-compat.h"
#include "imap-arg.h"
#include "imap-utf7.h"
#include "str.h"
#include "folder-settings.h"
#include "imap-read-ahead.h"
#include "storage-compat.h"

#define IMAP_CAMPUS_FOLDERS_CONTEXT(obj)                                       \
	MODULE_CONTEXT(obj, imap_campus_folders_module)

struct imap_campus_folders {
	union imap_module_context module_ctx;
	/* NULL before the first command that asks */
	struct mail_namespace *inbox;
	/* NULL if no folder has a role */
	const struct folder_roles *roles;
};

static MODULE_CONTEXT_DEFINE_INIT(imap_campus_folders_module,
				  &imap_module_register);

static struct module *imap_campus_folders_plugin;
static imap_client_created_func_t *next_client_created;
static command_func_t *stock_create, *stock_delete, *stock_notify;

void imap_campus_folders_plugin_init(struct module *module);
void imap_campus_folders_plugin_deinit(void);
extern const char *imap_campus_folders_plugin_version;
extern const char *imap_campus_folders_plugin_dependencies[];
extern const char imap_campus_folders_plugin_binary_dependency[];

/* The user's special folders, read when they are first needed: the namespaces
   are younger than the client. NULL if this user is without the plugin. */
static struct imap_campus_folders *campus_folders(struct client *client)
{
	struct imap_campus_folders *folders =
		IMAP_CAMPUS_FOLDERS_CONTEXT(client);
	const char *error;

	if (folders == NULL || folders->inbox != NULL)
		return folders;
	/* campus_folders has read the same settings and found them good */
	if (folder_settings_get(client->user, &folders->roles, &error) <= 0)
		folders->roles = NULL;
	folders->inbox = folder_settings_inbox(client->user->namespaces);
	return folders;
}

/* What a name that was given means, as a special folder's name. FALSE if it
   means none. */
static bool find_special(const struct imap_campus_folders *folders,
			 const char *vname, struct folder_name *name_r)
{
	const char *below = folder_settings_below(folders->inbox, vname);

	return below != NULL && folders->roles != NULL &&
	       folder_roles_find(folders->roles, below, name_r);
}

/* The mailbox itself is a special folder, or one below it. */
static bool is_special(const struct imap_campus_folders *folders,
		       struct mailbox *box, struct folder_name *name_r)
{
	return box->list == folders->inbox->list &&
	       find_special(folders, box->vname, name_r) &&
	       name_r->match == FOLDER_MATCH_CANONICAL;
}

/* CREATE: an answer of ours, or none where the stock one is right.
   CREATE of another name of a folder that exists, and that this session may
   select, has nothing to do. The special folders themselves always exist, even
   where nobody has opened them yet. */
static bool create_answer(struct imap_campus_folders *folders,
			  struct mailbox *box, const char *given)
{
	struct folder_name meant, said;
	bool alias;

	if (!is_special(folders, box, &meant))
		return FALSE;
	alias = folder_roles_find(folders->roles, given, &said) &&
		said.match == FOLDER_MATCH_ALIAS;
	if (!alias && *meant.rest != '\0')
		return FALSE;
	return mailbox_open(box) == 0 && alias;
}

/* Do the attributes say what the folder is anyway? */
static bool use_fits(struct imap_campus_folders *folders, struct mailbox *box,
		     const struct imap_arg *uses)
{
	struct folder_name name;
	const char *use;

	for (; !IMAP_ARG_IS_EOL(uses); uses++) {
		if (!imap_arg_get_atom(uses, &use) ||
		    !is_special(folders, box, &name) || *name.rest != '\0' ||
		    folder_role_from_special_use(use) != name.role)
			return FALSE;
	}
	return TRUE;
}

/* "(USE (\Sent))" behind the name. Returns 1 with the attributes, 0 if there is
   nothing, -1 if it was answered. */
static int create_parse_use(struct client_command_context *cmd,
			    const struct imap_arg *arg,
			    const struct imap_arg **uses_r)
{
	const struct imap_arg *params;

	if (IMAP_ARG_IS_EOL(arg))
		return 0;
	if (!imap_arg_get_list(arg, &params) || !IMAP_ARG_IS_EOL(&arg[1]) ||
	    !imap_arg_atom_equals(&params[0], "USE") ||
	    !imap_arg_get_list(&params[1], uses_r) ||
	    !IMAP_ARG_IS_EOL(&params[2])) {
		client_send_command_error(cmd, "Only (USE (...)) may follow "
					       "the name.");
		return -1;
	}
	return 1;
}

static bool imap_campus_create(struct client_command_context *cmd)
{
	struct imap_campus_folders *folders = campus_folders(cmd->client);
	const struct imap_arg *args, *uses;
	struct mail_namespace *ns;
	struct mailbox *box;
	const char *vname, *given;
	size_t len;
	int use;
	bool answered;

	if (folders == NULL)
		return stock_create(cmd);
	if (!imap_read_ahead(cmd, 0, &args))
		return FALSE;
	if (!imap_arg_get_astring(&args[0], &vname))
		return stock_create(cmd);
	if ((use = create_parse_use(cmd, &args[1], &uses)) < 0)
		return TRUE;
	if ((ns = client_find_namespace(cmd, &vname)) == NULL)
		return TRUE;
	/* a separator at the end only says that there will be children */
	len = strlen(vname);
	if (len > 0 && vname[len - 1] == mail_namespace_get_sep(ns))
		vname = t_strndup(vname, len - 1);

	box = mailbox_alloc(ns->list, vname, MAILBOX_FLAG_READONLY);
	given = folder_settings_below(folders->inbox, vname);
	answered = create_answer(folders, box, given == NULL ? vname : given);
	if (use > 0 && !use_fits(folders, box, uses)) {
		client_send_tagline(cmd, "NO [USEATTR] The special folders "
					 "are fixed here; no other folder can "
					 "take their use.");
		answered = TRUE;
	} else if (answered) {
		client_send_tagline(cmd, "OK Create completed.");
	}
	mailbox_free(&box);
	return answered || stock_create(cmd);
}

/* The stock command closes the selected folder before it knows whether it can
   be deleted, and then has to disconnect. */
static bool imap_campus_delete(struct client_command_context *cmd)
{
	struct imap_campus_folders *folders = campus_folders(cmd->client);
	const struct imap_arg *args;
	struct folder_name name;
	struct mail_namespace *ns;
	struct mailbox *box;
	const char *vname;
	bool refused = FALSE;

	if (folders == NULL)
		return stock_delete(cmd);
	if (!imap_read_ahead(cmd, 1, &args))
		return FALSE;
	if (!imap_arg_get_astring(&args[0], &vname))
		return stock_delete(cmd);
	if ((ns = client_find_namespace(cmd, &vname)) == NULL)
		return TRUE;

	box = mailbox_alloc(ns->list, vname, 0);
	if (is_special(folders, box, &name) && *name.rest == '\0' &&
	    mailbox_delete(box) < 0) {
		client_send_box_error(cmd, box);
		refused = TRUE;
	}
	mailbox_free(&box);
	return refused || stock_delete(cmd);
}

/* Change a name in the command's arguments to the one that is meant. */
static void notify_translate(struct client_command_context *cmd,
			     const struct imap_arg *arg)
{
	/* the parser's own copy, which the stock command reads next */
	struct imap_arg *changed = (struct imap_arg *)arg;
	struct mail_namespace *ns;
	struct mailbox *box;
	const char *given;
	string_t *name = t_str_new(128), *meant = t_str_new(128);

	if (!imap_arg_get_astring(arg, &given) ||
	    imap_utf7_to_utf8(given, name) < 0)
		return;
	ns = mail_namespace_find(cmd->client->user->namespaces, str_c(name));
	box = mailbox_alloc(ns->list, str_c(name), MAILBOX_FLAG_READONLY);
	if (strcmp(box->vname, str_c(name)) != 0 &&
	    imap_utf8_to_utf7(box->vname, meant) == 0) {
		changed->_data.str = p_strdup(cmd->pool, str_c(meant));
		changed->str_len = str_len(meant);
	}
	mailbox_free(&box);
}

static bool imap_campus_notify(struct client_command_context *cmd)
{
	const struct imap_arg *args, *group, *names;

	if (campus_folders(cmd->client) == NULL)
		return stock_notify(cmd);
	if (!imap_read_ahead(cmd, 0, &args))
		return FALSE;
	for (; !IMAP_ARG_IS_EOL(args); args++) {
		/* "(MAILBOXES name (events))", or several names in a list */
		if (!imap_arg_get_list(args, &group) ||
		    !(imap_arg_atom_equals(group, "MAILBOXES") ||
		      imap_arg_atom_equals(group, "SUBTREE")))
			continue;
		if (!imap_arg_get_list(&group[1], &names)) {
			notify_translate(cmd, &group[1]);
			continue;
		}
		for (; !IMAP_ARG_IS_EOL(names); names++)
			notify_translate(cmd, names);
	}
	return stock_notify(cmd);
}

static void imap_campus_folders_client_created(struct client **clientp)
{
	struct client *client = *clientp;
	struct imap_campus_folders *folders;

	/* One process may serve people with and without the plugin. */
	if (mail_user_is_plugin_loaded(client->user,
				       imap_campus_folders_plugin)) {
		folders = p_new(client->pool, struct imap_campus_folders, 1);
		MODULE_CONTEXT_SET(client, imap_campus_folders_module, folders);
		client_add_capability(client, "CREATE-SPECIAL-USE");
	}
	if (next_client_created != NULL)
		next_client_created(clientp);
}

void imap_campus_folders_plugin_init(struct module *module)
{
	imap_campus_folders_plugin = module;
	next_client_created = imap_client_created_hook_set(
		imap_campus_folders_client_created);
	stock_create =
		imap_compat_replace_command("CREATE", imap_campus_create);
	stock_delete =
		imap_compat_replace_command("DELETE", imap_campus_delete);
	stock_notify =
		imap_compat_replace_command("NOTIFY", imap_campus_notify);
}

void imap_campus_folders_plugin_deinit(void)
{
	(void)imap_compat_replace_command("CREATE", stock_create);
	(void)imap_compat_replace_command("DELETE", stock_delete);
	(void)imap_compat_replace_command("NOTIFY", stock_notify);
	imap_client_created_hook_set(next_client_created);
}

const char *imap_campus_folders_plugin_version = DOVECOT_ABI_VERSION;
const char *imap_campus_folders_plugin_dependencies[] = { "campus_folders",
							  NULL };
const char imap_campus_folders_plugin_binary_dependency[] = "imap";
