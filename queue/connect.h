/*
 * A connection to the smarthost: every address of its name is tried.
 */
#ifndef QUEUE_CONNECT_H
#define QUEUE_CONNECT_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct trace;

enum connect_family { CONNECT_ANY, CONNECT_IPV4, CONNECT_IPV6 };

struct connect_params {
	const char *host;	/* name, address, or unix:/path */
	unsigned port;
	enum connect_family family;
	const char *source;	/* address to send from; "": any */
	int64_t timeout;	/* milliseconds for each address */
	const struct trace *trace;	/* NULL: nobody watches */
};

#define CONNECT_NAME 320	/* "host[address]:port" of any host */

struct addrinfo;
struct connect;		/* the addresses, and which were tried */

/*
 * Look up p->host; p is borrowed until connect_end().  list: its addresses,
 * borrowed, where they are known; else NULL.  NULL and e: it has none.
 */
struct connect *connect_start(const struct connect_params *p,
    const struct addrinfo *list, struct error *e);

/*
 * A connected, non-blocking descriptor that the caller closes, to an address
 * that was not given before; name says to whom, in the form that mail logs
 * use.  Each address gets a quarter of a second, or until it fails, before the
 * next is tried beside it (RFC 8305).  -1 and e, which names the last that
 * failed: none is left.
 */
int connect_next(struct connect *c, char name[CONNECT_NAME],
    struct error *e);

/* 1: there is an address that was not given yet. */
int connect_is_left(const struct connect *c);

void connect_end(struct connect *c);		/* c may be NULL */

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]", our end of fd, as EHLO takes it
 * (RFC 5321, 4.1.3).  "[127.0.0.1]" where it is no IP socket. */
void connect_literal(int fd, char *literal, size_t size);

#endif
