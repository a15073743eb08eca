/*
 * The sandbox of a worker: see sandbox.h.  A file that was put in place of one
 * that may be read is not meant.
 */
#include <config.h>

#include "queue/sandbox.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/error.h"
#include "queue/fence.h"

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

/* All in this directory but name. */
static int
allow_beside(const struct fence *f, const char *directory, const char *name,
    size_t len)
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
			fence_allow(f, dirfd(dir), d->d_name, O_NOFOLLOW,
			    f->files);
	closedir(dir);
	return 0;
}

/* All but path and what is in it: beside each directory on the way. */
static int
allow_all_but(const struct fence *f, const char *path)
{
	char *real = realpath(path, NULL), *name, *end;
	int result = real != NULL && real[1] != '\0' ? 0 : -1;

	for (name = real; result == 0 && *name == '/'; name = end) {
		*name++ = '\0';
		end = name + strcspn(name, "/");
		result = allow_beside(f, *real != '\0' ? real : "/", name,
		    (size_t)(end - name));
		name[-1] = '/';
	}
	free(real);
	return result;
}

static void
allow_listed(const struct fence *f, const struct sandbox *s,
    const struct sandbox_rules *r)
{
	size_t i;

	for (i = 0; i < READABLE + OWN; i++)
		if (s->files[i].st_ino != 0)
			fence_allow(f, AT_FDCWD, s->paths[i], 0, FENCE_READ |
			    FENCE_LIST);
	fence_allow(f, AT_FDCWD, "/dev/null", 0, FENCE_READ | FENCE_WRITE);
	fence_allow_port(f, r->port);
	fence_allow_port(f, 53);
	fence_allow_bind(f);	/* for "source" */
}

static enum sandbox_result
close_off(const struct sandbox *s, const struct sandbox_rules *r,
    struct error *e)
{
	struct fence f;

	switch (fence_begin(&f, r->queue == NULL)) {
	case 0:
		return SANDBOX_LIMITS;
	case -1:
		error_sys(e, "cannot set up Landlock");
		return SANDBOX_FAILED;
	}
	if (r->queue == NULL)
		allow_listed(&f, s, r);
	else if (allow_all_but(&f, r->queue) != 0) {
		error_sys(e, "cannot keep %.200s closed", r->queue);
		fence_drop(&f);
		return SANDBOX_FAILED;
	}
	if (fence_enter(&f) == 0)
		return SANDBOX_CLOSED;
	error_sys(e, "cannot use Landlock");
	return SANDBOX_FAILED;
}

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
