/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The doveadm module: registers the commands, and looks into the queries of
   others. */

#include "lib.h"
#include "module-dir.h"
#include "doveadm.h"
#include "doveadm-campus-folders.h"
#include "doveadm-campus-query.h"
#include "doveadm-campus-servers.h"

extern const char *doveadm_campus_plugin_version;
void doveadm_campus_plugin_init(struct module *module);
void doveadm_campus_plugin_deinit(void);

const char *doveadm_campus_plugin_version = DOVECOT_ABI_VERSION;

void doveadm_campus_plugin_init(struct module *module)
{
	doveadm_cmd_register_ver2(&doveadm_cmd_campus_folders_check);
	doveadm_cmd_register_ver2(&doveadm_cmd_campus_folders_merge);
	doveadm_cmd_register_ver2(&doveadm_cmd_campus_servers);
	doveadm_campus_query_init(module);
}

void doveadm_campus_plugin_deinit(void)
{
	doveadm_campus_query_deinit();
}
