/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_SETTINGS_INFO_2_4_H
#define FOLDER_SETTINGS_INFO_2_4_H

/* How Dovecot 2.4's settings parser sees the folder plugins' settings. */

extern const struct setting_parser_info folder_setting_parser_info;

#endif
