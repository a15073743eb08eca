/*
 * outbox-local: main of the process that delivers on this machine, where the
 * configuration wants that.  Messages come and verdicts go as with outbox-smtp
 * (worker.c); of a message it takes the recipients that are local.  It has no
 * more rights than the scheduler, which goes on whatever happens here.
 *
 * When the scheduler is gone it ends what it has begun: half a message in a
 * mailbox helps nobody.
 */
#include <config.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "config/mailbox.h"
#include "config/passwd.h"
#include "config/settings.h"
#include "queue/clock.h"
#include "queue/deliver.h"
#include "queue/error.h"
#include "queue/handover.h"
#include "queue/log.h"
#include "queue/spool.h"

#define SOCK STDIN_FILENO
#define PROGRESS_INTERVAL 1000	/* milliseconds between signs of life */
#define WAIT 10000		/* for a mailbox that another program has */
#define BUSY_TIME 60000		/* after that, it is not waited for */
#define TIMEOUT 300000		/* of the command */

struct local {
	struct settings settings;
	struct deliver_rules rules;
	char *busy;		/* the address whose mailbox stayed locked, */
	int64_t busy_until;	/* and how long the others go first */
	int64_t progress;	/* last sign of life */
};

static void
report(const struct handover_report *r)
{
	/* Without the scheduler nothing can be recorded: stop. */
	if (handover_send_report(SOCK, r) != 0)
		exit(EX_UNAVAILABLE);
}

static void
tick(void *arg)
{
	const struct handover_report r = { .type = HANDOVER_PROGRESS };
	struct local *w = arg;

	if (clock_now() - w->progress < PROGRESS_INTERVAL)
		return;
	w->progress = clock_now();
	/* What was begun is ended, whoever is there to hear of it. */
	handover_send_report(SOCK, &r);
}

/* Who waits for one mailbox is not to stop the mail for the others. */
static void
deliver_one(struct local *w, const struct deliver_letter *l,
    struct verdict *v)
{
	const char *address = l->env->rcpts[l->rcpt].address;
	struct deliver_rules rules = w->rules;

	if (w->busy != NULL && strcmp(w->busy, address) == 0 &&
	    clock_now() < w->busy_until)
		rules.wait = 0;
	if (!deliver(&rules, l, v) || rules.wait == 0)
		return;
	free(w->busy);
	w->busy = strdup(address);
	w->busy_until = clock_now() + BUSY_TIME;
}

static size_t
next_local(const struct envelope *env, size_t i)
{
	while (i < env->nrcpts && (env->rcpts[i].mark != ENVELOPE_TODO ||
	    !mailbox_is_local(env->rcpts[i].address)))
		i++;
	return i;
}

static void
take_job(struct local *w, uint32_t number, int fd)
{
	struct handover_report r = { .type = HANDOVER_DONE, .job = number };
	struct envelope env;
	struct deliver_letter l = { .fd = fd, .env = &env };
	struct error e;
	size_t next;

	if (spool_read(fd, &env, &e) != SPOOL_OK) {
		report(&r);
		return;
	}
	l.rcpt = next_local(&env, 0);
	if (l.rcpt == env.nrcpts)
		report(&r);
	for (; l.rcpt < env.nrcpts; l.rcpt = next) {
		next = next_local(&env, l.rcpt + 1);
		r = (struct handover_report){ .type = HANDOVER_VERDICT,
			.job = number, .rcpt = (uint32_t)l.rcpt,
			.last = next == env.nrcpts };
		deliver_one(w, &l, &r.verdict);
		report(&r);
	}
	envelope_free(&env);
}

static void
run(struct local *w)
{
	struct pollfd p = { .fd = SOCK, .events = POLLIN };
	uint32_t number;
	int fd, rc = 0;

	while (rc == 0 || rc == 1) {
		poll(&p, 1, -1);
		rc = handover_receive_job(SOCK, &number, &fd);
		if (rc != 1)
			continue;
		take_job(w, number, fd);
		close(fd);
	}
}

static void
begin(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* A signal for all, from a terminal or a service manager, is the
	 * scheduler's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	umask(077);
	tzset();
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "stderr", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 } };
	struct local w = { .busy = NULL };
	const char *path = NULL;
	int c, to_stderr = 0, type;
	socklen_t len = sizeof(type);
	struct log *log;

	begin();
	while ((c = getopt_long(argc, argv, "C:", options, NULL)) != -1) {
		if (c == '?')
			return EX_USAGE;
		if (c == 'C')
			path = optarg;
		else
			to_stderr = 1;
	}
	if (getsockopt(SOCK, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_SEQPACKET) {
		fprintf(stderr, "outbox-local: started by outbox-flush "
		    "only\n");
		return EX_USAGE;
	}
	log = log_open("outbox-local", LOG_MAIL, to_stderr);
	if (settings_load_service(&w.settings, path, log_setting, log) != 0) {
		c = errno == ENOMEM ? EX_OSERR : EX_CONFIG;
		log_close(log);
		return c;
	}
	log_close(log);
	w.rules = (struct deliver_rules){ w.settings.local_mbox,
		w.settings.local_command, PASSWD_FILE, WAIT, TIMEOUT, tick,
		&w };
	run(&w);
	free(w.busy);
	settings_free(&w.settings);
	return EX_OK;
}
