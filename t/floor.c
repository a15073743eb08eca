/*
 * floor: the least that a durable submission costs.  Read standard input,
 * keep it as one new file in a directory, survive a power cut.  It checks
 * nothing about the message, writes no envelope and wakes no one: a sendmail
 * can come near to it and not below.
 *
 *	floor [-2] DIRECTORY
 *
 * The file is named before it is synced, which is one journal commit; with -2
 * it is synced first, which is two.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static char buf[65536];
	char self[32], name[32];
	ssize_t n;
	int dir, fd, twice;

	twice = argc > 2 && strcmp(argv[1], "-2") == 0;
	if (argc < 2 + twice)
		return 64;
	if ((dir = open(argv[1 + twice], O_RDONLY | O_DIRECTORY)) < 0 ||
	    (fd = openat(dir, ".", O_WRONLY | O_TMPFILE, 0600)) < 0)
		return 73;
	while ((n = read(0, buf, sizeof(buf))) > 0) {
		if (write(fd, buf, (size_t)n) != n)
			return 74;
	}
	if (n < 0 || (twice && fsync(fd) != 0))
		return 74;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	snprintf(name, sizeof(name), "floor.%d", (int)getpid());
	if (linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW) != 0 ||
	    (!twice && fsync(fd) != 0) || fsync(dir) != 0)
		return 74;
	return 0;
}
