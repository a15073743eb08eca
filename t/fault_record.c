/* See fault_record.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "fault_record.h"

#include <linux/seccomp.h>

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault_calls.h"
#include "fault_task.h"

#define KEY_MAX 64
#define MADE_MAX 64 /* files that are being made */

struct fault_record {
	FILE *out;
	const char *directory;
	const char *took;
	unsigned long seen; /* names in took */
	struct made {
		pid_t pid;
		char path[PATH_MAX];
	} made[MADE_MAX];
	size_t nmade;
};

struct fault_record *
fault_record_new(FILE *out, const char *directory, const char *took)
{
	struct fault_record *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->out = out;
	r->directory = directory;
	r->took = took;
	return r;
}

void
fault_record_free(struct fault_record *r)
{
	free(r);
}

/* What tells a file from all others, also from a later one with its inode. */
static int
key_of(const char *path, char key[KEY_MAX])
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &st) != 0)
		return -1;
	snprintf(key, KEY_MAX, "%llu.%lld.%u", (unsigned long long)st.stx_ino,
	    (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
	return 0;
}

/* The part of path below the directory, or NULL. */
static const char *
inside(const struct fault_record *r, const char *path)
{
	size_t len = strlen(r->directory);

	if (strncmp(path, r->directory, len) != 0)
		return NULL;
	if (path[len] == '\0')
		return ".";
	return path[len] == '/' ? path + len + 1 : NULL;
}

/* /proc's path of what descriptor fd of the process is; "cwd" for -100. */
static int
fd_path(pid_t pid, int fd, char *buf, size_t size)
{
	char link[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	if ((n = readlink(link, buf, size - 1)) < 0)
		return -1;
	buf[n] = '\0';
	return 0;
}

/* The path that the arguments fd and addr name, made absolute. */
static int
at_path(pid_t pid, int fd, unsigned long addr, char *buf, size_t size)
{
	char name[PATH_MAX];
	size_t len;

	if (fault_task_string(pid, addr, name, sizeof(name)) != 0)
		return -1;
	if (*name == '/')
		return snprintf(buf, size, "%s", name) < (int)size ? 0 : -1;
	if (fd_path(pid, fd, buf, size) != 0)
		return -1;
	if (strcmp(name, ".") == 0)
		return 0;
	len = strlen(buf);
	return snprintf(buf + len, size - len, "/%s", name) < (int)(size - len)
		   ? 0
		   : -1;
}

/* The key of what fd is, when that is a file of the directory, or one that has
 * no name yet.  1: it is; its type in *mode. */
static int
fd_key(const struct fault_record *r, pid_t pid, int fd, char key[KEY_MAX],
    mode_t *mode, char path[PATH_MAX])
{
	char link[64];
	struct stat st;

	if (fd_path(pid, fd, path, PATH_MAX) != 0 || inside(r, path) == NULL)
		return 0;
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	if (stat(link, &st) != 0 || key_of(link, key) != 0)
		return 0;
	*mode = st.st_mode;
	return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
}

static int
is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Files that were being made have been made by now. */
static void
finish_made(struct fault_record *r, pid_t pid)
{
	char key[KEY_MAX];
	size_t i, n = 0;

	for (i = 0; i < r->nmade; i++) {
		if (r->made[i].pid != pid)
			r->made[n++] = r->made[i];
		else if (key_of(r->made[i].path, key) == 0)
			fprintf(r->out, "%d make %s %s\n", (int)pid,
			    inside(r, r->made[i].path), key);
	}
	r->nmade = n;
}

static int
is_number(const struct dirent *de)
{
	return *de->d_name >= '0' && *de->d_name <= '9' &&
	       strstr(de->d_name, ".env") != NULL;
}

static void
look_took(struct fault_record *r)
{
	struct dirent **names;
	int i, n;

	if (r->took == NULL ||
	    (n = scandir(r->took, &names, is_number, alphasort)) < 0)
		return;
	for (i = 0; i < n; i++) {
		if ((unsigned long)i >= r->seen)
			fprintf(r->out, "0 took %s\n", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	r->seen = (unsigned long)n;
}

static long long
position(pid_t pid, int fd)
{
	char path[64], line[128];
	long long pos = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	if (fgets(line, sizeof(line), f) == NULL ||
	    sscanf(line, "pos: %lld", &pos) != 1)
		pos = -1;
	fclose(f);
	return pos;
}

static void
put_hex(struct fault_record *r, pid_t pid, unsigned long addr, size_t len)
{
	unsigned char block[4096];
	size_t n, i;

	for (; len > 0; len -= n, addr += n) {
		n = len < sizeof(block) ? len : sizeof(block);
		if (fault_task_read(pid, addr, block, n) != 0)
			return;
		for (i = 0; i < n; i++)
			fprintf(r->out, "%02x", block[i]);
	}
}

static void
on_write(struct fault_record *r, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	const __u64 *a = req->data.args;
	char key[KEY_MAX], path[PATH_MAX], text[64];
	pid_t pid = (pid_t)req->pid;
	long long pos;
	mode_t mode;

	if (a[0] == 1 &&
	    fault_task_string(pid, a[1], text, sizeof(text)) == 0) {
		text[strcspn(text, "\r\n")] = '\0';
		fprintf(r->out, "%d say %s\n", (int)pid, text);
	}
	if (!fd_key(r, pid, (int)a[0], key, &mode, path))
		return;
	look_took(r);
	pos = call->part == FAULT_PWRITE ? (long long)a[3]
					 : position(pid, (int)a[0]);
	fprintf(r->out, "%d write %s %lld ", (int)pid, key, pos);
	put_hex(r, pid, a[1], a[2]);
	putc('\n', r->out);
}

static void
on_fd(struct fault_record *r, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	const __u64 *a = req->data.args;
	char key[KEY_MAX], path[PATH_MAX];
	mode_t mode;

	if (!fd_key(r, (pid_t)req->pid, (int)a[0], key, &mode, path))
		return;
	look_took(r);
	if (strcmp(call->name, "ftruncate") == 0)
		fprintf(r->out, "%u truncate %s %llu\n", req->pid, key,
		    (unsigned long long)a[1]);
	else if (strstr(call->name, "sync") == NULL ||
		 strcmp(call->name, "sync_file_range") == 0)
		fprintf(r->out, "%u unknown %s\n", req->pid, call->name);
	else if (S_ISDIR(mode))
		fprintf(r->out, "%u syncdir %s\n", req->pid, inside(r, path));
	else
		fprintf(r->out, "%u sync %s\n", req->pid, key);
}

/* A call that makes a file of what path names, or cuts it. */
static void
on_open(struct fault_record *r, pid_t pid, const char *path, unsigned flags)
{
	char key[KEY_MAX];

	if (is_there(path)) {
		if (flags & O_TRUNC && key_of(path, key) == 0)
			fprintf(r->out, "%d truncate %s 0\n", (int)pid, key);
	} else if (flags & O_CREAT && r->nmade < MADE_MAX) {
		r->made[r->nmade].pid = pid;
		snprintf(r->made[r->nmade++].path, PATH_MAX, "%s", path);
	}
}

/* Calls that take a directory and a name, or the older ones with a name. */
static void
on_path(struct fault_record *r, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	const __u64 *a = req->data.args;
	char one[PATH_MAX], two[PATH_MAX], key[KEY_MAX];
	int at = strstr(call->name, "at") != NULL;
	pid_t pid = (pid_t)req->pid;
	const char *in;

	if (at_path(pid, at ? (int)a[0] : AT_FDCWD, a[at], one, sizeof(one)) !=
	    0)
		return;
	in = inside(r, one);
	if (strncmp(call->name, "open", 4) == 0) {
		if (in != NULL)
			on_open(r, pid, one, (unsigned)a[1 + at]);
	} else if (strncmp(call->name, "unlink", 6) == 0) {
		if (in != NULL && is_there(one)) {
			look_took(r);
			fprintf(r->out, "%d unlink %s\n", (int)pid, in);
		}
	} else if (strncmp(call->name, "mkdir", 5) == 0) {
		if (in != NULL && !is_there(one))
			fprintf(r->out, "%d mkdir %s\n", (int)pid, in);
	} else if (at_path(pid, at ? (int)a[2] : AT_FDCWD, a[at ? 3 : 1], two,
		       sizeof(two)) == 0 &&
		   inside(r, two) != NULL) {
		look_took(r);
		if (strncmp(call->name, "rename", 6) == 0 && in != NULL)
			fprintf(r->out, "%d rename %s %s\n", (int)pid, in,
			    inside(r, two));
		else if (strncmp(one, "/proc/self/", 11) == 0) {
			char proc[PATH_MAX];

			snprintf(proc, sizeof(proc), "/proc/%d/%.4000s",
			    (int)pid, one + 11);
			if (!is_there(two) && key_of(proc, key) == 0)
				fprintf(r->out, "%d link %s %s\n", (int)pid,
				    key, inside(r, two));
		} else if (!is_there(two) && key_of(one, key) == 0)
			fprintf(r->out, "%d link %s %s\n", (int)pid, key,
			    inside(r, two));
	}
}

static void
on_exit_group(struct fault_record *r, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	char link[64], program[PATH_MAX];
	ssize_t n;

	(void)call;
	look_took(r);
	snprintf(link, sizeof(link), "/proc/%u/exe", req->pid);
	if ((n = readlink(link, program, sizeof(program) - 1)) < 0)
		return;
	program[n] = '\0';
	fprintf(r->out, "%u exit %d %s\n", req->pid, (int)req->data.args[0],
	    strrchr(program, '/') + 1);
}

static const struct {
	const char *name;
	void (*on)(struct fault_record *, const struct fault_call *,
	    const struct seccomp_notif *);
} handlers[] = {
	{ "write", on_write },
	{ "pwrite64", on_write },
	{ "ftruncate", on_fd },
	{ "fsync", on_fd },
	{ "fdatasync", on_fd },
	{ "writev", on_fd },
	{ "fallocate", on_fd },
	{ "copy_file_range", on_fd },
	{ "sendfile", on_fd },
	{ "splice", on_fd },
	{ "sync_file_range", on_fd },
	{ "open", on_path },
	{ "openat", on_path },
	{ "link", on_path },
	{ "linkat", on_path },
	{ "rename", on_path },
	{ "renameat", on_path },
	{ "renameat2", on_path },
	{ "unlink", on_path },
	{ "unlinkat", on_path },
	{ "mkdir", on_path },
	{ "mkdirat", on_path },
	{ "exit_group", on_exit_group },
};

void
fault_record_call(struct fault_record *r, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	size_t i;

	finish_made(r, (pid_t)req->pid);
	for (i = 0; call != NULL && i < sizeof(handlers) / sizeof(*handlers);
	     i++) {
		if (strcmp(handlers[i].name, call->name) == 0)
			handlers[i].on(r, call, req);
	}
}
