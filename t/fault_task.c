/* See fault_task.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "fault_task.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault_calls.h"

#define MAX_RANGES 64

struct range {
	unsigned long start;
	unsigned long end;
	int runtime;
	int program;
};

struct fault_task {
	struct fault_task *next;
	pid_t tid;
	size_t n;
	struct range ranges[MAX_RANGES];
};

struct fault_task *
fault_task_find(struct fault_task **list, pid_t tid)
{
	struct fault_task *t;

	for (t = *list; t != NULL; t = t->next) {
		if (t->tid == tid)
			return t;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->tid = tid;
	t->next = *list;
	*list = t;
	return t;
}

pid_t
fault_task_tid(const struct fault_task *t)
{
	return t->tid;
}

struct fault_task *
fault_task_next(const struct fault_task *t)
{
	return t->next;
}

void
fault_task_free(struct fault_task *list)
{
	struct fault_task *next;

	for (; list != NULL; list = next) {
		next = list->next;
		free(list);
	}
}

void
fault_task_renew(struct fault_task *t)
{
	t->n = 0;
}

/* Is the file that this line of a maps file names part of the run time? */
static int
is_runtime(const char *line)
{
	static const char *const names[] = { "/libasan.so", "/liblsan.so",
		"/libtsan.so", "/libubsan.so", "/libclang_rt." };
	const char *base;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strstr(line, names[i]) != NULL)
			return 1;
	}
	base = strrchr(line, '/');
	return base != NULL && strncmp(base, "/ld", 3) == 0 &&
	       strstr(base, ".so") != NULL && strncmp(base, "/ld-musl", 8) != 0;
}

static int
is_c_library(const char *line)
{
	return strstr(line, "/libc.so") != NULL ||
	       strstr(line, "/libc-") != NULL ||
	       strstr(line, "/ld-musl") != NULL;
}

/* The path of the program that t runs; empty when unknown. */
static void
read_program(const struct fault_task *t, char *buf, size_t size)
{
	char path[40];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)t->tid);
	n = readlink(path, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
}

/*
 * Read where the executable code of t is.  A program that has a C library
 * beside it calls the system through that: what comes from its own code comes
 * from a sanitizer that is linked into it.
 */
static void
read_ranges(struct fault_task *t)
{
	char path[40], line[4096], perms[8], program[4096];
	struct range *r;
	int shared = 0;
	size_t i;
	FILE *f;

	t->n = 0;
	read_program(t, program, sizeof(program));
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)t->tid);
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (t->n < MAX_RANGES && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		r = &t->ranges[t->n];
		if (sscanf(line, "%lx-%lx %7s", &r->start, &r->end, perms) !=
			3 ||
		    strchr(perms, 'x') == NULL)
			continue;
		r->runtime = is_runtime(line);
		r->program = program[0] != '\0' &&
			     strstr(line, program) != NULL;
		shared |= is_c_library(line);
		t->n++;
	}
	fclose(f);
	for (i = 0; i < t->n; i++)
		t->ranges[i].runtime |= shared && t->ranges[i].program;
}

static const struct range *
find_range(const struct fault_task *t, unsigned long ip)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (ip >= t->ranges[i].start && ip < t->ranges[i].end)
			return &t->ranges[i];
	}
	return NULL;
}

int
fault_task_is_runtime(struct fault_task *t, unsigned long ip)
{
	const struct range *r;

	if ((r = find_range(t, ip)) == NULL) {
		read_ranges(t);
		r = find_range(t, ip);
	}
	return r != NULL && r->runtime;
}

/* Move n bytes between buf and addr of the process; 0 or -1. */
static int
copy(pid_t tid, unsigned long addr, void *buf, size_t n, int out)
{
	struct iovec here, there;
	ssize_t got;

	here.iov_base = buf;
	there.iov_base = (void *)addr;
	here.iov_len = there.iov_len = n;
	got = out ? process_vm_writev(tid, &here, 1, &there, 1, 0)
		  : process_vm_readv(tid, &here, 1, &there, 1, 0);
	return got == (ssize_t)n ? 0 : -1;
}

int
fault_task_string(pid_t tid, unsigned long addr, char *buf, size_t size)
{
	size_t i;

	/* Byte by byte: the page after the string may not be there. */
	for (i = 0; i + 1 < size; i++) {
		if (copy(tid, addr + i, buf + i, 1, 0) != 0)
			return -1;
		if (buf[i] == '\0')
			return 0;
	}
	buf[i] = '\0';
	return 0;
}

int
fault_task_read(pid_t tid, unsigned long addr, void *buf, size_t n)
{
	return copy(tid, addr, buf, n, 0);
}

int
fault_task_write(pid_t tid, unsigned long addr, void *buf, size_t n)
{
	return copy(tid, addr, buf, n, 1);
}

/* A newer kernel reads a longer answer: zeros follow what we know of it. */
union answer {
	struct seccomp_notif_resp resp;
	char room[256];
};

static void
answer(int notify, union answer *a)
{
	(void)ioctl(notify, SECCOMP_IOCTL_NOTIF_SEND, a);
}

void
fault_task_continue(int notify, const struct seccomp_notif *req)
{
	union answer a;

	memset(&a, 0, sizeof(a));
	a.resp.id = req->id;
	a.resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	answer(notify, &a);
}

void
fault_task_end(int notify, const struct seccomp_notif *req, long val, int error)
{
	union answer a;

	memset(&a, 0, sizeof(a));
	a.resp.id = req->id;
	a.resp.val = val;
	a.resp.error = -error;
	answer(notify, &a);
}

/* The vector of a readv or writev: its first byte, and if there are more. */
static int
first_of_vector(const struct seccomp_notif *req, unsigned long *addr)
{
	struct iovec v;
	unsigned long i;
	size_t total;

	*addr = 0;
	total = 0;
	for (i = 0; i < req->data.args[2] && total < 2; i++) {
		if (copy((pid_t)req->pid, req->data.args[1] + i * sizeof(v), &v,
			sizeof(v), 0) != 0)
			return 0;
		if (v.iov_len > 0 && total == 0)
			*addr = (unsigned long)v.iov_base;
		total += v.iov_len;
	}
	return total > 1;
}

/* A copy of descriptor fd of the process, or -1 and errno. */
static int
borrow(pid_t tid, unsigned long fd)
{
	int pidfd, got;

	if ((pidfd = (int)syscall(SYS_pidfd_open, tid, 0)) < 0)
		return -1;
	got = (int)syscall(SYS_pidfd_getfd, pidfd, (int)fd, 0);
	close(pidfd);
	return got;
}

/* Is it a socket that keeps records apart?  Part of one is lost, not later. */
static int
keeps_records(pid_t tid, unsigned long fd)
{
	socklen_t len = sizeof(int);
	int copy, type = SOCK_STREAM;

	if ((copy = borrow(tid, fd)) < 0)
		return 0;
	if (getsockopt(copy, SOL_SOCKET, SO_TYPE, &type, &len) != 0)
		type = SOCK_STREAM;
	close(copy);
	return type != SOCK_STREAM;
}

int
fault_task_has_parts(
    const struct fault_call *c, const struct seccomp_notif *req)
{
	const __u64 *a = req->data.args;
	unsigned long addr;

	switch (c->part) {
	case FAULT_WHOLE:
		return 0;
	case FAULT_READV:
	case FAULT_WRITEV:
		return first_of_vector(req, &addr) &&
		       !keeps_records((pid_t)req->pid, a[0]);
	case FAULT_READ:
	case FAULT_WRITE:
	case FAULT_RECV:
		return a[2] > 1 && !keeps_records((pid_t)req->pid, a[0]);
	case FAULT_SEND:
		return a[2] > 1 && a[4] == 0 &&
		       !keeps_records((pid_t)req->pid, a[0]);
	case FAULT_PREAD:
	case FAULT_PWRITE:
		/* A 32-bit call spreads its offset over two arguments. */
		return a[2] > 1 && sizeof(long) == 8;
	case FAULT_COPY:
		return a[1] == 0 && a[3] == 0 && a[4] > 1;
	case FAULT_SENDFILE:
		return a[2] == 0 && a[3] > 1;
	}
	return 0;
}

/* Copies of the one or two descriptors of a call; -1: none. */
struct loan {
	int fd;
	int to;
};

static void
give_back(struct loan *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->to >= 0)
		close(l->to);
}

/* 0, or -1 and errno; give_back() in both cases. */
static int
take(
    struct loan *l, const struct fault_call *c, const struct seccomp_notif *req)
{
	pid_t tid = (pid_t)req->pid;

	l->to = -1;
	if ((l->fd = borrow(tid, req->data.args[0])) < 0)
		return -1;
	if (c->part == FAULT_COPY)
		l->to = borrow(tid, req->data.args[2]);
	else if (c->part == FAULT_SENDFILE)
		l->to = borrow(tid, req->data.args[1]);
	else
		return 0;
	return l->to < 0 ? -1 : 0;
}

static int
is_output(enum fault_short part)
{
	return part == FAULT_WRITE || part == FAULT_PWRITE ||
	       part == FAULT_WRITEV || part == FAULT_SEND;
}

/* Would one byte make the call wait? */
static int
waits(const struct loan *l, const struct fault_call *c)
{
	struct pollfd p = { l->fd, POLLIN, 0 };

	if (l->to >= 0) /* two to wait for: never mind which */
		return 1;
	if (is_output(c->part))
		p.events = POLLOUT;
	return poll(&p, 1, 0) <= 0;
}

/* Do one byte of the call; its result, or -1 and errno. */
static long
do_part(const struct loan *l, const struct fault_call *c,
    const struct seccomp_notif *req)
{
	const __u64 *a = req->data.args;
	pid_t tid = (pid_t)req->pid;
	unsigned long addr = a[1];
	char byte = 0;
	long n;

	if (c->part == FAULT_COPY)
		return syscall(c->nr, l->fd, NULL, l->to, NULL, 1, a[5]);
	if (c->part == FAULT_SENDFILE)
		return syscall(c->nr, l->fd, l->to, NULL, 1);
	if (c->part == FAULT_READV || c->part == FAULT_WRITEV)
		(void)first_of_vector(req, &addr);
	if (is_output(c->part) && copy(tid, addr, &byte, 1, 0) != 0) {
		errno = EFAULT;
		return -1;
	}
	switch (c->part) {
	case FAULT_PWRITE:
		return pwrite(l->fd, &byte, 1, (off_t)a[3]);
	case FAULT_SEND:
		return send(l->fd, &byte, 1, (int)a[3]);
	case FAULT_WRITE:
	case FAULT_WRITEV:
		return write(l->fd, &byte, 1);
	case FAULT_PREAD:
		n = pread(l->fd, &byte, 1, (off_t)a[3]);
		break;
	case FAULT_RECV:
		n = recv(l->fd, &byte, 1, (int)a[3]);
		break;
	default:
		n = read(l->fd, &byte, 1);
		break;
	}
	if (n == 1 && copy(tid, addr, &byte, 1, 1) != 0) {
		errno = EFAULT;
		return -1;
	}
	return n;
}

static void
answer_part(const struct loan *l, const struct fault_call *c,
    const struct seccomp_notif *req, int notify)
{
	long n;

	n = do_part(l, c, req);
	fault_task_end(notify, req, n < 0 ? 0 : n, n < 0 ? errno : 0);
}

int
fault_task_part(
    const struct fault_call *c, const struct seccomp_notif *req, int notify)
{
	struct loan l;
	pid_t pid = 0;

	if (take(&l, c, req) != 0)
		fault_task_end(notify, req, 0, errno);
	else if (!waits(&l, c))
		answer_part(&l, c, req, notify);
	else if ((pid = fork()) == 0) {
		answer_part(&l, c, req, notify);
		_exit(0);
	}
	give_back(&l);
	return pid < 0 ? -1 : 0;
}
