/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What is to be done once a day: a file that is not empty and younger than a
   day says that it was done. */

#include "lib.h"
#include "log-escape.h"
#include "day-stamp.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_SECS (24 * 60 * 60)

/* now may be a moment behind who has written the stamp; one from much later is
   of a clock that was wrong. */
static bool day_stamp_is_fresh(const struct stat *st, time_t now)
{
	return st->st_size > 0 && st->st_mtime > now - DAY_SECS &&
	       st->st_mtime < now + DAY_SECS;
}

bool day_stamp_is_due(const char *path, time_t now)
{
	struct stat st;

	return stat(path, &st) < 0 || !day_stamp_is_fresh(&st, now);
}

/* All that could fail for lack of room is done first: later only the time is
   set. Returns 1, 0 or -1 with errno. */
static int day_stamp_claim(int fd, time_t now)
{
	static const struct timespec never[2];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	if (fcntl(fd, F_SETLK, &lock) < 0)
		return errno == EACCES || errno == EAGAIN ? 0 : -1;
	if (fstat(fd, &st) < 0)
		return -1;
	if (day_stamp_is_fresh(&st, now))
		return 0;
	return pwrite(fd, "\n", 1, 0) == 1 && futimens(fd, never) == 0 ? 1 : -1;
}

int day_stamp_open(const char *path, time_t now, int *fd_r,
		   const char **error_r)
{
	int ret = -1;

	*fd_r = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (*fd_r != -1)
		ret = day_stamp_claim(*fd_r, now);
	if (ret < 0) {
		*error_r = t_strdup_printf(
			"cannot note in '%s' that a warning was given: %m",
			log_escape(path));
	}
	if (ret <= 0)
		i_close_fd(fd_r);
	return ret;
}

void day_stamp_close(int *fd, bool done)
{
	/* It can hardly fail now; then it is done once more. */
	if (done)
		(void)futimens(*fd, NULL);
	i_close_fd(fd);
}
