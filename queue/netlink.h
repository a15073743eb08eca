/*
 * Word from the kernel that the network changed: while the site cannot be
 * reached, that may be the end of it.
 */
#ifndef QUEUE_NETLINK_H
#define QUEUE_NETLINK_H

#include <stddef.h>

/* A descriptor for poll that the caller closes; -1: this system has none. */
int netlink_open(void);

/* Read all that is there.  1: a way out of this machine came up, or may
 * have. */
int netlink_read(int fd);

/* The same of one datagram. */
int netlink_is_news(const void *data, size_t len);

#endif
