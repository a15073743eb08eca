/*
 * Random numbers: see chance.h.  The generator is splitmix64.
 */
#include <config.h>

#include "t/chance.h"

#include <stdlib.h>

#include "t/tap.h"

static uint64_t state;
static int seeded;

uint64_t
chance(void)
{
	const char *seed;
	uint64_t z;

	if (!seeded) {
		seeded = 1;
		seed = getenv("T_SEED");
		state = seed != NULL ? strtoull(seed, NULL, 0) : 1;
		diag("T_SEED=%llu", (unsigned long long)state);
	}
	z = state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

size_t
chance_below(size_t n)
{
	return (size_t)(chance() % n);
}

int
chance_of(size_t n)
{
	return chance_below(n) == 0;
}

void
chance_fill(void *data, size_t len)
{
	unsigned char *p = data;

	for (; len > 0; len--)
		*p++ = (unsigned char)chance();
}
