/*
 * sendmail: what the caller's environment may do to it is undone first, then
 * the command line picks what to do.  Every failure is one line on standard
 * error and in the log, and an exit status of sysexits.h.
 */
#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "config/settings.h"
#include "queue/background.h"
#include "queue/error.h"
#include "queue/log.h"
#include "queue/privilege.h"
#include "queue/spool.h"
#include "queue/utf8.h"
#include "queue/wake.h"
#include "sendmail/input.h"
#include "sendmail/list.h"
#include "sendmail/message.h"
#include "sendmail/options.h"
#include "sendmail/peer.h"
#include "sendmail/smtpd.h"
#include "sendmail/submission.h"

struct run {
	struct options options;
	struct settings settings;
	struct message_site site;
	struct error no_spool;	/* why there is none */
	struct log *log;
	struct peer peer;	/* of -bs */
	int left;		/* standard input may have more */
};

/* Text from outside may hold anything. */
static void
print_error(const char *text)
{
	static const char none[] = "sendmail: out of memory\n";
	struct buffer line = BUFFER_INIT;
	ssize_t n;

	buffer_adds(&line, "sendmail: ");
	utf8_add_printable(&line, text);
	if (buffer_addc(&line, '\n') == 0)
		n = write(STDERR_FILENO, line.data, line.len);
	else
		n = write(STDERR_FILENO, none, sizeof(none) - 1);
	(void)n;			/* nobody is left to tell */
	buffer_free(&line);
}

static int
fail(struct run *run, int status, const struct error *e)
{
	if (run->log == NULL)
		run->log = log_open("sendmail", LOG_MAIL, 0);
	/* Under inetd, standard error is the connection. */
	if (run->peer.place == PEER_NONE)
		print_error(e->text);
	log_event(run->log, LOG_ERR, "%s%s, uid=%lu",
	    run->options.mode == OPTIONS_SUBMIT ? "not queued: " : "",
	    e->text, (unsigned long)getuid());
	return status;
}

static int
still_set(struct error *e)
{
	return error_sys(e, "cannot give up the queue's group");
}

static void
report_setting(void *arg, const char *file, int line, const char *text)
{
	struct run *run = arg;
	struct error e;

	if (line > 0)
		error_set(&e, "%s:%d: %s", file, line, text);
	else
		error_set(&e, "%s: %s", file, text);
	fail(run, EX_CONFIG, &e);
}

/* Why the queue is not open to us. */
static void
explain(const struct run *run, struct error *e)
{
	size_t len = strlen(e->text);

	if (run->options.config == NULL)
		privilege_explain(e, "sendmail");
	else if (e->number == EACCES || e->number == EPERM)
		snprintf(e->text + len, sizeof(e->text) - len, ": with -C "
		    "sendmail has the rights of its caller only%s",
		    *run->settings.submit_socket != '\0' ? "" :
		    ", and the file sets no submit_socket");
}

/* Submission without it goes by the socket of flush. */
static int
open_queue(struct run *run, struct error *e)
{
	const struct settings *s = &run->settings;
	struct message_site *site = &run->site;
	int mode = run->options.mode;
	struct error missing;

	privilege_raise();
	site->spool = spool_open(s->directory, e);
	if (privilege_lower() != 0) {
		still_set(e);
		return EX_OSERR;
	}
	/* Where no outbox-flush has run yet. */
	if (site->spool == NULL && e->number == ENOENT &&
	    s->flush == SETTINGS_ON_DEMAND && !privilege_is_set() &&
	    spool_make(s->directory, &missing) == 0)
		site->spool = spool_open(s->directory, e);
	if (site->spool != NULL)
		return 0;
	if (e->number == ENOMEM)
		return EX_OSERR;
	explain(run, e);
	if (*s->submit_socket != '\0' &&
	    (mode == OPTIONS_SUBMIT || mode == OPTIONS_SMTP)) {
		run->no_spool = *e;
		site->no_spool = &run->no_spool;
		return 0;
	}
	return e->number == EACCES || e->number == EPERM ? EX_NOPERM :
	    EX_CANTCREAT;
}

static int
open_site(struct run *run, struct error *e)
{
	const struct settings *s = &run->settings;
	struct message_site *site = &run->site;

	site->settings = s;
	site->uid = getuid();
	site->log = run->log = log_open("sendmail", s->facility, 0);
	log_rename(run->log, s->log_name);
	if (host_init(&site->host, s->domain, &host_system) != 0) {
		error_memory(e);
		return EX_OSERR;
	}
	return run->options.mode == OPTIONS_VERIFY ? 0 : open_queue(run, e);
}

static int
submit(struct run *run, struct error *e)
{
	return submission_run(&run->options, &run->site, &run->left, e);
}

static int
verify(struct run *run, struct error *e)
{
	run->left = 0;
	return submission_verify(&run->options, &run->site, e);
}

static int
print_queue(struct run *run, struct error *e)
{
	struct spool *s = run->site.spool;
	int result;

	run->left = 0;
	signal(SIGPIPE, SIG_DFL);	/* "mailq | head" is no error */
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ * 8);
	/* The group keeps its members from the mail of others: its owner
	 * sees more without it. */
	if (privilege_owns(s) && privilege_drop() != 0)
		result = still_set(e);
	else
		result = run->options.mode == OPTIONS_COUNT ?
		    list_count(s, stdout, e) : list_print(s, stdout, e);
	return result == 0 ? 0 : error_status(e, EX_IOERR);
}

/* Wake flush; where none runs, run one if the caller may. */
static int
flush(struct run *run, struct error *e)
{
	const struct options *o = &run->options;
	struct spool *s = run->site.spool;
	int told = 0;

	run->left = 0;
	privilege_raise();
	if (o->flush_id != NULL)
		wake_message(s, o->flush_id);
	else
		told = wake_flush(s);
	if (privilege_lower() != 0) {
		still_set(e);
		return EX_OSERR;
	}
	if (told == 0 || !privilege_owns(s))
		return 0;
	if (o->foreground)
		background_become_flush(o->config);
	else if (background_flush(o->config, 0) == 0)
		return 0;
	error_sys(e, "cannot run outbox-flush");
	return EX_UNAVAILABLE;
}

static int
serve(struct run *run, struct error *e)
{
	const struct peer *peer = &run->peer;
	int serves;

	if (peer->place == PEER_LOOPBACK && run->site.spool == NULL) {
		*e = run->no_spool;
		return EX_CANTCREAT;
	}
	run->left = 0;
	/* A user may have connected to anything that repeats what it is told,
	 * and is not to be taken for whoever runs that. */
	serves = peer->uid != (uid_t)-1 && privilege_owns(run->site.spool);
	if (peer->place == PEER_LOOPBACK &&
	    privilege_become(run->site.spool, peer->uid) != 0) {
		error_sys(e, "cannot become the user who connects");
		return EX_NOPERM;
	}
	if (serves)
		run->site.uid = peer->uid;
	return smtpd_run(&run->options, &run->site,
	    peer->place != PEER_ELSEWHERE, e);
}

/* Modes that need the settings and, but for -bv, the queue. */
static int
run_mode(struct run *run, struct error *e)
{
	static int (*const modes[])(struct run *, struct error *) = {
		[OPTIONS_SUBMIT] = submit,
		[OPTIONS_SMTP] = serve,
		[OPTIONS_LIST] = print_queue,
		[OPTIONS_COUNT] = print_queue,
		[OPTIONS_VERIFY] = verify,
		[OPTIONS_FLUSH] = flush,
	};
	const char *config = run->options.config;
	int status;

	if (run->options.mode == OPTIONS_SMTP)
		peer_look(STDIN_FILENO, &run->peer);
	/* A file of the caller's choice is read with the caller's rights. */
	if (config != NULL && privilege_drop() != 0) {
		still_set(e);
		return fail(run, EX_OSERR, e);
	}
	if (settings_load(&run->settings, config, report_setting, run) != 0)
		return errno == ENOMEM ? EX_OSERR : EX_CONFIG;
	status = open_site(run, e);
	if (status == 0)
		status = modes[run->options.mode](run, e);
	if (status != 0)
		fail(run, status, e);
	spool_close(run->site.spool);
	host_free(&run->site.host);
	settings_free(&run->settings);
	return status;
}

/* Instead of a line on standard error. */
static void
tell_peer(void)
{
	static const char text[] = "421 4.3.0 no service now: the log of "
	    "this machine says why\r\n";
	ssize_t n = write(STDOUT_FILENO, text, sizeof(text) - 1);

	(void)n;			/* nobody is left to tell */
}

static int
print(struct run *run, const char *text)
{
	struct error e;

	if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
		return 0;
	error_sys(&e, "cannot write the text");
	return fail(run, EX_IOERR, &e);
}

int
main(int argc, char **argv)
{
	struct run run = { .left = 1 };
	struct error e = { 0, "" };
	int status;

	umask(077);
	if (privilege_begin() != 0) {
		still_set(&e);
		status = fail(&run, EX_OSERR, &e);
	} else if (options_parse(&run.options, argc, argv, &e) != 0)
		status = fail(&run, EX_USAGE, &e);
	else if (run.options.mode == OPTIONS_HELP)
		status = print(&run, options_help);
	else if (run.options.mode == OPTIONS_VERSION)
		status = print(&run, "outbox " PACKAGE_VERSION "\n");
	else if (run.options.mode == OPTIONS_NOTHING)
		status = 0;
	else
		status = run_mode(&run, &e);
	if (status != 0 && run.peer.place != PEER_NONE)
		tell_peer();
	if (status != 0 && run.left)
		input_drain(STDIN_FILENO);
	log_close(run.log);
	return status;
}
