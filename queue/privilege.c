/*
 * Set-group-ID: see privilege.h.  The kernel remembers the group as the
 * saved one; nothing is kept here.
 */
#include <config.h>

#include "queue/privilege.h"

#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/program.h"
#include "queue/spool.h"

/* A set-ID program inherits more than any: limits, and the environment. */
int
privilege_begin(void)
{
	const struct rlimit none = { 0, 0 };
	const char *tz = getenv("TZ");

	program_begin();
	if (!privilege_is_set())
		return 0;
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* A zone by its name is harmless; a path is not. */
	if (tz != NULL && (strchr(":/", *tz) != NULL ||
	    strstr(tz, "..") != NULL))
		unsetenv("TZ");
	return privilege_lower();
}

int
privilege_is_set(void)
{
	return getauxval(AT_SECURE) != 0;
}

int
privilege_lower(void)
{
	return privilege_is_set() ? setresgid((gid_t)-1, getgid(),
	    (gid_t)-1) : 0;
}

int
privilege_raise(void)
{
	gid_t real, effective, saved;

	if (!privilege_is_set())
		return 0;
	if (getresgid(&real, &effective, &saved) != 0)
		return -1;
	return setresgid((gid_t)-1, saved, (gid_t)-1);
}

int
privilege_drop(void)
{
	gid_t real = getgid();

	return privilege_is_set() ? setresgid(real, real, real) : 0;
}

void
privilege_explain(struct error *e, const char *program)
{
	size_t len = strlen(e->text);

	if (e->number == EACCES || e->number == EPERM)
		snprintf(e->text + len, sizeof(e->text) - len, ": %s must be "
		    "set-group-ID, and its caller must let it be", program);
}

int
privilege_become(const struct spool *s, uid_t uid)
{
	struct stat st;

	if (getuid() != 0)
		return 0;
	if (fstatat(spool_directory(s), "queue", &st, 0) != 0)
		return -1;
	if ((st.st_mode & S_IWGRP) == 0)
		return 0;
	if (uid == (uid_t)-1) {
		errno = ESRCH;
		return -1;
	}
	return setgroups(0, NULL) != 0 ||
	    setresgid(st.st_gid, st.st_gid, st.st_gid) != 0 ||
	    setresuid(uid, uid, uid) != 0 ? -1 : 0;
}

int
privilege_owns(const struct spool *s)
{
	return getuid() == 0 || spool_user(s) == getuid();
}
