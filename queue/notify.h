/*
 * Tell the service manager how things are: sd_notify(3) without its library.
 */
#ifndef QUEUE_NOTIFY_H
#define QUEUE_NOTIFY_H

#include <stdint.h>

/* Send a state such as "READY=1" to $NOTIFY_SOCKET, if there is one. */
void notify_send(const char *state);

/* Milliseconds between signs of life that the manager wants; 0: none. */
int64_t notify_watchdog(void);

#endif
