/*
 * The tables of the fault injector.  An errno is listed for a call when a
 * working program can meet it: a full disk, a broken disk, limits, a policy
 * that forbids the call, a signal.  Those that only a bug in the program can
 * give (EBADF, EFAULT) are not.  New calls also give ENOSYS: old kernels and
 * sandboxes do that.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "fault_calls.h"

#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#define CALL(name, path, flags, errnos)                                        \
	{                                                                      \
		SYS_##name, #name, errnos, path, flags, FAULT_WHOLE            \
	}
#define PART(name, part, errnos)                                               \
	{                                                                      \
		SYS_##name, #name, errnos, -1, -1, part                        \
	}

#define OPEN_ERRNOS                                                            \
	"ENOENT EMFILE ENFILE ENOSPC EDQUOT EACCES EROFS ENOMEM EINTR EIO"
#define STAT_ERRNOS "EACCES ENOENT EIO ENOMEM"
#define NAME_ERRNOS "ENOSPC EDQUOT EEXIST EACCES EROFS EIO ENOMEM"
#define MOVE_ERRNOS "ENOSPC EDQUOT EACCES EROFS EIO ENOMEM"
#define GONE_ERRNOS "EACCES EROFS EIO ENOENT"
#define MODE_ERRNOS "EPERM EROFS EIO"
#define WRITE_ERRNOS "ENOSPC EIO EDQUOT EINTR EFBIG EPIPE"
#define SEND_ERRNOS "EPIPE ECONNRESET EINTR ENOBUFS ENOMEM"
#define RECV_ERRNOS "ECONNRESET EINTR ENOMEM"
#define SYNC_ERRNOS "EIO ENOSPC EDQUOT EINTR"
#define LOCK_ERRNOS "ENOLCK EINTR EAGAIN"
#define SOCK_ERRNOS "EMFILE ENFILE ENOBUFS ENOMEM EACCES"
#define FORK_ERRNOS "EAGAIN ENOMEM"
#define EXEC_ERRNOS "ENOENT EACCES ENOMEM E2BIG"
#define ID_ERRNOS "EPERM EAGAIN"

static const struct fault_call calls[] = {
#ifdef SYS_open /* the calls that newer architectures left out */
	CALL(open, 0, 1, OPEN_ERRNOS),
	CALL(creat, 0, -1, OPEN_ERRNOS),
	CALL(access, 0, -1, "EACCES ENOENT"),
	CALL(stat, 0, -1, STAT_ERRNOS),
	CALL(lstat, 0, -1, STAT_ERRNOS),
	CALL(link, 0, -1, NAME_ERRNOS),
	CALL(unlink, 0, -1, GONE_ERRNOS),
	CALL(rename, 0, -1, MOVE_ERRNOS),
	CALL(mkdir, 0, -1, NAME_ERRNOS),
	CALL(mknod, 0, -1, NAME_ERRNOS),
	CALL(rmdir, 0, -1, GONE_ERRNOS),
	CALL(symlink, 0, -1, NAME_ERRNOS),
	CALL(readlink, 0, -1, STAT_ERRNOS),
	CALL(chmod, 0, -1, MODE_ERRNOS),
	CALL(chown, 0, -1, MODE_ERRNOS),
	CALL(getdents, -1, -1, "EIO ENOENT"),
	CALL(pipe, -1, -1, "EMFILE ENFILE"),
	CALL(dup2, -1, -1, "EINTR EMFILE"),
	CALL(poll, -1, -1, "EINTR ENOMEM"),
	CALL(select, -1, -1, "EINTR ENOMEM"),
	CALL(epoll_create, -1, -1, "EMFILE ENFILE ENOMEM"),
	CALL(epoll_wait, -1, -1, "EINTR"),
	CALL(inotify_init, -1, -1, "EMFILE ENFILE ENOMEM"),
	CALL(fork, -1, -1, FORK_ERRNOS),
	CALL(vfork, -1, -1, FORK_ERRNOS),
	CALL(pause, -1, -1, "EINTR"),
	CALL(time, -1, -1, ""),
	CALL(alarm, -1, -1, ""),
	CALL(getpgrp, -1, -1, ""),
#endif
#ifdef SYS_mmap2 /* the calls that 32-bit architectures add */
	CALL(mmap2, -1, -1, "ENOMEM"),
	CALL(fcntl64, -1, -1, LOCK_ERRNOS),
	CALL(fstat64, -1, -1, "EIO ENOMEM"),
	CALL(_llseek, -1, -1, "ESPIPE"),
	CALL(ftruncate64, -1, -1, "EIO EFBIG EINTR"),
#endif
#ifdef SYS_fstat
	CALL(fstat, -1, -1, "EIO ENOMEM"),
#endif
#ifdef SYS_newfstatat
	CALL(newfstatat, 1, 3, STAT_ERRNOS),
#endif
#ifdef SYS_mmap
	CALL(mmap, -1, -1, "ENOMEM"),
#endif
#ifdef SYS_arch_prctl
	CALL(arch_prctl, -1, -1, ""),
#endif
#ifdef SYS_getrlimit
	CALL(getrlimit, -1, -1, ""),
	CALL(setrlimit, -1, -1, "EPERM"),
#endif
#ifdef SYS_renameat
	CALL(renameat, 1, -1, MOVE_ERRNOS),
#endif
#ifdef SYS_openat2
	CALL(openat2, 1, -1, "EMFILE ENOSPC EACCES ENOSYS EAGAIN"),
#endif
#ifdef SYS_faccessat2
	CALL(faccessat2, 1, 3, "EACCES ENOENT ENOSYS"),
#endif
#ifdef SYS_close_range
	CALL(close_range, -1, -1, "ENOSYS EMFILE"),
#endif
#ifdef SYS_pidfd_open
	CALL(pidfd_open, -1, -1, "EMFILE ENFILE ENOMEM ENOSYS"),
#endif
#ifdef SYS_clone3
	CALL(clone3, -1, -1, "EAGAIN ENOMEM ENOSYS"),
#endif
#ifdef SYS_rseq
	CALL(rseq, -1, -1, "ENOSYS"),
#endif
#ifdef SYS_io_uring_setup
	CALL(io_uring_setup, -1, -1, "EMFILE ENOMEM EPERM ENOSYS"),
#endif
	PART(read, FAULT_READ, "EIO EINTR EISDIR"),
	PART(pread64, FAULT_PREAD, "EIO EINTR"),
	PART(readv, FAULT_READV, "EIO EINTR"),
	PART(recvfrom, FAULT_RECV, RECV_ERRNOS),
	PART(write, FAULT_WRITE, WRITE_ERRNOS),
	PART(pwrite64, FAULT_PWRITE, "ENOSPC EIO EDQUOT EINTR EFBIG"),
	PART(writev, FAULT_WRITEV, WRITE_ERRNOS),
	PART(sendto, FAULT_SEND, SEND_ERRNOS),
	PART(copy_file_range, FAULT_COPY,
	    "ENOSPC EIO EXDEV EOPNOTSUPP ENOSYS EINVAL"),
	PART(splice, FAULT_COPY, "EINVAL ENOMEM EPIPE"),
	PART(sendfile, FAULT_SENDFILE, "EINVAL EIO ENOSPC EPIPE EINTR"),
	CALL(sendmsg, -1, -1, SEND_ERRNOS),
	CALL(recvmsg, -1, -1, RECV_ERRNOS " EMFILE"),
	CALL(openat, 1, 2, OPEN_ERRNOS " EOPNOTSUPP"),
	CALL(close, -1, -1, "EIO ENOSPC EDQUOT"),
	CALL(lseek, -1, -1, "ESPIPE"),
	CALL(statx, 1, 2, STAT_ERRNOS " ENOSYS"),
	CALL(statfs, 0, -1, "EIO ENOSYS ENOMEM"),
	CALL(fstatfs, -1, -1, "EIO ENOSYS ENOMEM"),
	CALL(faccessat, 1, -1, "EACCES ENOENT"),
	CALL(readlinkat, 1, -1, STAT_ERRNOS),
	CALL(linkat, 1, 4, NAME_ERRNOS " EMLINK EPERM ENOENT EXDEV"),
	CALL(unlinkat, 1, 2, GONE_ERRNOS " EPERM"),
	CALL(renameat2, 1, 4, MOVE_ERRNOS " EEXIST EINVAL ENOSYS"),
	CALL(mkdirat, 1, -1, NAME_ERRNOS),
	CALL(mknodat, 1, -1, NAME_ERRNOS " EPERM"),
	CALL(symlinkat, 0, -1, NAME_ERRNOS),
	CALL(fchmod, -1, -1, MODE_ERRNOS),
	CALL(fchmodat, 1, -1, MODE_ERRNOS),
	CALL(fchown, -1, -1, MODE_ERRNOS " EDQUOT"),
	CALL(fchownat, 1, 4, MODE_ERRNOS " EDQUOT"),
	CALL(utimensat, 1, 3, "EPERM EACCES EROFS EIO"),
	CALL(ftruncate, -1, -1, "EIO EFBIG EINTR"),
	CALL(fallocate, -1, -1, "ENOSPC EOPNOTSUPP EIO EINTR EDQUOT"),
	CALL(fsync, -1, -1, SYNC_ERRNOS),
	CALL(fdatasync, -1, -1, SYNC_ERRNOS),
	CALL(sync_file_range, -1, -1, "EIO ENOSPC"),
	CALL(syncfs, -1, -1, "EIO"),
	CALL(fadvise64, -1, -1, ""),
	CALL(flock, -1, -1, LOCK_ERRNOS " ENOMEM"),
	CALL(fcntl, -1, -1, LOCK_ERRNOS " EMFILE"),
	CALL(ioctl, -1, -1, "ENOTTY EINTR"),
	CALL(getdents64, -1, -1, "EIO ENOENT"),
	CALL(getcwd, -1, -1, "ENOENT EACCES"),
	CALL(chdir, 0, -1, "EACCES ENOENT EIO"),
	CALL(fchdir, -1, -1, "EACCES"),
	CALL(chroot, 0, -1, "EPERM"),
	CALL(dup, -1, -1, "EMFILE"),
	CALL(dup3, -1, -1, "EINTR EMFILE"),
	CALL(pipe2, -1, -1, "EMFILE ENFILE"),
	CALL(memfd_create, 0, 1, "EMFILE ENFILE ENOMEM ENOSYS"),
	CALL(eventfd2, -1, -1, "EMFILE ENFILE ENOMEM"),
	CALL(signalfd4, -1, -1, "EMFILE ENFILE ENOMEM"),
	CALL(timerfd_create, -1, -1, "EMFILE ENFILE ENOMEM"),
	CALL(timerfd_settime, -1, -1, ""),
	CALL(epoll_create1, -1, -1, "EMFILE ENFILE ENOMEM"),
	CALL(epoll_ctl, -1, -1, "ENOMEM ENOSPC"),
	CALL(epoll_pwait, -1, -1, "EINTR"),
	CALL(inotify_init1, -1, -1, "EMFILE ENFILE ENOMEM"),
	CALL(inotify_add_watch, 1, 2, "ENOSPC ENOMEM EACCES ENOENT"),
	CALL(ppoll, -1, -1, "EINTR ENOMEM"),
	CALL(pselect6, -1, -1, "EINTR ENOMEM"),
	CALL(socket, -1, -1, SOCK_ERRNOS " EAFNOSUPPORT"),
	CALL(socketpair, -1, -1, SOCK_ERRNOS),
	CALL(bind, -1, -1, "EACCES EADDRINUSE EADDRNOTAVAIL EROFS"),
	CALL(listen, -1, -1, "EADDRINUSE"),
	CALL(accept, -1, -1, "EMFILE ENFILE EINTR ECONNABORTED ENOMEM"),
	CALL(accept4, -1, -1, "EMFILE ENFILE EINTR ECONNABORTED ENOMEM"),
	CALL(connect, -1, -1,
	    "ECONNREFUSED ENETUNREACH ETIMEDOUT EINTR EACCES EAGAIN"),
	CALL(shutdown, -1, -1, "ENOTCONN"),
	CALL(getsockopt, -1, -1, "ENOPROTOOPT ENOBUFS"),
	CALL(setsockopt, -1, -1, "ENOPROTOOPT ENOMEM"),
	CALL(getsockname, -1, -1, "ENOBUFS"),
	CALL(getpeername, -1, -1, "ENOTCONN"),
	CALL(clone, -1, -1, FORK_ERRNOS),
	CALL(execve, 0, -1, EXEC_ERRNOS),
	CALL(execveat, 1, 4, EXEC_ERRNOS),
	/* ECHILD while there is one is no error that the kernel gives. */
	CALL(wait4, -1, -1, "EINTR"),
	CALL(waitid, -1, -1, "EINTR ECHILD"),
	CALL(kill, -1, -1, "EPERM ESRCH"),
	CALL(tgkill, -1, -1, ""),
	CALL(brk, -1, -1, "ENOMEM"),
	CALL(mremap, -1, -1, "ENOMEM"),
	CALL(mprotect, -1, -1, "ENOMEM EACCES"),
	CALL(munmap, -1, -1, ""),
	CALL(madvise, -1, -1, "ENOMEM EINVAL"),
	CALL(mlock, -1, -1, "ENOMEM EPERM"),
	CALL(getrandom, -1, -1, "EINTR ENOSYS"),
	CALL(prctl, -1, -1, "EINVAL EPERM"),
	CALL(prlimit64, -1, -1, "EPERM"),
	CALL(seccomp, -1, -1, "EINVAL EACCES ENOMEM ENOSYS"),
	CALL(setuid, -1, -1, ID_ERRNOS),
	CALL(setgid, -1, -1, ID_ERRNOS),
	CALL(setresuid, -1, -1, ID_ERRNOS),
	CALL(setresgid, -1, -1, ID_ERRNOS),
	CALL(setreuid, -1, -1, ID_ERRNOS),
	CALL(setregid, -1, -1, ID_ERRNOS),
	CALL(setgroups, -1, -1, "EPERM ENOMEM"),
	CALL(getgroups, -1, -1, ""),
	CALL(setsid, -1, -1, "EPERM"),
	CALL(setpgid, -1, -1, "EPERM"),
	CALL(nanosleep, -1, -1, "EINTR"),
	CALL(clock_nanosleep, -1, -1, "EINTR"),
	CALL(clock_gettime, -1, -1, ""),
	CALL(gettimeofday, -1, -1, ""),
	CALL(setitimer, -1, -1, ""),
	CALL(futex, -1, -1, ""),
	CALL(uname, -1, -1, ""),
	CALL(sysinfo, -1, -1, ""),
	CALL(umask, -1, -1, ""),
	CALL(getpid, -1, -1, ""),
	CALL(getppid, -1, -1, ""),
	CALL(gettid, -1, -1, ""),
	CALL(getuid, -1, -1, ""),
	CALL(geteuid, -1, -1, ""),
	CALL(getgid, -1, -1, ""),
	CALL(getegid, -1, -1, ""),
	CALL(getresuid, -1, -1, ""),
	CALL(getresgid, -1, -1, ""),
	CALL(getpgid, -1, -1, ""),
	CALL(getsid, -1, -1, ""),
	CALL(getrusage, -1, -1, ""),
	CALL(rt_sigaction, -1, -1, ""),
	CALL(rt_sigprocmask, -1, -1, ""),
	CALL(rt_sigreturn, -1, -1, ""),
	CALL(rt_sigsuspend, -1, -1, "EINTR"),
	CALL(sigaltstack, -1, -1, "ENOMEM"),
	CALL(sched_yield, -1, -1, ""),
	CALL(sched_getaffinity, -1, -1, ""),
	CALL(set_tid_address, -1, -1, ""),
	CALL(set_robust_list, -1, -1, ""),
	CALL(restart_syscall, -1, -1, ""),
	CALL(exit, -1, -1, ""),
	CALL(exit_group, -1, -1, ""),
};

struct word {
	const char *name;
	unsigned long value;
};

#define WORD(name)                                                             \
	{                                                                      \
#name, name                                                    \
	}

static const struct word errnos[] = {
	WORD(E2BIG),
	WORD(EACCES),
	WORD(EADDRINUSE),
	WORD(EADDRNOTAVAIL),
	WORD(EAFNOSUPPORT),
	WORD(EAGAIN),
	WORD(EBADF),
	WORD(EBUSY),
	WORD(ECHILD),
	WORD(ECONNABORTED),
	WORD(ECONNREFUSED),
	WORD(ECONNRESET),
	WORD(EDQUOT),
	WORD(EEXIST),
	WORD(EFAULT),
	WORD(EFBIG),
	WORD(EHOSTUNREACH),
	WORD(EINTR),
	WORD(EINVAL),
	WORD(EIO),
	WORD(EISDIR),
	WORD(ELOOP),
	WORD(EMFILE),
	WORD(EMLINK),
	WORD(ENAMETOOLONG),
	WORD(ENETUNREACH),
	WORD(ENFILE),
	WORD(ENOBUFS),
	WORD(ENODEV),
	WORD(ENOENT),
	WORD(ENOLCK),
	WORD(ENOMEM),
	WORD(ENOPROTOOPT),
	WORD(ENOSPC),
	WORD(ENOSYS),
	WORD(ENOTCONN),
	WORD(ENOTDIR),
	WORD(ENOTEMPTY),
	WORD(ENOTTY),
	WORD(ENXIO),
	WORD(EOPNOTSUPP),
	WORD(EPERM),
	WORD(EPIPE),
	WORD(EROFS),
	WORD(ESPIPE),
	WORD(ESRCH),
	WORD(ESTALE),
	WORD(ETIMEDOUT),
	WORD(ETXTBSY),
	WORD(EXDEV),
};

static const struct word flags[] = {
	WORD(O_WRONLY),
	WORD(O_RDWR),
	WORD(O_CREAT),
	WORD(O_EXCL),
	WORD(O_TRUNC),
	WORD(O_APPEND),
	WORD(O_NONBLOCK),
	WORD(O_DIRECTORY),
	WORD(O_NOFOLLOW),
	WORD(O_TMPFILE),
	WORD(O_PATH),
	WORD(O_CLOEXEC),
	WORD(AT_EMPTY_PATH),
	WORD(AT_SYMLINK_FOLLOW),
	WORD(AT_REMOVEDIR),
};

static const struct word *
find_word(const struct word *w, size_t n, const char *name)
{
	for (; n > 0; w++, n--) {
		if (strcmp(w->name, name) == 0)
			return w;
	}
	return NULL;
}

const struct fault_call *
fault_call_nr(long nr)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].nr == nr)
			return &calls[i];
	}
	return NULL;
}

const struct fault_call *
fault_call_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	}
	return NULL;
}

int
fault_call_is(const struct fault_call *c, const char *name)
{
	size_t len = strlen(c->name);

	if (strcmp(c->name, name) == 0)
		return 1;
	if (*name == 'f' && strncmp(c->name, name, len) != 0)
		name++;
	return strncmp(c->name, name, len) == 0 &&
	       strcmp(name + len, "at") == 0;
}

int
fault_call_errno(const struct fault_call *c, int i)
{
	const char *p = c->errnos;
	char name[24];
	size_t len;

	for (; *p != '\0'; i--) {
		len = strcspn(p, " ");
		if (i == 1 && len < sizeof(name)) {
			memcpy(name, p, len);
			name[len] = '\0';
			return fault_errno_value(name);
		}
		p += len + (p[len] == ' ');
	}
	return 0;
}

int
fault_errno_value(const char *name)
{
	const struct word *w;

	w = find_word(errnos, sizeof(errnos) / sizeof(errnos[0]), name);
	return w == NULL ? 0 : (int)w->value;
}

const char *
fault_errno_name(int value)
{
	size_t i;

	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
		if (errnos[i].value == (unsigned long)value)
			return errnos[i].name;
	}
	return NULL;
}

unsigned long
fault_flag_value(const char *name)
{
	const struct word *w;

	w = find_word(flags, sizeof(flags) / sizeof(flags[0]), name);
	return w == NULL ? 0 : w->value;
}
