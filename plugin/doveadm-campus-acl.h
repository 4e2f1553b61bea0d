/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DOVEADM_CAMPUS_ACL_H
#define DOVEADM_CAMPUS_ACL_H

/* doveadm campus acl explain | compare */

extern struct doveadm_cmd_ver2 doveadm_cmd_campus_acl_explain;
extern struct doveadm_cmd_ver2 doveadm_cmd_campus_acl_compare;

#endif
