/*
 * The peer of a connection: see peer.h.  Over the loopback both ends are
 * sockets of this kernel, and it tells about the other one what it tells
 * about all (sock_diag(7)).
 */
#include <config.h>

#include "sendmail/peer.h"

#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

enum peer_place
peer_place(const struct sockaddr *address)
{
	const union address *a = (const union address *)(const void *)address;
	const struct in6_addr *ip6;

	if (address->sa_family == AF_UNIX)
		return PEER_NONE;
	if (address->sa_family == AF_INET &&
	    ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)
		return PEER_LOOPBACK;
	if (address->sa_family != AF_INET6)
		return PEER_ELSEWHERE;
	ip6 = &a->v6.sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(ip6) || (IN6_IS_ADDR_V4MAPPED(ip6) &&
	    ip6->s6_addr[12] == IN_LOOPBACKNET) ? PEER_LOOPBACK :
	    PEER_ELSEWHERE;
}

static void
put_address(const union address *a, __be32 ip[4], __be16 *port)
{
	if (a->any.sa_family == AF_INET) {
		memcpy(ip, &a->v4.sin_addr, sizeof(a->v4.sin_addr));
		*port = a->v4.sin_port;
	} else {
		memcpy(ip, &a->v6.sin6_addr, sizeof(a->v6.sin6_addr));
		*port = a->v6.sin6_port;
	}
}

/* Ask for one socket by its two ends.  0: q tells about it. */
static int
ask(const struct inet_diag_req_v2 *r, struct inet_diag_msg *q)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 r;
	} out = { .head = { .nlmsg_len = sizeof(out),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST }, .r = *r };
	union {
		struct nlmsghdr head;
		char room[8192];
	} in;
	ssize_t n = -1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -1;
	/* The answer is there when send() returns. */
	if (send(fd, &out, sizeof(out), 0) == (ssize_t)sizeof(out))
		n = recv(fd, &in, sizeof(in), MSG_DONTWAIT);
	close(fd);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*q)) ||
	    in.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return -1;
	memcpy(q, NLMSG_DATA(&in.head), sizeof(*q));
	return 0;
}

/*
 * A socket that was closed is nobody's, and its user is given as 0: whoever
 * closed it early would be taken for root.  It has no inode then.
 */
static void
look_up(struct peer *p, const union address *own, const union address *other)
{
	struct inet_diag_req_v2 r = { .sdiag_family = other->any.sa_family,
		.sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u };
	struct inet_diag_msg q;

	put_address(other, r.id.idiag_src, &r.id.idiag_sport);
	put_address(own, r.id.idiag_dst, &r.id.idiag_dport);
	r.id.idiag_cookie[0] = r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (ask(&r, &q) != 0 || q.idiag_inode == 0 ||
	    q.id.idiag_sport != r.id.idiag_sport ||
	    q.id.idiag_dport != r.id.idiag_dport)
		return;
	p->uid = q.idiag_uid;
}

void
peer_look(int fd, struct peer *p)
{
	union address own, other;
	socklen_t own_len = sizeof(own), other_len = sizeof(other);

	p->uid = (uid_t)-1;
	memset(&other, 0, sizeof(other));
	if (getpeername(fd, &other.any, &other_len) == 0)
		p->place = peer_place(&other.any);
	else
		p->place = errno == ENOTSOCK ? PEER_NONE : PEER_ELSEWHERE;
	if (p->place == PEER_LOOPBACK &&
	    getsockname(fd, &own.any, &own_len) == 0)
		look_up(p, &own, &other);
}
