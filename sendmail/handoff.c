/* See handoff.h. */
#include <config.h>

#include "sendmail/handoff.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
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

struct handoff {
	int fd;
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

/* Take a reply of one line: the ID, or why not. */
static int
take_reply(struct handoff *h, struct error *e)
{
	char line[SUBMIT_REPLY + 1] = "", *end;
	size_t len = 0;
	ssize_t n = 0;
	long status;

	while (len < SUBMIT_REPLY && memchr(line, '\n', len) == NULL &&
	    ((n = read(h->fd, line + len, SUBMIT_REPLY - len)) > 0 ||
	    (n < 0 && errno == EINTR)))
		len += n > 0 ? (size_t)n : 0;
	line[len] = '\0';
	if (n < 0) {
		error_sys(e, "no answer from outbox-flush");
		return EX_IOERR;
	}
	if ((end = strchr(line, '\n')) == NULL) {
		error_set(e, "outbox-flush went away");
		return EX_IOERR;
	}
	*end = '\0';
	if (*line == '+' && spool_is_id(line + 1)) {
		memcpy(h->id, line + 1, sizeof(h->id));
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

static int
send_all(struct handoff *h, const char *data, size_t len, struct error *e)
{
	ssize_t n;

	while (len > 0) {
		n = send(h->fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* It may have said why it does not listen. */
			if (errno == EPIPE || errno == ECONNRESET)
				return take_reply(h, e);
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
		return EX_DATAERR;
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
	const struct timeval patience = { SUBMIT_PATIENCE, 0 };
	size_t len = strlen(path);
	int fd;

	if (len >= sizeof(sa.sun_path))
		return error_set(e, "submit_socket = %s: too long", path);
	memcpy(sa.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		    sizeof(patience));
		if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
			return fd;
	}
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
		error_set(e, "out of memory");
		return EX_OSERR;
	}
	if ((h->fd = connect_to(path, e)) < 0) {
		free(h);
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
	free(h);
}
