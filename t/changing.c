/*
 * For LD_PRELOAD: a file becomes another one while programs read it, between
 * two calls of pread(), always at the same place.
 *
 *	CHANGING=CONTROL:FILE:NEW
 *
 * CONTROL has 32 bytes, which all processes share: a native 64-bit number, how
 * often FILE was read so far, and as text before which of these, counted from
 * 1, it gets the content of NEW.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sys/mman.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL 32
#define FAR 100			/* nothing else closes this descriptor */

static struct {
	uint64_t *count, at;
	int fd;			/* of FILE, open while that is allowed */
	struct stat file;
	char *content;
	size_t len;
} change = { .fd = -1 };

static void
prepare(const char *control, const char *file, const char *new)
{
	int fd = open(control, O_RDWR | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0)
		return;
	p = mmap(NULL, CONTROL, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	fd = open(new, O_RDONLY | O_CLOEXEC);
	if (p == MAP_FAILED || fd < 0 || fstat(fd, &st) != 0)
		return;
	change.len = (size_t)st.st_size;
	change.content = malloc(change.len + 1);
	if (change.content == NULL ||
	    read(fd, change.content, change.len) != st.st_size)
		return;
	close(fd);
	if ((fd = open(file, O_RDWR | O_CLOEXEC)) < 0 ||
	    fstat(fd, &change.file) != 0)
		return;
	change.fd = fcntl(fd, F_DUPFD_CLOEXEC, FAR);
	close(fd);
	change.at = strtoull((const char *)p + sizeof(uint64_t), NULL, 10);
	change.count = p;
}

__attribute__((__constructor__)) static void
begin(void)
{
	const char *text = getenv("CHANGING");
	char *words = text != NULL ? strdup(text) : NULL, *file, *new;

	if (words == NULL)
		return;
	if ((file = strchr(words, ':')) != NULL &&
	    (new = strchr(file + 1, ':')) != NULL) {
		*file++ = *new++ = '\0';
		prepare(words, file, new);
	}
	free(words);
}

ssize_t
pread(int fd, void *data, size_t size, off_t offset)
{
	static ssize_t (*real)(int, void *, size_t, off_t);
	struct stat st;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "pread");
	if (change.count != NULL && fstat(fd, &st) == 0 &&
	    st.st_dev == change.file.st_dev &&
	    st.st_ino == change.file.st_ino &&
	    __sync_add_and_fetch(change.count, 1) == change.at) {
		/* The new end first: nothing of the old one is beyond. */
		if (ftruncate(change.fd, (off_t)change.len) != 0 ||
		    pwrite(change.fd, change.content, change.len, 0) !=
		    (ssize_t)change.len)
			abort();
	}
	return real(fd, data, size, offset);
}

ssize_t pread64(int fd, void *data, size_t size, off_t offset)
    __attribute__((__alias__("pread")));
