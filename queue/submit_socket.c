/*
 * The submit socket: who connects gets a process that serves it (submit.c),
 * so that no client can hold up the scheduler, or another client for long.
 */
#include <config.h>

#include "queue/submit.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/flush.h"
#include "queue/program.h"
#include "queue/quota.h"

#define BACKLOG 128
#define PAUSE INT64_C(1000)	/* when no client can be had */
#define CLIENTS 64		/* at once */
#define CLIENTS_OF_USER 16	/* of them; root may have all */

struct submit_client {
	struct submit_client *next;
	pid_t pid;
	uid_t uid;
	time_t since;
};

static int
bind_it(int fd, const struct sockaddr_un *sa)
{
	struct stat st;

	/* Who has the queue's lock listens: another socket is a dead one. */
	if (lstat(sa->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(sa->sun_path);
	return bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 ||
	    chmod(sa->sun_path, 0666) != 0 || listen(fd, BACKLOG) != 0 ? -1 :
	    0;
}

int
submit_listen(const char *path, struct error *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd;

	if (len >= sizeof(sa.sun_path))
		return error_set(e, "submit_socket = %s: the path of a "
		    "socket has at most %zu bytes", path,
		    sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind_it(fd, &sa) != 0) {
		error_sys(e, "cannot listen at %s", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static const char *
too_many(const struct flush *f, uid_t uid)
{
	const struct submit_client *c;
	unsigned all = 0, own = 0;

	for (c = f->clients; c != NULL; c = c->next) {
		all++;
		own += c->uid == uid;
	}
	if (all >= CLIENTS)
		return "too many clients at once: try again";
	if (uid != 0 && own >= CLIENTS_OF_USER)
		return "too many clients of this user at once: try again";
	return NULL;
}

static void
refuse(struct flush *f, int fd, uid_t uid, const char *why)
{
	char line[SUBMIT_REPLY];

	snprintf(line, sizeof(line), "-%d %s\n", EX_CANTCREAT, why);
	if (send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		why = "gone";
	log_event(f->log, LOG_WARNING, "not queued: %s, uid=%lu, by socket",
	    why, (unsigned long)uid);
}

/* In the child: keep the client and nothing of the scheduler's, whose locks
 * and descriptors must end with it. */
static void
serve(const struct flush *f, int fd, uid_t uid)
{
	sigset_t none;
	struct log *log;
	int flags;

	if (fd > STDERR_FILENO + 1)
		program_close(STDERR_FILENO + 1, (unsigned)fd - 1);
	program_close((unsigned)fd + 1, ~0U);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	flags = fcntl(fd, F_GETFL);
	log = log_open("outbox-flush", f->settings.facility, f->to_stderr);
	if (log == NULL || flags < 0 ||
	    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
		_exit(EX_OSERR);
	_exit(submit_serve(fd, uid, &f->settings, log));
}

/* What it brings will be ours, and its inode will not tell whose it was: count
 * it in advance, so that no number of clients gets around a limit. */
static void
count(struct flush *f, const struct submit_client *c, int n)
{
	struct quota q = quota_of(&f->settings);

	if (c->uid != geteuid())
		quota_add(f->usage, &q, c->uid, c->since, n);
}

static void
start(struct flush *f, int fd)
{
	struct submit_client *c;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	const char *why;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return;
	if ((why = too_many(f, peer.uid)) != NULL) {
		refuse(f, fd, peer.uid, why);
		return;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		refuse(f, fd, peer.uid, strerror(errno));
		return;
	}
	c->uid = peer.uid;
	c->since = clock_wall();
	count(f, c, 1);
	if ((c->pid = fork()) < 0) {
		refuse(f, fd, peer.uid, strerror(errno));
		count(f, c, -1);
		free(c);
		return;
	}
	if (c->pid == 0)
		serve(f, fd, peer.uid);
	c->next = f->clients;
	f->clients = c;
}

void
submit_accept(struct flush *f)
{
	int fd, i;

	/* Not for ever: there is other work. */
	for (i = 0; i < CLIENTS; i++) {
		fd = accept4(f->submit, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED) {
			/* It is still there, and poll() would say so at
			 * once. */
			log_event(f->log, LOG_ERR, "cannot take a client of "
			    "the submit socket: %s", strerror(errno));
			f->submit_after = clock_now() + PAUSE;
		}
		if (fd < 0)
			return;
		start(f, fd);
		close(fd);
	}
}

void
submit_ended(struct flush *f, pid_t pid, int status)
{
	struct submit_client **p, *c;

	for (p = &f->clients; (c = *p) != NULL; p = &c->next)
		if (c->pid == pid) {
			if (status != 0)
				count(f, c, -1);
			*p = c->next;
			free(c);
			return;
		}
}

void
submit_close(struct flush *f)
{
	struct submit_client *c;

	if (f->submit >= 0) {
		unlink(f->submit_path);
		close(f->submit);
		f->submit = -1;
	}
	free(f->submit_path);
	while ((c = f->clients) != NULL) {
		f->clients = c->next;
		free(c);
	}
}
