/*
 * The fault injector as a witness: what its command does to the files of a
 * directory, in the order in which it happens.  t/crash.py reads it.
 *
 *	PID make PATH KEY	a new file; KEY is the same for one file
 *	PID write KEY OFFSET HEX
 *	PID truncate KEY SIZE
 *	PID link KEY PATH
 *	PID rename PATH PATH
 *	PID unlink PATH
 *	PID mkdir PATH
 *	PID sync KEY
 *	PID syncdir PATH
 *	PID say TEXT		written to its standard output
 *	PID exit STATUS PROGRAM
 *	PID unknown CALL	it may have changed a file in another way
 *	0 took NAME		a new file in the directory of -w
 *
 * Paths are relative to the directory.  What fails is not written, as far as
 * that can be seen before it is done.
 */
#ifndef T_FAULT_RECORD_H
#define T_FAULT_RECORD_H

#include <stdio.h>

struct fault_call;
struct fault_record;
struct seccomp_notif;

/* Both paths as /proc has them; took may be NULL.  NULL: no memory. */
struct fault_record *fault_record_new(
    FILE *out, const char *directory, const char *took);
void fault_record_free(struct fault_record *r);

/* This call is about to be made. */
void fault_record_call(struct fault_record *r, const struct fault_call *call,
    const struct seccomp_notif *req);

#endif
