/*
 * Who has a file open: see setup.h.  A lock does not tell: the process that
 * took it may be gone, and its children have it.
 */
#include <config.h>

#include "queue/setup.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int
has_open(long pid, const struct stat *want)
{
	struct dirent *entry;
	struct stat st;
	char path[64];
	int found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return 0;
	while (!found && (entry = readdir(dir)) != NULL)
		found = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
		    st.st_dev == want->st_dev && st.st_ino == want->st_ino;
	closedir(dir);
	return found;
}

long
import_holder(int fd)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	struct stat want;
	long pid, found = 0;

	if (dir == NULL)
		return 0;
	while (fstat(fd, &want) == 0 && found == 0 &&
	    (entry = readdir(dir)) != NULL) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid > 0 && pid != getpid() && has_open(pid, &want))
			found = pid;
	}
	closedir(dir);
	return found;
}
