/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DAY_STAMP_H
#define DAY_STAMP_H

/* What is to be done once a day, however many sessions there are: a file notes
   when it was done, and who does it holds a lock on it. */

/* Has it not been done within a day? Nothing is locked or written. */
bool day_stamp_is_due(const char *path, time_t now);

/* Returns 1 if the caller is to do it now: nobody else is told so before
   day_stamp_close(); 0 if it has been done, or somebody is at it; -1 with
   *error_r a sentence if that cannot be noted. */
int day_stamp_open(const char *path, time_t now, int *fd_r,
		   const char **error_r);
/* done = FALSE: the next one is to try it again. */
void day_stamp_close(int *fd, bool done);

#endif
