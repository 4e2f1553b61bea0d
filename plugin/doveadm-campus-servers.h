/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DOVEADM_CAMPUS_SERVERS_H
#define DOVEADM_CAMPUS_SERVERS_H

/* doveadm campus servers */

extern struct doveadm_cmd_ver2 doveadm_cmd_campus_servers;

#endif
