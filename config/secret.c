/*
 * Memory and files of secrets: see secret.h.  Owner and mode are those of the
 * opened file, so that nobody can swap it after the check.
 */
#include <config.h>

#include "config/secret.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY (SECRET_MAX + 2)

char *
secret_new(void)
{
	char *data = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		return NULL;
	/* Both are best effort: a limit of zero must not stop the mail. */
	(void)mlock(data, MEMORY);
	(void)madvise(data, MEMORY, MADV_DONTDUMP);
	return data;
}

void
secret_wipe(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, MEMORY);
	munmap(secret, MEMORY);
}

int
secret_cut(char *data, size_t len, const char *name, char *why, size_t size)
{
	if (len > SECRET_MAX || memchr(data, '\0', len) != NULL) {
		snprintf(why, size, "%s holds no password", name);
		return -1;
	}
	data[strcspn(data, "\r\n")] = '\0';
	if (*data != '\0')
		return 0;
	snprintf(why, size, "the first line of %s is empty", name);
	return -1;
}

/* 0 when the file is ours or root's and no one else reads it. */
static int
check_access(int fd, const char *path, char *why, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		snprintf(why, size, "cannot inspect %s: %s", path,
		    strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, size, "%s is not a regular file", path);
		return -1;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		snprintf(why, size, "%s belongs to user %lu: give it to "
		    "user %lu, who sends the mail", path,
		    (unsigned long)st.st_uid, (unsigned long)geteuid());
		return -1;
	}
	if ((st.st_mode & 027) != 0 || ((st.st_mode & 040) != 0 &&
	    st.st_gid != getegid())) {
		snprintf(why, size, "%s can be read or changed by others: "
		    "chmod 600 %s", path, path);
		return -1;
	}
	return 0;
}

/* The whole file, at most SECRET_MAX bytes and one.  -1: errno. */
static ssize_t
read_file(int fd, char *data)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, data + len, SECRET_MAX + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		len += (size_t)n;
	} while (n != 0 && len <= SECRET_MAX);
	return (ssize_t)len;
}

/* The secret in fd, which is closed. */
static char *
take(int fd, const char *path, char *why, size_t size)
{
	char *data = secret_new();
	ssize_t n = -1;

	if (data == NULL || (n = read_file(fd, data)) < 0)
		snprintf(why, size, "cannot read %s: %s", path,
		    strerror(errno));
	close(fd);
	if (n >= 0 && secret_cut(data, (size_t)n, path, why, size) == 0)
		return data;
	secret_wipe(data);
	return NULL;
}

char *
secret_read(const char *path, char *why, size_t size)
{
	int fd, denied, n;

	/* O_NONBLOCK: a fifo in its place must not hang us. */
	fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		denied = errno == EACCES;
		n = snprintf(why, size, "cannot open the password file %s: %s",
		    path, strerror(errno));
		if (denied && n > 0 && (size_t)n < size)
			snprintf(why + n, size - (size_t)n, ": user %lu, who "
			    "sends the mail, must own it, and its mode be 600",
			    (unsigned long)geteuid());
		return NULL;
	}
	if (check_access(fd, path, why, size) == 0)
		return take(fd, path, why, size);
	close(fd);
	return NULL;
}

const char *
secret_directory(void)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	return directory != NULL && *directory == '/' ? directory : NULL;
}

char *
secret_credential(const char *name, char *why, size_t size)
{
	const char *directory = secret_directory();
	char *path = NULL, *secret = NULL;
	int fd;

	*why = '\0';
	if (directory == NULL ||
	    asprintf(&path, "%s/%s", directory, name) < 0)
		return NULL;
	/* Not check_access(): an access list shows as permission of the
	 * group. */
	fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		secret = take(fd, path, why, size);
	else if (errno != ENOENT)
		snprintf(why, size, "cannot open the credential %s: %s",
		    path, strerror(errno));
	free(path);
	return secret;
}
