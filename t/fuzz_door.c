/*
 * Clients of the submit socket that come, go away and are served, in any
 * order, while calls fail and time passes: the doorkeeper knows no more of them
 * than it may, has no descriptor but theirs, serves each at most once and those
 * of a user in the order in which they came, and lets nobody wait who has a
 * turn.  Each byte is an event.
 *
 * Clients, processes and the clock are played: queue/submit_door.c is compiled
 * here with calls of its own.
 */
#include <config.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/quota.h"
#include "queue/submit.h"
#include "t/fuzz.h"

#define FDS 4096	/* connections in a run, at most */
#define EVENTS 250	/* in a run, at most; what follows is not looked at */
#define USERS 4		/* the first is root */

static struct {
	int64_t now;
	unsigned came, taken;	/* connections; those before are accepted */
	unsigned char user[FDS], gone[FDS], open[FDS], told[FDS];
	int accept_fails, fork_fails;
	pid_t pids, ends;	/* the last one; the one that ends now */
	int status;
} play;

static int
played_accept(void)
{
	if (play.accept_fails) {
		play.accept_fails = 0;
		errno = EMFILE;
		return -1;
	}
	if (play.taken == play.came) {
		errno = EAGAIN;
		return -1;
	}
	play.open[play.taken] = 1;
	return (int)play.taken++;
}

static int
played_peer(int fd, struct ucred *peer)
{
	peer->uid = play.user[fd];
	return 0;
}

static ssize_t
played_send(int fd, const char *line, size_t len)
{
	check(play.open[fd]);
	if (play.gone[fd]) {
		errno = EPIPE;
		return -1;
	}
	check(len > 1 && line[len - 1] == '\n' && play.told[fd] != '-');
	play.told[fd] = (unsigned char)*line;
	return (ssize_t)len;
}

static int
played_close(int fd)
{
	check(play.open[fd]);
	play.open[fd] = 0;
	return 0;
}

static pid_t
played_fork(void)
{
	if (play.fork_fails) {
		play.fork_fails = 0;
		errno = EAGAIN;
		return -1;
	}
	return ++play.pids;
}

static pid_t
played_wait(int *status)
{
	pid_t pid = play.ends;

	play.ends = 0;
	*status = play.status;
	return pid;
}

static int
played_poll(struct pollfd *fds)
{
	fds[1].revents = fds[1].fd >= 0 &&
	    (play.taken < play.came || play.accept_fails) ? POLLIN : 0;
	return fds[1].revents != 0;
}

static ssize_t
played_read(void)
{
	errno = EAGAIN;
	return -1;
}

/* In a process that is not played. */
#define submit_confine_door(settings, log) abort()
#define submit_serve(fd, uid, settings, log) (abort(), 0)
#define accept4(fd, address, len, flags) played_accept()
#define getsockopt(fd, level, name, peer, len) \
	((void)(len), played_peer(fd, peer))
#define send(fd, line, len, flags) played_send(fd, line, len)
#define close(fd) played_close(fd)
#define fork() played_fork()
#define waitpid(pid, status, flags) played_wait(status)
#define poll(fds, n, timeout) played_poll(fds)
#define read(fd, data, size) played_read()
#define clock_now() play.now
#define quota_add(fd, quota, uid, since, n) ((void)(quota), (void)(n))
#include "queue/submit_door.c"
#undef submit_confine_door
#undef submit_serve
#undef accept4
#undef getsockopt
#undef send
#undef close
#undef fork
#undef waitpid
#undef poll
#undef read
#undef clock_now
#undef quota_add

static void
check_door(const struct door *d)
{
	unsigned known[USERS] = { 0 }, served[USERS] = { 0 }, i, n = 0;
	unsigned all = 0, busy = 0, waits[USERS] = { 0 };
	const struct client *c;

	for (c = d->clients; c != NULL; c = c->next) {
		check(c->uid < USERS && play.open[c->fd]);
		all++;
		known[c->uid]++;
		busy += c->pid > 0;
		served[c->uid] += c->pid > 0;
		/* None of them came before it and still waits. */
		check(c->pid == 0 || !waits[c->uid]);
		waits[c->uid] |= c->pid == 0;
	}
	check(all <= KNOWN && busy <= SERVED);
	for (i = 0; i < play.taken; i++) {
		n += play.open[i];
		check(play.told[i] != 0 || play.gone[i]);
	}
	check(n == all);
	for (i = 0; i < USERS; i++) {
		check(i == 0 || known[i] <= KNOWN_OF_USER);
		check(i == 0 || served[i] <= SERVED_OF_USER);
		check(!waits[i] || busy == SERVED || (i != 0 &&
		    served[i] == SERVED_OF_USER));
	}
}

/* The k-th client, or NULL. */
static struct client *
choose(const struct door *d, unsigned k)
{
	struct client *c = d->clients;

	while (c != NULL && k-- > 0)
		c = c->next;
	return c;
}

static void
end_process(const struct client *c, int how)
{
	if (c == NULL || c->pid == 0)
		return;
	play.ends = c->pid;
	/* As wait() has it: exited with 0 or 1, killed, stopped. */
	play.status = how == 0 ? 0 : how == 1 ? 1 << 8 : how == 2 ? 9 :
	    19 << 8 | 0x7f;
}

static void
happen(const struct door *d, unsigned what, unsigned k)
{
	const struct client *c = choose(d, k);
	unsigned i;

	switch (what) {
	default:
		for (i = 0; i <= k / USERS && play.came < FDS; i++)
			play.user[play.came++] = k % USERS;
		break;
	case 4:
		end_process(c, (int)(k % 4));
		break;
	case 5:
		play.now += k * 700;
		break;
	case 6:
		if (c != NULL)
			play.gone[c->fd] = 1;
		break;
	case 7:
		play.accept_fails = k % 2;
		play.fork_fails = k / 2 % 2;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	struct door d = { .listening = 1, .settings = &settings };
	size_t i;

	if (settings.directory == NULL)
		fuzz_settings(&settings, "");
	memset(&play, 0, sizeof(play));
	play.now = 1;
	for (i = 0; i < size && i < EVENTS; i++) {
		happen(&d, data[i] % 8, data[i] / 8);
		wait_for_events(&d);
		serve_next(&d);
		check_door(&d);
	}
	d.ending = d.at_once = 1;
	serve_next(&d);
	while (d.clients != NULL) {
		check(d.clients->pid > 0);
		end_process(d.clients, 0);
		wait_for_events(&d);
		serve_next(&d);
	}
	check_door(&d);
	return 0;
}
