/*
 * The Test Anything Protocol, as much of it as the unit tests need.
 */
#ifndef T_TAP_H
#define T_TAP_H

/* The number of tests; without a call it is written at the end. */
void plan(unsigned n);

/* Each is one test with this name; the result is whether it passed. */
int ok(int pass, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int is_int(long long got, long long want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int is_str(const char *got, const char *want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A line for whoever reads the output. */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What main() returns. */
int done(void);

#endif
