/*
 * What the fault injector knows about system calls: their names, the errnos
 * that each can really give, and where their path and flags are.
 */
#ifndef T_FAULT_CALLS_H
#define T_FAULT_CALLS_H

/* How a call can be made to move one byte only. */
enum fault_short {
	FAULT_WHOLE, /* it cannot */
	FAULT_READ, /* fd, buffer, length */
	FAULT_WRITE,
	FAULT_PREAD, /* ... and an offset */
	FAULT_PWRITE,
	FAULT_READV, /* fd, vector, count */
	FAULT_WRITEV,
	FAULT_RECV, /* fd, buffer, length, flags */
	FAULT_SEND,
	FAULT_COPY, /* from, NULL, to, NULL, length, flags */
	FAULT_SENDFILE /* to, from, NULL, length */
};

struct fault_call {
	long nr;
	const char *name;
	const char *errnos; /* names, separated by one space; may be "" */
	int path; /* which argument is a path; -1: none */
	int flags; /* which argument holds flags; -1: none */
	enum fault_short part;
};

/* NULL when the call is not in the table: it is never made to fail. */
const struct fault_call *fault_call_nr(long nr);
const struct fault_call *fault_call_name(const char *name);

/* Is c the call of that name, or its older form: open for "openat", access for
 * "faccessat"? */
int fault_call_is(const struct fault_call *c, const char *name);

/* The i-th errno of c, i >= 1; 0 past the end. */
int fault_call_errno(const struct fault_call *c, int i);

/* 0 when the name is unknown, NULL when the number is. */
int fault_errno_value(const char *name);
const char *fault_errno_name(int value);

/* The value of an O_ or AT_ flag by name; 0 when unknown. */
unsigned long fault_flag_value(const char *name);

#endif
