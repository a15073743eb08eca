/*
 * Service notification: to a path, to an abstract name, and to nobody.
 */
#include <config.h>

#include "queue/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/scratch.h"
#include "t/tap.h"

/* The manager's side under this name; '@' stands for a NUL. */
static int
listen_on(const char *name)
{
	struct sockaddr_un own = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(name);

	memcpy(own.sun_path, name, len);
	if (*name == '@')
		own.sun_path[0] = '\0';
	if (bind(fd, (struct sockaddr *)&own, (socklen_t)(len +
	    offsetof(struct sockaddr_un, sun_path))) != 0)
		scratch_fail(name);
	return fd;
}

static void
test_send(const char *name, const char *rule)
{
	int fd = listen_on(name);
	char text[64] = "";

	setenv("NOTIFY_SOCKET", name, 1);
	notify_send("READY=1");
	if (recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) < 0)
		*text = '\0';
	is_str(text, "READY=1", "%s", rule);
	close(fd);
	notify_send("STOPPING=1");	/* nobody is there any more */
}

static void
test_watchdog(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = { { "20000000", 10000 }, { "2000", 1 }, { "0", 0 },
		{ "-5", 0 }, { "", 0 }, { "x", 0 } };
	size_t i;

	unsetenv("WATCHDOG_USEC");
	is_int(notify_watchdog(), 0, "watchdog: not wanted");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("WATCHDOG_USEC", cases[i].text, 1);
		is_int(notify_watchdog(), cases[i].want, "watchdog: '%s'",
		    cases[i].text);
	}
}

int
main(void)
{
	char name[256];

	test_send(scratch_path("notify"), "to a path");
	snprintf(name, sizeof(name), "@outbox-unit-%ld", (long)getpid());
	test_send(name, "to an abstract name");
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	notify_send("READY=1");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	notify_send("READY=1");
	ok(1, "without a socket, or with a name that is none: nothing");
	test_watchdog();
	return done();
}
