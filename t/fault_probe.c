/*
 * A program for fault.t to break.  It says on stdout what each of its system
 * calls gave and goes on as well as it can.
 *
 *	fault_probe write FILE	create, write 10 bytes, sync, close
 *	fault_probe read	read up to 10 bytes from stdin, two times
 *	fault_probe name DIR	a nameless file in DIR, or else a named one
 *	fault_probe memory	a mapping, and two moves of the break
 *	fault_probe fork FILE	as write, but in a child
 *	fault_probe pair	four bytes through a pair of sockets
 *	fault_probe record	the same, where records stay whole
 *	fault_probe wait	two bytes from a child that takes its time
 *	fault_probe handler	one for SIGCHLD: what flags has it?
 *	fault_probe hang	wait for ever
 *
 * The calls of the C library's own start come before a getppid.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int status;

static const char *
name_of(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = { { EACCES, "EACCES" }, { EAGAIN, "EAGAIN" },
		{ EDQUOT, "EDQUOT" }, { EIO, "EIO" }, { EMFILE, "EMFILE" },
		{ ENFILE, "ENFILE" }, { ENOMEM, "ENOMEM" },
		{ ENOSPC, "ENOSPC" }, { EOPNOTSUPP, "EOPNOTSUPP" } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].error == error)
			return names[i].name;
	}
	return strerror(error);
}

/* One line for a call; it is written at once, before a kill. */
static long
say(const char *step, long n)
{
	char line[128];
	int len;

	if (n < 0) {
		len = snprintf(
		    line, sizeof(line), "%s: %s\n", step, name_of(errno));
		status = 1;
	} else
		len = snprintf(line, sizeof(line), "%s\n", step);
	(void)!write(1, line, (size_t)len);
	return n;
}

static long
say_length(const char *step, long n)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %ld", step, n);
	return say(n < 0 ? step : text, n);
}

static void
do_write(const char *file)
{
	int fd;

	fd = (int)say("open", open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600));
	say_length("write", write(fd, "0123456789", 10));
	say("fsync", fsync(fd));
	say("close", close(fd));
}

static void
do_read(void)
{
	struct iovec v[2];
	char buf[11] = "";

	say_length("read", read(0, buf, 10));
	v[0].iov_base = buf;
	v[0].iov_len = 4;
	v[1].iov_base = buf + 4;
	v[1].iov_len = 6;
	say_length("readv", readv(0, v, 2));
	say(buf, 0);
}

static void
do_name(const char *dir)
{
	if (say("open O_TMPFILE", open(dir, O_WRONLY | O_TMPFILE, 0600)) < 0 &&
	    chdir(dir) == 0)
		say("open O_EXCL",
		    open("named", O_WRONLY | O_CREAT | O_EXCL, 0600));
}

/* The bare call: not every C library can move the break. */
static void
move_break(const char *step)
{
	long was = syscall(SYS_brk, 0);

	errno = ENOMEM;
	say(step, syscall(SYS_brk, was + 4096) == was + 4096 ? 0 : -1);
}

static void
do_memory(void)
{
	void *p;

	p = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("mmap", p == MAP_FAILED ? -1 : 0);
	move_break("brk");
	move_break("brk again");
}

static void
do_fork(const char *file)
{
	pid_t pid;
	int how = 0;

	if ((pid = fork()) < 0) {
		say("fork", -1);
		return;
	}
	if (pid == 0) {
		do_write(file);
		_exit(status);
	}
	waitpid(pid, &how, 0);
	say(how == 0 ? "child well" : "child unwell", 0);
}

static void
do_pair(int type)
{
	char buf[4] = "";
	int sv[2];

	say("pair", socketpair(AF_UNIX, type, 0, sv));
	say_length("send", send(sv[0], "abcd", 4, MSG_NOSIGNAL));
	say_length("recv", recv(sv[1], buf, sizeof(buf), 0));
}

static void
do_wait(void)
{
	char buf[4] = "";
	int i, fd[2];

	if (pipe(fd) != 0 || fork() == 0) {
		for (i = 0; i < 100; i++)
			(void)getppid();
		_exit(write(fd[1], "ab", 2) != 2);
	}
	say_length("read", read(fd[0], buf, sizeof(buf)));
}

static void
on_child(int sig)
{
	(void)sig;
}

static void
do_handler(void)
{
	struct sigaction sa, was;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_child;
	say("sigaction", sigaction(SIGCHLD, &sa, NULL));
	say("sigaction", sigaction(SIGCHLD, NULL, &was));
	say(was.sa_handler == on_child ? "ours" : "another", 0);
	say(was.sa_flags & SA_RESTART ? "restarts" : "interrupts", 0);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *arg = argc > 2 ? argv[2] : "";

	(void)getppid();
	if (strcmp(what, "write") == 0)
		do_write(arg);
	else if (strcmp(what, "read") == 0)
		do_read();
	else if (strcmp(what, "name") == 0)
		do_name(arg);
	else if (strcmp(what, "memory") == 0)
		do_memory();
	else if (strcmp(what, "fork") == 0)
		do_fork(arg);
	else if (strcmp(what, "pair") == 0)
		do_pair(SOCK_STREAM);
	else if (strcmp(what, "record") == 0)
		do_pair(SOCK_SEQPACKET);
	else if (strcmp(what, "wait") == 0)
		do_wait();
	else if (strcmp(what, "handler") == 0)
		do_handler();
	else if (strcmp(what, "hang") == 0)
		pause();
	else
		return 64;
	return status;
}
