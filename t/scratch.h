/*
 * A temporary directory for a test, gone when the test ends.  What fails
 * here ends the test.
 */
#ifndef T_SCRATCH_H
#define T_SCRATCH_H

#include <stddef.h>
#include <sys/types.h>

/* Its path; made with the first call. */
const char *scratch(void);

/* The path of name in it; good for the next few calls. */
const char *scratch_path(const char *name);

/* A file of len bytes with exactly this mode; what was there is gone. */
void scratch_file(const char *name, const void *data, size_t len,
    mode_t mode);

/* The same with mode 0600, from a string. */
void scratch_text(const char *name, const char *text);

void scratch_directory(const char *name);

/* Make queue/ and failed/ anew in it; the path to give to spool_open(). */
const char *scratch_queue(void);

/* Names in one of its directories, without "." and "..". */
int scratch_count(const char *name);

/* End the test: it cannot go on. */
void scratch_fail(const char *what) __attribute__((noreturn));

#endif
