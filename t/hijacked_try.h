/*
 * What a process that is taken over tries, beside $HIJACKED_QUEUE,
 * $HIJACKED_OTHER (a message), $HIJACKED_CONF, $HIJACKED_PASSWORD and
 * $HIJACKED_PORT.  Each is a line on standard error: "hijacked: WHAT: yes", or
 * why not.
 */
#ifndef T_HIJACKED_TRY_H
#define T_HIJACKED_TRY_H

/* One such line; failed: errno says why. */
void tell(const char *what, int failed);

/* The path of name in the queue's directory, or with NULL the directory.
 * Borrowed until the next call. */
const char *in_queue(const char *name);

void try_open(const char *what, const char *path, int flags);
void try_connect(const char *what, unsigned port);

void try_world(void);		/* what it is, and files elsewhere */
void try_queue(void);
void try_others(void);		/* processes and programs, and TCP */

#endif
