/*
 * Random numbers that come again: the same in every run, or those of the
 * seed in $T_SEED.
 */
#ifndef T_CHANCE_H
#define T_CHANCE_H

#include <stddef.h>
#include <stdint.h>

uint64_t chance(void);

/* Below n, which is not 0. */
size_t chance_below(size_t n);

/* 1 in n times. */
int chance_of(size_t n);

void chance_fill(void *data, size_t len);

#endif
