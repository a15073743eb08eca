/*
 * Parsers for the values of the configuration.  Each takes the whole string
 * or refuses it: 0, or -1 when it has another form or is out of range.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stddef.h>
#include <stdint.h>

/* Names of a choice, ended by NULL; the value is the index. */
int value_choice(const char *text, const char *const *names, int *value);

/* Words out of names, in any order, each at most once. */
int value_words(const char *text, const char *const *names);

/* Decimal digits. */
int value_integer(const char *text, int64_t min, int64_t max, int64_t *value);

/* Seconds: a number and s, m, h, d or w; several may follow one another
 * ("1h30m").  A bare number counts seconds. */
int value_duration(const char *text, int64_t min, int64_t max,
    int64_t *value);

/* A number of things in a time, "80/h" or "100/15m": period in seconds. */
int value_rate(const char *text, int64_t *count, int64_t *period);

/* Bytes: a number and K, M or G (1024 and its powers), or none. */
int value_size(const char *text, int64_t min, int64_t max, int64_t *value);

/* 1 when all words are "sha256:" and the hash of a public key in hexadecimal
 * digits. */
int value_is_pins(const char *text);

/* 1 when the len bytes are a domain name: letters (of any alphabet), digits,
 * hyphens and underscores, in labels between single dots. */
int value_is_domain(const char *text, size_t len);

#endif
