/*
 * What the processes at the submit socket close to themselves: see submit.h.
 */
#include <config.h>

#include "queue/submit.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "config/settings.h"
#include "queue/fence.h"
#include "queue/log.h"
#include "queue/quota.h"

#define MAIL (FENCE_READ | FENCE_WRITE | FENCE_TRUNCATE | FENCE_REMOVE)

/* Keep only this of the queue.  As fence_begin(); -1: nothing is closed. */
static int
keep(const struct settings *s, uint64_t base, uint64_t queue)
{
	struct fence f;
	int rc, at, number;

	if ((rc = fence_begin(&f, 1)) <= 0)
		return rc;
	at = open(s->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0) {
		fence_drop(&f);
		return -1;
	}
	rc = fence_allow(&f, at, ".", 0, base) == 0 &&
	    fence_allow(&f, at, "queue", O_NOFOLLOW, queue) == 0 ? 1 : -1;
	number = errno;
	fence_allow(&f, at, "wake", O_NOFOLLOW, FENCE_WRITE);
	close(at);
	errno = number;
	if (rc > 0)
		return fence_enter(&f) == 0 ? 1 : -1;
	fence_drop(&f);		/* mail comes first */
	errno = number;
	return -1;
}

void
submit_confine_door(const struct settings *s, struct log *log)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	tzset();	/* reads a file, and syslog() needs what it says */
	if (keep(s, FENCE_LIST, FENCE_LIST | FENCE_MAKE | MAIL) < 0)
		log_event(log, LOG_WARNING, "cannot use Landlock: %s: files "
		    "stay open to the process at the submit socket",
		    strerror(errno));
}

void
submit_confine(const struct settings *s, uid_t uid, int ready)
{
	const struct rlimit none = { 0, 0 };
	struct quota q = quota_of(s);
	uint64_t queue = FENCE_MAKE;

	setrlimit(RLIMIT_NPROC, &none);
	if (quota_applies(&q, uid))
		queue |= FENCE_LIST | FENCE_READ;
	if (!ready)
		queue |= MAIL;
	keep(s, 0, queue);	/* or what the doorkeeper has kept */
}
