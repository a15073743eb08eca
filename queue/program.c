/*
 * Finding a program, becoming its user: see program.h.
 */
#include <config.h>

#include "queue/program.h"

#include <sys/stat.h>

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"

char *
program_find(const char *beside, const char *installed)
{
	char self[4096], *path = NULL;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		if (asprintf(&path, "%s/%s", self, beside) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return strdup(installed);
}

int
program_become_owner(int directory, struct error *e)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (fstat(directory, &st) != 0)
		return error_sys(e, "cannot inspect the queue");
	if (st.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) != 0 || setgid(st.st_gid) != 0 ||
	    setuid(st.st_uid) != 0)
		return error_sys(e, "cannot become user %lu",
		    (unsigned long)st.st_uid);
	return 0;
}
