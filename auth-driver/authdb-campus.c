/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Entry points of libauthdb_campus.so: registers the passdb and the userdb. */

#include "auth-compat.h"
#include "driver-campus.h"

extern const char *authdb_campus_version;
void authdb_campus_init(void);
void authdb_campus_deinit(void);

const char *authdb_campus_version = DOVECOT_ABI_VERSION;

void authdb_campus_init(void)
{
	passdb_register_module(&passdb_campus);
	userdb_register_module(&userdb_campus);
}

void authdb_campus_deinit(void)
{
	passdb_unregister_module(&passdb_campus);
	userdb_unregister_module(&userdb_campus);
}
