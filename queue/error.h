/*
 * What went wrong on this machine, in one line for a person.  What a
 * smarthost answers is a verdict: see verdict.h.
 */
#ifndef QUEUE_ERROR_H
#define QUEUE_ERROR_H

struct error {
	int number;		/* errno of the cause, or 0 */
	char text[512];		/* one line, cut where it is too long */
};

/* Both fill e and return -1.  error_sys() adds the text of errno. */
int error_set(struct error *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int error_sys(struct error *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for memory that ran out: the number is ENOMEM. */
int error_memory(struct error *e);

/* The exit status for e: EX_OSERR where memory ran out, else the other. */
int error_status(const struct error *e, int other);

#endif
