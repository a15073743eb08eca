/*
 * Simulated mail: see letters.h.
 */
#include <config.h>

#include "t/letters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/wake.h"
#include "t/scratch.h"
#include "t/simulated.h"
#include "t/tap.h"

struct rcpt {
	unsigned char delivered, returned, doubtful;
	unsigned char parked, queued;	/* as letters_count() finds it */
	unsigned char told;		/* a report on it is on the disk */
};

struct letter {
	int64_t sent;
	unsigned nrcpts;
	struct rcpt rcpts[LETTERS_RCPTS];
};

static struct {
	struct spool *spool;
	struct letter *list;
	size_t n;
	int64_t longest;
	long reports, delays, summaries;
	long strays;
} letters;

void
letters_begin(void)
{
	struct error e;

	letters_end();
	if ((letters.spool = spool_open(scratch_queue(), &e)) == NULL)
		scratch_fail(e.text);
	unlink(scratch_path("state"));
}

void
letters_end(void)
{
	spool_close(letters.spool);
	free(letters.list);
	memset(&letters, 0, sizeof(letters));
}

static struct letter *
add(unsigned nrcpts)
{
	struct letter *list = reallocarray(letters.list, letters.n + 1,
	    sizeof(*list));

	if (list == NULL || nrcpts > LETTERS_RCPTS)
		scratch_fail("a letter");
	letters.list = list;
	list += letters.n++;
	memset(list, 0, sizeof(*list));
	list->sent = clock_now();
	list->nrcpts = nrcpts;
	return list;
}

void
letters_send(const char *sender, unsigned nrcpts)
{
	char names[LETTERS_RCPTS][64];
	struct envelope_rcpt rcpts[LETTERS_RCPTS];
	struct envelope env = { .arrival = clock_wall(),
		.uid = (uid_t)(1000 + *sender % 5), .sender = sender,
		.rcpts = rcpts, .nrcpts = nrcpts };
	const struct envelope_facts facts = { .longest = 78 };
	static const char text[] = "Subject: t\r\n\r\nhello\r\n";
	char id[SPOOL_ID + 1];
	struct spool_draft *d;
	struct error e;
	unsigned i;

	add(nrcpts);
	memset(rcpts, 0, sizeof(rcpts));
	for (i = 0; i < nrcpts; i++) {
		snprintf(names[i], sizeof(names[i]), "r%u.%zu@example.net", i,
		    letters.n - 1);
		rcpts[i].address = names[i];
		rcpts[i].mark = ENVELOPE_TODO;
	}
	if ((d = spool_begin(letters.spool, &env, &e)) == NULL ||
	    spool_write(d, text, sizeof(text) - 1, &e) != 0)
		scratch_fail(e.text);
	memcpy(id, spool_draft_id(d), sizeof(id));
	if (spool_commit(d, &facts, &e) != 0)
		scratch_fail(e.text);
	wake_message(letters.spool, id);
	simulated_news();
}

/* The recipient of this name, which ends at any other character; NULL: it is
 * none of ours. */
static struct rcpt *
find(const char *name, const struct letter **letter)
{
	unsigned i;
	size_t n;

	if (sscanf(name, "r%u.%zu@", &i, &n) != 2 || n >= letters.n ||
	    i >= letters.list[n].nrcpts)
		return NULL;
	*letter = &letters.list[n];
	return &letters.list[n].rcpts[i];
}

static void
note_wait(const struct letter *l)
{
	if (clock_now() - l->sent > letters.longest)
		letters.longest = clock_now() - l->sent;
}

/* A report: whom it is about.  on_disk: it did not arrive; in_doubt: it did,
 * and may come again. */
static void
read_report(const char *text, int on_disk, int in_doubt)
{
	static const char head[] = "Final-Recipient: rfc822; ";
	const struct letter *l;
	struct rcpt *r;

	if (!on_disk) {
		letters.reports += strstr(text, "Action: failed") != NULL;
		letters.delays += strstr(text, "Action: delayed") != NULL;
		letters.summaries += strstr(text, "(summary)") != NULL;
	}
	while ((text = strstr(text, head)) != NULL) {
		text += sizeof(head) - 1;
		if ((r = find(text, &l)) == NULL ||
		    strncmp(text + strcspn(text, "\n"), "\nAction: failed",
		    15) != 0)
			continue;
		if (on_disk) {
			r->told++;
			continue;
		}
		r->returned++;
		r->doubtful |= in_doubt != 0;
		note_wait(l);
	}
}

/* The message of a queue file; freed by the caller. */
static char *
read_message(int fd, const struct envelope *env)
{
	char *text = calloc(1, env->message + 1);

	if (text == NULL || pread(fd, text, env->message,
	    (off_t)env->head) != (ssize_t)env->message)
		scratch_fail("cannot read a message");
	return text;
}

void
letters_take(int fd, const struct envelope *env, size_t i, int in_doubt)
{
	const struct letter *l;
	struct rcpt *r = find(env->rcpts[i].address, &l);
	char *text;

	if (r == NULL) {
		text = read_message(fd, env);
		read_report(text, 0, in_doubt);
		free(text);
		return;
	}
	r->delivered++;
	r->doubtful |= in_doubt != 0;
	note_wait(l);
}

/* A file in failed/, or in the queue. */
static void
count_file(const struct spool_message *m, int parked)
{
	const struct letter *l;
	struct rcpt *r;
	char *text;
	size_t i;

	if (*m->env.sender == '\0') {
		text = read_message(m->fd, &m->env);
		read_report(text, 1, 0);
		free(text);
		return;
	}
	for (i = 0; i < m->env.nrcpts; i++) {
		if ((r = find(m->env.rcpts[i].address, &l)) == NULL)
			letters.strays++;
		else if (parked)
			r->parked += m->env.rcpts[i].mark !=
			    ENVELOPE_DELIVERED;
		else
			r->queued += m->env.rcpts[i].mark == ENVELOPE_TODO;
	}
}

struct place {
	struct spool *spool;
	int parked;
};

static int
count_one(void *arg, const char *id)
{
	const struct place *p = arg;
	struct spool_message m;
	struct error e;

	if (spool_peek(p->spool, id, &m, &e) != SPOOL_OK) {
		letters.strays++;
		return 0;
	}
	count_file(&m, p->parked);
	spool_release(&m);
	return 0;
}

static void
count_stray(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	letters.strays++;
}

static void
count_files(void)
{
	struct place queue = { letters.spool, 0 }, failed = { NULL, 1 };
	struct error e;

	failed.spool = spool_open_failed(letters.spool, &e);
	if (failed.spool == NULL ||
	    spool_scan(queue.spool, count_one, count_stray, &queue, &e) != 0 ||
	    spool_scan(failed.spool, count_one, count_stray, &failed, &e) != 0)
		scratch_fail(e.text);
	spool_close(failed.spool);
}

static void
count_rcpt(struct letters *all, size_t n, size_t i)
{
	const struct rcpt *r = &letters.list[n].rcpts[i];
	unsigned told = r->returned + r->told;
	/* Parked with its message, of which another could not be told. */
	unsigned parked = told > 0 ? 0 : r->parked;
	unsigned fates = (r->delivered > 0) + (told > 0) + (parked > 0) +
	    (r->queued > 0);

	all->submitted++;
	if (r->delivered > 0)
		all->delivered++;
	else if (told > 0)
		all->returned++;
	else if (parked > 0)
		all->parked++;
	else if (r->queued > 0)
		all->queued++;
	else
		all->lost++;
	if (r->doubtful)
		all->doubtful += r->delivered > 1 || fates > 1;
	else if (fates > 1)
		all->torn++;
	else if (r->delivered > 1 || told > 1)
		all->twice++;
	if (fates != 1 || (!r->doubtful && (r->delivered > 1 || told > 1)))
		diag("r%zu.%zu: %u times delivered, %u told, %u parked, "
		    "%u queued%s", i, n, r->delivered, told, parked,
		    r->queued, r->doubtful ? ", by lost replies" : "");
}

struct letters
letters_count(void)
{
	struct letters all = { .reports = letters.reports,
		.delays = letters.delays, .summaries = letters.summaries };
	struct rcpt *r;
	size_t i, k;

	letters.strays = 0;
	for (i = 0; i < letters.n; i++)
		for (k = 0; k < letters.list[i].nrcpts; k++) {
			r = &letters.list[i].rcpts[k];
			r->parked = r->queued = r->told = 0;
		}
	count_files();
	for (i = 0; i < letters.n; i++)
		for (k = 0; k < letters.list[i].nrcpts; k++)
			count_rcpt(&all, i, k);
	all.strays = letters.strays;
	return all;
}

long
letters_waiting(int64_t age)
{
	size_t i, k;
	long n = 0;

	for (i = 0; i < letters.n; i++)
		for (k = 0; k < letters.list[i].nrcpts; k++)
			n += letters.list[i].rcpts[k].queued &&
			    clock_now() - letters.list[i].sent > age;
	return n;
}

int64_t
letters_longest(void)
{
	return letters.longest;
}
