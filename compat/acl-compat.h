/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_COMPAT_H
#define ACL_COMPAT_H

/* The acl plugin's interface to other plugins, as far as it differs between the
   series. */

#include "storage-compat.h"
#include "acl-api-private.h"
#include "acl-cache.h"
#include "acl-plugin.h"

/* Without them our module can be opened even where acl's is not: Dovecot then
   says that the plugin acl is missing, and not which symbol. Not so in doveadm,
   which tries its modules again once acl is there. */
#ifndef ACL_COMPAT_DOVEADM
#pragma weak acl_backend_get_default_rights
#pragma weak acl_backend_lookup_right
#pragma weak acl_cache_flush
#pragma weak acl_cache_flush_all
#pragma weak acl_cache_get_my_rights
#pragma weak acl_cache_mask_init
#pragma weak acl_cache_mask_isset
#pragma weak acl_cache_update
#pragma weak acl_mailbox_list_module
#pragma weak acl_mailbox_right_lookup
#pragma weak acl_mailbox_update_acl
#pragma weak acl_object_last_changed
#pragma weak acl_object_list_deinit
#pragma weak acl_object_list_init
#pragma weak acl_object_list_next
#pragma weak acl_object_rebuild_cache
#pragma weak acl_object_remove_all_access
#if DOVECOT_VERSION_MINOR >= 4
#pragma weak acl_setting_parser_info
#endif
#pragma weak acl_storage_module
#pragma weak acl_user_module
#endif

typedef int acl_compat_refresh_t(struct acl_object *aclobj);
typedef int acl_compat_changed_t(struct acl_object *aclobj,
				 time_t *last_changed_r);
typedef int acl_compat_update_t(struct acl_object *aclobj,
				const struct acl_rights_update *update);

/* The backend's functions, which may be changed. In 2.4 all backends of a
   driver share them, so this one gets its own. */
static inline struct acl_backend_vfuncs *
acl_compat_vfuncs(struct acl_backend *backend)
{
#if DOVECOT_VERSION_MINOR >= 4
	struct acl_backend_vfuncs *v =
		p_new(backend->pool, struct acl_backend_vfuncs, 1);

	*v = *backend->v;
	backend->v = v;
	return v;
#else
	return &backend->v;
#endif
}

/* Put other functions in the place of the two that read ACLs, or of the one
   that changes them; those that were there are stored. */
static inline void acl_compat_wrap_read(struct acl_backend *backend,
					acl_compat_refresh_t *refresh,
					acl_compat_refresh_t **super_refresh_r,
					acl_compat_changed_t *changed,
					acl_compat_changed_t **super_changed_r)
{
	struct acl_backend_vfuncs *v = acl_compat_vfuncs(backend);

	*super_refresh_r = v->object_refresh_cache;
	v->object_refresh_cache = refresh;
	*super_changed_r = v->last_changed;
	v->last_changed = changed;
}

static inline void acl_compat_wrap_update(struct acl_backend *backend,
					  acl_compat_update_t *update,
					  acl_compat_update_t **super_update_r)
{
	struct acl_backend_vfuncs *v = acl_compat_vfuncs(backend);

	*super_update_r = v->object_update;
	v->object_update = update;
}

/* The names of the user's groups, NULL-terminated, as long as the backend. */
static inline const char *const *acl_compat_groups(struct acl_backend *backend)
{
#if DOVECOT_VERSION_MINOR >= 4
	ARRAY_TYPE(const_string) groups;

	p_array_init(&groups, backend->pool, 8);
	if (array_is_created(&backend->set->acl_groups))
		array_append_array(&groups, &backend->set->acl_groups);
	array_append_zero(&groups);
	return array_front(&groups);
#else
	const char **groups =
		p_new(backend->pool, const char *, backend->group_count + 1);

	if (backend->group_count > 0) {
		memcpy(groups, backend->groups,
		       backend->group_count * sizeof(*groups));
	}
	return groups;
#endif
}

/* Does the acl plugin do anything for the user? */
static inline bool acl_compat_is_active(struct mail_user *user)
{
#if DOVECOT_VERSION_MINOR >= 4
	const struct acl_settings *set;
	const char *error;
	bool active;

	if (settings_get(user->event, &acl_setting_parser_info, 0, &set,
			 &error) < 0)
		return FALSE;
	active = *set->acl_driver != '\0';
	settings_free(set);
	return active;
#else
	return ACL_USER_CONTEXT(user) != NULL;
#endif
}

/* Has the administrator taken the namespace out of the acl plugin's hands? */
static inline bool acl_compat_is_ignored(const struct acl_mailbox_list *alist)
{
#if DOVECOT_VERSION_MINOR >= 4
	return alist->rights.backend->set->acl_ignore;
#else
	return alist->ignore_acls;
#endif
}

/* What the acl plugin wants before it does anything. */
#if DOVECOT_VERSION_MINOR >= 4
#define ACL_COMPAT_HOW_TO_ENABLE "ACLs are off: set acl_driver = vfile"
#else
#define ACL_COMPAT_HOW_TO_ENABLE "ACLs are off: set acl = vfile in plugin { }"
#endif

/* Does the acl plugin look for its file below a directory of that name, and
   take it for none where there is nothing? */
#if DOVECOT_VERSION_MINOR >= 4
#define ACL_COMPAT_READS_DIRECTORIES FALSE
#else
#define ACL_COMPAT_READS_DIRECTORIES TRUE
#endif

/* Is \Seen kept in an index of each person's own? */
static inline bool acl_compat_seen_is_private(const struct mailbox_list *list)
{
#if DOVECOT_VERSION_MINOR >= 4
	return *list->mail_set->mail_index_private_path != '\0';
#else
	return list->set.index_pvt_dir != NULL;
#endif
}

#endif
