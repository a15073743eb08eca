/*
 * What the kernel says of the network: links that carry and default routes
 * are news, the rest is not.
 */
#include <config.h>

#include "queue/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "t/chance.h"
#include "t/tap.h"

static char data[4096];
static size_t len;

static void
add(unsigned short type, const void *body, size_t size)
{
	struct nlmsghdr head = { .nlmsg_type = type,
		.nlmsg_len = (unsigned)NLMSG_LENGTH(size) };

	memcpy(data + len, &head, sizeof(head));
	memcpy(data + len + NLMSG_HDRLEN, body, size);
	len += NLMSG_ALIGN(head.nlmsg_len);
}

static void
link_with(unsigned flags)
{
	struct ifinfomsg m = { .ifi_flags = flags };

	add(RTM_NEWLINK, &m, sizeof(m));
}

static void
route_of(unsigned char bits, unsigned char kind)
{
	struct rtmsg m = { .rtm_dst_len = bits, .rtm_type = kind };

	add(RTM_NEWROUTE, &m, sizeof(m));
}

static void
is(int want, const char *rule)
{
	is_int(netlink_is_news(data, len), want, "%s", rule);
	len = 0;
}

int
main(void)
{
	struct rtmsg gone = { .rtm_type = RTN_UNICAST };
	size_t i, j;

	link_with(IFF_UP | IFF_RUNNING);
	is(1, "a link that carries");
	link_with(IFF_UP);
	is(0, "one without a carrier");
	route_of(0, RTN_UNICAST);
	is(1, "a default route");
	route_of(24, RTN_UNICAST);
	is(0, "another route");
	route_of(0, RTN_UNREACHABLE);
	is(0, "a default that leads nowhere");
	add(RTM_DELROUTE, &gone, sizeof(gone));
	is(0, "a default that goes away");
	route_of(24, RTN_UNICAST);
	link_with(0);
	route_of(0, RTN_UNICAST);
	is(1, "the last of several");
	is(0, "nothing");
	route_of(0, RTN_UNICAST);
	len--;
	is(0, "cut short");
	add(RTM_NEWROUTE, &gone, 4);
	is(0, "too small for a route");
	memset(data, 0, sizeof(data));
	len = 100;
	is(0, "zeros");
	/* Rubbish, for the sanitizers. */
	for (i = 0; i < 20000; i++) {
		len = (size_t)chance_below(200);
		for (j = 0; j < len; j++)
			data[j] = (char)chance();
		(void)netlink_is_news(data, len);
	}
	return done();
}
