/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DOVEADM_CAMPUS_FOLDERS_H
#define DOVEADM_CAMPUS_FOLDERS_H

/* doveadm campus folders check | merge */

extern struct doveadm_cmd_ver2 doveadm_cmd_campus_folders_check;
extern struct doveadm_cmd_ver2 doveadm_cmd_campus_folders_merge;

#endif
