/*
 * A field that says who a message is from, where sender.from forces another
 * address: that one stands in it, and the original in its display name.
 *
 *	From: root (Cron Daemon)
 *	From: "Cron Daemon (root@example.org) via web1" <alerts@example.com>
 */
#ifndef SENDMAIL_FORCED_H
#define SENDMAIL_FORCED_H

#include <stddef.h>

#include "queue/buffer.h"

struct address_list;
struct settings;

/* Borrowed. */
struct forced_rules {
	const struct settings *settings;
	const char *host;	/* this machine */
	const char *domain;	/* for bare names */
};

/* 1: the field whose addresses are in list may not leave as it is.  -1:
 * memory ran out. */
int forced_applies(const struct forced_rules *r,
    const struct address_list *list);

/* Append what stands behind the colon instead of the len bytes of text, of
 * which list holds the addresses. */
int forced_add(const struct forced_rules *r, const struct address_list *list,
    const char *text, size_t len, struct buffer *out);

/* 1: replies can go to the addresses of list.  -1: memory ran out. */
int forced_can_reply(const struct forced_rules *r,
    const struct address_list *list);

#endif
