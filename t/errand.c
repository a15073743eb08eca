/*
 * The process that runs the operator's command: it answers as the command does,
 * holds nothing that others wait for the end of, and ends with its parent.
 */
#include <config.h>

#include "queue/errand.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/secret.h"
#include "queue/error.h"
#include "t/scratch.h"
#include "t/tap.h"

static void
say(void *arg, const char *text)
{
	dprintf(*(int *)arg, "%s", text);
}

static int told[2];
static struct errand errand;

static void
start(const char *line)
{
	static struct secret_command c;
	struct error e;

	c = (struct secret_command){ line, 10000, say, &told[1] };
	if (errand_start(&errand, &c, &e) != 0)
		scratch_fail(e.text);
}

static void
answers(const char *line, const char *want, int64_t until, const char *rule)
{
	char why[400] = "", *secret;
	int64_t lifetime = -1;

	start(line);
	secret = errand_ask(&errand, &lifetime, why, sizeof(why));
	is_str(secret != NULL ? secret : why, want, "%s", rule);
	is_int(lifetime, until, "... and how long it is good");
	secret_wipe(secret);
	errand_end(&errand);
}

static void
test_long(void)
{
	char why[400] = "", *secret;
	int64_t lifetime;

	start("/bin/sh -c head -c 60000 /dev/zero | tr '\\0' x");
	secret = errand_ask(&errand, &lifetime, why, sizeof(why));
	ok(secret != NULL && strlen(secret) == 60000, "a long secret");
	secret_wipe(secret);
	secret = errand_ask(&errand, &lifetime, why, sizeof(why));
	ok(secret != NULL && strlen(secret) == 60000, "... and again");
	secret_wipe(secret);
	kill(errand.pid, SIGKILL);
	secret = errand_ask(&errand, &lifetime, why, sizeof(why));
	ok(secret == NULL && strstr(why, "has ended") != NULL,
	    "the process is killed: %s", why);
	errand_end(&errand);
}

/* The scheduler has to see that its worker ended, whatever else runs. */
static void
test_input(void)
{
	int ends[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
	    dup2(ends[1], STDIN_FILENO) < 0)
		scratch_fail("socketpair");
	close(ends[1]);
	start("/bin/true");
	/* One answer, and it has let go of what it does. */
	(void)errand_ask(&errand, &(int64_t){ 0 }, (char [400]){ 0 }, 400);
	close(STDIN_FILENO);
	is_int(recv(ends[0], &byte, 1, MSG_DONTWAIT), 0,
	    "standard input is not held open");
	errand_end(&errand);
	close(ends[0]);
}

int
main(void)
{
	char text[64] = "";

	if (pipe(told) != 0)
		scratch_fail("pipe");
	answers("/bin/echo word", "word", 0, "a secret");
	answers("/bin/sh -c echo word; echo 60", "word", 60, "a token");
	answers("/bin/sh -c echo word; exit 3",
	    "/bin/sh failed with status 3", 0, "a command that fails");
	answers("/no/such/command", "/no/such/command failed with status 127",
	    0, "a command that is not there");
	ok(read(told[0], text, sizeof(text) - 1) > 0 &&
	    strstr(text, "No such file") != NULL, "what it says is passed on");
	test_long();
	test_input();
	return done();
}
