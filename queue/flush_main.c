/*
 * outbox-flush: main of the scheduler.
 */
#include <config.h>

#include <sys/stat.h>

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/flush.h"
#include "queue/program.h"

static int
parse_options(struct flush *f, int argc, char **argv)
{
	static const struct option options[] = {
		{ "once", no_argument, NULL, 'o' },
		{ "all", no_argument, NULL, 'a' },
		{ "stderr", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "C:", options, NULL)) != -1) {
		switch (c) {
		case 'C':
			f->path = optarg;
			break;
		case 'o':
			f->once = 1;
			break;
		case 'a':
			f->all = 1;
			break;
		case 'e':
			f->to_stderr = 1;
			break;
		case 'h':
			puts("usage: outbox-flush [-C file] [--once [--all]] "
			    "[--stderr]");
			return EX_OK;
		case 'v':
			puts("outbox-flush " PACKAGE_VERSION);
			return EX_OK;
		default:
			return EX_USAGE;
		}
	}
	if (f->all && !f->once) {
		fputs("outbox-flush: --all goes with --once\n", stderr);
		return EX_USAGE;
	}
	if (optind < argc) {
		fprintf(stderr, "outbox-flush: %s: takes no operands\n",
		    argv[optind]);
		return EX_USAGE;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct flush f = FLUSH_INIT;
	int status;

	program_begin();
	umask(077);
	if ((status = parse_options(&f, argc, argv)) >= 0)
		return status;
	if ((status = flush_open(&f)) < 0)
		status = flush_run(&f);
	flush_close(&f);
	return status;
}
