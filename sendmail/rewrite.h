/*
 * The header as it leaves: what must not leave is dropped, what is missing
 * is added, bare names get a domain, addresses that sender.from forces out are
 * replaced, and nothing else is touched.
 */
#ifndef SENDMAIL_REWRITE_H
#define SENDMAIL_REWRITE_H

#include <time.h>

#include "sendmail/header.h"

struct settings;

struct rewrite {
	const char *host;	/* this machine, for Received: */
	const char *id;		/* of the queue */
	unsigned long uid;	/* who submits */
	time_t now;
	const char *domain;	/* for bare names */
	const struct settings *settings;	/* [sender] */
	/* Asked only when From: is missing.  The address has a domain; NULL:
	 * memory ran out. */
	const char *(*address)(void *arg);
	const char *(*name)(void *arg);
	void *arg;
};

/* Append the header to out, without the empty line.  -1: memory ran out, or
 * there are no random numbers. */
int rewrite_header(const struct rewrite *r, const struct header *h,
    struct buffer *out);

#endif
