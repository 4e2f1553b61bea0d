/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef ACL_SETTINGS_INFO_2_4_H
#define ACL_SETTINGS_INFO_2_4_H

/* How Dovecot 2.4's settings parser sees campus_acl's settings. */

extern const struct setting_parser_info campus_acl_setting_parser_info;

#endif
