/*
 * recover CONFIGURATION: for each line of standard input, what a machine does
 * with a queue after a power cut: the scheduler, with --once --all, in the
 * world of simulated.h and with a smarthost that takes all but recipients
 * whose name begins with "bad".  On standard output then
 *
 *	took RCPT CRC		a message was delivered; that of its content
 *	told RCPT		a report was, that says it failed
 *	log TEXT		with -v
 *	done STATUS
 *
 * t/crash.py makes the queues and asks for the account.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/flush.h"
#include "t/letters.h"
#include "t/scratch.h"
#include "t/simulated.h"
#include "t/simulated_worker.h"

static const char *
rcpt(const char *sender, const char *name)
{
	(void)sender;
	return strncmp(name, "bad", 3) == 0 ? "550 5.1.1 unknown" : NULL;
}

static const struct smarthost smarthost = { .rcpt = rcpt, .to_connect = 1,
	.to_send = 1 };

/* That of zlib and Python. */
static unsigned long
crc32(const unsigned char *data, size_t len)
{
	unsigned long crc = 0xffffffff;
	int i;

	while (len-- > 0) {
		crc ^= *data++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
	}
	return crc ^ 0xffffffff;
}

/* One that was not acknowledged may have holes. */
static void
tell_report(char *text, size_t len)
{
	static const char head[] = "Final-Recipient: rfc822; ";
	char *hole;

	while ((hole = memchr(text, '\0', len)) != NULL)
		*hole = ' ';
	while ((text = strstr(text, head)) != NULL) {
		text += sizeof(head) - 1;
		printf("told %.*s\n", (int)strcspn(text, "\r\n"), text);
	}
}

/* In the place of letters.c: recipient i of the file gets it. */
void
letters_take(int fd, const struct envelope *env, size_t i, int in_doubt)
{
	char *text = calloc(1, env->message + 1);

	(void)in_doubt;
	if (text == NULL || pread(fd, text, env->message,
	    (off_t)env->head) != (ssize_t)env->message)
		scratch_fail("cannot read a message");
	printf("took %s %08lx\n", env->rcpts[i].address,
	    crc32((const unsigned char *)text, env->message));
	if (*env->sender == '\0')
		tell_report(text, env->message);
	free(text);
}

static int
recover(const char *path)
{
	struct flush f = FLUSH_INIT;
	int status;

	simulated_begin();
	workers_begin(&smarthost);
	f.path = path;
	f.once = f.all = 1;
	simulated_until(INT64_MAX);
	if ((status = flush_open(&f)) < 0)
		status = flush_run(&f);
	flush_close(&f);
	simulated_end();
	return status;
}

int
main(int argc, char **argv)
{
	char line[16];

	if (argc != 2) {
		fputs("usage: recover configuration\n", stderr);
		return 2;
	}
	/* The simulation has a time of its own, the queue that of now. */
	simulated_jump(((int64_t)time(NULL) - clock_wall()) * 1000);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		printf("done %d\n", recover(argv[1]));
		if (workers_left() != 0)
			scratch_fail("a worker is left");
		fflush(stdout);
	}
	return 0;
}
