/*
 * Clients of the submit socket that come, say something, go away and are
 * served, in any order, while calls fail and time passes: the doorkeeper knows
 * no more of them than it may, has no descriptor but theirs, serves each at
 * most once and those of a user in the order in which they came, and lets
 * nobody wait who has a turn.  What a client was told is queued is there, of
 * the user who connected, and nothing else; and only that is counted.
 *
 * Each byte is an event; after one in which a client says something, a length
 * and as many bytes follow.
 *
 * Clients, processes and the clock are played: queue/submit_door.c and
 * queue/submit.c are compiled here with calls of their own.  A process that
 * serves a client does all its work when it ends.
 */
#include <config.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/event.h"
#include "queue/quota.h"
#include "queue/spool.h"
#include "queue/submit.h"
#include "queue/wake.h"
#include "t/fuzz.h"

#define FDS 4096	/* connections in a run, at most */
#define EVENTS 250	/* in a run, at most; what follows is not looked at */
#define SESSIONS 12	/* take long; the next processes are killed */
#define USERS 4		/* the first is root */
#define LENGTH 8	/* so many bytes are the unit of what a client says */

static struct {
	int64_t now;
	unsigned came, taken;	/* connections; those before are accepted */
	unsigned char user[FDS], gone[FDS], open[FDS], told[FDS];
	unsigned char closed[FDS];	/* it says no more */
	unsigned char ids[FDS];		/* it was told so many */
	struct buffer says[FDS];
	size_t read, piece;	/* of what the client says that is served now */
	char id[SPOOL_ID + 1];	/* what it was told last */
	int leaves;		/* when it has its first ID */
	unsigned sessions;
	int counted[USERS], queued[USERS];
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
	if (*line == '+') {
		check(len == SPOOL_ID + 2 && ++play.ids[fd] <= 2);
		memcpy(play.id, line + 1, SPOOL_ID);
		play.gone[fd] |= (unsigned char)play.leaves;
	}
	return (ssize_t)len;
}

/* Of the process that serves it; its patience ends at once. */
static ssize_t
played_receive(int fd, char *data, size_t size)
{
	size_t n = play.says[fd].len - play.read;

	check(play.open[fd]);
	if (n == 0 && !play.closed[fd] && !play.gone[fd]) {
		errno = EAGAIN;
		return -1;
	}
	n = n < size ? n : size;
	n = n < play.piece ? n : play.piece;
	if (n > 0)
		memcpy(data, play.says[fd].data + play.read, n);
	play.read += n;
	return (ssize_t)n;
}

static void
played_count(uid_t uid, int n)
{
	check(uid < USERS);
	play.counted[uid] += n;
	check(play.counted[uid] >= play.queued[uid]);
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

/* Both have a client, and serve it. */
#define client session
#define serve serve_session
#define submit_confine(settings, uid, ready) (void)(ready)
#define alarm(seconds) (void)(seconds)
#define setsockopt(fd, level, name, value, len) (void)(value)
#define read(fd, data, size) played_receive(fd, data, size)
#define send(fd, line, len, flags) played_send(fd, line, len)
#include "queue/submit.c"
#undef client
#undef serve
#undef submit_confine
#undef alarm
#undef setsockopt
#undef read
#undef send

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
#define quota_add(fd, quota, uid, since, n) \
	((void)(quota), played_count(uid, n))
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

/* What the process of c does; its exit status. */
static int
work(const struct door *d, const struct client *c)
{
	int status;

	play.read = 0;
	play.piece = 1 + (size_t)(play.now % 700);
	status = submit_serve(c->fd, c->uid, d->settings, NULL);
	if (status == 0) {
		check(play.ids[c->fd] == 2 && play.told[c->fd] == '+');
		check(play.closed[c->fd] && !play.gone[c->fd]);
		fuzz_queued(play.id, c->uid, &play.says[c->fd]);
		play.queued[c->uid]++;
	} else
		check(play.told[c->fd] == '-' || play.gone[c->fd]);
	fuzz_queue_is_empty();
	return status;
}

static void
end_process(const struct door *d, const struct client *c, int how)
{
	if (c == NULL || c->pid == 0)
		return;
	play.ends = c->pid;
	/* As wait() has it: done, the client leaves, killed, stopped. */
	if (how < 2 && play.sessions++ == SESSIONS) {
		play.sessions = SESSIONS;
		how = 2;
	}
	play.leaves = how == 1;
	play.status = how < 2 ? work(d, c) << 8 : how == 2 ? 9 :
	    19 << 8 | 0x7f;
}

/* Client c, or nobody, says this: a message or anything, to its end or not. */
static void
speak(const struct client *c, int how, const uint8_t *data, size_t size)
{
	struct buffer *says;

	if (c == NULL || play.closed[c->fd])
		return;
	says = &play.says[c->fd];
	if (how % 2 == 0)
		check(buffer_add(says, data, size) == 0);
	else if (size > 0)
		fuzz_said(data, size, says);
	play.closed[c->fd] = how / 2;
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
		end_process(d, choose(d, k / 4), (int)(k % 4));
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

/* Event *at, and what belongs to it. */
static void
take_event(const struct door *d, const uint8_t **at, const uint8_t *end)
{
	unsigned what = **at % 8, k = **at / 8;
	size_t len;

	(*at)++;
	if (what != 3) {
		happen(d, what, k);
		return;
	}
	len = *at < end ? LENGTH * (size_t)*(*at)++ : 0;
	len = len < (size_t)(end - *at) ? len : (size_t)(end - *at);
	speak(choose(d, k / 4), (int)k % 4, *at, len);
	*at += len;
}

/* Who has said something is served, and nobody is left. */
static void
end(struct door *d)
{
	const struct client *c;

	d->ending = d->at_once = 1;
	serve_next(d);
	while ((c = d->clients) != NULL) {
		check(c->pid > 0);
		end_process(d, c, play.says[c->fd].len > 0 ? 0 : 2);
		wait_for_events(d);
		serve_next(d);
	}
	check_door(d);
}

static void
check_counts(void)
{
	unsigned i;

	for (i = 0; i < USERS; i++)
		check(play.counted[i] == (i == geteuid() ? 0 :
		    play.queued[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	struct door d = { .listening = 1, .settings = &settings };
	const uint8_t *at = data;
	unsigned i;

	if (settings.directory == NULL)
		fuzz_settings(&settings, "");
	memset(&play, 0, sizeof(play));
	play.now = 1;
	for (i = 0; at < data + size && i < EVENTS; i++) {
		take_event(&d, &at, data + size);
		wait_for_events(&d);
		serve_next(&d);
		check_door(&d);
	}
	end(&d);
	check_counts();
	for (i = 0; i < play.came; i++)
		buffer_free(&play.says[i]);
	return 0;
}
