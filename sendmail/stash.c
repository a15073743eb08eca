/* See stash.h. */
#include <config.h>

#include "sendmail/stash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"

#define MEMORY (128 * 1024 - 1)	/* bytes without a file */
#define BLOCK 65536

/* Of what is written only the part counts that s->len has. */
static int
write_at(int fd, const char *data, size_t len, uint64_t at)
{
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, data, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

int
stash_add(struct stash *s, const void *data, size_t len)
{
	if (s->memory.len + len <= MEMORY) {
		if (buffer_reserve(&s->memory, len) != 0)
			return -1;
		return buffer_add(&s->memory, data, len);
	}
	if (s->file == NULL && (s->file = tmpfile()) == NULL)
		return -1;
	if (write_at(fileno(s->file), s->memory.data, s->memory.len,
	    s->len) != 0 || write_at(fileno(s->file), data, len,
	    s->len + s->memory.len) != 0)
		return -1;
	s->len += s->memory.len + len;
	buffer_reset(&s->memory);
	return 0;
}

/* As put() of stash_each(). */
static int
read_file(const struct stash *s, char *block,
    int (*put)(void *arg, const void *data, size_t len, struct error *e),
    void *arg, struct error *e)
{
	uint64_t done = 0;
	int status = 0;
	ssize_t n;

	while (status == 0 && done < s->len) {
		n = pread(fileno(s->file), block, s->len - done < BLOCK ?
		    (size_t)(s->len - done) : BLOCK, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			error_sys(e, "cannot read the message again");
			return EX_IOERR;
		}
		status = put(arg, block, (size_t)n, e);
		done += (uint64_t)n;
	}
	return status;
}

int
stash_each(const struct stash *s,
    int (*put)(void *arg, const void *data, size_t len, struct error *e),
    void *arg, struct error *e)
{
	int status = 0;
	char *block;

	if (s->len > 0) {
		if ((block = malloc(BLOCK)) == NULL) {
			error_memory(e);
			return EX_OSERR;
		}
		status = read_file(s, block, put, arg, e);
		free(block);
	}
	if (status == 0 && s->memory.len > 0)
		status = put(arg, s->memory.data, s->memory.len, e);
	return status;
}

void
stash_free(struct stash *s)
{
	const struct stash none = STASH_INIT;

	buffer_free(&s->memory);
	if (s->file != NULL)
		fclose(s->file);
	*s = none;
}
