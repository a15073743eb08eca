/*
 * The secret that the settings name: a token is kept for the next worker, and
 * for none with other settings.
 */
#include <config.h>

#include "queue/credential.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/secret.h"
#include "config/settings.h"
#include "queue/error.h"
#include "queue/shared.h"
#include "t/scratch.h"
#include "t/tap.h"

static int shared;

/* A command whose tokens are a number that grows, good for so long. */
static void
set_command(char command[4200], int lifetime)
{
	snprintf(command, 4200, "/bin/sh %s %d", scratch_path("count"),
	    lifetime);
}

/* What a worker with this command has. */
static void
gives(int lifetime, int refused, const char *want, const char *rule)
{
	char none[] = "", command[4200];
	struct settings s = { .password_command = none, .token_command =
		command };
	struct credential c = { .settings = &s, .shared = shared };
	struct error e;
	char *secret;

	set_command(command, lifetime);
	if (credential_start(&c, &e) != 0)
		scratch_fail(e.text);
	secret = credential_get(&c, refused, &e);
	is_str(secret != NULL ? secret : e.text, want, "%s", rule);
	secret_wipe(secret);
	credential_end(&c);
}

int
main(void)
{
	char script[8500];

	if ((shared = shared_open()) < 0)
		scratch_fail("shared_open");
	snprintf(script, sizeof(script), "n=$(wc -c <%1$s)\nprintf x >>%1$s\n"
	    "echo $((n))\necho $1\n", scratch_path("n"));
	scratch_text("n", "");
	scratch_text("count", script);
	gives(3600, 0, "0", "the first token");
	gives(3600, 0, "0", "another worker: the same");
	gives(3600, 1, "1", "it was refused: another one");
	gives(3600, 0, "1", "... which is kept");
	gives(360, 0, "2", "another command: not that of the first");
	gives(360, 0, "2", "... which is kept");
	gives(3600, 0, "3", "the first command again: nor its");
	gives(0, 0, "4", "a token without a time");
	gives(0, 0, "5", "... is not kept");
	snprintf(script, sizeof(script), "12345678");
	set_command(script + 8, 0);
	shared_write(shared, SHARED_TOKEN, script, strlen(script));
	gives(0, 0, "6", "memory that was cut short");
	close(shared);
	return done();
}
