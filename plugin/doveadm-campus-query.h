/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DOVEADM_CAMPUS_QUERY_H
#define DOVEADM_CAMPUS_QUERY_H

/* In the search query of a doveadm command, let the names of folders mean what
   they mean everywhere else. */

struct module;

void doveadm_campus_query_init(struct module *module);
void doveadm_campus_query_deinit(void);

#endif
