/*
 * Who is at the other end of standard input, where that is a connection that
 * a starter such as systemd or inetd has accepted.
 */
#ifndef SENDMAIL_PEER_H
#define SENDMAIL_PEER_H

#include <sys/types.h>

struct sockaddr;

enum peer_place {
	PEER_NONE,		/* no network: a pipe, a file, a socket pair */
	PEER_LOOPBACK,		/* a program on this machine */
	PEER_ELSEWHERE		/* anything else; it is not served */
};

struct peer {
	enum peer_place place;
	uid_t uid;		/* whose socket it is; -1: unknown */
};

void peer_look(int fd, struct peer *p);

/* The place that an address stands for. */
enum peer_place peer_place(const struct sockaddr *address);

#endif
