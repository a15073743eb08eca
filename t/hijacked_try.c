/* See hijacked_try.h. */
#include <config.h>

#include "t/hijacked_try.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
tell(const char *what, int failed)
{
	dprintf(STDERR_FILENO, "hijacked: %s: %s\n", what,
	    failed ? strerror(errno) : "yes");
}

const char *
in_queue(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s%s%s", getenv("HIJACKED_QUEUE"),
	    name != NULL ? "/" : "", name != NULL ? name : "");
	return path;
}

void
try_open(const char *what, const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0600);

	tell(what, fd < 0);
	if (fd >= 0)
		close(fd);
}

void
try_queue(void)
{
	const char *other = getenv("HIJACKED_OTHER");
	DIR *dir = opendir(in_queue("queue"));

	tell("list the queue", dir == NULL);
	try_open("read another message", other, O_RDONLY);
	try_open("write another message", other, O_WRONLY);
	tell("truncate another message", truncate(other, 0));
	tell("remove another message", unlink(other));
	tell("rename another message", rename(other, in_queue("failed/x")));
	tell("link another message", link(other, in_queue("failed/x")));
	try_open("make a message", in_queue("queue/x"), O_WRONLY | O_CREAT);
	try_open("make a nameless one", in_queue("queue"), O_WRONLY |
	    O_TMPFILE);
	tell("make a directory", mkdir(in_queue("queue/d"), 0700));
	tell("make a fifo", mkfifo(in_queue("queue/f"), 0600));
	tell("make a link", symlink("/etc/passwd", in_queue("queue/l")));
	try_open("wake the scheduler", in_queue("wake"), O_RDWR);
	try_open("take the lock", in_queue("lock"), O_RDWR);
	try_open("write the state", in_queue("state"), O_RDWR);
}

static void
tell_limit(const char *what, int which)
{
	struct rlimit r;

	getrlimit(which, &r);
	dprintf(STDERR_FILENO, "hijacked: %s: at most %ld\n", what,
	    r.rlim_max == RLIM_INFINITY ? -1 : (long)r.rlim_max);
}

/* What it is, and files that have nothing to do with mail. */
void
try_world(void)
{
	dprintf(STDERR_FILENO, "hijacked: Landlock %ld\n",
#ifdef SYS_landlock_create_ruleset
	    syscall(SYS_landlock_create_ruleset, NULL, 0, 1)
#else
	    -1L
#endif
	    );
	tell("gain privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	tell("leave a core", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	tell_limit("core", RLIMIT_CORE);
	tell_limit("descriptors", RLIMIT_NOFILE);
	tell_limit("processes", RLIMIT_NPROC);
	try_open("read the password", getenv("HIJACKED_PASSWORD"), O_RDONLY);
	try_open("read /etc/hosts", "/etc/hosts", O_RDONLY);
	try_open("read /etc/passwd", "/etc/passwd", O_RDONLY);
	try_open("read a configuration", getenv("HIJACKED_CONF"), O_RDONLY);
}

void
try_connect(const char *what, unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	tell(what, connect(fd, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
}

void
try_others(void)
{
	pid_t child;

	try_connect("connect elsewhere",
	    (unsigned)atoi(getenv("HIJACKED_PORT")));
	tell("signal the scheduler", kill(getppid(), 0));
	tell("trace the scheduler", (int)ptrace(PTRACE_SEIZE, getppid(), NULL,
	    NULL));
	if ((child = fork()) == 0)
		_exit(0);
	tell("fork", child < 0);
	execl("/bin/true", "true", (char *)NULL);
	tell("run a program", 1);
}
