/*
 * submitter: run commands many times, each with the same message on standard
 * input, and say how long they took.
 *
 *	submitter [-i FILE | -s BYTES] [-n N] [-j J] [-g MS] [-w FIFO]
 *	          -- COMMAND [ARG]... [-- COMMAND [ARG]...]...
 *
 *	-i FILE		the message (default: one of -s bytes, 2048)
 *	-n N		runs of each command (1)
 *	-j J		so many at once (1)
 *	-g MS		pause after each run, for what it leaves behind (0)
 *	-w FIFO		a run is over when a line "accepted..." comes out of
 *			this fifo, not when the command ends
 *
 * What the commands say on standard output is thrown away.
 *
 * Several commands take turns, so that they meet the same state of the
 * machine.  For each there is one line on standard output:
 *
 *	p50 p99 mean cpu per-second failures
 *
 * all times in microseconds per run: the wall clock from before the vfork
 * until it is over; the CPU of the command and of the children that it waited
 * for.  A failure is an exit status other than 0.  Per second: N by the time
 * that all took, which is of use for one command only.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_COMMANDS 8
#define MAX_AT_ONCE 256
#define ACCEPTED_MS 30000 /* longest wait for the fifo */

struct command {
	char **argv;
	long *us; /* of each run */
	long runs;
	long failures;
	double cpu;
};

struct running {
	pid_t pid;
	struct command *command;
	double start;
};

static struct command commands[MAX_COMMANDS];
static int n_commands;
static struct running running[MAX_AT_ONCE];
static int n_running;
static long runs = 1, at_once = 1, pause_ms;
static char message[64]; /* its path */
static int accepted = -1; /* the fifo */
static int nowhere; /* /dev/null */

static double
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n) {
		if ((n = write(fd, data, len)) < 0)
			err(1, "message");
	}
}

static void
compose(int fd, size_t size)
{
	static const char head[] =
	    "From: bench@example.org\n"
	    "To: rcpt@example.net\nSubject: benchmark\n\n";
	static const char line[] =
	    "The quick brown fox jumps over the lazy dog, and over again.\n";
	size_t len, done = sizeof(head) - 1;

	write_all(fd, head, sizeof(head) - 1);
	for (; done < size; done += len) {
		len = sizeof(line) - 1;
		if (len > size - done)
			len = size - done;
		write_all(fd, line + sizeof(line) - 1 - len, len);
	}
}

/* A file in memory, so that no run waits for the disk to read it. */
static void
load_message(const char *file, size_t size)
{
	char buf[65536];
	ssize_t n;
	int fd, from;

	if ((fd = memfd_create("message", 0)) < 0)
		err(1, "memfd_create");
	if (file == NULL)
		compose(fd, size);
	else if ((from = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		err(1, "%s", file);
	else {
		while ((n = read(from, buf, sizeof(buf))) > 0)
			write_all(fd, buf, (size_t)n);
		if (n < 0)
			err(1, "%s", file);
		close(from);
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	snprintf(message, sizeof(message), "/proc/self/fd/%d", fd);
}

/* Read the fifo up to and with the next "accepted" line; 0, or -1: none. */
static int
wait_accepted(void)
{
	static char line[256];
	static size_t len;
	struct pollfd p = { accepted, POLLIN, 0 };
	char c;

	for (;;) {
		if (poll(&p, 1, ACCEPTED_MS) != 1 || read(accepted, &c, 1) != 1)
			return -1;
		if (c != '\n') {
			if (len < sizeof(line) - 1)
				line[len++] = c;
			continue;
		}
		line[len] = '\0';
		len = 0;
		if (strncmp(line, "accepted", 8) == 0)
			return 0;
	}
}

static void
start(struct command *c)
{
	struct running *r = &running[n_running];
	int in;

	if ((in = open(message, O_RDONLY | O_CLOEXEC)) < 0)
		err(1, "%s", message);
	r->command = c;
	r->start = now_us();
	if ((r->pid = vfork()) < 0)
		err(1, "vfork");
	if (r->pid == 0) {
		dup2(in, 0);
		dup2(nowhere, 1);
		execvp(c->argv[0], c->argv);
		_exit(127);
	}
	close(in);
	n_running++;
}

static void
record(const struct running *r, int failed, double end)
{
	struct command *c = r->command;

	c->us[c->runs++] = (long)(end - r->start);
	c->failures += failed;
}

/* Wait for one of those that run. */
static void
finish(void)
{
	struct rusage ru;
	double end;
	pid_t pid;
	int i, status, failed = 0;

	if (accepted >= 0)
		failed = wait_accepted() != 0;
	end = now_us();
	if ((pid = wait4(-1, &status, 0, &ru)) < 0)
		err(1, "wait4");
	if (accepted < 0)
		end = now_us();
	for (i = 0; running[i].pid != pid; i++)
		;
	record(&running[i], failed || status != 0, end);
	running[i].command->cpu +=
	    (double)ru.ru_utime.tv_sec * 1e6 + (double)ru.ru_utime.tv_usec +
	    (double)ru.ru_stime.tv_sec * 1e6 + (double)ru.ru_stime.tv_usec;
	running[i] = running[--n_running];
	if (pause_ms > 0)
		poll(NULL, 0, (int)pause_ms);
}

static int
by_value(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static void
print(struct command *c, double total)
{
	double sum = 0;
	long i;

	qsort(c->us, (size_t)c->runs, sizeof(*c->us), by_value);
	for (i = 0; i < c->runs; i++)
		sum += (double)c->us[i];
	printf("%ld %ld %.0f %.0f %.0f %ld\n", c->us[(c->runs - 1) / 2],
	    c->us[(c->runs - 1) * 99 / 100], sum / (double)c->runs,
	    c->cpu / (double)c->runs, (double)c->runs * 1e6 / total,
	    c->failures);
}

static long
number(const char *word)
{
	char *end;
	long n;

	n = strtol(word, &end, 10);
	if (*word == '\0' || *end != '\0' || n < 0)
		errx(1, "%s: not a number", word);
	return n;
}

static void
add_command(char **argv)
{
	struct command *c = &commands[n_commands++];

	if (n_commands > MAX_COMMANDS)
		errx(1, "too many commands");
	c->argv = argv;
	if ((c->us = calloc((size_t)runs, sizeof(*c->us))) == NULL)
		err(1, NULL);
}

/* Cut the rest of argv at each "--". */
static void
add_commands(char **argv)
{
	char **first = argv;

	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "--") != 0)
			continue;
		*argv = NULL;
		if (*first != NULL)
			add_command(first);
		first = argv + 1;
	}
	if (*first != NULL)
		add_command(first);
	if (n_commands == 0)
		errx(1, "no command");
}

static void
parse(int argc, char **argv)
{
	const char *file = NULL;
	size_t size = 2048;
	int c;

	while ((c = getopt(argc, argv, "+g:i:j:n:s:w:")) != -1) {
		switch (c) {
		case 'g':
			pause_ms = number(optarg);
			break;
		case 'i':
			file = optarg;
			break;
		case 'j':
			at_once = number(optarg);
			break;
		case 'n':
			runs = number(optarg);
			break;
		case 's':
			size = (size_t)number(optarg);
			break;
		case 'w':
			/* Read and write: its other end may come and go. */
			accepted = open(optarg, O_RDWR | O_CLOEXEC);
			if (accepted < 0)
				err(1, "%s", optarg);
			break;
		default:
			errx(1, "the usage is at the top of submitter.c");
		}
	}
	if (runs < 1 || at_once < 1 || at_once > MAX_AT_ONCE)
		errx(1, "-n or -j out of range");
	add_commands(argv + optind);
	load_message(file, size);
}

int
main(int argc, char **argv)
{
	double begin;
	long i;
	int k;

	parse(argc, argv);
	if ((nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)) < 0)
		err(1, "/dev/null");
	begin = now_us();
	for (i = 0; i < runs; i++) {
		for (k = 0; k < n_commands; k++) {
			start(&commands[k]);
			if (n_running == at_once)
				finish();
		}
	}
	while (n_running > 0)
		finish();
	for (k = 0; k < n_commands; k++)
		print(&commands[k], now_us() - begin);
	return 0;
}
