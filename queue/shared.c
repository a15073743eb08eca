/*
 * Shared memory for workers: see shared.h.  Its size is sealed, so whoever
 * has it can make neither it larger nor a reader fault.  A lock keeps halves
 * of two writes apart; who finds it taken goes without.
 */
#include <config.h>

#include "queue/shared.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"

struct slot {
	uint32_t len;
	char data[SHARED_MAX];
};

int
shared_open(void)
{
	int fd = memfd_create("outbox-shared", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);

	if (fd >= 0 && ftruncate(fd, SHARED_SIZE) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK |
	    F_SEAL_SEAL) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static off_t
place(enum shared_slot slot)
{
	return (off_t)(slot * sizeof(struct slot));
}

static int
lock(int fd, short type)
{
	struct flock whole = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &whole);
}

void
shared_read(int fd, enum shared_slot slot, struct buffer *out)
{
	struct slot m;

	buffer_wipe(out);
	if (lock(fd, F_RDLCK) != 0)
		return;
	if (pread(fd, &m, sizeof(m), place(slot)) == sizeof(m) &&
	    m.len <= SHARED_MAX)
		buffer_add(out, m.data, m.len);
	lock(fd, F_UNLCK);
	explicit_bzero(&m, sizeof(m));
}

void
shared_write(int fd, enum shared_slot slot, const void *data, size_t len)
{
	struct slot m;

	memset(&m, 0, sizeof(m));
	if (len > 0 && len <= SHARED_MAX) {
		m.len = (uint32_t)len;
		memcpy(m.data, data, len);
	}
	if (lock(fd, F_WRLCK) == 0) {
		/* Less than all of it is of no use: the other side does what
		 * it does without. */
		if (pwrite(fd, &m, sizeof(m), place(slot)) < 0)
			m.len = 0;
		lock(fd, F_UNLCK);
	}
	explicit_bzero(&m, sizeof(m));
}

void
shared_clear(int fd)
{
	unsigned slot;

	for (slot = 0; slot < SHARED_SLOTS; slot++)
		shared_write(fd, (enum shared_slot)slot, NULL, 0);
}
