/*
 * fault: run a command and make its N-th system call go wrong.
 *
 *	fault [-flps] [-a RULE]... [-c FILE] [-t SECONDS]
 *	      [-r FILE -d DIR [-w DIR]] [-n N [-e KIND | -i I]] [--]
 *	      COMMAND [ARG]...
 *
 * Calls are counted from 1, from the command's exec on.  Those that the
 * dynamic loader and the run-time library of a sanitizer make are neither
 * counted nor touched (-l: they are).  KIND is one of
 *
 *	ERRNO		the call is not made and gives that error
 *	short		a read or write moves one byte
 *	kill		SIGKILL in place of the call
 *	kill-after	the call is made, then SIGKILL: to be exact, in place
 *			of the next call, so nothing is done in between
 *
 * and -i I is the I-th errno that this call can really give, then short where
 * it can be short.  A kind that the call cannot show leaves it alone.
 *
 *	-a NAME[:FLAG][@PREFIX]=ERRNO	every call of that name fails [when it
 *			has the flag] [and its path begins so]; "openat"
 *			means open as well, and so on
 *	-c FILE		the report goes there
 *	-f		children and threads are counted and touched too
 *	-s		a set-ID bit of the command counts, for who is root
 *	-p		the fault persists: after the N-th call all later
 *			calls of the same name fail in the same way (except
 *			EINTR: a signal comes once)
 *	-r FILE -d DIR	what is done to the files in DIR is written to FILE: see
 *			fault_record.h; -w DIR: and when files appear there
 *	-t SECONDS	then it hangs: everything is killed (default 60)
 *
 * The report is one line: "hit N NAME KIND"; "pass N NAME" when call N has no
 * such kind; "miss TOTAL" when there were fewer calls; and a second line
 * "hung" when the time ran out.  Without -n nothing goes wrong except what -a
 * says, and the report has a line "N NAME KIND..." for each call.
 *
 * The status is that of the command; 128 + signal when it was killed; 124
 * when it hung; 125 when fault itself failed, 126 or 127 when the command
 * cannot be run.  It waits for what the command left running.  Addresses are
 * not randomized, so that two runs make the same calls.  No privilege is
 * needed: the command runs with no_new_privs, so a set-ID bit has no effect
 * without -s.
 * It is meant for one architecture at a time: calls of another one (32-bit
 * programs) are named wrongly.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "fault.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault_calls.h"
#include "fault_record.h"

void
fault_die(int status, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	fprintf(stderr, "fault: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, saved != 0 ? ": %s\n" : "\n", strerror(saved));
	exit(status);
}

static void usage(const char *why) __attribute__((noreturn));

static void
usage(const char *why)
{
	errno = 0;
	fault_die(125, "%s; the usage is at the top of fault.c", why);
}

/* Parse NAME[:FLAG][@PREFIX]=ERRNO; it cuts word to pieces and keeps them. */
static void
add_rule(struct fault_options *o, char *word)
{
	struct fault_rule *r = &o->rules[o->n_rules];
	char *flag, *prefix, *error;

	if ((error = strrchr(word, '=')) == NULL ||
	    o->n_rules == FAULT_MAX_RULES)
		usage("-a takes NAME[:FLAG][@PREFIX]=ERRNO");
	*error++ = '\0';
	if ((prefix = strchr(word, '@')) != NULL)
		*prefix++ = '\0';
	if ((flag = strchr(word, ':')) != NULL)
		*flag++ = '\0';
	r->name = word;
	r->prefix = prefix;
	if (fault_call_name(word) == NULL)
		usage("-a: unknown call");
	if (flag != NULL && (r->flag = fault_flag_value(flag)) == 0)
		usage("-a: unknown flag");
	if ((r->error = fault_errno_value(error)) == 0)
		usage("-a: unknown errno");
	o->n_rules++;
}

static void
set_kind(struct fault_options *o, const char *word)
{
	if (strcmp(word, "kill") == 0)
		o->kind = FAULT_KILL;
	else if (strcmp(word, "kill-after") == 0)
		o->kind = FAULT_KILL_AFTER;
	else if (strcmp(word, "short") == 0)
		o->kind = FAULT_SHORT;
	else if ((o->error = fault_errno_value(word)) != 0)
		o->kind = FAULT_BY_ERRNO;
	else
		usage("-e: unknown kind");
}

static unsigned long
number(const char *word)
{
	char *end;
	unsigned long n;

	n = strtoul(word, &end, 10);
	if (*word < '0' || *word > '9' || *end != '\0' || n > 1000000000)
		usage("not a number");
	return n;
}

static void
parse(struct fault_options *o, int argc, char **argv)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->index = 1;
	o->seconds = 60;
	while ((c = getopt(argc, argv, "+a:c:d:e:fi:ln:pr:st:w:")) != -1) {
		switch (c) {
		case 'a':
			add_rule(o, optarg);
			break;
		case 'c':
			o->report = optarg;
			break;
		case 'd':
			o->directory = optarg;
			break;
		case 'e':
			set_kind(o, optarg);
			break;
		case 'f':
			o->follow = 1;
			break;
		case 'i':
			o->kind = FAULT_BY_INDEX;
			o->index = (int)number(optarg);
			break;
		case 'l':
			o->loader = 1;
			break;
		case 'n':
			if ((o->n = number(optarg)) == 0)
				usage("calls are counted from 1");
			break;
		case 'p':
			o->persist = 1;
			break;
		case 'r':
			o->trace = optarg;
			break;
		case 's':
			o->set_id = 1;
			break;
		case 't':
			o->seconds = (int)number(optarg);
			break;
		case 'w':
			o->took = optarg;
			break;
		default:
			usage("unknown option");
		}
	}
	if (optind == argc)
		usage("no command");
	if ((o->trace == NULL) != (o->directory == NULL))
		usage("-r goes with -d");
}

static FILE *
open_output(const char *path)
{
	FILE *f = NULL;

	if (path != NULL && (f = fopen(path, "we")) == NULL)
		fault_die(125, "%s", path);
	return f;
}

static void
close_output(FILE *f, const char *path)
{
	if (f != NULL && fclose(f) != 0)
		fault_die(125, "%s", path);
}

int
main(int argc, char **argv)
{
	struct fault_record *record = NULL;
	struct fault_options o;
	struct fault_child c;
	FILE *report, *trace;
	int status;

	parse(&o, argc, argv);
	report = open_output(o.report);
	trace = open_output(o.trace);
	if (trace != NULL && (record = fault_record_new(
				  trace, o.directory, o.took)) == NULL)
		fault_die(125, "no memory");
	if (fault_start(&c, argv + optind, o.set_id) != 0)
		fault_die(125, "seccomp user notification does not work here");
	status = fault_watch(&o, &c, report, record);
	fault_record_free(record);
	close_output(report, o.report);
	close_output(trace, o.trace);
	if ((errno = fault_exec_error(&c)) != 0)
		fault_die(errno == ENOENT ? 127 : 126, "%s", argv[optind]);
	if (status == -1)
		return 124;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
