/*
 * outbox-smtp: main of the worker.  It holds the network and the secret and
 * cannot write the queue.  Messages come as read-only descriptors on standard
 * input, a socket to the scheduler; verdicts go back the same way.  It ends
 * when the scheduler closes its side, or when the session fails: to try again
 * is the scheduler's business.
 *
 * The order in main() matters: what needs files and other programs is done
 * first, then these are given up, and only then is the network heard.
 */
#include <config.h>

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "config/host.h"
#include "config/mailbox.h"
#include "config/secret.h"
#include "config/settings.h"
#include "queue/clock.h"
#include "queue/confine.h"
#include "queue/credential.h"
#include "queue/error.h"
#include "queue/handover.h"
#include "queue/job.h"
#include "queue/log.h"
#include "queue/probe.h"
#include "queue/sandbox.h"
#include "queue/shared.h"
#include "queue/smtp.h"
#include "queue/spool.h"
#include "queue/tls.h"

#define SOCK STDIN_FILENO
#define PROGRESS_INTERVAL 1000	/* milliseconds between signs of life */
#define LOSSES_MAX 3	/* sessions that broke in a row, without any reply to
			 * a message: the site is down */

#define DROPS_MAX 2	/* sessions in a row that the server ended while it
			 * owed replies: it may not bear the extensions */

struct worker {
	struct settings settings;
	struct host host;
	struct log *log;
	char *name, *tls_name;		/* of the host, in ASCII */
	struct tls_context *trust;
	struct buffer ticket;
	struct credential credential;
	struct smtp_params params;
	struct error unready;		/* ready is 0: why */
	int ready;
	struct sandbox *sandbox;
	struct smtp *session;
	struct smtp_job *first, **last;	/* not begun */
	struct smtp_job *left;		/* given back undone */
	int64_t given;			/* jobs in this session */
	int losses;			/* see LOSSES_MAX */
	int classic_news;		/* not yet known to others */
	int keep_local;			/* local recipients are not ours */
	size_t drops;			/* when the session began */
	int64_t progress;		/* last sign of life */
	int recorded;			/* all that was said so far */
	int ended;			/* no more jobs will come */
	int alone;			/* nor anything else */
};

static void
report(const struct handover_report *r)
{
	/* Without the scheduler nothing can be recorded: stop. */
	if (handover_send_report(SOCK, r) != 0)
		exit(EX_UNAVAILABLE);
}

static void
report_site(enum handover_type type, const struct verdict *v)
{
	struct handover_report r = { .type = type };

	if (v != NULL)
		r.verdict = *v;
	report(&r);
}

/* There are no more verdicts of j; if not all recipients have one, tell. */
static void
job_done(struct smtp_job *j)
{
	struct job *job = (struct job *)(void *)j;
	struct handover_report r = { .type = HANDOVER_DONE,
		.job = job->number };

	if (job->left > 0)
		report(&r);
	job_free(job);
}

static void
add_job(struct worker *w, uint32_t number, int fd)
{
	struct handover_report r = { .type = HANDOVER_DONE, .job = number };
	struct job *j = job_new(number, fd, w->keep_local);

	if (j == NULL) {
		report(&r);
		return;
	}
	*w->last = &j->smtp;
	w->last = &j->smtp.next;
}

/* Take what the scheduler has sent, without waiting. */
static void
receive(struct worker *w)
{
	uint32_t number;
	int fd, rc;

	while (!w->alone &&
	    (rc = handover_receive_job(SOCK, &number, &fd)) != 0) {
		if (rc == 1)
			add_job(w, number, fd);
		w->recorded |= rc == HANDOVER_RECORDED;
		w->ended |= rc == HANDOVER_END || rc < 0;
		w->alone |= rc < 0;
	}
}

/* Wait until what was said is on disk: the server may take QUIT for a sign that
 * we know of its replies.  0: the scheduler is gone. */
static int
await_record(struct worker *w)
{
	struct pollfd p = { .fd = SOCK, .events = POLLIN };

	w->recorded = 0;
	report_site(HANDOVER_QUITTING, NULL);
	while (!w->recorded && !w->alone) {
		poll(&p, 1, -1);
		receive(w);
	}
	return w->recorded;
}

static struct smtp_job *
next_job(void *arg)
{
	struct worker *w = arg;
	struct smtp_job *j;

	receive(w);
	if (w->ended || w->given >= w->settings.messages_per_connection ||
	    (j = w->first) == NULL)
		return NULL;
	if ((w->first = j->next) == NULL)
		w->last = &w->first;
	j->next = NULL;
	w->given++;
	return j;
}

/* The classic way was tried and works: the others are to know. */
static void
tell_classic(struct worker *w)
{
	if (!w->classic_news)
		return;
	w->classic_news = 0;
	shared_write(SHARED_FD, SHARED_CLASSIC, "1", 1);
	log_event(w->log, LOG_WARNING, "%s offers PIPELINING or CHUNKING and "
	    "gets it wrong: going on without", smtp_relay(w->session));
}

static void
settle(void *arg, struct smtp_job *j, size_t rcpt, const struct verdict *v)
{
	struct job *job = (struct job *)(void *)j;
	struct handover_report r = { .type = HANDOVER_VERDICT,
		.job = job->number, .rcpt = (uint32_t)rcpt, .verdict = *v };
	struct worker *w = arg;

	if (v->code != 0) {
		w->losses = 0;
		tell_classic(w);
	}
	r.last = --job->left == 0;
	report(&r);
}

static void
done(void *arg, struct smtp_job *j)
{
	struct worker *w = arg;

	if (j->todo == 0) {
		job_done(j);
		return;
	}
	j->next = w->left;
	w->left = j;
}

static void
progress(void *arg)
{
	struct worker *w = arg;

	if (clock_now() - w->progress < PROGRESS_INTERVAL)
		return;
	w->progress = clock_now();
	report_site(HANDOVER_PROGRESS, NULL);
}

static const struct smtp_calls calls = { next_job, settle, done, progress };

/* Put the jobs of a session that was stale back in front. */
static void
requeue(struct worker *w)
{
	struct smtp_job *j;

	while ((j = w->left) != NULL) {
		w->left = j->next;
		if ((j->next = w->first) == NULL)
			w->last = &j->next;
		w->first = j;
	}
}

static void
give_back(struct worker *w)
{
	struct smtp_job *j;

	requeue(w);
	while ((j = w->first) != NULL) {
		w->first = j->next;
		job_done(j);
	}
	w->last = &w->first;
}

static void
close_session(struct worker *w, int polite)
{
	smtp_close(w->session, polite && w->session != NULL &&
	    await_record(w));
	w->session = NULL;
	w->given = 0;
}

/*
 * A session was lost.  1: the next is in the classic way, for the server broke
 * the rules of the other, or breaks the connection again and again.
 */
static int
turn_classic(struct worker *w, int unfit)
{
	if (w->params.classic || (!unfit && w->losses < LOSSES_MAX - 1))
		return 0;
	w->params.classic = w->classic_news = 1;
	return 1;
}

/*
 * What became of the extensions in this session, for those to come: also of
 * other workers, since one seldom has two that break.  Several that break at
 * once count as one, and one that does not ends the row.  1: enough.
 */
static int
note_drop(struct worker *w, int dropped)
{
	static const char row[DROPS_MAX] = { 1, 1 };

	if (w->params.classic || (!dropped && w->drops == 0))
		return 0;
	w->drops = dropped ? w->drops + 1 : 0;
	shared_write(SHARED_FD, SHARED_DROPS, row, w->drops);
	return w->drops == DROPS_MAX;
}

/* There is no session to be had: say why, give back what there is. */
static void
fail_site(struct worker *w, const struct verdict *v)
{
	report_site(HANDOVER_SITE, v);
	w->ended = 1;
	give_back(w);
}

/* What a session needs, and what a mistake in the configuration or something
 * that is missing here prevents. */
static int
prepare(struct worker *w, struct error *e)
{
	const struct settings *s = &w->settings;
	const struct tls_params p = { (enum tls_version)s->tls_min,
		s->priority, s->ca_file, s->fingerprint,
		s->client_certificate, s->client_key, s->dane };

	if (credential_start(&w->credential, e) != 0 ||
	    (w->name = tls_ascii_name(s->host, e)) == NULL ||
	    (w->tls_name = tls_ascii_name(s->tls_name, e)) == NULL)
		return -1;
	w->params.to.host = w->name;
	w->params.tls_name = w->tls_name;
	if (w->params.tls != SMTP_TLS_NONE &&
	    (w->params.trust = w->trust = tls_context_new(&p, e)) == NULL)
		return -1;
	return 0;
}

/* A file that this process was to read is another one now: the next worker
 * can read that. */
static void
make_room(struct worker *w)
{
	report_site(HANDOVER_LEAVING, NULL);
	w->ended = 1;
}

/* The session, in the words of Postfix for one with TLS.  No other than a
 * verified one comes this far. */
static void
announce(const struct worker *w)
{
	const char *relay = smtp_describe(w->session), *tls;

	if (strncmp(relay, "relay=", 6) == 0)
		relay += 6;
	if ((tls = strstr(relay, ", tls=")) != NULL)
		log_event(w->log, LOG_INFO, "Verified TLS connection "
		    "established to %.*s: %s", (int)(tls - relay), relay,
		    tls + 6);
	else
		log_event(w->log, LOG_INFO, "connection established to %s",
		    relay);
}

static void
open_session(struct worker *w)
{
	struct buffer told = BUFFER_INIT;
	struct verdict v;

	if (sandbox_is_stale(w->sandbox)) {
		make_room(w);
		return;
	}
	report_site(HANDOVER_OPENING, NULL);
	if (!w->ready) {
		/* The server is not asked, but it may be a PIN that is wrong:
		 * trying it often locks its token. */
		verdict_set(&v, VERDICT_DEFERRED, VERDICT_SITE,
		    *w->settings.client_certificate != '\0' ? VERDICT_LONG :
		    0, "4.7.5", "%s", w->unready.text);
		fail_site(w, &v);
		return;
	}
	shared_read(SHARED_FD, SHARED_CLASSIC, &told);
	w->params.classic |= told.len > 0;
	shared_read(SHARED_FD, SHARED_DROPS, &told);
	w->drops = told.len;
	if (w->drops >= DROPS_MAX)
		turn_classic(w, 1);
	buffer_free(&told);
	shared_read(SHARED_FD, SHARED_TICKET, &w->ticket);
	w->session = smtp_open(&w->params, &v);
	if (w->session != NULL)
		smtp_ticket(w->session, &w->ticket);
	else
		buffer_wipe(&w->ticket);	/* in case that it was why */
	shared_write(SHARED_FD, SHARED_TICKET, w->ticket.data, w->ticket.len);
	if (w->session == NULL) {
		fail_site(w, &v);
		return;
	}
	verdict_set(&v, VERDICT_DEFERRED, VERDICT_SITE,
	    smtp_takes_utf8(w->session) ? VERDICT_UTF8 : 0, "4.0.0", "%s",
	    smtp_describe(w->session));
	report_site(HANDOVER_OPENED, &v);
	announce(w);
}

static void
run_session(struct worker *w)
{
	struct verdict v;
	int unfit;

	switch (smtp_run(w->session, &calls, w, &v)) {
	case SMTP_IDLE:
		note_drop(w, 0);
		if (w->given >= w->settings.messages_per_connection)
			close_session(w, 1);
		break;
	case SMTP_STALE:
		close_session(w, 0);
		requeue(w);
		break;
	case SMTP_LOST:
		unfit = smtp_is_unfit(w->session) ||
		    note_drop(w, smtp_is_dropped(w->session));
		w->losses += v.scope == VERDICT_SITE && v.code == 0;
		/* Did the site say so, or was it the message? */
		if (!turn_classic(w, unfit) && v.scope == VERDICT_SITE &&
		    (v.code != 0 || w->losses >= LOSSES_MAX)) {
			fail_site(w, &v);
		} else {
			w->params.careful |= v.code == 0;
			requeue(w);
		}
		close_session(w, v.code == 421);
		break;
	}
}

/* Nothing to send: wait for a message, the scheduler, or the server. */
static void
wait_for_job(struct worker *w)
{
	struct pollfd fds[2] = { { .fd = SOCK, .events = POLLIN },
		{ .fd = -1, .events = POLLIN } };

	if (w->session != NULL)
		fds[1].fd = smtp_fd(w->session);
	if (poll(fds, 2, -1) <= 0)
		return;
	/* The server ends an idle session: no harm done. */
	if (fds[0].revents == 0 && fds[1].revents != 0)
		close_session(w, 0);
	receive(w);
}

static void
run(struct worker *w)
{
	receive(w);
	while (!w->ended) {
		if (w->first == NULL)
			wait_for_job(w);
		else if (w->session == NULL)
			open_session(w);
		else
			run_session(w);
	}
	give_back(w);
	close_session(w, 1);
}

static char *
get_secret(void *arg, int refused, struct error *e)
{
	struct worker *w = arg;

	return credential_get(&w->credential, refused, e);
}

/* The name for EHLO: as configured, or the host's if others can know it. */
static const char *
greeting_name(const struct worker *w)
{
	if (*w->settings.helo != '\0')
		return w->settings.helo;
	return strchr(w->host.name, '.') != NULL ? w->host.name : "";
}

static void
set_params(struct worker *w, int shared)
{
	const struct settings *s = &w->settings;

	w->credential = (struct credential){ .settings = s, .log = w->log,
		.shared = shared };
	w->params = (struct smtp_params){
		.to = { "", (unsigned)s->port,
		    (enum connect_family)s->family, s->source, 0, NULL },
		.tls = (enum smtp_tls)s->tls, .dane = s->dane,
		.ticket = &w->ticket,
		.helo = greeting_name(w), .user = s->user, .mechanisms = s->auth,
		.login = *s->user != '\0' ||
		    strcasestr(s->auth, "external") != NULL,
		.certificate = *s->client_certificate != '\0',
		.local = settings_is_local(s), .secret = get_secret,
		.is_token = credential_is_token(s),
		.forget = secret_wipe, .waiting = progress, .arg = w,
		.recipients = (size_t)s->recipients_per_message,
		.window = (size_t)s->window, .timeout = s->timeout * 1000 };
}

/* "outbox test": no scheduler is there.  An exit status. */
static int
probe(struct worker *w, const char *login)
{
	struct buffer sender = BUFFER_INIT;
	const char *forced;
	int result;

	w->params.waiting = NULL;
	if (!w->ready) {
		probe_refuse(w->settings.host, "TLS", w->unready.text,
		    stdout);
		return EX_TEMPFAIL;
	}
	buffer_addf(&sender, "%s@%s", login, w->host.domain);
	forced = mailbox_forced(&w->settings, buffer_string(&sender));
	result = probe_run(&w->params, forced != NULL ? forced :
	    buffer_string(&sender), stdout);
	buffer_free(&sender);
	return result == 0 ? EX_OK : result == PROBE_LOGIN ?
	    PROBE_EX_LOGIN : EX_TEMPFAIL;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "stderr", no_argument, NULL, 'e' },
		{ "keep-local", no_argument, NULL, 'k' },
		{ "probe", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 } };
	struct worker w = { .last = NULL };
	const char *path = NULL, *login = NULL;
	int c, status = EX_OK, to_stderr = 0, type;
	socklen_t len = sizeof(type);

	confine_begin();
	fcntl(SHARED_FD, F_SETFD, FD_CLOEXEC);
	w.last = &w.first;
	while ((c = getopt_long(argc, argv, "C:", options, NULL)) != -1) {
		if (c == '?')
			return EX_USAGE;
		if (c == 'C')
			path = optarg;
		else if (c == 'p')
			login = optarg;
		w.keep_local |= c == 'k';
		to_stderr |= c == 'e' || c == 'p';
	}
	if (login == NULL && (getsockopt(SOCK, SOL_SOCKET, SO_TYPE, &type,
	    &len) != 0 || type != SOCK_SEQPACKET)) {
		fprintf(stderr, "outbox-smtp: started by outbox-flush only\n");
		return EX_USAGE;
	}
	w.log = log_open("outbox-smtp", LOG_MAIL, to_stderr);
	if (settings_load_service(&w.settings, path, log_setting, w.log) != 0) {
		status = errno == ENOMEM ? EX_OSERR : EX_CONFIG;
		log_close(w.log);
		return status;
	}
	if (host_init(&w.host, w.settings.domain, &host_system) != 0)
		return EX_OSERR;
	if (!to_stderr) {
		log_close(w.log);
		w.log = log_open("outbox-smtp", w.settings.facility, 0);
		log_rename(w.log, w.settings.log_name);
	}
	set_params(&w, login != NULL ? -1 : SHARED_FD);
	w.ready = prepare(&w, &w.unready) == 0;
	w.sandbox = confine(&w.credential, to_stderr);
	if (login != NULL)
		status = probe(&w, login);
	else
		run(&w);
	credential_end(&w.credential);
	sandbox_free(w.sandbox);
	tls_context_free(w.trust);
	free(w.name);
	free(w.tls_name);
	buffer_wipe(&w.ticket);
	host_free(&w.host);
	settings_free(&w.settings);
	log_close(w.log);
	return status;
}
