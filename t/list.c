/*
 * mailq: the layout to the column.
 */
#include <config.h>

#include "sendmail/list.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/spool.h"
#include "t/tap.h"

#define A "00000000000000AA00000001"
#define B "00000000000000BB00000002"
#define C "00000000000000CC00000003"

static char directory[] = "/tmp/outbox-list-XXXXXX";

/* Queue a message of size bytes and give it this name. */
static void
queue(struct spool *s, const char *name, const char *sender,
    const char *rcpts[], size_t size)
{
	struct envelope_rcpt r[4];
	struct envelope env = { .arrival = 1763925180, .uid = getuid(),
		.sender = sender, .rcpts = r };
	struct envelope_facts facts = { 0, 0, 0, 0 };
	char from[200], to[200];
	struct spool_draft *d;
	struct error e;

	memset(r, 0, sizeof(r));
	for (; rcpts[env.nrcpts] != NULL; env.nrcpts++) {
		r[env.nrcpts].address = rcpts[env.nrcpts];
		r[env.nrcpts].mark = ENVELOPE_TODO;
	}
	if ((d = spool_begin(s, &env, &e)) == NULL)
		abort();
	snprintf(from, sizeof(from), "%s/queue/%s", directory,
	    spool_draft_id(d));
	snprintf(to, sizeof(to), "%s/queue/%s", directory, name);
	while (size-- > 0)
		spool_write(d, "x", 1, &e);
	if (spool_commit(d, &facts, &e) != 0 || rename(from, to) != 0)
		abort();
}

static void
is_list(struct spool *s, const char *want, const char *name)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct error e = { 0, "" };

	if (out == NULL || list_print(s, out, &e) != 0)
		diag("list_print: %s", e.text);
	fclose(out);
	is_str(text, want, "%s", name);
	free(text);
}

#define HEAD "---------Queue ID--------- --Size-- ---Arrival Time---- " \
	"--Sender/Recipient------\n"
#define WHEN " Sun Nov 23 19:13:00 "
#define BLANK "                                                        "

static void
check_layout(struct spool *s)
{
	static const char *one[] = { "bob@example.org", NULL };
	static const char *two[] = { "eve@example.org", "joe@example.org",
		NULL };
	struct spool_message m;
	struct envelope_retry retry = { .attempts = 1 };
	struct error e;

	is_list(s, "Mail queue is empty\n", "an empty queue");
	queue(s, B, "alice@example.org", one, 1500);
	is_list(s, HEAD B "       1500" WHEN "alice@example.org\n"
	    BLANK "bob@example.org\n\n"
	    "-- 1 Kbytes in 1 Request.\n", "one message");
	queue(s, A, "", two, 600);
	is_list(s, HEAD A "        600" WHEN "MAILER-DAEMON\n"
	    BLANK "eve@example.org\n" BLANK "joe@example.org\n\n"
	    B "       1500" WHEN "alice@example.org\n"
	    BLANK "bob@example.org\n\n"
	    "-- 2 Kbytes in 2 Requests.\n",
	    "in order of arrival; the null sender; two recipients");

	spool_take(s, A, &m, &e);
	retry.held = 1;
	snprintf(retry.reply, sizeof(retry.reply), "450 4.2.0 try later");
	spool_mark(&m, 0, ENVELOPE_DELIVERED, &e);
	spool_retry(&m, &retry, &e);
	spool_release(&m);
	is_list(s, HEAD A "!       600" WHEN "MAILER-DAEMON\n"
	    "                                                         "
	    "(450 4.2.0 try later)\n"
	    BLANK "joe@example.org\n\n"
	    B "       1500" WHEN "alice@example.org\n"
	    BLANK "bob@example.org\n\n"
	    "-- 2 Kbytes in 2 Requests.\n",
	    "held, the last reply at the right, who is still to do");

	if (access("/proc/locks", R_OK) != 0) {
		ok(1, "being delivered # SKIP no /proc/locks");
		return;
	}
	spool_take(s, A, &m, &e);
	is_list(s, HEAD A "*       600" WHEN "MAILER-DAEMON\n"
	    "                                                         "
	    "(450 4.2.0 try later)\n"
	    BLANK "joe@example.org\n\n"
	    B "       1500" WHEN "alice@example.org\n"
	    BLANK "bob@example.org\n\n"
	    "-- 2 Kbytes in 2 Requests.\n", "being delivered");
	spool_release(&m);
	spool_take(s, A, &m, &e);
	spool_remove(s, &m, &e);
	spool_release(&m);
}

static void
check_strangers(struct spool *s)
{
	static const char *odd[] = { "\303\266\302\233\200@x", NULL };
	struct spool_message m;
	struct envelope_retry retry = { .attempts = 1 };
	struct error e;
	char path[200], want[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/queue/%s", directory, C);
	if ((file = fopen(path, "w")) != NULL) {
		fputs("OB1 00000000 000000000000000\n", file);
		fclose(file);
	}
	snprintf(path, sizeof(path), "%s/queue/.%s", directory, A);
	if ((file = fopen(path, "w")) != NULL)
		fclose(file);
	is_list(s, HEAD B "       1500" WHEN "alice@example.org\n"
	    BLANK "bob@example.org\n\n"
	    "-- 1 Kbytes in 1 Request.\n",
	    "what is no message yet is not shown");
	unlink(path);

	spool_take(s, B, &m, &e);
	memset(retry.reply, 'x', ENVELOPE_REPLY);
	spool_retry(&m, &retry, &e);
	spool_remove(s, &m, &e);
	spool_release(&m);
	queue(s, A, "\302\205a@b", odd, 100);
	spool_take(s, A, &m, &e);
	spool_retry(&m, &retry, &e);
	spool_release(&m);
	snprintf(want, sizeof(want), "%s%s        100%s?a@b\n(%.*s)\n%s"
	    "\303\266??@x\n\n-- 0 Kbytes in 1 Request.\n", HEAD, A, WHEN,
	    ENVELOPE_REPLY, retry.reply, BLANK);
	is_list(s, want, "nothing controls the terminal; a long reply");
}

/* Remove what the tests made. */
static int
clean_up(void)
{
	static const char *const names[] = { "queue/" A, "queue/" C, "queue",
		"" };
	char path[200];
	size_t i;
	int result = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		result |= remove(path);
	}
	return result;
}

static void
check_count(struct spool *s)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct error e;

	if (out == NULL)
		abort();
	list_count(s, out, &e);
	fclose(out);
	is_str(text, "2\n", "the count is of files in the queue");
	free(text);
}

int
main(void)
{
	char path[200];
	struct spool *s;
	struct error e;

	setenv("TZ", "UTC0", 1);
	if (mkdtemp(directory) == NULL)
		return 99;
	snprintf(path, sizeof(path), "%s/queue", directory);
	if (mkdir(path, 0700) != 0 || (s = spool_open(directory, &e)) == NULL)
		return 99;
	check_layout(s);
	check_strangers(s);
	check_count(s);
	spool_close(s);
	return clean_up() == 0 ? done() : 99;
}
