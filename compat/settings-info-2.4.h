/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef SETTINGS_INFO_2_4_H
#define SETTINGS_INFO_2_4_H

/* How Dovecot 2.4's settings parser sees our settings. */

extern const struct setting_parser_info campus_setting_parser_info;

#endif
