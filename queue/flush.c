/*
 * A run of the scheduler from its beginning to its end, and its
 * configuration.  It knows the queue and when each message is due
 * (dispatch.c, site.c, loop.c); workers do the sending (pool.c), and
 * settle_end.c ends a delivery.  It never touches the network or the secret.
 */
#include <config.h>

#include "queue/flush.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "config/value.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/event.h"
#include "queue/journal.h"
#include "queue/notify.h"
#include "queue/program.h"
#include "queue/shared.h"
#include "queue/submit.h"
#include "queue/wake.h"

#define FILES_MAX 65536		/* descriptors */

struct schedule_limits
flush_limits(const struct flush *f)
{
	struct schedule_limits limits = { f->settings.retry_min * 1000,
		f->settings.retry_max * 1000 };

	return limits;
}

uint32_t
flush_chance(void)
{
	uint32_t chance = 0;

	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
		chance = (uint32_t)clock_now();
	return chance;
}

/* Derive from the settings what they say of replies and the rate. */
static void
take_settings(struct flush *f)
{
	const struct settings *s = &f->settings;

	f->replies = (struct replies){ s->reply_retry, s->reply_slow,
		s->reply_hold, s->reply_bounce, s->soft_bounce };
	f->rate = (struct throttle_rate){ 0, 0 };
	if (*s->rate != '\0')
		value_rate(s->rate, &f->rate.count, &f->rate.period);
}

/* Limited or not, mail goes. */
static void
open_usage(struct flush *f)
{
	struct error e;

	if (*f->settings.user_rate != '\0' && f->usage < 0 &&
	    (f->usage = quota_open(f->spool, &e)) < 0)
		log_event(f->log, LOG_ERR, "no user_rate: %s", e.text);
}

static const char *
settings_path(const struct flush *f)
{
	return f->path != NULL ? f->path : SETTINGS_FILE;
}

void
flush_reload(struct flush *f)
{
	int had_local = settings_has_local(&f->settings);
	struct throttle_rate rate = f->rate;
	struct settings fresh;
	struct host host;

	if (settings_load_service(&fresh, f->path, log_setting,
	    f->log) != 0) {
		log_event(f->log, LOG_ERR, "the configuration has errors: "
		    "going on with the old one");
		return;
	}
	if (strcmp(fresh.directory, f->settings.directory) != 0)
		log_event(f->log, LOG_WARNING, "directory changes only with "
		    "a restart");
	if (host_init(&host, fresh.domain, &host_system) == 0) {
		host_free(&f->host);
		f->host = host;
	}
	site_kept(f);
	if (strcmp(fresh.host, f->settings.host) != 0 ||
	    fresh.port != f->settings.port)
		pool_forsake(f);
	settings_free(&f->settings);
	f->settings = fresh;
	log_rename(f->log, f->settings.log_name);
	take_settings(f);
	throttle_change(&f->throttle, &rate, &f->rate, clock_now());
	site_is_changed(f);	/* seen now */
	open_usage(f);
	f->next_clean = f->next_look = 0;	/* other limits, other files */
	/* Workers have the old one: let them end. */
	pool_tend(f, clock_now(), 1);
	submit_reload(f);
	shared_clear(f->shared);
	if (settings_has_local(&f->settings) != had_local)
		dispatch_sort_again(f);
	event_configured(f->log, "reload", settings_path(f));
}

static int
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The queue, a new one in an empty directory.  -1 and e. */
static int
open_spool(struct flush *f, struct error *e)
{
	const char *directory = f->settings.directory;
	int base, result;

	f->spool = spool_open(directory, e);
	if (f->spool != NULL || e->number != ENOENT)
		return f->spool != NULL ? 0 : -1;
	if ((base = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	result = program_become_owner(base, e);
	close(base);
	if (result == 0 && (result = spool_make(directory, e)) == 0 &&
	    (f->spool = spool_open(directory, e)) == NULL)
		result = -1;
	return result;
}

static int
open_backlogs(struct flush *f)
{
	int home;

	for (home = 0; home < HOMES; home++)
		if ((f->backlogs[home] = backlog_new()) == NULL)
			return -1;
	return 0;
}

/* Each message in flight is an open file.  Commands that we run get the limit,
 * too, and some close that many descriptors at their start. */
static void
raise_limit(struct flush *f)
{
	struct rlimit r;

	f->files = RLIM_INFINITY;
	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	if (r.rlim_cur < FILES_MAX)
		r.rlim_cur = r.rlim_max < FILES_MAX ? r.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &r);
	if (getrlimit(RLIMIT_NOFILE, &r) == 0)
		f->files = r.rlim_cur;
}

/* Open what the settings name.  -1, or an exit status. */
static int
prepare(struct flush *f)
{
	struct error e;

	raise_limit(f);
	if (open_spool(f, &e) != 0)
		goto fail;
	/* Started as root, it works as the owner of the queue. */
	if (program_become_owner(spool_directory(f->spool), &e) != 0)
		goto fail;
	if (spool_check(f->spool, &e) != 0)
		goto fail;
	if (spool_lock(f->spool, &e) != 0) {
		if (e.number == EWOULDBLOCK && f->once)
			return EX_OK;	/* the other one does the work */
		goto fail;
	}
	if ((f->wake = wake_open(f->spool, &e)) < 0)
		goto fail;
	if (spool_check_modes(f->spool, &e) != 0)
		log_event(f->log, LOG_WARNING, "%s", e.text);
	if ((f->signals = open_signals()) < 0) {
		error_sys(&e, "cannot wait for signals");
		goto fail;
	}
	open_usage(f);
	f->shared = shared_open();
	f->worker_path = program_find("outbox-smtp",
	    PKGLIBEXECDIR "/outbox-smtp");
	f->local_path = program_find("outbox-local",
	    PKGLIBEXECDIR "/outbox-local");
	f->tool_path = program_find("outbox", SBINDIR "/outbox");
	if (open_backlogs(f) != 0 || f->worker_path == NULL ||
	    f->local_path == NULL || f->tool_path == NULL ||
	    loop_open(f) != 0 ||
	    host_init(&f->host, f->settings.domain, &host_system) != 0) {
		error_memory(&e);
		goto fail;
	}
	site_is_changed(f);
	site_load(f);
	absence_begin(f);
	site_kept(f);
	f->watchdog = notify_watchdog();
	submit_open(f);
	return -1;
fail:
	log_event(f->log, LOG_ERR, "%s", e.text);
	return e.number == EWOULDBLOCK ? EX_TEMPFAIL : EX_OSFILE;
}

void
flush_close(struct flush *f)
{
	const int fds[] = { f->wake, f->signals, f->network, f->watch,
		f->usage, f->shared };
	size_t i;

	submit_close(f);
	loop_free(f);
	hold_clear(&f->holds);
	for (i = 0; i < HOMES; i++)
		backlog_free(f->backlogs[i]);
	spool_close(f->spool);
	host_free(&f->host);
	settings_free(&f->settings);
	free(f->worker_path);
	free(f->local_path);
	free(f->tool_path);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	log_close(f->log);
}

/* To the log as all, and to who starts it by hand. */
static void
report_setting(void *arg, const char *file, int line, const char *text)
{
	const struct flush *f = arg;
	struct log *person;

	log_setting(f->log, file, line, text);
	if (f->to_stderr || journal_has(STDERR_FILENO))
		return;
	person = log_open("outbox-flush", LOG_MAIL, 1);
	log_setting(person, file, line, text);
	log_close(person);
}

int
flush_open(struct flush *f)
{
	f->log = log_open("outbox-flush", LOG_MAIL, f->to_stderr);
	if (settings_load_service(&f->settings, f->path, report_setting,
	    f) != 0)
		return errno == ENOMEM ? EX_OSERR : EX_CONFIG;
	take_settings(f);
	if (!f->to_stderr) {
		log_close(f->log);
		f->log = log_open("outbox-flush", f->settings.facility, 0);
		log_rename(f->log, f->settings.log_name);
	}
	return prepare(f);
}

int
flush_run(struct flush *f)
{
	notify_send("READY=1");
	if (!f->once) {
		site_note_service(f);
		event_configured(f->log, "daemon started", settings_path(f));
	}
	if (*f->settings.host == '\0')
		log_event(f->log, LOG_WARNING, "no smarthost is configured: "
		    "%s is kept in the queue until \"outbox setup\" has "
		    "named one",
		    settings_has_local(&f->settings) ? "mail for elsewhere" :
		    "mail");
	do {
		loop_run(f);
		/* While the queue is locked: the next run begins with it. */
		if (f->once)
			site_note_pass(f);
		site_kept(f);
		site_save(f);
	} while (dispatch_has_more(f));
	metrics_end(f);
	return f->once && f->deferred ? EX_TEMPFAIL : EX_OK;
}
