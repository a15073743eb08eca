/*
 * The limit of open files that flush sets itself, and what it then counts on.
 * The kernel's part is played: a process may seldom have as many as here.
 */
#include <config.h>

#include <sys/resource.h>

#include <errno.h>

#include "t/tap.h"

#define NONE RLIM_INFINITY

static struct rlimit has;
static int refuses;

static int
played_get(struct rlimit *r)
{
	*r = has;
	return 0;
}

static int
played_set(const struct rlimit *r)
{
	if (refuses || r->rlim_cur > r->rlim_max ||
	    r->rlim_max > has.rlim_max) {
		errno = EPERM;
		return -1;
	}
	has = *r;
	return 0;
}

#define getrlimit(resource, r) played_get(r)
#define setrlimit(resource, r) played_set(r)
#include "queue/flush.c"
#undef getrlimit
#undef setrlimit

static const struct {
	rlim_t soft, hard;
	int refuses;
	rlim_t then;
	const char *what;
} cases[] = {
	{ 1024, 4096, 0, 4096, "as many as can be had" },
	{ 1024, 65535, 0, 65535, "one less than the most" },
	{ 1024, 65536, 0, 65536, "the most" },
	{ 1024, 524288, 0, 65536, "... and no more" },
	{ 1024, NONE, 0, 65536, "... where there is no limit" },
	{ 65535, 65537, 0, 65536, "one more" },
	{ 100000, 524288, 0, 100000, "what is higher stays" },
	{ NONE, NONE, 0, NONE, "... also without a limit" },
	{ 4096, 4096, 0, 4096, "what cannot be raised stays" },
	{ 1024, 4096, 1, 1024, "what is refused stays" },
};

int
main(void)
{
	static struct flush f;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		has.rlim_cur = cases[i].soft;
		has.rlim_max = cases[i].hard;
		refuses = cases[i].refuses;
		raise_limit(&f);
		ok(has.rlim_cur == cases[i].then &&
		    has.rlim_max == cases[i].hard, "%s", cases[i].what);
		ok(f.files == cases[i].then, "... and is counted on");
	}
	return done();
}
