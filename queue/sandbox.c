/*
 * The sandbox of a worker: see sandbox.h.
 *
 * Landlock lets a process name the files that it still opens, by what they are
 * and not by name: a file that was put in place of one of them is not meant.
 * Everything else is closed to it.
 */
#include <config.h>

#include "queue/sandbox.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/shared.h"

#if defined(HAVE_LINUX_LANDLOCK_H) && defined(SYS_landlock_restrict_self)
#include <linux/landlock.h>
#define HAVE_LANDLOCK 1
#endif

/* A sanitizer looks for leaks when the process ends: it forks, and reads
 * what /proc says. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* What finding a host and loading a library for that read; of all of it
 * nothing is secret.  What is not there is no matter. */
static const char *const readable[] = {
	/* The resolver, and who answers for it. */
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
	"/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
	"/etc/hostname", "/etc/mdns.allow", "/etc/localtime",
	"/run/systemd/resolve", "/run/systemd/machines", "/run/nscd",
	"/var/lib/sss/mc",
	/* Libraries, and what they were built to look at. */
	"/etc/ld.so.cache", "/lib", "/lib64", "/usr/lib", "/usr/lib64",
	"/usr/local/lib", "/nix/store", "/gnu/store", "/usr/share",
	"/etc/ssl", "/etc/pki", "/etc/pkcs11", "/etc/gnutls",
	"/etc/crypto-policies",
	/* The key of the DNS root. */
	"/etc/unbound", "/etc/trusted-key.key", "/var/lib/unbound",
	"/dev/null", "/dev/urandom",
	SANITIZED ? "/proc" : NULL,
};

#define READABLE (sizeof(readable) / sizeof(readable[0]))
#define OWN (sizeof(((struct sandbox_rules *)0)->own) / sizeof(char *))

struct sandbox {
	const char *paths[READABLE + OWN];
	struct stat files[READABLE + OWN];	/* st_ino is 0: not there */
};

static void
look(const char *path, struct stat *st)
{
	if (path == NULL || *path == '\0' || stat(path, st) != 0)
		memset(st, 0, sizeof(*st));
}

static struct sandbox *
watch(const struct sandbox_rules *r)
{
	struct sandbox *s = calloc(1, sizeof(*s));
	size_t i;

	if (s == NULL)
		return NULL;
	memcpy(s->paths, readable, sizeof(readable));
	memcpy(s->paths + READABLE, r->own, sizeof(r->own));
	for (i = 0; i < READABLE + OWN; i++)
		look(s->paths[i], &s->files[i]);
	return s;
}

int
sandbox_is_stale(const struct sandbox *s)
{
	struct stat st;
	size_t i;

	for (i = 0; s != NULL && i < READABLE + OWN; i++) {
		look(s->paths[i], &st);
		if (st.st_dev != s->files[i].st_dev ||
		    st.st_ino != s->files[i].st_ino)
			return 1;
	}
	return 0;
}

void
sandbox_free(struct sandbox *s)
{
	free(s);
}

static void
limit(int what, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(what, &r) != 0)
		return;
	if (r.rlim_max > most)
		r.rlim_max = most;
	r.rlim_cur = r.rlim_max;
	setrlimit(what, &r);
}

static void
set_limits(const struct sandbox_rules *r)
{
	limit(RLIMIT_NOFILE, r->descriptors);
	if (r->queue != NULL)
		return;
	limit(RLIMIT_FSIZE, r->file_size);
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_MSGQUEUE, 0);
	if (!SANITIZED)
		limit(RLIMIT_NPROC, 0);
}

#ifdef HAVE_LANDLOCK

/* Later than the oldest header that has any of it. */
#define ACCESS_REFER	(UINT64_C(1) << 13)
#define ACCESS_TRUNCATE	(UINT64_C(1) << 14)
#define ACCESS_IOCTL	(UINT64_C(1) << 15)
#define RULE_NET_PORT	2
#define NET_BIND_TCP	(UINT64_C(1) << 0)
#define NET_CONNECT_TCP	(UINT64_C(1) << 1)
#define SCOPE_ABSTRACT	(UINT64_C(1) << 0)
#define SCOPE_SIGNAL	(UINT64_C(1) << 1)

#define ACCESS_FIRST	(ACCESS_REFER - 1)	/* of the first version */
#define ACCESS_READ	(LANDLOCK_ACCESS_FS_READ_FILE | \
			LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_FILE	(LANDLOCK_ACCESS_FS_EXECUTE | \
			LANDLOCK_ACCESS_FS_WRITE_FILE | \
			LANDLOCK_ACCESS_FS_READ_FILE | ACCESS_TRUNCATE | \
			ACCESS_IOCTL)

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
	struct ruleset all = { ACCESS_FIRST, 0, 0 };

	if (abi >= 2)
		all.files |= ACCESS_REFER;
	if (abi >= 3)
		all.files |= ACCESS_TRUNCATE;
	if (abi >= 4 && narrow)
		all.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 5)
		all.files |= ACCESS_IOCTL;
	if (abi >= 6)
		all.scoped = SCOPE_SIGNAL | (narrow ? SCOPE_ABSTRACT : 0);
	return all;
}

/* What cannot be opened, or is of a kind that no rule is needed for, stays
 * closed. */
static void
allow(int set, int at, const char *path, int flags, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = openat(at,
	    path, O_PATH | O_CLOEXEC | flags) };
	struct stat st;

	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0) {
		rule.allowed_access = S_ISDIR(st.st_mode) ? access :
		    access & ACCESS_FILE;
		syscall(SYS_landlock_add_rule, set,
		    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	close(rule.parent_fd);
}

/* All in this directory but name. */
static int
allow_beside(int set, const char *directory, const char *name, size_t len,
    uint64_t access)
{
	DIR *dir = opendir(directory);
	struct dirent *d;

	if (dir == NULL)
		return -1;
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0 && d->d_type != DT_LNK &&
		    (strncmp(d->d_name, name, len) != 0 ||
		    d->d_name[len] != '\0'))
			allow(set, dirfd(dir), d->d_name, O_NOFOLLOW, access);
	closedir(dir);
	return 0;
}

/* All but path and what is in it: beside each directory on the way. */
static int
allow_all_but(int set, const char *path, uint64_t access)
{
	char *real = realpath(path, NULL), *name, *end;
	int result = real != NULL && real[1] != '\0' ? 0 : -1;

	for (name = real; result == 0 && *name == '/'; name = end) {
		*name++ = '\0';
		end = name + strcspn(name, "/");
		result = allow_beside(set, *real != '\0' ? real : "/", name,
		    (size_t)(end - name), access);
		name[-1] = '/';
	}
	free(real);
	return result;
}

static void
allow_port(int set, uint64_t access, unsigned port)
{
	struct port_rule rule = { access, port };

	syscall(SYS_landlock_add_rule, set, RULE_NET_PORT, &rule, 0);
}

static void
allow_listed(int set, const struct sandbox *s, const struct sandbox_rules *r,
    const struct ruleset *all)
{
	size_t i;

	for (i = 0; i < READABLE + OWN; i++)
		if (s->files[i].st_ino != 0)
			allow(set, AT_FDCWD, s->paths[i], 0, ACCESS_READ);
	allow(set, AT_FDCWD, "/dev/null", 0, ACCESS_READ |
	    LANDLOCK_ACCESS_FS_WRITE_FILE);
	if (all->net == 0)
		return;
	allow_port(set, NET_CONNECT_TCP, r->port);
	allow_port(set, NET_CONNECT_TCP, 53);
	allow_port(set, NET_BIND_TCP, 0);	/* any, for "source" */
}

static enum sandbox_result
close_off(const struct sandbox *s, const struct sandbox_rules *r,
    struct error *e)
{
	enum sandbox_result result = SANDBOX_FAILED;
	struct ruleset all;
	long abi;
	int set;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return SANDBOX_LIMITS;
	all = all_of(abi, r->queue == NULL);
	set = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (set < 0) {
		error_sys(e, "cannot set up Landlock");
		return SANDBOX_FAILED;
	}
	if (r->queue == NULL)
		allow_listed(set, s, r, &all);
	else if (allow_all_but(set, r->queue, all.files) != 0) {
		error_sys(e, "cannot keep %.200s closed", r->queue);
		goto done;
	}
	if (syscall(SYS_landlock_restrict_self, set, 0) != 0)
		error_sys(e, "cannot use Landlock");
	else
		result = SANDBOX_CLOSED;
done:
	close(set);
	return result;
}

#else

static enum sandbox_result
close_off(const struct sandbox *s, const struct sandbox_rules *r,
    struct error *e)
{
	(void)s, (void)r, (void)e;
	return SANDBOX_LIMITS;
}

#endif

enum sandbox_result
sandbox_enter(struct sandbox **s, const struct sandbox_rules *r,
    struct error *e)
{
	enum sandbox_result result;

	set_limits(r);
	if ((*s = watch(r)) == NULL) {
		error_sys(e, "cannot set up Landlock");
		return SANDBOX_FAILED;
	}
	result = close_off(*s, r, e);
	/* What is not closed can be read by its new name. */
	if (result != SANDBOX_CLOSED || r->queue != NULL) {
		sandbox_free(*s);
		*s = NULL;
	}
	return result;
}
