/*
 * The journal's protocol: see journal.h.
 */
#include <config.h>

#include "queue/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"

struct journal {
	int fd;
	struct sockaddr_un address;
};

const struct journal_paths journal_system = { "/dev/log",
	"/run/systemd/journal/dev-log", "/run/systemd/journal/socket" };

/* The log is the journal's when both names are of one socket.  Otherwise the
 * journal may be there, but the log is someone else's. */
static int
takes_log(const struct journal_paths *paths)
{
	struct stat log, own;

	return stat(paths->log, &log) == 0 && stat(paths->own, &own) == 0 &&
	    S_ISSOCK(log.st_mode) && log.st_dev == own.st_dev &&
	    log.st_ino == own.st_ino;
}

struct journal *
journal_open(const struct journal_paths *paths)
{
	struct journal *j;
	size_t len = strlen(paths->fields);

	if (!takes_log(paths) || (j = calloc(1, sizeof(*j))) == NULL)
		return NULL;
	j->address.sun_family = AF_UNIX;
	j->fd = -1;
	if (len < sizeof(j->address.sun_path)) {
		memcpy(j->address.sun_path, paths->fields, len + 1);
		j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	if (j->fd < 0) {
		free(j);
		return NULL;
	}
	return j;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	close(j->fd);
	free(j);
}

/* The form for any bytes: name, line end, length, value, line end.  Whatever
 * a value holds, it cannot become another field. */
static void
add(struct buffer *out, const struct journal_field *field)
{
	uint64_t len = strlen(field->value), rest = len;
	char length[8];
	size_t i;

	for (i = 0; i < sizeof(length); i++, rest >>= 8)
		length[i] = (char)(rest & 0xff);
	buffer_addf(out, "%s\n", field->name);
	buffer_add(out, length, sizeof(length));
	buffer_add(out, field->value, (size_t)len);
	buffer_addc(out, '\n');
}

int
journal_send(struct journal *j, const struct journal_field *fields, size_t n)
{
	struct buffer out = BUFFER_INIT;
	ssize_t sent = -1;
	size_t i;

	for (i = 0; i < n; i++)
		add(&out, &fields[i]);
	if (!out.failed)
		/* Not connected: the journal may be another one by now. */
		do
			sent = sendto(j->fd, out.data, out.len, MSG_NOSIGNAL,
			    (const struct sockaddr *)&j->address,
			    sizeof(j->address));
		while (sent < 0 && errno == EINTR);
	buffer_free(&out);
	return sent < 0 ? -1 : 0;
}

int
journal_has(int fd)
{
	const char *named = getenv("JOURNAL_STREAM");
	char stream[64];
	struct stat st;

	if (named == NULL || fstat(fd, &st) != 0)
		return 0;
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(named, stream) == 0;
}
