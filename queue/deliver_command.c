/*
 * Mail for the operator's command: see deliver.h.  A process of its own writes
 * the message to it, so that neither waits for the other.
 */
#include <config.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/child.h"
#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/deliver.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/verdict.h"

#define SAID_MAX 4096		/* bytes of what it writes */
#define SHOWN 200		/* of them in the log */
#define GRACE 5000		/* milliseconds */
#define PAUSE 10

/* What it means, of a command that ends so; all else is a fault that may be
 * mended. */
static const struct {
	int status;
	const char *code;
} final[] = {
	{ EX_DATAERR, "5.6.0" },
	{ EX_NOUSER, "5.1.1" },
	{ EX_NOHOST, "5.1.2" },
	{ EX_UNAVAILABLE, "5.3.0" },
	{ EX_NOPERM, "5.7.1" },
};

static int
put(void *arg, const void *data, size_t len, struct error *e)
{
	const int *fd = arg;
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(*fd, p, len);
		/* It need not read it all. */
		if (n < 0 && errno == EPIPE)
			_exit(0);
		if (n < 0 && errno != EINTR)
			return error_sys(e, "cannot write to the command");
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The process that writes.  One that cannot go on keeps its end open until the
 * command is gone, which would take half a message for a whole one. */
static void
feed(const struct deliver_letter *l, int fd)
{
	struct buffer head = BUFFER_INIT;
	struct error e;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	deliver_head(l, &head);
	if (!head.failed && put(&fd, head.data, head.len, &e) == 0 &&
	    deliver_copy(l, 0, put, &fd, &e) == 0)
		_exit(0);
	kill(getpid(), SIGSTOP);
	_exit(1);
}

struct feeder {
	pid_t pid;
	int ended, failed;
	const struct child *command;
	void (*tick)(void *arg);	/* of the rules */
	void *arg;
};

/* See how it is. */
static void
look(struct feeder *f)
{
	int status;

	if (f->ended || waitpid(f->pid, &status, WNOHANG | WUNTRACED) !=
	    f->pid)
		return;
	f->ended = !WIFSTOPPED(status);
	f->failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* While the command runs. */
static void
tick(void *arg)
{
	struct feeder *f = arg;

	if (f->tick != NULL)
		f->tick(f->arg);
	look(f);
	if (f->failed)
		kill(-f->command->pid, SIGKILL);
}

/* 0: it wrote what it was asked for.  The command has ended: what still waits
 * does so for someone whom that left running. */
static int
end_feeder(struct feeder *f)
{
	int64_t until = clock_now() + GRACE;

	for (;;) {
		look(f);
		if (f->ended || f->failed || clock_now() >= until)
			break;
		poll(NULL, 0, PAUSE);
	}
	if (!f->ended) {
		f->failed = 1;
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	return f->failed ? -1 : 0;
}

/* The first line that it wrote, as text. */
static void
add_said(struct buffer *out, const struct child *c)
{
	size_t from = c->len[1] > 0, i;

	for (i = 0; i < c->len[from] && i < SHOWN; i++) {
		char byte = c->data[from][i];

		if (byte == '\n' || byte == '\r')
			break;
		if (i == 0)
			buffer_adds(out, ": ");
		buffer_addc(out, byte >= ' ' && byte <= '~' ? byte : '?');
	}
}

static void
judge(const struct child *c, enum child_end end, int fed, const char *name,
    struct verdict *v)
{
	int status = WIFEXITED(c->status) ? WEXITSTATUS(c->status) : -1;
	struct buffer said = BUFFER_INIT;
	const char *code = "4.3.0";
	size_t i;

	add_said(&said, c);
	for (i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (final[i].status == status)
			code = final[i].code;
	if (end == CHILD_LATE)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.0", "%s did not end within %lld seconds", name,
		    (long long)c->timeout / 1000);
	else if (status < 0 && fed != 0)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.0", "cannot give the message to %s", name);
	else if (status < 0)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.0", "%s was killed by signal %d", name,
		    WTERMSIG(c->status));
	else if (status != 0)
		verdict_set(v, *code == '5' ? VERDICT_FAILED :
		    VERDICT_DEFERRED, VERDICT_RECIPIENT, 0, code,
		    "%s failed with status %d%s", name, status,
		    buffer_string(&said));
	else if (fed != 0)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.0", "%s ended before it had the message", name);
	else
		verdict_set(v, VERDICT_DELIVERED, VERDICT_RECIPIENT, 0,
		    "2.0.0", "delivered to command %s%s", name,
		    buffer_string(&said));
	buffer_free(&said);
}

/* -1: it could not be started; errno. */
static int
run(const struct deliver_letter *l, struct child *c, char **argv,
    struct verdict *v)
{
	struct feeder f = { .command = c, .tick = c->tick, .arg = c->arg };
	enum child_end end;
	int ends[2], why, fed;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	if ((f.pid = fork()) == 0) {
		close(ends[0]);
		feed(l, ends[1]);
	}
	close(ends[1]);
	if (f.pid < 0) {
		close(ends[0]);
		return -1;
	}
	c->in = ends[0];
	c->tick = tick;
	c->arg = &f;
	end = child_run(c, argv);
	why = errno;
	c->tick = f.tick;
	c->arg = f.arg;
	close(ends[0]);
	fed = end_feeder(&f);
	errno = why;
	if (end == CHILD_NONE)
		return -1;
	judge(c, end, fed, argv[0], v);
	return 0;
}

static void
free_words(char **words)
{
	char **word;

	for (word = words; word != NULL && *word != NULL; word++)
		free(*word);
	free(words);
}

/* The words of line, and "%u" in each: that never makes two of one.  NULL:
 * memory ran out. */
static char **
make_words(const char *command, const char *user)
{
	char *line = strdup(command), **words, **argv = NULL;
	size_t n = 0, i;

	words = line != NULL ? child_split(line) : NULL;
	while (words != NULL && words[n] != NULL)
		n++;
	if (words != NULL)
		argv = calloc(n + 1, sizeof(*argv));
	for (i = 0; argv != NULL && i < n; i++)
		if ((argv[i] = deliver_expand(words[i], user)) == NULL)
			break;
	if (argv != NULL && i < n) {
		free_words(argv);
		argv = NULL;
	}
	free(words);
	free(line);
	return argv;
}

/* The values come from outside, but for the user. */
static char **
make_environment(const struct deliver_letter *l, const char *user)
{
	const char *const pairs[][2] = {
		{ "PATH", "/usr/sbin:/usr/bin:/sbin:/bin" },
		{ "USER", user }, { "LOGNAME", user },
		{ "SENDER", l->env->sender },
		{ "RECIPIENT", l->env->rcpts[l->rcpt].address } };
	size_t n = sizeof(pairs) / sizeof(pairs[0]), i;
	char **list = calloc(n + 1, sizeof(*list));
	struct buffer text = BUFFER_INIT;

	for (i = 0; list != NULL && i < n; i++) {
		buffer_addf(&text, "%s=%s", pairs[i][0], pairs[i][1]);
		if ((list[i] = buffer_steal(&text)) == NULL) {
			free_words(list);
			return NULL;
		}
	}
	return list;
}

void
deliver_command(const struct deliver_rules *r,
    const struct deliver_letter *l, const char *user, struct verdict *v)
{
	char out[SAID_MAX + 1] = "", err[SAID_MAX + 1] = "";
	char **environment = make_environment(l, user);
	char **argv = make_words(r->command, user);
	struct child c = { .environment = environment,
		.timeout = r->timeout, .tick = r->tick, .arg = r->arg,
		.data = { out, err }, .max = { SAID_MAX, SAID_MAX } };

	if (argv == NULL || environment == NULL)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.0", "out of memory");
	else if (run(l, &c, argv, v) != 0)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.0", "cannot run %s: %s", argv[0], strerror(errno));
	free_words(argv);
	free_words(environment);
}
