/*
 * Who connects: the places that addresses stand for, and whose socket the
 * other end of a connection is.
 */
#include <config.h>

#include "sendmail/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "t/tap.h"

static const struct {
	int family;
	const char *address;
	enum peer_place place;
} places[] = {
	{ AF_INET, "127.0.0.1", PEER_LOOPBACK },
	{ AF_INET, "127.255.255.254", PEER_LOOPBACK },
	{ AF_INET, "126.255.255.255", PEER_ELSEWHERE },
	{ AF_INET, "128.0.0.1", PEER_ELSEWHERE },
	{ AF_INET, "1.0.0.127", PEER_ELSEWHERE },
	{ AF_INET, "0.0.0.0", PEER_ELSEWHERE },
	{ AF_INET, "192.168.0.1", PEER_ELSEWHERE },
	{ AF_INET6, "::1", PEER_LOOPBACK },
	{ AF_INET6, "::ffff:127.0.0.1", PEER_LOOPBACK },
	{ AF_INET6, "::ffff:127.9.9.9", PEER_LOOPBACK },
	{ AF_INET6, "::ffff:10.0.0.1", PEER_ELSEWHERE },
	{ AF_INET6, "::127.0.0.1", PEER_ELSEWHERE },
	{ AF_INET6, "::", PEER_ELSEWHERE },
	{ AF_INET6, "::2", PEER_ELSEWHERE },
	{ AF_INET6, "1::1", PEER_ELSEWHERE },
	{ AF_INET6, "fe80::1", PEER_ELSEWHERE },
	{ AF_INET6, "fd00::1", PEER_ELSEWHERE },
};

static void
check_places(void)
{
	struct sockaddr_storage a;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		memset(&a, 0, sizeof(a));
		a.ss_family = (sa_family_t)places[i].family;
		inet_pton(places[i].family, places[i].address,
		    places[i].family == AF_INET ? (void *)&v4->sin_addr :
		    (void *)&v6->sin6_addr);
		is_int(peer_place((struct sockaddr *)&a), places[i].place,
		    "%s", places[i].address);
	}
	memset(&a, 0, sizeof(a));
	a.ss_family = AF_UNIX;
	is_int(peer_place((struct sockaddr *)&a), PEER_NONE, "unix");
	a.ss_family = AF_APPLETALK;
	is_int(peer_place((struct sockaddr *)&a), PEER_ELSEWHERE, "others");
}

/* Both ends of a connection over the loopback; 0: they are there. */
static int
connect_pair(int ends[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&a, len) != 0 ||
	    listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
	    connect(ends[0], (struct sockaddr *)&a, len) != 0)
		return -1;
	ends[1] = accept(fd, NULL, NULL);
	close(fd);
	return ends[1] < 0 ? -1 : 0;
}

static void
check_look(void)
{
	struct peer p;
	int ends[2];

	if (pipe(ends) != 0)
		return;
	peer_look(ends[0], &p);
	is_int(p.place, PEER_NONE, "a pipe");
	is_int(p.uid, (uid_t)-1, "... is nobody's");
	close(ends[0]);
	close(ends[1]);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return;
	peer_look(ends[0], &p);
	is_int(p.place, PEER_NONE, "a socket pair");
	close(ends[0]);
	close(ends[1]);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	peer_look(ends[0], &p);
	is_int(p.place, PEER_ELSEWHERE, "a socket without a peer");
	close(ends[0]);
	is_int(connect_pair(ends), 0, "a connection");
	peer_look(ends[1], &p);
	is_int(p.place, PEER_LOOPBACK, "... over the loopback");
	is_int(p.uid, geteuid(), "... of this user");
	close(ends[0]);
	peer_look(ends[1], &p);
	is_int(p.uid, (uid_t)-1, "one that was closed is nobody's");
	close(ends[1]);
}

int
main(void)
{
	check_places();
	check_look();
	return done();
}
