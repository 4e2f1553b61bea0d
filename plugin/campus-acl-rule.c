/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From the entries that the acl plugin has read to the rights of who acts.

   acl keeps a mailbox's rights in a cache and reads the entries again when the
   file has changed. It then adds them up by its own rule, which lets the most
   specific entry replace the others. We add them up once more and put our sum
   in the place of its. A mark among the rights tells the two apart: a right of
   our own, which no command asks for. */

#include "lib.h"
#include "array.h"
#include "log-escape.h"
#include "acl-entry.h"
#include "campus-acl.h"

#include <limits.h>
#include <sys/stat.h>

/* Shown by "doveadm acl rights", and nowhere else. No entry can give it, even
   if somebody copies that answer: spaces part the names of rights in files. */
#define CAMPUS_ACL_MARK "union (campus_acl)"

/* Only names that are so long need a closer look: more bytes, and what the
   storage adds to a path, do not fit in. */
#define CAMPUS_ACL_LONG_NAME 200
#define CAMPUS_ACL_LONG_FILE 64

#define CAMPUS_ACL_FILE "dovecot-acl"

#define CAMPUS_ACL_LIST_CONTEXT(obj)                                           \
	MODULE_CONTEXT_REQUIRE(obj, campus_acl_list_module)
static MODULE_CONTEXT_DEFINE_INIT(campus_acl_list_module,
				  &mailbox_list_module_register);

struct campus_acl_list {
	union mailbox_list_module_context module_ctx;

	acl_compat_refresh_t *super_refresh;
	acl_compat_changed_t *super_changed;
	struct acl_union_person person;
	bool union_rule;
	/* the place of CAMPUS_ACL_MARK in the cache's masks */
	unsigned int mark;
};

static const struct acl_union_entry *
campus_acl_entries(struct acl_object *aclobj, unsigned int *count_r)
{
	const struct acl_rights *rights = array_get(&aclobj->rights, count_r);
	struct acl_union_entry *entries =
		t_new(struct acl_union_entry, *count_r + 1);

	for (unsigned int i = 0; i < *count_r; i++)
		acl_entry_init(&rights[i], &entries[i]);
	return entries;
}

/* When acl may not read the file, it puts two entries without rights there,
   which share one array. Nobody knows then what the file takes away. */
static bool campus_acl_is_unreadable(struct acl_object *aclobj)
{
	const struct acl_rights *rights, *anyone = NULL, *owner = NULL;

	array_foreach(&aclobj->rights, rights) {
		if (rights->global)
			continue;
		if (rights->id_type == ACL_ID_ANYONE)
			anyone = rights;
		else if (rights->id_type == ACL_ID_OWNER)
			owner = rights;
	}
	return anyone != NULL && owner != NULL && anyone->rights != NULL &&
	       anyone->rights == owner->rights;
}

/* Acl found no entry that means the person, and goes on with the default
   rights. Must they not be had? */
static bool campus_acl_is_hopeless(const struct acl_union_entry *entries,
				   unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (acl_union_takes_all(&entries[i]))
			return TRUE;
	}
	return FALSE;
}

static void campus_acl_put(struct acl_object *aclobj, unsigned int rights)
{
	static const char *const nothing[] = { NULL };
	ARRAY_TYPE(const_string) names;
	const char *const *name, *mark = CAMPUS_ACL_MARK;
	struct acl_rights_update update = {
		.modify_mode = ACL_MODIFY_MODE_REPLACE,
		.neg_modify_mode = ACL_MODIFY_MODE_REPLACE,
	};

	t_array_init(&names, RIGHT_COUNT + 2);
	for (name = right_set_names(rights); *name != NULL; name++)
		array_push_back(&names, name);
	array_push_back(&names, &mark);
	array_append_zero(&names);
	update.rights.rights = array_front(&names);
	update.rights.neg_rights = nothing;
	acl_cache_update(aclobj->backend->cache, aclobj->name, &update);
}

static void campus_acl_add_up(struct acl_object *aclobj, bool matched)
{
	const struct campus_acl_list *calist =
		CAMPUS_ACL_LIST_CONTEXT(aclobj->backend->list);
	const struct acl_union_entry *entries;
	unsigned int count, rights;

	entries = campus_acl_entries(aclobj, &count);
	if (!matched) {
		if (!campus_acl_is_hopeless(entries, count))
			return;
		/* The cache notes "no rights of one's own" in a way that
		   cannot be added to. */
		acl_cache_flush(aclobj->backend->cache, aclobj->name);
	}
	if (campus_acl_is_unreadable(aclobj)) {
		e_error(mailbox_list_get_user(aclobj->backend->list)->event,
			"campus_acl: the ACL of '%s' cannot be read, so nobody "
			"has rights there: look whether its dovecot-acl is "
			"a file, and who owns it",
			log_escape(aclobj->name));
		rights = 0;
	} else {
		rights = acl_union_rights(entries, count, &calist->person);
	}
	campus_acl_put(aclobj, rights);
}

/* Can the name's folder not be on the disk, and so have no ACL? acl asks the
   kernel all the same, and takes "too long" for trouble: mail that a Sieve
   script files into such a folder would be tried again and again. */
static bool campus_acl_is_impossible(struct acl_object *aclobj)
{
	struct mailbox_list *list = aclobj->backend->list;
	const char *path, *error;

	if (!mailbox_list_is_valid_name(list, aclobj->name, &error) ||
	    mailbox_list_get_path(list, aclobj->name,
				  MAILBOX_LIST_PATH_TYPE_MAILBOX, &path) <= 0)
		return FALSE;
	if (strlen(path) >= PATH_MAX - CAMPUS_ACL_LONG_FILE)
		return TRUE;
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (len > NAME_MAX)
			return TRUE;
		path += len + (path[len] == '/' ? 1 : 0);
	}
	return FALSE;
}

/* Are there entries that the mailbox's own file may have given? */
static bool campus_acl_has_local(const struct acl_object *aclobj)
{
	const struct acl_rights *rights;

	if (!array_is_created(&aclobj->rights))
		return FALSE;
	array_foreach(&aclobj->rights, rights) {
		if (!rights->global)
			return TRUE;
	}
	return FALSE;
}

/* acl may take a directory in the place of the file for no entries, and the
   negative ones would be lost. */
static bool campus_acl_is_directory(struct acl_object *aclobj)
{
	struct mailbox_list *list = aclobj->backend->list;
	enum mailbox_list_path_type type = MAILBOX_LIST_PATH_TYPE_MAILBOX;
	const char *dir, *error;
	struct stat st;

	if (mail_storage_is_mailbox_file(list->ns->storage))
		type = MAILBOX_LIST_PATH_TYPE_CONTROL;
	return *aclobj->name != '\0' &&
	       mailbox_list_is_valid_name(list, aclobj->name, &error) &&
	       mailbox_list_get_path(list, aclobj->name, type, &dir) > 0 &&
	       stat(t_strconcat(dir, "/" CAMPUS_ACL_FILE, NULL), &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

static int campus_acl_super_refresh_file(const struct campus_acl_list *calist,
					 struct acl_object *aclobj)
{
	bool unread = !array_is_created(&aclobj->rights);
	bool directory = FALSE, local = campus_acl_has_local(aclobj);

	if (calist->super_refresh(aclobj) < 0)
		return -1;
	/* Has acl just found no entries? Where it had not before, there is no
	   need to look again; nor for the owner, who can take back what is
	   missing, and has the longest LISTs. */
	if (ACL_COMPAT_READS_DIRECTORIES && !calist->person.owner &&
	    (unread || local) && array_is_created(&aclobj->rights) &&
	    !campus_acl_has_local(aclobj))
		T_BEGIN
		{
			directory = campus_acl_is_directory(aclobj);
		}
	T_END;
	if (directory) {
		/* as when it may not read the file */
		acl_object_remove_all_access(aclobj);
		acl_object_rebuild_cache(aclobj);
	}
	return 0;
}

static int campus_acl_super_refresh(const struct campus_acl_list *calist,
				    struct acl_object *aclobj)
{
	bool impossible = FALSE;

	/* asked of each folder of a LIST */
	if (strlen(aclobj->name) >= CAMPUS_ACL_LONG_NAME)
		T_BEGIN
		{
			impossible = campus_acl_is_impossible(aclobj);
		}
	T_END;
	if (!impossible)
		return campus_acl_super_refresh_file(calist, aclobj);
	/* no entries, as after acl has found no file */
	if (!array_is_created(&aclobj->rights)) {
		aclobj->rights_pool =
			pool_alloconly_create("campus acl rights", 64);
		i_array_init(&aclobj->rights, 1);
	}
	return 0;
}

static int campus_acl_refresh(struct acl_object *aclobj)
{
	struct campus_acl_list *calist =
		CAMPUS_ACL_LIST_CONTEXT(aclobj->backend->list);
	const struct acl_mask *mask;

	if (campus_acl_super_refresh(calist, aclobj) < 0)
		return -1;
	/* Entries that another object has read were added up then. */
	if (!calist->union_rule || !array_is_created(&aclobj->rights))
		return 0;
	mask = acl_cache_get_my_rights(aclobj->backend->cache, aclobj->name);
	if (mask != NULL && acl_cache_mask_isset(mask, calist->mark))
		return 0;
	/* Either acl has just read the entries for this very object, or no
	   entry meant the person when they were read. */
	T_BEGIN
	{
		campus_acl_add_up(aclobj, mask != NULL);
	}
	T_END;
	return 0;
}

/* Where acl has not read the entries yet, it does so here by itself. */
static int campus_acl_changed(struct acl_object *aclobj, time_t *changed_r)
{
	struct campus_acl_list *calist =
		CAMPUS_ACL_LIST_CONTEXT(aclobj->backend->list);

	*changed_r = 0;
	if (campus_acl_refresh(aclobj) < 0)
		return -1;
	return calist->super_changed(aclobj, changed_r);
}

/* What somebody may do whom no entry means: the owner all, others what their
   role brings along. */
static void campus_acl_set_default(struct acl_backend *backend,
				   const struct acl_union_person *person)
{
	unsigned int rights =
		person->owner ? RIGHT_SET_ALL : person->role_rights;

	backend->owner = person->owner;
	backend->default_rights =
		p_strarray_dup(backend->pool, right_set_names(rights));
	backend->default_aclmask = acl_cache_mask_init(
		backend->cache, backend->pool, backend->default_rights);
}

static void campus_acl_list_init(struct campus_acl_user *cuser,
				 struct mail_namespace *ns,
				 struct acl_backend *backend)
{
	struct campus_acl_list *calist =
		p_new(ns->list->pool, struct campus_acl_list, 1);
	struct acl_union_person *person = &calist->person;

	/* acl has the name from %{master_user}, which stays empty in Dovecot
	   2.4.1. */
	if (cuser->person.name != NULL)
		backend->username = cuser->person.name;
	person->user = backend->username;
	person->groups = acl_compat_groups(backend);
	person->owner = backend->owner;
	if (cuser->person.name != NULL &&
	    ns->type == MAIL_NAMESPACE_TYPE_PRIVATE) {
		person->owner = cuser->person.role == PROJECT_ROLE_OWNER;
		/* The owner's are those of an entry "owner". */
		if (!person->owner) {
			person->role_rights = project_role_rights(
				cuser->person.role,
				acl_compat_seen_is_private(ns->list));
		}
		T_BEGIN
		{
			campus_acl_set_default(backend, person);
		}
		T_END;
	}
	campus_acl_guard_init(cuser, ns->list, backend);
	calist->union_rule = cuser->set.union_rule;
	calist->mark = acl_backend_lookup_right(backend, CAMPUS_ACL_MARK);
	MODULE_CONTEXT_SET(ns->list, campus_acl_list_module, calist);
	acl_compat_wrap_read(backend, campus_acl_refresh,
			     &calist->super_refresh, campus_acl_changed,
			     &calist->super_changed);
}

void campus_acl_rule_storage_added(struct mail_namespace *ns)
{
	struct campus_acl_user *cuser = campus_acl_user(ns->user);
	struct acl_mailbox_list *alist = ACL_LIST_CONTEXT(ns->list);

	if (cuser != NULL && alist != NULL && alist->rights.backend != NULL)
		campus_acl_list_init(cuser, ns, alist->rights.backend);
}

int campus_acl_rule_check(struct mail_user *user, const char **error_r)
{
	struct mail_namespace *ns;

	for (ns = user->namespaces; ns != NULL; ns = ns->next) {
		struct acl_mailbox_list *alist = ACL_LIST_CONTEXT(ns->list);

		if (ns->type != MAIL_NAMESPACE_TYPE_PRIVATE ||
		    (ns->flags & NAMESPACE_FLAG_UNUSABLE) != 0)
			continue;
		if (alist == NULL || alist->rights.backend == NULL) {
			*error_r = ACL_COMPAT_HOW_TO_ENABLE;
			return -1;
		}
		if (acl_compat_is_ignored(alist)) {
			*error_r = t_strdup_printf(
				"ACLs are ignored in the namespace with the "
				"prefix '%s': take acl_ignore out of its "
				"settings",
				log_escape(ns->prefix));
			return -1;
		}
	}
	return 0;
}

void campus_acl_rule_mailbox_allocated(struct mailbox *box)
{
	struct campus_acl_user *cuser = campus_acl_user(box->storage->user);
	struct acl_mailbox *abox = ACL_CONTEXT(box);

	if (!campus_acl_user_is_lesser(cuser) ||
	    mailbox_get_namespace(box)->type != MAIL_NAMESPACE_TYPE_PRIVATE ||
	    (mailbox_get_namespace(box)->flags & NAMESPACE_FLAG_UNUSABLE) !=
		    0 ||
	    (box->flags & MAILBOX_FLAG_IGNORE_ACLS) != 0 ||
	    (abox != NULL && abox->acl_enabled))
		return;
	mailbox_set_critical(box, "campus_acl: rights are not enforced in this "
				  "mailbox: take acl_ignore out of its "
				  "settings");
	box->open_error = box->storage->error;
}
