/*
 * The parts of the fault injector: fault.c reads the options, fault_start.c
 * puts the command under a filter that announces its system calls, and
 * fault_watch.c answers them.
 */
#ifndef T_FAULT_H
#define T_FAULT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdio.h>

#define FAULT_MAX_RULES 16

/* What always fails. */
struct fault_rule {
	const char *name; /* of the call, see fault_call_is() */
	unsigned long flag; /* 0: with any flags */
	const char *prefix; /* of the path; NULL: any */
	int error;
};

enum fault_kind {
	FAULT_BY_INDEX,
	FAULT_BY_ERRNO,
	FAULT_SHORT,
	FAULT_KILL,
	FAULT_KILL_AFTER
};

struct fault_options {
	unsigned long n; /* 0: nothing goes wrong, list the calls */
	enum fault_kind kind;
	int index; /* for BY_INDEX, from 1 */
	int error; /* for BY_ERRNO */
	int follow;
	int loader;
	int persist;
	int set_id;
	int seconds;
	const char *report; /* may be NULL */
	const char *trace; /* may be NULL, as the following */
	const char *directory;
	const char *took;
	size_t n_rules;
	struct fault_rule rules[FAULT_MAX_RULES];
};

struct fault_child {
	pid_t pid;
	int notify; /* its system calls are announced here */
	int sigchld; /* a signalfd */
	int exec; /* for fault_exec_error() */
};

/*
 * Run the command in argv under the filter, with set_id so that a set-ID bit
 * has an effect, which takes root.  0, or -1 and errno when the
 * kernel does not let us.
 */
int fault_start(struct fault_child *c, char **argv, int set_id);

/* When c is gone: the errno of its exec, 0 when that succeeded. */
int fault_exec_error(const struct fault_child *c);

/*
 * Let c run to its end, and what it left running, with the faults of o.  The
 * report goes to the given file, and what is done to files to the record; both
 * may be NULL.  Its status as wait()
 * has it, or -1 when the time ran out.
 */
struct fault_record;
int fault_watch(const struct fault_options *o, const struct fault_child *c,
    FILE *report, struct fault_record *record);

/* Say so on stderr, with errno unless that is 0, and exit. */
void fault_die(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
