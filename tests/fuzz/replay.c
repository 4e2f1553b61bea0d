/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Gives files to a fuzz target, one after the other: a corpus as a regression
   test, where there is no libFuzzer. */

#include "lib.h"
#include "buffer.h"

#include <fcntl.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *path)
{
	buffer_t *input = buffer_create_dynamic(default_pool, 4096);
	unsigned char chunk[4096], *data;
	ssize_t ret;
	size_t size;
	int fd = open(path, O_RDONLY);

	if (fd == -1)
		i_fatal("open(%s) failed: %m", path);
	while ((ret = read(fd, chunk, sizeof(chunk))) > 0)
		buffer_append(input, chunk, ret);
	if (ret < 0)
		i_fatal("read(%s) failed: %m", path);
	/* Not i_close_fd(): the targets' deinit closes the standard input, so
	   this may be descriptor 0. */
	(void)close(fd);

	/* A copy of the exact size, so that a tool sees a read behind it. */
	size = input->used;
	data = i_malloc(I_MAX(size, 1));
	memcpy(data, input->data, size);
	(void)LLVMFuzzerTestOneInput(data, size);
	i_free(data);
	buffer_free(&input);
}

int main(int argc, char *argv[])
{
	if (argc < 2)
		i_fatal("usage: %s FILE ...", argv[0]);
	/* Each input makes and frees Dovecot's library by itself. */
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	return 0;
}
