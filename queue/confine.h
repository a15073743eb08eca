/*
 * What the worker does to itself, so that whoever takes it over gets little.
 */
#ifndef QUEUE_CONFINE_H
#define QUEUE_CONFINE_H

struct credential;
struct sandbox;

/* First of all: no core file, no debugger, no privileges, and an end with the
 * scheduler.  SIGINT and SIGTERM are not for the worker. */
void confine_begin(void);

/*
 * Last, before the network is heard and when all is open that only can be now:
 * the sandbox for the settings of c, after credential_start().  What is missing
 * is logged.  For sandbox_is_stale() and sandbox_free(); NULL is fine there.
 */
struct sandbox *confine(const struct credential *c, int to_stderr);

#endif
