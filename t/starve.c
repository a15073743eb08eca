/*
 * starve.so: memory runs out.  Put before a program with LD_PRELOAD, it makes
 * one allocation fail, or all from one on: of the program itself, and of any
 * library in it.
 *
 *	STARVE=FILE[:PROGRAM]
 *
 * FILE is STARVE_SIZE bytes, and all processes that inherit it, or those of
 * that name, count in it together:
 *
 *	first line	what it was, until an allocation fails; then
 *			"hit N PROGRAM BYTES OBJECT", the last being who
 *			called: the program, or a library
 *	STARVE_COUNT	the allocations so far, a native 64-bit number
 *	STARVE_AT	a line: "N", the N-th from then on fails, counted from
 *			1; "N+", it and all after it; "0", none
 *
 * and it can be written anew while they run.
 *
 * It is strict with the program, too: blocks are filled when they come and
 * when they go, one that goes is not used again for long, and the end of a
 * block is watched.  Who writes past it or after the end, or frees a block
 * twice, is ended by SIGTRAP.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sys/mman.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STARVE_SIZE 4096
#define STARVE_COUNT 512
#define STARVE_AT 1024
#define LIVE UINT64_C(0x6c69766562656173)
#define DEAD UINT64_C(0x6465616462656173)
#define KEPT 2048		/* blocks that went last */
#define EARLY 65536		/* bytes for those who look up malloc() */

/* Before each block. */
struct block {
	void *base;		/* what the real one gave; NULL: none did */
	size_t size;
	uint64_t state;
	uint64_t pad;		/* blocks are aligned to 16 */
};

static void *(*real_malloc)(size_t);
static void (*real_free)(void *);
static struct block *kept[KEPT];
static size_t next_kept, early_used;
static _Alignas(16) char early[EARLY];
static char *shared;

#define CALLER __builtin_return_address(0)

void *memalign(size_t align, size_t size);

static void
stop(const char *why)
{
	ssize_t n = write(STDERR_FILENO, why, strlen(why));

	(void)n;
	raise(SIGTRAP);
	_exit(99);
}

static void
resolve(void)
{
	static int busy;

	if (real_malloc != NULL || busy)
		return;
	busy = 1;
	real_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	real_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	busy = 0;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *given = getenv("STARVE"), *name;
	char path[4096];
	size_t len;
	int fd;

	resolve();
	if (given == NULL || (len = strcspn(given, ":")) >= sizeof(path))
		return;
	memcpy(path, given, len);
	path[len] = '\0';
	name = given[len] == ':' ? given + len + 1 : NULL;
	if (name != NULL && strcmp(name, program_invocation_short_name) != 0)
		return;
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0)
		return;
	shared = mmap(NULL, STARVE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (shared == MAP_FAILED)
		shared = NULL;
	close(fd);
}

/* The file that the code at this address is from. */
static const char *
object_of(const void *address)
{
	const char *slash;
	Dl_info info;

	if (dladdr(address, &info) == 0 || info.dli_fname == NULL)
		return "?";
	slash = strrchr(info.dli_fname, '/');
	return slash != NULL ? slash + 1 : info.dli_fname;
}

/* 1: there is no memory for this one. */
static int
starves(size_t size, const void *caller)
{
	uint64_t n, at;
	char *end;

	if (shared == NULL)
		return 0;
	n = __atomic_add_fetch((uint64_t *)(void *)(shared + STARVE_COUNT), 1,
	    __ATOMIC_SEQ_CST);
	at = strtoull(shared + STARVE_AT, &end, 10);
	if (at == 0 || n < at || (n > at && *end != '+'))
		return 0;
	if (n == at)
		snprintf(shared, STARVE_COUNT, "hit %llu %s %zu %s\n",
		    (unsigned long long)n, program_invocation_short_name,
		    size, object_of(caller));
	errno = ENOMEM;
	return 1;
}

static struct block *
block_of(void *p)
{
	struct block *b = (struct block *)p - 1;
	uint64_t end;

	if (b->state == DEAD)
		stop("starve: a block is freed twice\n");
	if (b->state != LIVE)
		stop("starve: what is freed is no block, or was written "
		    "before\n");
	memcpy(&end, (char *)p + b->size, sizeof(end));
	if (end != LIVE)
		stop("starve: something wrote past the end of a block\n");
	return b;
}

static void *
take(size_t align, size_t size)
{
	size_t room = size + align + sizeof(struct block) + sizeof(uint64_t);
	const uint64_t end = LIVE;
	struct block *b;
	char *base, *p;

	if (room < size) {
		errno = ENOMEM;
		return NULL;
	}
	resolve();
	if (real_malloc != NULL) {
		base = real_malloc(room);
	} else {
		base = early + early_used;
		early_used += (room + 15) / 16 * 16;
		if (early_used > EARLY)
			stop("starve: no room before the start\n");
	}
	if (base == NULL)
		return NULL;
	p = base + sizeof(struct block);
	p += (align - (uintptr_t)p % align) % align;
	b = (struct block *)(void *)p - 1;
	b->base = real_malloc != NULL ? base : NULL;
	b->size = size;
	b->state = LIVE;
	memset(p, 0xa5, size);
	memcpy(p + size, &end, sizeof(end));
	return p;
}

/* What was kept longest is given back. */
static void
release(struct block *b)
{
	const unsigned char *p = (const unsigned char *)(b + 1);
	size_t i;

	for (i = 0; i < b->size; i++)
		if (p[i] != 0xdb)
			stop("starve: something wrote to a block that was "
			    "freed\n");
	if (b->base != NULL)
		real_free(b->base);
}

void
free(void *p)
{
	int saved = errno;
	struct block *b;

	if (p == NULL)
		return;
	b = block_of(p);
	b->state = DEAD;
	memset(p, 0xdb, b->size);
	if (kept[next_kept] != NULL)
		release(kept[next_kept]);
	kept[next_kept] = b;
	next_kept = (next_kept + 1) % KEPT;
	errno = saved;
}

void *
malloc(size_t size)
{
	return starves(size, CALLER) ? NULL : take(16, size);
}

void *
calloc(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	/* Not malloc(): compilers take that, and memset(), for calloc(). */
	p = starves(all, CALLER) ? NULL : take(16, all);
	if (p != NULL)
		memset(p, 0, all);
	return p;
}

void *
realloc(void *old, size_t size)
{
	struct block *b;
	void *p;

	if (starves(size, CALLER))
		return NULL;
	if (old == NULL)
		return take(16, size);
	b = block_of(old);
	if ((p = take(16, size)) == NULL)
		return NULL;
	memcpy(p, old, b->size < size ? b->size : size);
	free(old);
	return p;
}

void *
memalign(size_t align, size_t size)
{
	return starves(size, CALLER) ? NULL : take(align > 16 ? align : 16, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return starves(size, CALLER) ? NULL : take(align > 16 ? align : 16,
	    size);
}

int
posix_memalign(void **result, size_t align, size_t size)
{
	void *p = starves(size, CALLER) ? NULL : take(align, size);

	if (p == NULL)
		return ENOMEM;
	*result = p;
	return 0;
}
