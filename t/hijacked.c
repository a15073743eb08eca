/*
 * outbox-smtp in the hands of a server that has taken it over: the worker as it
 * is, but for the client.  When the first session is to be opened it does what
 * $HIJACKED says, and tells on standard error what came of it.
 *
 *	files	try everything that a worker has no business with, beside
 *		$HIJACKED_QUEUE, $HIJACKED_OTHER (a message), $HIJACKED_CONF,
 *		$HIJACKED_PASSWORD and $HIJACKED_PORT
 *	LIST	reports, by letters: o opening, O opened, s site, d done of
 *		job 1, V and v the first and second recipient of job 1 have
 *		it, x the hundredth, 2 to 9 the first of that job
 *	flood	a session, and reports without end, a million at least and
 *		until there is $HIJACKED_QUEUE/enough
 *	deaf	a session, and nothing more, read or said
 */
#include <config.h>

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

#include "queue/handover.h"
#include "queue/smtp.h"

#define FLOOD 1000000

static void
tell(const char *what, int failed)
{
	dprintf(STDERR_FILENO, "hijacked: %s: %s\n", what,
	    failed ? strerror(errno) : "yes");
}

/* The path of name in the queue's directory, or with NULL the directory. */
static const char *
in_queue(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s%s%s", getenv("HIJACKED_QUEUE"),
	    name != NULL ? "/" : "", name != NULL ? name : "");
	return path;
}

static void
try_open(const char *what, const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0600);

	tell(what, fd < 0);
	if (fd >= 0)
		close(fd);
}

static void
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

/* The messages that it was given: regular files that came over the socket. */
static void
try_own(void)
{
	char path[64], byte;
	struct stat st;
	int fd;

	for (fd = 4; fd < 64; fd++)
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
			tell("read its own message", pread(fd, &byte, 1, 0) !=
			    1);
			tell("write its own message", pwrite(fd, &byte, 1,
			    0) != 1);
			tell("cut its own message", ftruncate(fd, 0));
			snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
			try_open("open its own message to write", path,
			    O_WRONLY);
			return;
		}
}

static void
try_connect(const char *what, unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	tell(what, connect(fd, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
}

static void
try_others(unsigned port)
{
	pid_t child;

	try_connect("connect to the smarthost", port);
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

static void
tell_limit(const char *what, int which)
{
	struct rlimit r;

	getrlimit(which, &r);
	dprintf(STDERR_FILENO, "hijacked: %s: at most %ld\n", what,
	    r.rlim_max == RLIM_INFINITY ? -1 : (long)r.rlim_max);
}

static void
try_files(unsigned port)
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
	try_own();
	try_queue();
	try_others(port);
}

static void
report(enum handover_type type, uint32_t job, uint32_t rcpt)
{
	struct handover_report r = { .type = type, .job = job, .rcpt = rcpt };

	verdict_set(&r.verdict, type == HANDOVER_SITE ? VERDICT_DEFERRED :
	    VERDICT_DELIVERED, VERDICT_RECIPIENT, 0, type == HANDOVER_SITE ?
	    "4.0.0" : "2.0.0", "%s", "a lie");
	if (handover_send_report(STDIN_FILENO, &r) != 0)
		exit(1);
}

static void
flood(void)
{
	const char *end = in_queue("enough");
	long n = 0;

	report(HANDOVER_OPENED, 0, 0);
	/* stat() is one of the few things that it may. */
	while (n < FLOOD || access(end, F_OK) != 0) {
		report(HANDOVER_PROGRESS, 0, 0);
		n++;
	}
	dprintf(STDERR_FILENO, "hijacked: %ld reports\n", n);
}

struct smtp *
smtp_open(const struct smtp_params *p, struct verdict *v)
{
	const char *what = getenv("HIJACKED");

	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.0.0", "%s",
	    "a lie");
	if (strcmp(what, "files") == 0)
		try_files(p->to.port);
	else if (strcmp(what, "flood") == 0)
		flood();
	else if (strcmp(what, "deaf") == 0) {
		report(HANDOVER_OPENED, 0, 0);
		for (;;)
			pause();
	} else
		for (; *what != '\0'; what++) {
			if (strchr("oOsd", *what) != NULL)
				report(*what == 'o' ? HANDOVER_OPENING :
				    *what == 'O' ? HANDOVER_OPENED :
				    *what == 's' ? HANDOVER_SITE :
				    HANDOVER_DONE, 1, 0);
			else if (strchr("Vvx", *what) != NULL)
				report(HANDOVER_VERDICT, 1, *what == 'V' ? 0 :
				    *what == 'v' ? 1 : 99);
			else
				report(HANDOVER_VERDICT,
				    (uint32_t)(*what - '0'), 0);
		}
	/* Nothing that it ends with is to tell more. */
	_exit(0);
}

/* None of these is reached. */

int
smtp_probe(struct smtp *s, const char *sender, struct verdict *v)
{
	(void)s, (void)sender, (void)v;
	return -1;
}

const char *
smtp_relay(const struct smtp *s)
{
	(void)s;
	return "";
}

const char *
smtp_describe(const struct smtp *s)
{
	(void)s;
	return "";
}

int
smtp_takes_utf8(const struct smtp *s)
{
	(void)s;
	return 0;
}

void
smtp_ticket(const struct smtp *s, struct buffer *out)
{
	(void)s, (void)out;
}

int
smtp_fd(const struct smtp *s)
{
	(void)s;
	return -1;
}

enum smtp_result
smtp_run(struct smtp *s, const struct smtp_calls *c, void *arg,
    struct verdict *v)
{
	(void)s, (void)c, (void)arg, (void)v;
	return SMTP_LOST;
}

int
smtp_is_unfit(const struct smtp *s)
{
	(void)s;
	return 0;
}

int
smtp_is_dropped(const struct smtp *s)
{
	(void)s;
	return 0;
}

void
smtp_close(struct smtp *s, int polite)
{
	(void)s, (void)polite;
}
