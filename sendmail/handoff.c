/* See handoff.h. */
#include <config.h>

#include "sendmail/handoff.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "queue/submit.h"

#define SILENT "it does not answer: is it stopped?"
#define LOOKS 10	/* for the greeting; while the machine stands still
			 * they pass more slowly than the clock */

struct handoff {
	int fd;
	struct buffer in;	/* what came of a line */
	int handed;		/* the message is theirs, but for an answer */
	uint64_t envelope;	/* bytes of each */
	uint64_t message;
	char id[SPOOL_ID + 1];
};

/* The statuses that flush may give; anything else is not from flush.  Those
 * that callers misread are not among them. */
static int
is_status(long status)
{
	return status >= EX__BASE && status <= EX__MAX &&
	    status != EX_TEMPFAIL && status != EX_NOUSER &&
	    status != EX_NOHOST;
}

/* Drop signs of life.  1: a line is there, or what is none. */
static int
has_line(struct handoff *h)
{
	const size_t alive = strlen(SUBMIT_ALIVE);

	while (h->in.len >= alive &&
	    memcmp(h->in.data, SUBMIT_ALIVE, alive) == 0)
		buffer_drop(&h->in, alive);
	return h->in.len > SUBMIT_REPLY || (h->in.len > 0 &&
	    memchr(h->in.data, '\n', h->in.len) != NULL);
}

/* Read what is there, or comes in time.  As read(). */
static ssize_t
hear(struct handoff *h, int flags)
{
	ssize_t n;

	if (buffer_reserve(&h->in, SUBMIT_REPLY) != 0) {
		errno = ENOMEM;
		return -1;
	}
	do
		n = recv(h->fd, h->in.data + h->in.len, SUBMIT_REPLY, flags);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		h->in.len += (size_t)n;
	h->in.data[h->in.len] = '\0';
	return n;
}

/*
 * Nobody answers, or will.  What is not in reach now is not going to be: from
 * here on an answer cannot be given, and flush withdraws what it has taken.
 */
static int
give_up(struct handoff *h, ssize_t n, struct error *e)
{
	int number = errno;

	if (n < 0) {
		shutdown(h->fd, SHUT_RD);
		while (!has_line(h) && hear(h, 0) > 0)
			continue;
		if (has_line(h))
			return 0;
		errno = number;
		if (errno == EAGAIN)
			error_set(e, "outbox-flush does not answer any more");
		else
			error_sys(e, "no answer from outbox-flush");
		return number == ENOMEM ? EX_OSERR : EX_IOERR;
	}
	if (h->handed)
		error_set(e, "outbox-flush went away: it may have queued the "
		    "message as %s", h->id);
	else
		error_set(e, "outbox-flush went away");
	return EX_IOERR;
}

/* Take a reply of one line: the ID, or why not. */
static int
take_reply(struct handoff *h, struct error *e)
{
	const char *line;
	char *end;
	size_t len;
	ssize_t n = 1;
	long status;

	while (!has_line(h) && (n = hear(h, 0)) > 0)
		continue;
	if (n <= 0 && (status = give_up(h, n, e)) != 0)
		return (int)status;
	line = buffer_string(&h->in);
	len = strcspn(line, "\n");
	if (h->in.len > len)
		h->in.data[len] = '\0';
	if (*line == '+' && spool_is_id(line + 1)) {
		memcpy(h->id, line + 1, sizeof(h->id));
		buffer_drop(&h->in, len + 1);
		return 0;
	}
	status = strtol(line + (*line == '-'), &end, 10);
	if (*line != '-' || *end != ' ' || !is_status(status)) {
		error_set(e, "nonsense at the submit socket");
		return EX_PROTOCOL;
	}
	error_set(e, "%s", end + 1);
	return (int)status;
}

/* The first line shows that someone is there. */
static int
is_greeted(struct handoff *h)
{
	struct pollfd p = { h->fd, POLLIN, 0 };
	int i;

	for (i = 0; i < LOOKS; i++)
		if (poll(&p, 1, SUBMIT_GREETING * 1000 / LOOKS) > 0)
			return 1;
	return 0;
}

static int
send_all(struct handoff *h, const char *data, size_t len, struct error *e)
{
	ssize_t n;

	while (len > 0) {
		n = send(h->fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* It takes its time, and says that it does. */
			if (errno == EAGAIN && hear(h, MSG_DONTWAIT) > 0) {
				if (!has_line(h))
					continue;
				return take_reply(h, e);
			}
			/* It may have said why it does not listen; what is
			 * not there by now will not come. */
			if (errno == EPIPE || errno == ECONNRESET) {
				shutdown(h->fd, SHUT_RD);
				return take_reply(h, e);
			}
			error_sys(e, "cannot hand the message to "
			    "outbox-flush");
			return EX_IOERR;
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
send_envelope(struct handoff *h, const struct envelope *env,
    const char *origin, struct error *e)
{
	const struct envelope_facts facts = { 0, 0, 0, 0 };
	char seal[ENVELOPE_SEAL + 1], lengths[2 * SUBMIT_LENGTH + 1];
	size_t said = strlen(origin);
	struct buffer out = BUFFER_INIT;
	int status;

	if (envelope_encode(env, &out, e) != 0) {
		buffer_free(&out);
		return error_status(e, EX_DATAERR);
	}
	h->envelope = out.len;
	if (out.len > SUBMIT_ENVELOPE) {
		error_set(e, "too many recipients for the submit socket");
		buffer_free(&out);
		return EX_DATAERR;
	}
	envelope_seal(seal, out.len, 0, &facts);
	memcpy(out.data, seal, ENVELOPE_SEAL);
	if (said > SUBMIT_ORIGIN)
		said = SUBMIT_ORIGIN;
	snprintf(lengths, sizeof(lengths), "%08x%08x", (unsigned)out.len,
	    (unsigned)said);
	if ((status = send_all(h, lengths, 2 * SUBMIT_LENGTH, e)) == 0 &&
	    (status = send_all(h, out.data, out.len, e)) == 0)
		status = send_all(h, origin, said, e);
	buffer_free(&out);
	return status;
}

static int
connect_to(const char *path, struct error *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const struct timeval patience = { SUBMIT_PATIENCE, 0 },
	    greeting = { SUBMIT_GREETING, 0 };
	size_t len = strlen(path);
	int fd;

	if (len >= sizeof(sa.sun_path))
		return error_set(e, "submit_socket = %s: too long", path);
	memcpy(sa.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &greeting,
		    sizeof(greeting));
		if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0) {
			setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			    sizeof(patience));
			return fd;
		}
	}
	/* EAGAIN: many wait there already. */
	if (errno == EAGAIN)
		error_set(e, "%s: " SILENT, path);
	else
		error_sys(e, "%s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

int
handoff_begin(struct handoff **result, const char *path,
    const struct envelope *env, const char *origin, struct error *e)
{
	struct handoff *h;
	int status;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		error_memory(e);
		return EX_OSERR;
	}
	if ((h->fd = connect_to(path, e)) < 0) {
		free(h);
		return EX_UNAVAILABLE;
	}
	if (!is_greeted(h)) {
		error_set(e, "%s: " SILENT, path);
		handoff_end(h);
		return EX_UNAVAILABLE;
	}
	status = send_envelope(h, env, origin, e);
	if (status == 0)
		status = take_reply(h, e);
	if (status == 0)
		*result = h;
	else
		handoff_end(h);
	return status;
}

const char *
handoff_id(const struct handoff *h)
{
	return h->id;
}

int
handoff_write(struct handoff *h, const void *data, size_t len,
    struct error *e)
{
	h->message += len;
	return send_all(h, data, len, e);
}

int
handoff_commit(struct handoff *h, const struct envelope_facts *facts,
    struct error *e)
{
	char seal[ENVELOPE_SEAL + 1];
	int status;

	envelope_seal(seal, h->envelope, h->message, facts);
	h->handed = 1;
	status = send_all(h, seal, ENVELOPE_SEAL, e);
	if (status == 0 && shutdown(h->fd, SHUT_WR) != 0) {
		error_sys(e, "cannot hand the message to outbox-flush");
		status = EX_IOERR;
	}
	return status == 0 ? take_reply(h, e) : status;
}

void
handoff_end(struct handoff *h)
{
	if (h == NULL)
		return;
	close(h->fd);
	buffer_free(&h->in);
	free(h);
}
