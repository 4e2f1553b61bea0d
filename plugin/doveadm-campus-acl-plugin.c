/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The doveadm module for ACLs: registers its commands. */

#include "lib.h"
#include "module-dir.h"
#include "doveadm.h"
#include "doveadm-campus-acl.h"

extern const char *doveadm_campus_acl_plugin_version;
void doveadm_campus_acl_plugin_init(struct module *module);
void doveadm_campus_acl_plugin_deinit(void);

const char *doveadm_campus_acl_plugin_version = DOVECOT_ABI_VERSION;

void doveadm_campus_acl_plugin_init(struct module *module ATTR_UNUSED)
{
	doveadm_cmd_register_ver2(&doveadm_cmd_campus_acl_compare);
	doveadm_cmd_register_ver2(&doveadm_cmd_campus_acl_explain);
}

void doveadm_campus_acl_plugin_deinit(void)
{
}
