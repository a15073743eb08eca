/*
 * metrics_file: "outbox status" is asked to write it at the start and then each
 * minute, never twice at once, and a failure is told of once.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "queue/flush.h"
#include "t/scratch.h"
#include "t/tap.h"

#define MINUTE INT64_C(60000)

/* It notes what it was called with, and ends with the status in a file. */
static const char tool[] = "#!/bin/sh\n"
	"dir=${0%/*}\n"
	"echo \"$*\" >>\"$dir/calls\"\n"
	"exit \"$(cat \"$dir/status\")\"\n";

static int
calls(void)
{
	FILE *file = fopen(scratch_path("calls"), "r");
	int c, n = 0;

	while (file != NULL && (c = getc(file)) != EOF)
		n += c == '\n';
	if (file != NULL)
		fclose(file);
	return n;
}

/* The child that runs ends. */
static void
finish(struct flush *f)
{
	int status = 0;
	pid_t pid = f->metrics;

	if (pid <= 0 || waitpid(pid, &status, 0) != pid)
		scratch_fail("no child");
	ok(metrics_ended(f, pid, status) == 1, "its end is known as that");
}

static void
test_interval(struct flush *f)
{
	ok(metrics_tend(f, 1000) == INT64_MAX && f->metrics > 0,
	    "the first is written at the start");
	ok(metrics_tend(f, 1000 + 5 * MINUTE) == INT64_MAX,
	    "... and no second one beside it");
	ok(metrics_ended(f, f->metrics + 1, 0) == 0 && f->metrics > 0,
	    "another child that ends is none");
	finish(f);
	is_int(calls(), 1, "one was written");
	ok(metrics_tend(f, 1000 + MINUTE - 1) == 1000 + MINUTE &&
	    f->metrics == 0, "not before a minute is over");
	ok(metrics_tend(f, 1000 + MINUTE) == INT64_MAX && f->metrics > 0,
	    "the next after a minute");
	finish(f);
	is_int(calls(), 2, "... is written");
}

static void
test_never(struct flush *f)
{
	struct flush none = *f;

	none.once = 1;
	ok(metrics_tend(&none, 10 * MINUTE) == INT64_MAX &&
	    none.metrics == 0, "none in a single pass");
	none = *f;
	none.stopping = 1;
	ok(metrics_tend(&none, 10 * MINUTE) == INT64_MAX &&
	    none.metrics == 0, "none when it ends");
	none = *f;
	none.settings.metrics_file = none.settings.host;
	ok(metrics_tend(&none, 10 * MINUTE) == INT64_MAX &&
	    none.metrics == 0, "none without a file");
}

static void
test_status(struct flush *f)
{
	static const struct {
		const char *status;
		int failed;
	} cases[] = { { "0", 0 }, { "1", 0 }, { "2", 0 }, { "73", 1 },
		{ "0", 0 } };
	int64_t now = 100 * MINUTE;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scratch_text("status", cases[i].status);
		metrics_tend(f, now);
		finish(f);
		is_int(f->metrics_failed, cases[i].failed,
		    "exit %s: %s", cases[i].status, cases[i].failed ?
		    "not written" : "written");
		now += MINUTE;
	}
}

int
main(void)
{
	char file[] = "/metrics.prom", none[] = "", path[4096], line[256] = "";
	struct flush f = { .path = "/the.conf" };
	FILE *in;

	scratch_file("tool", tool, strlen(tool), 0700);
	scratch_text("status", "0");
	snprintf(path, sizeof(path), "%s", scratch_path("tool"));
	f.tool_path = path;
	f.settings.metrics_file = file;
	f.settings.host = none;
	test_interval(&f);
	in = fopen(scratch_path("calls"), "r");
	ok(in != NULL && fgets(line, sizeof(line), in) != NULL &&
	    strcmp(line, "-C /the.conf status --prometheus --output "
	    "/metrics.prom\n") == 0, "by outbox, with the same configuration");
	if (in != NULL)
		fclose(in);
	test_never(&f);
	test_status(&f);
	return done();
}
