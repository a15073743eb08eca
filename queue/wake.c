/*
 * The wake fifo: see wake.h.  A record is an ID, or '*' padded to its length,
 * and a newline: writes of one length below PIPE_BUF are atomic, so records
 * never mix.  Anyone in the drop group can write, so what is read is only a
 * hint and checked.
 */
#include <config.h>

#include "queue/wake.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/spool.h"

#define RECORD (SPOOL_ID + 1)
#define READ_MAX (256 * 1024)	/* then other work has its turn */

static const char everything[] = "*                        \n";

/* -1 and errno; ENXIO: no flush is there. */
static int
open_to_tell(const struct spool *s)
{
	return openat(spool_directory(s), "wake", O_WRONLY | O_NONBLOCK |
	    O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
}

static int
tell(const struct spool *s, const char *record)
{
	int fd = open_to_tell(s);
	ssize_t n;

	if (fd < 0)
		return -1;
	/* The reader cannot vanish in between unheard: SIGPIPE is ignored by
	 * every program that links this. */
	n = write(fd, record, RECORD);
	close(fd);
	return n == RECORD ? 0 : -1;
}

void
wake_message(const struct spool *s, const char *id)
{
	char record[RECORD + 1];

	memcpy(record, id, SPOOL_ID);
	record[SPOOL_ID] = '\n';
	record[RECORD] = '\0';
	tell(s, record);
}

int
wake_flush(const struct spool *s)
{
	return tell(s, everything);
}

int
wake_is_heard(const struct spool *s)
{
	int fd = open_to_tell(s);

	if (fd < 0)
		return errno == ENXIO || errno == ENOENT ? 0 : -1;
	close(fd);
	return 1;
}

int
wake_is_pending(const struct spool *s)
{
	int fd = open_to_tell(s), n = 0;

	if (fd < 0)
		return 0;
	if (ioctl(fd, FIONREAD, &n) != 0)
		n = 0;
	close(fd);
	return n > 0;
}

int
wake_open(const struct spool *s, struct error *e)
{
	struct stat st;
	int fd;

	/* With O_RDWR there is always a writer: no end of file, no spinning. */
	fd = openat(spool_directory(s), "wake", O_RDWR | O_NONBLOCK |
	    O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT &&
	    mkfifoat(spool_directory(s), "wake", 0600) == 0)
		fd = openat(spool_directory(s), "wake", O_RDWR | O_NONBLOCK |
		    O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		error_sys(e, "cannot open the wake fifo");
		goto fail;
	}
	if (!S_ISFIFO(st.st_mode)) {
		error_set(e, "wake is not a fifo: remove it");
		goto fail;
	}
	return fd;
fail:
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * Bytes in a pipe from which on it may have been full: no record fills a page
 * to its end, and the kernel gives small pipes to users of many.
 */
static size_t
nearly_full(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	return size > 0 ? (size_t)size / 2 : 0;
}

void
wake_read(int fd, const struct wake_calls *calls, void *arg)
{
	char records[RECORD * 128], *p;
	size_t total = 0, full = nearly_full(fd);
	int lost = 0;
	ssize_t n;

	while (total < READ_MAX &&
	    (n = read(fd, records, sizeof(records))) > 0) {
		total += (size_t)n;
		for (p = records; p + RECORD <= records + n; p += RECORD) {
			p[SPOOL_ID] = '\0';
			if (*p == '*')
				calls->flush(arg);
			else if (spool_is_id(p))
				calls->message(arg, p);
			else	/* out of step: someone wrote rubbish */
				lost = 1;
		}
	}
	if (lost || total >= full)
		calls->overflow(arg);
}
