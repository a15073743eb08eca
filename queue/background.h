/*
 * Starting outbox-flush on machines where none is running
 * (flush = on-demand).
 */
#ifndef QUEUE_BACKGROUND_H
#define QUEUE_BACKGROUND_H

/*
 * Start "outbox-flush --once" [--all] with the configuration file config (NULL:
 * the default one), detached from us and from everything we have open, without
 * the set-group-ID privilege.  -1 and errno: it cannot be started.
 */
int background_flush(const char *config, int all);

/* The same, and wait for the end of it. */
int background_wait_flush(const char *config, int all);

/* The first in our place, and with --all; returns, with errno, only on
 * failure. */
void background_become_flush(const char *config);

#endif
