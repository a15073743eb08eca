/*
 * The verb "test" of outbox.
 */
#ifndef QUEUE_OUTBOX_TEST_H
#define QUEUE_OUTBOX_TEST_H

struct error;

/*
 * Let the worker try the smarthost as the owner of the queue, which the opened
 * directory tells, and print each step; then, with an address, send it a
 * message as any program would.  path is the configuration, or NULL.
 * 0, or a status of sysexits.h; e says why where nothing was printed, and is
 * empty otherwise.  login, which may be NULL, gets 1 if another login may help.
 */
int outbox_test(const char *path, int directory, const char *address,
    int *login, struct error *e);

/* Only the message. */
int outbox_test_message(const char *path, const char *address,
    struct error *e);

#endif
