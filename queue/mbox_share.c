/*
 * Access control lists of mailboxes: see mbox_share.h.  The form is that of
 * the kernel (acl(5), and system.posix_acl_access in xattr(7)).
 */
#include <config.h>

#include "queue/mbox_share.h"

#include <sys/xattr.h>

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "queue/error.h"

#define ATTRIBUTE "system.posix_acl_access"
#define ACL_VERSION 2
#define NOBODY UINT32_MAX
#define READ_WRITE 6

enum tag { OWNER = 1, USER = 2, GROUP = 4, MASK = 16, OTHERS = 32 };

struct entry {
	uint16_t tag, permissions;
	uint32_t id;
};

struct list {
	uint32_t version;
	struct entry entries[5];
};

int
mbox_share(int fd, uid_t reader, struct error *e)
{
	const struct list want = { htole32(ACL_VERSION), {
		{ htole16(OWNER), htole16(READ_WRITE), NOBODY },
		{ htole16(USER), htole16(READ_WRITE), htole32(reader) },
		{ htole16(GROUP), 0, NOBODY },
		{ htole16(MASK), htole16(READ_WRITE), NOBODY },
		{ htole16(OTHERS), 0, NOBODY } } };
	struct list is;

	if (fgetxattr(fd, ATTRIBUTE, &is, sizeof(is)) == sizeof(is) &&
	    memcmp(&is, &want, sizeof(is)) == 0)
		return 0;
	if (fsetxattr(fd, ATTRIBUTE, &want, sizeof(want), 0) == 0)
		return 0;
	return error_sys(e, "cannot make the mailbox readable for user %lu: "
	    "make it for that user, with the group of outbox-flush, mode "
	    "0660", (unsigned long)reader);
}
