/*
 * The submit socket, as the scheduler has it: it only keeps a doorkeeper
 * (submit_door.c), a process of its own, which takes whoever connects even
 * while the scheduler waits for the disk.
 */
#include <config.h>

#include "queue/submit.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/flush.h"

#define BACKLOG 128
#define PAUSE INT64_C(1000)	/* until the next doorkeeper, or socket, */
#define LONGEST INT64_C(64000)	/* later the latter */

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

static int
listen_at(const char *path, struct error *e)
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

static int
is_wanted(const struct flush *f)
{
	return !f->once && *f->settings.submit_socket != '\0';
}

int
submit_open(struct flush *f)
{
	const char *path = f->settings.submit_socket;
	struct error e;

	if (!is_wanted(f))
		return -1;
	error_memory(&e);
	free(f->submit_path);
	if ((f->submit_path = strdup(path)) != NULL &&
	    (f->submit = listen_at(path, &e)) >= 0) {
		if (f->submit_pause != 0)
			log_event(f->log, LOG_INFO, "mail is taken at %s now",
			    path);
		f->submit_pause = 0;
		return 0;
	}
	if (f->submit_pause == 0)
		log_event(f->log, LOG_WARNING, "no mail from programs without "
		    "the privilege of sendmail: %s", e.text);
	f->submit_pause = f->submit_pause == 0 ? PAUSE :
	    f->submit_pause < LONGEST ? 2 * f->submit_pause : LONGEST;
	f->door_after = clock_now() + f->submit_pause;
	return -1;
}

/* In the child.  Without its scheduler it would keep a socket that another
 * one has replaced. */
static void
become_door(const struct flush *f, pid_t scheduler)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == scheduler)
		submit_door(f);
	_exit(1);
}

int64_t
submit_tend(struct flush *f, int64_t now)
{
	pid_t self = getpid();

	if (f->door > 0 || f->stopping || (f->submit < 0 && !is_wanted(f)))
		return INT64_MAX;
	if (now < f->door_after ||
	    (f->submit < 0 && submit_open(f) != 0))
		return f->door_after;
	if ((f->door = fork()) == 0)
		become_door(f, self);
	if (f->door > 0)
		return INT64_MAX;
	log_event(f->log, LOG_ERR, "cannot take mail at the submit socket: "
	    "%s", strerror(errno));
	f->door = 0;
	return f->door_after = now + PAUSE;
}

void
submit_reload(struct flush *f)
{
	if (f->door > 0)
		kill(f->door, SIGHUP);
	f->door = 0;
	if (f->submit < 0)
		f->door_after = 0;	/* another path, or it is mended */
}

int
submit_ended(struct flush *f, pid_t pid)
{
	if (pid != f->door)
		return 0;
	f->door = 0;
	f->door_after = clock_now() + PAUSE;
	if (!f->stopping)
		log_event(f->log, LOG_ERR, "the process at the submit socket "
		    "ended: starting another");
	return 1;
}

void
submit_close(struct flush *f)
{
	if (f->door > 0)
		kill(f->door, SIGTERM);
	f->door = 0;
	if (f->submit >= 0) {
		unlink(f->submit_path);
		close(f->submit);
		f->submit = -1;
	}
	free(f->submit_path);
}
