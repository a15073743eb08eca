/*
 * Changes of the network: see netlink.h and rtnetlink(7).
 */
#include <config.h>

#include "queue/netlink.h"

#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

int
netlink_open(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_ROUTE |
		RTMGRP_IPV6_ROUTE };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE);

	if (fd >= 0 &&
	    bind(fd, (struct sockaddr *)&self, sizeof(self)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A link that carries, or a default route. */
static int
is_way_out(const struct nlmsghdr *head, const char *data)
{
	struct ifinfomsg link;
	struct rtmsg route;

	if (head->nlmsg_type == RTM_NEWLINK &&
	    head->nlmsg_len >= NLMSG_LENGTH(sizeof(link))) {
		memcpy(&link, data, sizeof(link));
		return (link.ifi_flags & IFF_RUNNING) != 0;
	}
	if (head->nlmsg_type == RTM_NEWROUTE &&
	    head->nlmsg_len >= NLMSG_LENGTH(sizeof(route))) {
		memcpy(&route, data, sizeof(route));
		return route.rtm_dst_len == 0 &&
		    route.rtm_type == RTN_UNICAST;
	}
	return 0;
}

int
netlink_is_news(const void *data, size_t len)
{
	const char *p = data;
	struct nlmsghdr head;

	while (len >= sizeof(head)) {
		memcpy(&head, p, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len)
			return 0;
		if (is_way_out(&head, p + NLMSG_HDRLEN))
			return 1;
		if (NLMSG_ALIGN(head.nlmsg_len) >= len)
			return 0;
		p += NLMSG_ALIGN(head.nlmsg_len);
		len -= NLMSG_ALIGN(head.nlmsg_len);
	}
	return 0;
}

int
netlink_read(int fd)
{
	char data[8192];
	int news = 0;
	ssize_t n;

	while ((n = recv(fd, data, sizeof(data), 0)) > 0 ||
	    (n < 0 && errno == ENOBUFS))
		/* ENOBUFS: some were lost. */
		news |= n < 0 || netlink_is_news(data, (size_t)n);
	return news;
}
