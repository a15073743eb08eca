/*
 * To hear of it when files change, instead of looking again and again: who
 * runs on a battery is not to be woken for nothing.
 */
#ifndef QUEUE_WATCH_H
#define QUEUE_WATCH_H

#include <stddef.h>

/*
 * A descriptor that can be read when one of the files may have been replaced,
 * written and closed, or given other rights; they need not exist, their
 * directories must.  -1: the system does not tell; look from time to time.
 */
int watch_open(const char *const *paths, size_t n);

/* Forget what it told.  After a change it is to be opened anew, for the files
 * are other ones then. */
void watch_drain(int fd);

#endif
