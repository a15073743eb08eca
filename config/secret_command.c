/*
 * Secrets that a command tells: see secret.h.  No shell is involved unless the
 * command is one.  What it writes is bounded, and so is its time; nothing of
 * the secret is in an argument, an environment or a file.
 */
#include <config.h>

#include "config/secret.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/child.h"

#define SAID_MAX 4096		/* bytes of its standard error */

static void
say_lines(const struct secret_command *cmd, char *text)
{
	char *line;

	while ((line = strsep(&text, "\r\n")) != NULL)
		if (*line != '\0')
			cmd->say(cmd->arg, line);
}

/* The number that is the whole second line of data; 0: there is none. */
static int64_t
second_number(const char *data)
{
	const char *p = data + strcspn(data, "\n");
	char *end;
	long n;

	if (*p == '\0' || p[1] < '0' || p[1] > '9')
		return 0;
	n = strtol(p + 1, &end, 10);
	return *end == '\0' || *end == '\r' || *end == '\n' ? n : 0;
}

/* Run argv in c, whose memory is there.  -1 and why. */
static int
run(const struct secret_command *cmd, struct child *c, char **argv,
    char *why, size_t size)
{
	enum child_end end = child_run(c, argv);

	if (end == CHILD_NONE) {
		snprintf(why, size, "cannot run %s: %s", argv[0],
		    strerror(errno));
		return -1;
	}
	say_lines(cmd, c->data[1]);
	if (end == CHILD_LATE)
		snprintf(why, size, "%s did not end within %lld seconds",
		    argv[0], (long long)cmd->timeout / 1000);
	else if (WIFSIGNALED(c->status))
		snprintf(why, size, "%s was killed by signal %d", argv[0],
		    WTERMSIG(c->status));
	else if (WEXITSTATUS(c->status) != 0)
		snprintf(why, size, "%s failed with status %d", argv[0],
		    WEXITSTATUS(c->status));
	else
		return 0;
	return -1;
}

char *
secret_run(const struct secret_command *cmd, int64_t *lifetime, char *why,
    size_t size)
{
	char said[SAID_MAX + 1] = "", *line = strdup(cmd->line);
	char **argv = line != NULL ? child_split(line) : NULL;
	/* Until it is known how it ended, it failed. */
	struct child c = { .in = -1, .timeout = cmd->timeout,
		.data = { secret_new(), said },
		.max = { SECRET_MAX + 1, SAID_MAX }, .status = 127 << 8 };
	char *secret = NULL;

	*lifetime = 0;
	if (argv == NULL || argv[0] == NULL || c.data[0] == NULL) {
		snprintf(why, size, "out of memory");
	} else if (run(cmd, &c, argv, why, size) == 0) {
		*lifetime = second_number(c.data[0]);
		if (secret_cut(c.data[0], c.len[0], "the output of the "
		    "command", why, size) == 0)
			secret = c.data[0];
	}
	if (secret == NULL)
		secret_wipe(c.data[0]);
	free(argv);
	free(line);
	return secret;
}
