/* See fence.h. */
#include <config.h>

#include "queue/fence.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#if defined(HAVE_LINUX_LANDLOCK_H) && defined(SYS_landlock_restrict_self)
#include <linux/landlock.h>

/* Later than the oldest header that has any of it. */
#define REFER		(UINT64_C(1) << 13)
#define IOCTL		(UINT64_C(1) << 15)
#define RULE_NET_PORT	2
#define BIND_TCP	(UINT64_C(1) << 0)
#define CONNECT_TCP	(UINT64_C(1) << 1)
#define SCOPE_ABSTRACT	(UINT64_C(1) << 0)
#define SCOPE_SIGNAL	(UINT64_C(1) << 1)

#define OF_FIRST	(REFER - 1)	/* what the first version has */
#define OF_FILE		(FENCE_EXECUTE | FENCE_WRITE | FENCE_READ | \
			FENCE_TRUNCATE | IOCTL)

struct ruleset {
	uint64_t files, net, scoped;
};

struct port_rule {
	uint64_t access, port;
};

/* What version abi can forbid; an older kernel takes the zeros. */
static struct ruleset
all_of(long abi, int narrow)
{
	struct ruleset all = { OF_FIRST, 0, 0 };

	if (abi >= 2)
		all.files |= REFER;
	if (abi >= 3)
		all.files |= FENCE_TRUNCATE;
	if (abi >= 4 && narrow)
		all.net = BIND_TCP | CONNECT_TCP;
	if (abi >= 5)
		all.files |= IOCTL;
	if (abi >= 6)
		all.scoped = SCOPE_SIGNAL | (narrow ? SCOPE_ABSTRACT : 0);
	return all;
}

int
fence_begin(struct fence *f, int narrow)
{
	struct ruleset all;
	long abi;

	f->set = -1;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return 0;
	all = all_of(abi, narrow);
	f->files = all.files;
	f->net = all.net;
	f->set = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all),
	    0);
	return f->set >= 0 ? 1 : -1;
}

int
fence_allow(const struct fence *f, int at, const char *path, int flags,
    uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = openat(at,
	    path, O_PATH | O_CLOEXEC | flags) };
	struct stat st;
	int rc, number;

	if (rule.parent_fd < 0)
		return -1;
	if ((rc = fstat(rule.parent_fd, &st)) == 0) {
		rule.allowed_access = f->files & (S_ISDIR(st.st_mode) ?
		    access : access & OF_FILE);
		/* What is of a kind that no rule is needed for stays closed,
		 * too. */
		if (rule.allowed_access != 0)
			rc = (int)syscall(SYS_landlock_add_rule, f->set,
			    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	number = errno;
	close(rule.parent_fd);
	errno = number;
	return rc == 0 ? 0 : -1;
}

static void
allow_port(const struct fence *f, uint64_t access, unsigned port)
{
	struct port_rule rule = { access, port };

	if (f->net != 0)
		syscall(SYS_landlock_add_rule, f->set, RULE_NET_PORT, &rule,
		    0);
}

void
fence_allow_port(const struct fence *f, unsigned port)
{
	allow_port(f, CONNECT_TCP, port);
}

void
fence_allow_bind(const struct fence *f)
{
	allow_port(f, BIND_TCP, 0);
}

int
fence_enter(struct fence *f)
{
	long rc = syscall(SYS_landlock_restrict_self, f->set, 0);
	int number = errno;

	fence_drop(f);
	errno = number;
	return (int)rc;
}

#else

int
fence_begin(struct fence *f, int narrow)
{
	(void)narrow;
	f->set = -1;
	return 0;
}

int
fence_allow(const struct fence *f, int at, const char *path, int flags,
    uint64_t access)
{
	(void)f, (void)at, (void)path, (void)flags, (void)access;
	return 0;
}

void
fence_allow_port(const struct fence *f, unsigned port)
{
	(void)f, (void)port;
}

void
fence_allow_bind(const struct fence *f)
{
	(void)f;
}

int
fence_enter(struct fence *f)
{
	(void)f;
	errno = ENOSYS;
	return -1;
}

#endif

void
fence_drop(struct fence *f)
{
	if (f->set >= 0)
		close(f->set);
	f->set = -1;
}
