/*
 * The mail that waits in the queue of nullmailer or dma: each message goes to
 * sendmail, with its envelope, and so into our queue, durable.  Only then its
 * file is moved to outbox-imported/ beside it, where the old program does not
 * look.  Between the two it is in both, so nothing is lost; and the old
 * program does not send it meanwhile: nullmailer may not run, and a message
 * of dma is locked as dma does it.
 */
#include <config.h>

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/import.h"
#include "queue/import_envelope.h"
#include "queue/program.h"
#include "queue/setup.h"
#include "queue/utf8.h"

#define ASIDE "outbox-imported"
#define HEAD_MAX (4 * 1024 * 1024)	/* bytes of the longest envelope */

struct old {
	struct setup *s;
	const char *what;	/* the old program */
	char *path;		/* of the directory with its mail */
	int dir, aside;
	size_t moved, left;
};

static void
complain(struct old *q, const char *name, const char *why)
{
	struct buffer text = BUFFER_INIT;

	/* The name is as odd as whoever made it wants. */
	buffer_addf(&text, "%s/", q->path);
	utf8_add_printable(&text, name);
	buffer_addf(&text, " stays where it is: %s", why);
	tool_fail(q->s->t, EX_TEMPFAIL, buffer_string(&text));
	buffer_free(&text);
	q->left++;
}

/* A regular file, and nothing that could hang or be someone else's.  -1. */
static int
open_file(const struct old *q, const char *name, int flags)
{
	struct stat st;
	int fd = openat(q->dir, name, flags | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* The first HEAD_MAX bytes of a file. */
static int
read_head(int fd, struct buffer *b)
{
	ssize_t n = 1;

	while (n > 0 && b->len < HEAD_MAX) {
		if (buffer_reserve(b, 65536) != 0)
			return -1;
		n = pread(fd, b->data + b->len, 65536, (off_t)b->len);
		if (n > 0)
			b->len += (size_t)n;
	}
	if (n < 0)
		return -1;
	b->data[b->len] = '\0';
	return 0;
}

/* The message at fd, from its offset on.  0: it is durable in our queue. */
static int
submit(const struct old *q, const struct import_envelope *env, int fd,
    struct error *e)
{
	const char **argv = calloc(env->n + 10, sizeof(*argv));
	char *program = program_find("../sendmail/sendmail",
	    SBINDIR "/sendmail");
	size_t n = 0;
	int status = EX_OSERR;

	if (argv != NULL && program != NULL) {
		argv[n++] = "sendmail";
		argv[n++] = "-i";
		if (q->s->t->path != NULL) {
			argv[n++] = "-C";
			argv[n++] = q->s->t->path;
		}
		argv[n++] = "-f";
		argv[n++] = *env->sender != '\0' ? env->sender : "<>";
		argv[n++] = "--";
		memcpy(argv + n, env->rcpts, env->n * sizeof(*argv));
		status = program_run(program, argv, fd);
	}
	free(program);
	free(argv);
	if (status == EX_OK)
		return 0;
	return error_set(e, "sendmail did not take it (status %d)", status);
}

/* Out of the way of the old program, for good. */
static int
put_aside(const struct old *q, const char *name, struct error *e)
{
	if (renameat(q->dir, name, q->aside, name) != 0)
		return error_sys(e, "it is in our queue now, but cannot be "
		    "moved to " ASIDE ": delete it, or it is sent twice");
	fsync(q->aside);
	fsync(q->dir);
	return 0;
}

static void
move_nullmailer(struct old *q, const char *name)
{
	struct import_envelope env;
	struct buffer head = BUFFER_INIT;
	struct error e;
	int fd = open_file(q, name, O_RDONLY), result = -1;

	if (fd < 0 || read_head(fd, &head) != 0)
		error_sys(&e, "cannot read it");
	else if (import_envelope_nullmailer(&env, head.data, head.len, &e) ==
	    0) {
		if (lseek(fd, (off_t)env.head, SEEK_SET) < 0)
			error_sys(&e, "cannot read it");
		else
			result = submit(q, &env, fd, &e);
		import_envelope_free(&env);
	}
	if (result == 0)
		result = put_aside(q, name, &e);
	if (result != 0)
		complain(q, name, e.text);
	q->moved += result == 0;
	if (fd >= 0)
		close(fd);
	buffer_free(&head);
}

/* dma keeps a process for each message that could not go at once, for days, and
 * also when its package is gone. */
static int
is_sending(int fd, struct error *e)
{
	long pid = import_holder(fd);

	return pid == 0 ?
	    error_set(e, "dma is sending it: try again later") :
	    error_set(e, "dma is sending it, or waits to: end its process %ld "
	    "(kill %ld)", pid, pid);
}

/* The file Q..., which has the envelope and the lock, and M... */
static int
take_dma(struct old *q, const char *name, const char *message, int fd,
    struct error *e)
{
	struct import_envelope env;
	struct buffer head = BUFFER_INIT;
	int in = -1, result;

	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return is_sending(fd, e);
	if (read_head(fd, &head) != 0 || (in = open_file(q, message,
	    O_RDONLY)) < 0) {
		result = error_sys(e, "cannot read it");
	} else if ((result = import_envelope_dma(&env, head.data, head.len,
	    e)) == 0) {
		result = submit(q, &env, in, e);
		import_envelope_free(&env);
	}
	/* Without its Q file dma does not know the message any more. */
	if (result == 0 && (result = put_aside(q, name, e)) == 0)
		renameat(q->dir, message, q->aside, message);
	if (in >= 0)
		close(in);
	buffer_free(&head);
	return result;
}

static void
move_dma(struct old *q, const char *name)
{
	char *message = strdup(name);
	struct error e;
	int result = -1, fd = open_file(q, name, O_RDWR);

	if (fd < 0 || message == NULL)
		error_sys(&e, "cannot read it");
	else {
		message[0] = 'M';
		result = take_dma(q, name, message, fd, &e);
	}
	if (result != 0)
		complain(q, name, e.text);
	q->moved += result == 0;
	if (fd >= 0)
		close(fd);
	free(message);
}

static int
is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
is_dma(const struct dirent *d)
{
	return d->d_name[0] == 'Q' && d->d_name[1] != '\0';
}

/* One message.  Nothing that a terminal sends comes between our queue and the
 * old one; sendmail is spared too, or it could end with the message queued. */
static void
move_one(struct old *q, const char *name,
    void (*move)(struct old *, const char *))
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t held, before;
	size_t i;

	sigemptyset(&held);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&held, numbers[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	move(q, name);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Each in the order of its name.  -1: the directory cannot be read. */
static int
move_all(struct old *q, int (*filter)(const struct dirent *),
    void (*move)(struct old *, const char *))
{
	struct dirent **names;
	int i, n = scandir(q->path, &names, filter, alphasort);

	if (n < 0)
		return -1;
	for (i = 0; i < n; i++) {
		tool_progress(q->s->t, "taking over", (size_t)i, (size_t)n);
		move_one(q, names[i]->d_name, move);
		free(names[i]);
	}
	free(names);
	tool_progress_end(q->s->t);
	return 0;
}

/* Its directory, and the one for what was moved, in parent.  0; 1: there is no
 * queue; -1 and e. */
static int
open_queue(struct old *q, const char *parent, struct error *e)
{
	char *aside = NULL;
	int result = 0;

	q->dir = open(q->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->dir < 0)
		return errno == ENOENT ? 1 : error_sys(e, "cannot open %s",
		    q->path);
	if (asprintf(&aside, "%s/" ASIDE, parent) < 0)
		return error_memory(e);
	if ((mkdir(aside, 0700) != 0 && errno != EEXIST) ||
	    (q->aside = open(aside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) < 0)
		result = error_sys(e, "cannot make %s", aside);
	free(aside);
	return result;
}

/* What cannot be read may hold some. */
static int
has_mail(const char *path)
{
	struct dirent **names;
	int i, n = scandir(path, &names, is_visible, NULL);

	if (n < 0)
		return errno != ENOENT;
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n > 0;
}

/* A process that reads the fifo is nullmailer-send.  -1 and e: there is one,
 * or that is not known. */
static int
is_stopped(const char *spool, struct error *e)
{
	char *path;
	int fd, result = 0;

	if (asprintf(&path, "%s/trigger", spool) < 0)
		return error_memory(e);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		result = error_set(e, "nullmailer runs and sends its mail "
		    "itself: to take it over, stop it (systemctl stop "
		    "nullmailer) and run this again");
	} else if (errno != ENXIO && errno != ENOENT) {
		result = error_sys(e, "cannot open %s", path);
	}
	free(path);
	return result;
}

static int
run(struct old *q, const char *parent, int (*filter)(const struct dirent *),
    void (*move)(struct old *, const char *))
{
	struct error e;
	int result = open_queue(q, parent, &e);

	if (result == 0 && move_all(q, filter, move) != 0)
		result = error_sys(&e, "cannot read %s", q->path);
	if (result < 0)
		tool_fail(q->s->t, EX_IOERR, e.text);
	if (q->moved > 0)
		printf("%zu message%s of %s %s in the queue now; the old "
		    "files are in\n%s/" ASIDE ", to be deleted.\n", q->moved,
		    q->moved == 1 ? "" : "s", q->what,
		    q->moved == 1 ? "is" : "are", parent);
	if (q->left > 0)
		printf("Run this again when these can be read: it takes what "
		    "is left.\n");
	if (q->dir >= 0)
		close(q->dir);
	if (q->aside >= 0)
		close(q->aside);
	return result < 0 || q->left > 0 ? -1 : 0;
}

static int
run_nullmailer(struct old *q)
{
	char *spool = import_path(q->s, "/var/spool/nullmailer");
	struct error e;
	int result = -1;

	if (spool == NULL || asprintf(&q->path, "%s/queue", spool) < 0)
		tool_fail(q->s->t, EX_OSERR, "out of memory");
	else if (has_mail(q->path) && is_stopped(spool, &e) != 0)
		tool_fail(q->s->t, EX_TEMPFAIL, e.text);
	else
		result = run(q, spool, is_visible, move_nullmailer);
	free(q->path);
	free(spool);
	return result;
}

/* Where dma.conf says, or the usual place. */
static int
run_dma(struct old *q)
{
	char *conf = import_path(q->s, "/etc/dma/dma.conf"), *place = NULL;
	struct buffer text = BUFFER_INIT;
	struct error e;
	int result = -1;

	if (conf != NULL && write_read(conf, HEAD_MAX, &text, &e) == 0)
		place = import_dma_path(text.data, "SPOOLDIR");
	q->path = import_path(q->s, place != NULL ? place :
	    "/var/spool/dma");
	if (q->path == NULL)
		tool_fail(q->s->t, EX_OSERR, "out of memory");
	else
		result = run(q, q->path, is_dma, move_dma);
	free(q->path);
	free(place);
	free(conf);
	buffer_free(&text);
	return result;
}

int
import_queue(struct setup *s)
{
	struct old q = { .s = s, .dir = -1, .aside = -1 };

	if (s->o->nullmailer) {
		q.what = "nullmailer";
		return run_nullmailer(&q);
	}
	if (s->o->dma) {
		q.what = "dma";
		return run_dma(&q);
	}
	return 0;
}
