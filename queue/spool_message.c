/*
 * Reading a message back, marking its recipients and removing it.  The file
 * belongs to its submitter, who may have put anything there: only a regular
 * file with one link, whose seal, envelope and size agree, is a message.
 */
#include <config.h>

#include "queue/spool.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/spool_private.h"

#define FIRST_READ 4096	/* holds the whole envelope of nearly every message */
#define READ_STEP 65536

/* Can the mode of id be the reason that it cannot be opened?  Ours cannot. */
static int
is_closed(const struct spool *s, const char *id)
{
	struct stat st;

	return fstatat(s->queue, id, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_uid != geteuid() && (st.st_mode & 06) != 06;
}

/* Is it the file's fault that it cannot be opened, or this machine's?  Good
 * mail must not be put aside for what passes. */
static enum spool_result
classify_open(const struct spool *s, const char *id, struct error *e)
{
	enum spool_result result;

	error_sys(e, "cannot open %s", id);
	switch (e->number) {
	case ENOENT:
		result = SPOOL_GONE;
		break;
	case ELOOP:	/* a link */
	case EISDIR:
	case ENXIO:	/* a socket, or a device without a driver */
	case ENODEV:
		result = SPOOL_BAD;
		break;
	case EACCES:
	case EPERM:
		result = is_closed(s, id) ? SPOOL_BAD : SPOOL_ERROR;
		break;
	default:
		result = SPOOL_ERROR;
	}
	return result;
}

/* len bytes of the file from there, as far as it has them.  -1: errno. */
static ssize_t
read_at(int fd, char *data, size_t len, off_t start)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, data + done, len - done, start + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* The same of a long envelope, which has no NUL (EILSEQ): a sparse file that
 * claims to be one is not read to its end. */
static ssize_t
read_text(int fd, char *data, size_t len)
{
	size_t done = 0, step;
	ssize_t n;

	while (done < len) {
		step = len - done < READ_STEP ? len - done : READ_STEP;
		if ((n = read_at(fd, data + done, step, (off_t)done)) < 0)
			return -1;
		if (memchr(data + done, '\0', (size_t)n) != NULL) {
			errno = EILSEQ;
			return -1;
		}
		done += (size_t)n;
		if ((size_t)n < step)
			break;
	}
	return (ssize_t)done;
}

static enum spool_result
decode(struct envelope *env, const char *data, size_t len, struct error *e)
{
	if (envelope_decode(env, data, len, e) == 0)
		return SPOOL_OK;
	return e->number == ENOMEM ? SPOOL_ERROR : SPOOL_BAD;
}

static enum spool_result
unacknowledged(const char *how, struct error *e)
{
	error_set(e, "%s before it was acknowledged", how);
	return SPOOL_SHORT;
}

/*
 * What has no seal: may a crash have left it?  The name and the size of what
 * is written at once can be on the disk before the bytes, and zeros are all
 * that is there then.  Where there is anything else, it is for a person.
 */
static enum spool_result
classify_unsealed(int fd, uint64_t size, struct error *e)
{
	char block[FIRST_READ];
	uint64_t done = 0;
	ssize_t n;
	size_t i;

	while (size <= SPOOL_BLOCK && done < size) {
		n = read_at(fd, block, sizeof(block), (off_t)done);
		if (n < 0) {
			error_sys(e, "cannot read a queue file");
			return SPOOL_ERROR;
		}
		for (i = 0; i < (size_t)n && block[i] == '\0'; i++)
			continue;
		if (n == 0 || i < (size_t)n)
			break;
		done += (uint64_t)n;
	}
	if (done == size)
		return unacknowledged("zeros, of a message that was lost in "
		    "a crash", e);
	error_set(e, "not a queue file");
	return SPOOL_BAD;
}

static enum spool_result
read_envelope(int fd, uint64_t size, struct envelope *env, struct error *e)
{
	char first[FIRST_READ], *all = NULL;
	enum spool_result result;
	uint64_t envelope, message;
	ssize_t n;

	if ((n = read_at(fd, first, size < sizeof(first) ? (size_t)size :
	    sizeof(first), 0)) < 0) {
		error_sys(e, "cannot read a queue file");
		return SPOOL_ERROR;
	}
	if ((uint64_t)n < size && n < FIRST_READ) {
		error_set(e, "the file changes while it is read");
		return SPOOL_ERROR;
	}
	if (n < ENVELOPE_HEAD || memcmp(first,
	    "OB1 00000000 000000000000000\n", ENVELOPE_HEAD) == 0)
		return unacknowledged("cut short", e);
	if (envelope_lengths(first, &envelope, &message) != 0)
		return classify_unsealed(fd, size, e);
	if (size < envelope + message)
		return unacknowledged("cut short", e);
	if (size > envelope + message) {
		error_set(e, "longer than it says");
		return SPOOL_BAD;
	}
	if (envelope <= (uint64_t)n)
		return decode(env, first, envelope, e);
	if ((all = malloc(envelope)) == NULL ||
	    (n = read_text(fd, all, envelope)) < 0) {
		if (all != NULL && errno == EILSEQ) {
			error_set(e, "not a queue file");
			result = SPOOL_BAD;
		} else {
			error_sys(e, "cannot read a queue file");
			result = SPOOL_ERROR;
		}
	} else if ((uint64_t)n != envelope) {
		error_set(e, "the file changes while it is read");
		result = SPOOL_ERROR;
	} else
		result = decode(env, all, envelope, e);
	free(all);
	return result;
}

static enum spool_result
read_file(int fd, struct stat *st, struct envelope *env, struct error *e)
{
	if (fstat(fd, st) != 0) {
		error_sys(e, "cannot inspect a queue file");
		return SPOOL_ERROR;
	}
	if (!S_ISREG(st->st_mode) || st->st_nlink > 1) {
		error_set(e, "not a regular file with one link");
		return SPOOL_BAD;
	}
	if (st->st_nlink == 0) {
		error_set(e, "removed");
		return SPOOL_GONE;
	}
	return read_envelope(fd, (uint64_t)st->st_size, env, e);
}

enum spool_result
spool_read(int fd, struct envelope *env, struct error *e)
{
	struct stat st;

	return read_file(fd, &st, env, e);
}

static enum spool_result
open_message(struct spool *s, const char *id, int flags, int lock,
    struct spool_message *m, struct error *e)
{
	enum spool_result result;
	struct stat st;

	memset(m, 0, sizeof(*m));
	memcpy(m->id, id, SPOOL_ID);
	m->fd = openat(s->queue, id, flags | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (m->fd < 0)
		return classify_open(s, id, e);
	if (lock && flock(m->fd, LOCK_EX | LOCK_NB) != 0) {
		result = errno == EWOULDBLOCK ? SPOOL_BUSY : SPOOL_ERROR;
		error_sys(e, "cannot lock %s", id);
	} else
		result = read_file(m->fd, &st, &m->env, e);
	if (result != SPOOL_OK) {
		close(m->fd);
		m->fd = -1;
		return result;
	}
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	return SPOOL_OK;
}

enum spool_result
spool_take(struct spool *s, const char *id, struct spool_message *m,
    struct error *e)
{
	return open_message(s, id, O_RDWR, 1, m, e);
}

enum spool_result
spool_peek(struct spool *s, const char *id, struct spool_message *m,
    struct error *e)
{
	return open_message(s, id, O_RDONLY, 0, m, e);
}

int
spool_stat(struct spool *s, const char *name, struct stat *st)
{
	return fstatat(s->queue, name, st, AT_SYMLINK_NOFOLLOW);
}

uid_t
spool_owner(struct spool *s, const char *id)
{
	struct stat st;

	return spool_stat(s, id, &st) == 0 ? st.st_uid : geteuid();
}

int
spool_reader(struct spool *s, const struct spool_message *m,
    struct error *e)
{
	struct stat st;
	int fd;

	fd = openat(s->queue, m->id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(e, "cannot open %s", m->id);
	if (fstat(fd, &st) != 0) {
		error_sys(e, "cannot inspect %s", m->id);
		close(fd);
		return -1;
	}
	if (st.st_dev != m->dev || st.st_ino != m->ino) {
		close(fd);
		return error_set(e, "%s was replaced", m->id);
	}
	return fd;
}

int
spool_mark(struct spool_message *m, size_t i, enum envelope_mark mark,
    struct error *e)
{
	char c = (char)mark;

	m->env.rcpts[i].mark = mark;
	if (pwrite(m->fd, &c, 1, m->env.rcpts[i].offset) != 1)
		return error_sys(e, "cannot mark a recipient of %s", m->id);
	return 0;
}

int
spool_retry(struct spool_message *m, const struct envelope_retry *retry,
    struct error *e)
{
	struct buffer text = BUFFER_INIT;
	int result = 0;

	m->env.retry = *retry;
	if (envelope_encode_retry(retry, &text) != 0)
		result = error_memory(e);
	else if (pwrite(m->fd, text.data, text.len, m->env.retry_offset) !=
	    (ssize_t)text.len)
		result = error_sys(e, "cannot update %s", m->id);
	buffer_free(&text);
	return result;
}

int
spool_sync(struct spool_message *m, struct error *e)
{
	if (fdatasync(m->fd) != 0)
		return error_sys(e, "cannot sync %s", m->id);
	return 0;
}

void
spool_release(struct spool_message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
	envelope_free(&m->env);
}

int
spool_remove(struct spool *s, const struct spool_message *m,
    struct error *e)
{
	return spool_remove_name(s, m->id, e);
}
