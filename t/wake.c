/*
 * The wake fifo: what is written is told, what is lost is noticed, and
 * rubbish or a writer that never stops do no harm.
 */
#include <config.h>

#include "queue/wake.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "t/chance.h"
#include "t/sample.h"
#include "t/scratch.h"
#include "t/tap.h"

#define A "000000000000000100000000"
#define B "000000000000000200000000"
#define RECORD 25

struct heard {
	struct buffer text;	/* of the first few records */
	size_t messages, flushes, overflows;
	int answer;		/* write again for each message: to this fd */
};

static void
hear_message(void *arg, const char *id)
{
	static const char more[] = A "\nrubbish that is as long as an ID\n";
	struct heard *h = arg;

	h->messages++;
	if (h->text.len < 200)
		buffer_addf(&h->text, "%s ", id);
	if (h->answer >= 0)
		(void)!write(h->answer, more, sizeof(more) - 1);
}

static void
hear_flush(void *arg)
{
	struct heard *h = arg;

	h->flushes++;
	if (h->text.len < 200)
		buffer_adds(&h->text, "* ");
}

static void
hear_overflow(void *arg)
{
	((struct heard *)arg)->overflows++;
}

static const struct wake_calls calls = { hear_message, hear_flush,
	hear_overflow };

/* What is heard now. */
static struct heard *
hear(int fd)
{
	static struct heard h;

	buffer_reset(&h.text);
	h.messages = h.flushes = h.overflows = 0;
	h.answer = -1;
	wake_read(fd, &calls, &h);
	return &h;
}

static void
test_open(struct spool *s)
{
	struct error e;
	struct stat st;
	int fd;

	is_int(wake_flush(s), -1, "no fifo: nobody is told");
	wake_message(s, A);
	is_int(access(scratch_path("wake"), F_OK), -1,
	    "... and no file is made");
	fd = wake_open(s, &e);
	ok(fd >= 0, "open makes it");
	stat(scratch_path("wake"), &st);
	is_int(st.st_mode, S_IFIFO | 0600, "... mode 0600");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "... closes on exec");
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, "... does not wait");
	close(fd);
	is_int(wake_flush(s), -1, "no reader: nobody is told");
	wake_message(s, A);
	fd = wake_open(s, &e);
	ok(fd >= 0, "open takes what is there");
	is_int((long long)hear(fd)->messages, 0,
	    "... what nobody heard is gone");
	close(fd);
	unlink(scratch_path("wake"));
	scratch_text("wake", "");
	is_int(wake_open(s, &e), -1, "a plain file");
	ok(strstr(e.text, "not a fifo") != NULL, "... why");
	wake_message(s, A);
	stat(scratch_path("wake"), &st);
	unlink(scratch_path("wake"));
	if (mkfifo(scratch_path("elsewhere"), 0600) != 0 ||
	    symlink(scratch_path("elsewhere"), scratch_path("wake")) != 0)
		scratch_fail("symlink");
	is_int(wake_open(s, &e), -1, "a link to a fifo");
	unlink(scratch_path("wake"));
}

static void
test_records(struct spool *s, int fd)
{
	struct heard *h = hear(fd);

	ok(h->messages + h->flushes + h->overflows == 0,
	    "nothing written, nothing heard");
	wake_message(s, A);
	wake_message(s, B);
	is_int(wake_flush(s), 0, "flush is there");
	wake_message(s, A);
	h = hear(fd);
	is_str(buffer_string(&h->text), A " " B " * " A " ",
	    "records, in order");
	is_int((long long)h->overflows, 0, "... none was lost");
	h = hear(fd);
	is_int((long long)(h->messages + h->flushes), 0, "... and once");
}

static void
test_rubbish(int fd)
{
	static const struct {
		const char *rule, *text;
		size_t messages, flushes, overflows;
	} cases[] = {
		{ "less than a record", "x", 0, 0, 0 },
		{ "no ID", "Some text: twenty-four.. \n", 0, 0, 1 },
		{ "a path", "../../../../etc/password\n", 0, 0, 1 },
		{ "one byte, then a record", "x" A "\n", 0, 0, 1 },
		{ "an ID in lower case", "000000000000000a00000000\n", 0, 0,
		    1 },
		{ "rubbish, then a record", "Some text: twenty-four   \n" A
		    "\n", 0, 0, 1 },
		{ "rubbish of a record's length, then one",
		    "Some text: twenty-four..\n" A "\n", 1, 0, 1 },
		{ "a record, then rubbish", A "\nx", 1, 0, 0 },
		{ "a star, then rubbish", "*rubbish of equal length\n", 0, 1,
		    0 },
	};
	struct heard *h;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (write(fd, cases[i].text, strlen(cases[i].text)) < 0)
			scratch_fail("write");
		h = hear(fd);
		is_int((long long)h->messages, (long long)cases[i].messages,
		    "rubbish: %s: messages", cases[i].rule);
		is_int((long long)h->flushes, (long long)cases[i].flushes,
		    "... flushes");
		is_int((long long)h->overflows, (long long)cases[i].overflows,
		    "... a scan");
	}
}

/* Records until the pipe takes no more: a scan must follow. */
static void
test_overflow(struct spool *s, int fd, int size)
{
	struct heard *h;
	size_t sent = 0;

	if (fcntl(fd, F_SETPIPE_SZ, size) < 0)
		scratch_fail("F_SETPIPE_SZ");
	while (wake_flush(s) == 0)
		sent++;
	wake_message(s, A);		/* lost, without waiting */
	h = hear(fd);
	is_int((long long)h->flushes, (long long)sent, "a full pipe of %d: "
	    "%zu records are heard", size, sent);
	is_int((long long)h->overflows, 1, "... and the loss is noticed");
	wake_message(s, A);
	h = hear(fd);
	is_int((long long)h->messages, 1, "... then all goes on");
	is_int((long long)h->overflows, 0, "... as before");
}

static void
test_random(int fd)
{
	static struct heard h;
	char rubbish[700];
	int i;

	h.answer = -1;
	for (i = 0; i < 2000; i++) {
		chance_fill(rubbish, sizeof(rubbish));
		if (write(fd, rubbish, chance_below(sizeof(rubbish))) >= 0)
			wake_read(fd, &calls, &h);
	}
	is_int((long long)h.messages, 0, "random bytes are no messages");
	buffer_free(&h.text);
}

/* Each record that is read brings another, and rubbish. */
static void
test_endless(struct spool *s, int fd)
{
	static struct heard h;
	char drain[4096];

	h.answer = fd;
	wake_message(s, A);
	alarm(20);
	wake_read(fd, &calls, &h);
	alarm(0);
	ok(h.messages > 0, "a writer that never stops: %zu records, then "
	    "other work", h.messages);
	is_int((long long)h.overflows, 1, "... and a scan");
	while (read(fd, drain, sizeof(drain)) > 0)
		continue;
	buffer_free(&h.text);
}

int
main(void)
{
	struct spool *s = sample_open();
	struct error e;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	test_open(s);
	if ((fd = wake_open(s, &e)) < 0)
		scratch_fail(e.text);
	test_records(s, fd);
	test_rubbish(fd);
	test_random(fd);
	test_endless(s, fd);
	test_overflow(s, fd, 65536);
	test_overflow(s, fd, 4096);
	test_overflow(s, fd, 16384);
	close(fd);
	spool_close(s);
	return done();
}
