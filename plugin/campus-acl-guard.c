/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Which changes of an ACL reach its file: the last gate, whatever asks for
   them. Who wants to tell people why asks acl_entry_check_update() first. */

#include "lib.h"
#include "log-escape.h"
#include "acl-entry.h"
#include "campus-acl.h"

#define CAMPUS_ACL_GUARD_CONTEXT(obj)                                          \
	MODULE_CONTEXT(obj, campus_acl_guard_module)
#define CAMPUS_ACL_GUARD_BOX_CONTEXT(obj)                                      \
	MODULE_CONTEXT_REQUIRE(obj, campus_acl_guard_box_module)

struct campus_acl_guard {
	union mailbox_list_module_context module_ctx;

	const struct campus_acl_settings *set;
	acl_compat_update_t *super_update;
	/* How many mailboxes are being made, and get their parent's entries? */
	unsigned int inheriting;
};

/* One for each name of a LIST in Dovecot 2.3: without the functions that a
   module_ctx has room for, and that nobody needs here. */
struct campus_acl_guard_box {
	int (*super_create)(struct mailbox *box,
			    const struct mailbox_update *update,
			    bool directory);
	int (*super_open)(struct mailbox *box);
	int (*super_delete)(struct mailbox *box);
	int (*super_rename)(struct mailbox *src, struct mailbox *dest);
};

static MODULE_CONTEXT_DEFINE_INIT(campus_acl_guard_module,
				  &mailbox_list_module_register);
static MODULE_CONTEXT_DEFINE_INIT(campus_acl_guard_box_module,
				  &mail_storage_module_register);

static int campus_acl_guard_check(const struct campus_acl_guard *guard,
				  struct acl_object *aclobj,
				  const struct acl_rights_update *update,
				  const char **error_r)
{
	const struct mail_user *user =
		mailbox_list_get_user(aclobj->backend->list);
	const char *name = update->rights.identifier;

	/* acl writes it as it is: the next line would be another entry. */
	if (name != NULL && strpbrk(name, "\r\n") != NULL) {
		*error_r = t_strdup_printf("Name '%s' is not one line",
					   log_escape(name));
		return -1;
	}
	/* What stands elsewhere is copied as it stands: a copy without its
	   negative entries would let more people in. */
	if (user->dsyncing || guard->inheriting > 0)
		return 0;
	return acl_entry_check_update(aclobj, update, guard->set, error_r);
}

static int campus_acl_guard_update(struct acl_object *aclobj,
				   const struct acl_rights_update *update)
{
	struct mailbox_list *list = aclobj->backend->list;
	struct campus_acl_guard *guard = CAMPUS_ACL_GUARD_CONTEXT(list);
	const char *error;
	int ret;

	T_BEGIN
	{
		ret = campus_acl_guard_check(guard, aclobj, update, &error);
		if (ret < 0) {
			e_error(mailbox_list_get_user(list)->event,
				"campus_acl: the ACL of '%s' is not changed: "
				"%s",
				log_escape(aclobj->name), error);
		}
	}
	T_END;
	if (ret < 0 || guard->super_update(aclobj, update) < 0)
		return -1;
	/* acl has the new file down as read, and the rights from before it. */
	acl_cache_flush(aclobj->backend->cache, aclobj->name);
	return 0;
}

void campus_acl_guard_init(struct campus_acl_user *cuser,
			   struct mailbox_list *list,
			   struct acl_backend *backend)
{
	struct campus_acl_guard *guard =
		p_new(list->pool, struct campus_acl_guard, 1);

	guard->set = &cuser->set;
	MODULE_CONTEXT_SET(list, campus_acl_guard_module, guard);
	acl_compat_wrap_update(backend, campus_acl_guard_update,
			       &guard->super_update);
}

static int campus_acl_guard_create(struct mailbox *box,
				   const struct mailbox_update *update,
				   bool directory)
{
	struct campus_acl_guard_box *gbox = CAMPUS_ACL_GUARD_BOX_CONTEXT(box);
	struct campus_acl_guard *guard = CAMPUS_ACL_GUARD_CONTEXT(box->list);
	int ret;

	guard->inheriting++;
	ret = gbox->super_create(box, update, directory);
	guard->inheriting--;
	return ret;
}

/* What acl has read for a name must not outlive the mailbox: neither for a new
   one, nor for who asks whether it is there. */
static void campus_acl_guard_forget(struct mailbox_list *list)
{
	const struct acl_mailbox_list *alist = ACL_LIST_CONTEXT(list);

	if (alist != NULL && alist->rights.backend != NULL)
		acl_cache_flush_all(alist->rights.backend->cache);
}

/* acl hides what the person may not see, and says "no permission" of what there
   is not: let both be told alike. */
static void campus_acl_guard_hide(struct mailbox *box)
{
	enum mailbox_existence existence;
	enum mail_error error;
	bool hide;

	(void)mailbox_get_last_error(box, &error);
	if (error != MAIL_ERROR_PERM)
		return;
	mail_storage_last_error_push(box->storage);
	hide = mailbox_exists(box, TRUE, &existence) == 0 &&
	       existence == MAILBOX_EXISTENCE_NONE;
	mail_storage_last_error_pop(box->storage);
	if (hide) {
		mail_storage_set_error(
			box->storage, MAIL_ERROR_NOTFOUND,
			T_MAIL_ERR_MAILBOX_NOT_FOUND(box->vname));
	}
}

/* Where a mailbox may not be deleted, it cannot be opened for that. */
static int campus_acl_guard_open(struct mailbox *box)
{
	struct campus_acl_guard_box *gbox = CAMPUS_ACL_GUARD_BOX_CONTEXT(box);
	int ret = gbox->super_open(box);

	if (ret < 0)
		campus_acl_guard_hide(box);
	return ret;
}

static int campus_acl_guard_delete(struct mailbox *box)
{
	struct campus_acl_guard_box *gbox = CAMPUS_ACL_GUARD_BOX_CONTEXT(box);
	int ret = gbox->super_delete(box);

	if (ret < 0)
		campus_acl_guard_hide(box);
	campus_acl_guard_forget(box->list);
	return ret;
}

static int campus_acl_guard_rename(struct mailbox *src, struct mailbox *dest)
{
	struct campus_acl_guard_box *gbox = CAMPUS_ACL_GUARD_BOX_CONTEXT(src);
	int ret = gbox->super_rename(src, dest);

	if (ret < 0)
		campus_acl_guard_hide(src);
	campus_acl_guard_forget(src->list);
	campus_acl_guard_forget(dest->list);
	return ret;
}

void campus_acl_guard_mailbox_allocated(struct mailbox *box)
{
	const struct acl_mailbox *abox = ACL_CONTEXT(box);
	struct campus_acl_guard_box *gbox;

	/* Where acl does not look at rights, it does not copy entries. */
	if (CAMPUS_ACL_GUARD_CONTEXT(box->list) == NULL || abox == NULL ||
	    !abox->acl_enabled)
		return;
	gbox = p_new(box->pool, struct campus_acl_guard_box, 1);
	/* Around acl's functions, not below them as a plugin's place would be
	   that comes after acl. */
	gbox->super_create = box->v.create_box;
	gbox->super_open = box->v.open;
	gbox->super_delete = box->v.delete_box;
	gbox->super_rename = box->v.rename_box;
	box->v.create_box = campus_acl_guard_create;
	box->v.open = campus_acl_guard_open;
	box->v.delete_box = campus_acl_guard_delete;
	box->v.rename_box = campus_acl_guard_rename;
	MODULE_CONTEXT_SET_FULL(box, campus_acl_guard_box_module, gbox,
				(union mailbox_module_context *)NULL);
}
