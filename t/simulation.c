/*
 * A case of simulated time: see simulation.h.
 */
#include <config.h>

#include "t/simulation.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/clock.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/tap.h"

struct site site;
struct flush scheduler;

static char options[512];	/* where its configuration is */
static int files;		/* open, before the case */

/* The smarthost. */

static const char *
welcome(void)
{
	if (site.down)
		return "cannot connect to smtp.example.com: timed out";
	return site.wrong ? "535 5.7.8 wrong user or password" : NULL;
}

static const char *
mail(const char *sender)
{
	int64_t minute = clock_now() / MINUTE;

	if (site.disliked != NULL && strcmp(sender, site.disliked) == 0)
		return "550 5.7.1 not allowed to send as this";
	if (site.most == 0)
		return NULL;
	if (minute != site.minute)
		site.in_minute = 0;
	site.minute = minute;
	return ++site.in_minute > site.most ? site.too_many : NULL;
}

static const char *
rcpt(const char *sender, const char *name)
{
	unsigned i, n;

	static const char *const mixed[] = { NULL, "450 4.2.0 busy mailbox",
		"452 4.5.3 too many recipients", "550 5.1.1 unknown",
		"452 4.2.2 mailbox full", NULL, NULL, NULL };

	(void)sender;
	if (site.refusal != NULL)
		return site.refusal;
	if (site.mixed)
		return mixed[chance_below(8)];
	if (site.delay == 0 || sscanf(name, "r%u.%u@", &i, &n) != 2)
		return NULL;
	n = (n * LETTERS_RCPTS + i) % SITE_SEEN;
	if (site.seen[n] == 0)
		site.seen[n] = clock_now();
	return clock_now() < site.seen[n] + site.delay ?
	    "450 4.2.0 greylisted, come back later" : NULL;
}

const struct smarthost simulation_plain = { .welcome = welcome, .mail = mail,
	.rcpt = rcpt, .to_connect = 100, .to_send = 20 };

/* Running the scheduler. */

static int
count_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

void
simulation_configure(const char *more)
{
	char text[2000];

	snprintf(text, sizeof(text), "[smarthost]\nhost = smtp.example.com\n"
	    "user = me\npassword_file = %s\n[sender]\ndomain = example.org\n"
	    "[queue]\ndirectory = %s\nsubmit_socket =\n%s",
	    scratch_path("password"), scratch(), more);
	scratch_text("outbox.conf", text);
}

static void
prepare(void)
{
	scheduler = (struct flush)FLUSH_INIT;
	scheduler.path = options;
}

void
simulation_start(void)
{
	prepare();
	if (flush_open(&scheduler) >= 0)
		scratch_fail("the scheduler does not start");
}

void
simulation_run(int64_t time)
{
	int64_t when = clock_now() + time;

	simulated_until(when);
	while (clock_now() < when)
		if (!loop_round(&scheduler))
			scratch_fail("the scheduler ended");
}

void
simulation_stop(void)
{
	int64_t began = clock_now();

	simulated_until(INT64_MAX);
	kill(getpid(), SIGTERM);
	simulated_news();
	if (flush_run(&scheduler) != 0)
		scratch_fail("the scheduler ends with an error");
	flush_close(&scheduler);
	if (clock_now() > began + MINUTE)
		scratch_fail("the scheduler does not stop");
}

void
simulation_once(void)
{
	int status;

	prepare();
	scheduler.once = 1;
	simulated_until(INT64_MAX);
	if ((status = flush_open(&scheduler)) < 0)
		status = flush_run(&scheduler);
	flush_close(&scheduler);
	if (status != EX_OK && status != EX_TEMPFAIL)
		scratch_fail("--once fails");
}

void
simulation_signal(int number)
{
	kill(getpid(), number);
	simulated_news();
}

void
simulation_begin(const struct smarthost *s, const char *more)
{
	simulated_begin();
	workers_begin(s);
	memset(&site, 0, sizeof(site));
	files = count_descriptors();
	letters_begin();
	scratch_text("password", "secret\n");
	simulation_configure(more);
	snprintf(options, sizeof(options), "%s", scratch_path("outbox.conf"));
	simulation_start();
}

/* The account of a case, and what each must leave behind. */
struct letters
simulation_end(const char *what)
{
	struct letters all;
	struct stat st;

	simulation_stop();
	all = letters_count();
	diag("%s: %ld submitted = %ld delivered + %ld returned + %ld parked "
	    "+ %ld queued; %ld reports, %ld of delay, %ld summaries, "
	    "%ld copies", what,
	    all.submitted, all.delivered, all.returned, all.parked,
	    all.queued, all.reports, all.delays, all.summaries,
	    all.doubtful);
	diag("%s: %ld workers, %ld connects, %ld transactions; %ld lines, "
	    "%ld waits, %ld syncs", what, workers_counts()->started,
	    workers_counts()->connects, workers_counts()->mails,
	    simulated_counts()->lines, simulated_counts()->waits,
	    simulated_counts()->syncs);
	ok(all.submitted > 0 && all.lost == 0 && all.submitted ==
	    all.delivered + all.returned + all.parked + all.queued,
	    "%s: nothing is lost", what);
	is_int(all.twice + all.torn, 0, "%s: nothing has two fates", what);
	is_int(all.strays, 0, "%s: no file that is no message", what);
	is_int(simulated_counts()->spins, 0, "%s: no round in vain", what);
	letters_end();
	simulated_end();
	is_int(count_descriptors(), files, "%s: no descriptor is left", what);
	is_int(workers_left(), 0, "%s: no worker is left", what);
	ok(stat(scratch_path("state"), &st) == 0 && st.st_size < 8192,
	    "%s: the state file is small", what);
	return all;
}

void
at_most(int64_t got, int64_t most, const char *what)
{
	ok(got <= most, "at most %lld %s", (long long)most, what);
	if (got > most)
		diag("got %lld", (long long)got);
}

/* Mail that comes all the time. */
static struct {
	int64_t pause, end;
	unsigned count;
} arrivals;

static void
arrive(void *arg)
{
	static const char *const senders[] = { "anna@example.org",
		"bert@example.org", "cron@example.org", "dora@example.org" };

	(void)arg;
	letters_send(senders[arrivals.count % 4],
	    arrivals.count % 10 == 0 ? 3 : 1);
	arrivals.count++;
	if (clock_now() + arrivals.pause < arrivals.end)
		simulated_at(clock_now() + arrivals.pause, arrive, NULL);
}

void
mail_every(int64_t pause, int64_t time)
{
	arrivals.pause = pause;
	arrivals.end = clock_now() + time;
	arrivals.count = 0;
	arrive(NULL);
}

void
mail_at_once(unsigned n, const char *sender)
{
	while (n-- > 0)
		letters_send(sender, 1);
}
