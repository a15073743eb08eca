/*
 * Set-group-ID: see privilege.h.  The kernel remembers the group as the
 * saved one; nothing is kept here.
 */
#include <config.h>

#include "queue/privilege.h"

#include <sys/auxv.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include "queue/spool.h"

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
	struct stat st;

	return getuid() == 0 || (fstat(spool_directory(s), &st) == 0 &&
	    st.st_uid == getuid());
}
