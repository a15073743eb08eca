/*
 * Start a command so that all its system calls are announced to us: a filter
 * that the child puts on itself, whose listening descriptor it sends up.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "fault.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/*
 * The child hands over the descriptor with a call that has to get past the
 * filter: a sendmsg with this in the two arguments that sendmsg lacks.
 */
#define PASS_1 0x6f7574bUL
#define PASS_2 0x62786621UL

/*
 * In the child: every call from here on is announced, except the one that
 * hands over the descriptor.  The descriptor, or -1.
 */
static int
install_filter(int set_id)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW(arg) (offsetof(struct seccomp_data, args[arg]) + 4)
#else
#define LOW(arg) offsetof(struct seccomp_data, args[arg])
#endif
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW(4)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PASS_1, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW(5)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PASS_2, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int fd;

	if (!set_id && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	/*
	 * A signal during the wait restarts the call, which would count it
	 * twice; newer kernels can rule that out.
	 */
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &prog);
	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(
		    SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	return fd;
}

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

/* Send an errno, and a descriptor when fd >= 0. */
static void
send_up(int sock, int error, int fd)
{
	struct iovec iov = { &error, sizeof(error) };
	union control control;
	struct msghdr msg;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	(void)syscall(SYS_sendmsg, sock, &msg, 0L, 0L, PASS_1, PASS_2);
}

/* The errno that the child sent, or -1 at its end; its descriptor in *fd. */
static int
receive(int sock, int *fd)
{
	int error = -1;
	struct iovec iov = { &error, sizeof(error) };
	union control control;
	struct msghdr msg;
	struct cmsghdr *c;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != sizeof(error))
		return -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return error;
}

static void
run(int sock, const sigset_t *mask, char **argv, int set_id)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Without it two runs may differ in the calls that ask for memory. */
	personality(ADDR_NO_RANDOMIZE);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if ((fd = install_filter(set_id)) < 0) {
		send_up(sock, errno, -1);
		_exit(125);
	}
	send_up(sock, 0, fd); /* it is close-on-exec, like the socket */
	execvp(argv[0], argv);
	send_up(sock, errno, -1);
	_exit(errno == ENOENT ? 127 : 126);
}

int
fault_start(struct fault_child *c, char **argv, int set_id)
{
	sigset_t set, old;
	int sv[2], error;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0 ||
	    (c->sigchld = signalfd(-1, &set, SFD_CLOEXEC)) < 0)
		return -1;
	/* Orphans of the command become ours, to know when all are gone. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if ((c->pid = fork()) < 0)
		return -1;
	if (c->pid == 0)
		run(sv[1], &old, argv, set_id);
	close(sv[1]);
	c->exec = sv[0];
	if ((error = receive(sv[0], &c->notify)) == 0)
		return 0;
	errno = error > 0 ? error : EIO;
	return -1;
}

int
fault_exec_error(const struct fault_child *c)
{
	int error, fd;

	error = receive(c->exec, &fd);
	return error > 0 ? error : 0;
}
