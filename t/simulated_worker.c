/*
 * Simulated workers: see simulated_worker.h.  What it defines stands in the
 * place of process.c.
 */
#include <config.h>

#include "t/simulated_worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/handover.h"
#include "queue/process.h"
#include "queue/spool.h"
#include "t/chance.h"
#include "t/letters.h"
#include "t/scratch.h"
#include "t/simulated.h"

#define FIRST_PID 100000000	/* none that a machine has */
#define TARPIT 300000
#define TICK 10000

enum stage { WAITING, CONNECTING, SENDING, HANGING, ENDED };

struct task {
	struct task *next;
	uint32_t number;
	int fd;
	struct envelope env;
};

struct worker {
	struct worker *next;
	pid_t pid;
	int sock;
	enum stage stage;
	struct task *tasks;	/* the first is in hand */
	int session;
	int used;		/* it took a message */
	int over;		/* no more tasks will come */
	int status;		/* as waitpid() says */
	int64_t waited;		/* in the tarpit */
};

static struct {
	const struct smarthost *smarthost;
	struct worker *list;
	pid_t pid;
	long sessions;		/* now */
	struct worker_counts counts;
} workers = { .pid = FIRST_PID };

static void step(void *arg);

static struct worker *
find(pid_t pid)
{
	struct worker *w;

	for (w = workers.list; w != NULL && w->pid != pid; w = w->next)
		continue;
	return w;
}

/* The step of a worker that may be gone by then. */
static void
step_later(void *arg)
{
	struct worker *w = find((pid_t)(intptr_t)arg);

	if (w != NULL && w->stage != ENDED)
		step(w);
}

static void
go_on_in(struct worker *w, enum stage stage, int64_t time)
{
	w->stage = stage;
	simulated_at(clock_now() + time, step_later, (void *)(intptr_t)w->pid);
}

static void
drop_task(struct worker *w)
{
	struct task *t = w->tasks;

	w->tasks = t->next;
	close(t->fd);
	envelope_free(&t->env);
	free(t);
}

static void
end_session(struct worker *w)
{
	workers.sessions -= w->session;
	w->session = w->used = 0;
}

static void
die(struct worker *w, int status)
{
	if (w->stage == ENDED)
		return;
	end_session(w);
	w->stage = ENDED;
	w->status = status;
	while (w->tasks != NULL)
		drop_task(w);
	close(w->sock);
	kill(getpid(), SIGCHLD);
	simulated_news();
}

static void
report(struct worker *w, const struct handover_report *r)
{
	if (handover_send_report(w->sock, r) != 0)
		w->over = 1;	/* the scheduler is through with it */
	simulated_news();
}

static void
report_type(struct worker *w, enum handover_type type, uint32_t job,
    const struct verdict *v)
{
	struct handover_report r = { .type = type, .job = job };

	if (v != NULL)
		r.verdict = *v;
	report(w, &r);
}

static void
give_back(struct worker *w)
{
	while (w->tasks != NULL) {
		report_type(w, HANDOVER_DONE, w->tasks->number, NULL);
		drop_task(w);
	}
}

/* There is no session, or no more. */
static void
fail_site(struct worker *w, const struct verdict *v)
{
	report_type(w, HANDOVER_SITE, 0, v);
	give_back(w);
	die(w, 0);
}

static void
judge(struct verdict *v, enum verdict_phase phase, const char *text)
{
	struct reply r;

	memset(&r, 0, sizeof(r));
	if (reply_line(&r, text, strlen(text)) != 1)
		scratch_fail(text);
	verdict_judge(v, phase, &r);
	reply_free(&r);
}

static void
add_task(struct worker *w, uint32_t number, int fd)
{
	struct task **p, *t = calloc(1, sizeof(*t));
	struct error e;

	if (t == NULL || spool_read(fd, &t->env, &e) != SPOOL_OK)
		scratch_fail("a worker cannot read a message");
	t->number = number;
	t->fd = fd;
	for (p = &w->tasks; *p != NULL; p = &(*p)->next)
		continue;
	*p = t;
}

static void
receive(struct worker *w)
{
	uint32_t number;
	int fd, rc;

	while (!w->over &&
	    (rc = handover_receive_job(w->sock, &number, &fd)) != 0) {
		if (rc != 1)
			w->over = 1;
		else
			add_task(w, number, fd);
	}
}

/* What is next for a worker that has nothing under way. */
static void
go_on(struct worker *w)
{
	const struct smarthost *s = workers.smarthost;

	receive(w);
	if (w->over) {
		give_back(w);
		die(w, 0);
	} else if (w->tasks == NULL) {
		w->stage = WAITING;
	} else if (!w->session) {
		if (!s->broken)
			report_type(w, HANDOVER_OPENING, 0, NULL);
		go_on_in(w, CONNECTING, s->to_connect);
	} else {
		go_on_in(w, SENDING, s->to_send);
	}
}

static void
connect_it(struct worker *w)
{
	const struct smarthost *s = workers.smarthost;
	const char *no = s->welcome != NULL ? s->welcome() : NULL;
	struct verdict v;

	if (s->broken) {
		die(w, 127 << 8);
		return;
	}
	if (s->busy) {
		report_type(w, HANDOVER_OPENING, 0, NULL);
		report_type(w, HANDOVER_PROGRESS, 0, NULL);
		go_on_in(w, CONNECTING, TICK);
		return;
	}
	workers.counts.connects++;
	if (no != NULL && (*no < '0' || *no > '9')) {
		verdict_set(&v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.4.1",
		    "%s", no);
		fail_site(w, &v);
		return;
	}
	if (no != NULL) {
		judge(&v, strncmp(no, "53", 2) == 0 ? VERDICT_AUTH :
		    VERDICT_GREETING, no);
		fail_site(w, &v);
		return;
	}
	w->session = 1;
	workers.counts.sessions++;
	if (++workers.sessions > workers.counts.at_once)
		workers.counts.at_once = workers.sessions;
	verdict_set(&v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.0.0",
	    "relay=smtp.example.com[192.0.2.1]:587, tls=TLS1.3");
	report_type(w, HANDOVER_OPENED, 0, &v);
	go_on(w);
}

/* The verdicts of the recipients of a task, as far as they got one. */
struct outcome {
	struct verdict *list;
	size_t taken;		/* recipients that the smarthost accepted */
	int over;		/* and after this one the session ends: */
	struct verdict site;
};

static void
decide_all(const struct task *t, struct outcome *o, const struct verdict *v,
    int taken_only)
{
	size_t i;

	for (i = 0; i < t->env.nrcpts; i++)
		if (!taken_only || o->list[i].action == VERDICT_DELIVERED)
			o->list[i] = *v;
	o->over = v->scope == VERDICT_SITE;
	o->site = *v;
}

/* Ask the smarthost for each recipient.  1: the message was sent. */
static int
ask_rcpts(const struct task *t, struct outcome *o)
{
	const struct smarthost *s = workers.smarthost;
	struct verdict v;
	const char *no;
	size_t i;

	for (i = 0; i < t->env.nrcpts && !o->over; i++) {
		verdict_set(&o->list[i], VERDICT_DEFERRED, VERDICT_MESSAGE, 0,
		    "4.0.0", "settled");
		if (t->env.rcpts[i].mark != ENVELOPE_TODO)
			continue;
		no = s->rcpt != NULL ? s->rcpt(t->env.sender,
		    t->env.rcpts[i].address) : NULL;
		if (no == NULL) {
			judge(&o->list[i], VERDICT_END, "250 2.0.0 queued");
			o->taken++;
			continue;
		}
		judge(&v, VERDICT_RCPT, no);
		o->list[i] = v;
		if (v.scope == VERDICT_SITE)
			decide_all(t, o, &v, 0);
	}
	return !o->over && o->taken > 0;
}

static void
hand_out(const struct task *t, const struct outcome *o, int in_doubt)
{
	size_t i;

	for (i = 0; i < t->env.nrcpts; i++)
		if (t->env.rcpts[i].mark == ENVELOPE_TODO &&
		    o->list[i].action == VERDICT_DELIVERED)
			letters_take(t->fd, &t->env, i, in_doubt);
}

/* The transaction.  1: its outcome reaches the worker. */
static int
transact(struct worker *w, struct outcome *o)
{
	const struct smarthost *s = workers.smarthost;
	const struct task *t = w->tasks;
	struct verdict v;
	const char *no;

	workers.counts.mails++;
	no = s->mail != NULL ? s->mail(t->env.sender) : NULL;
	if (no != NULL) {
		judge(&v, VERDICT_MAIL, no);
		decide_all(t, o, &v, 0);
		return 1;
	}
	if (!ask_rcpts(t, o))
		return 1;
	no = s->content != NULL ? s->content(t->env.sender) : NULL;
	if (no != NULL) {
		judge(&v, VERDICT_END, no);
		decide_all(t, o, &v, 1);
		return 1;
	}
	if (s->crash_after > 0 && chance_of(s->crash_after)) {
		hand_out(t, o, 1);
		return 0;
	}
	if (s->lose > 0 && chance_of(s->lose)) {
		hand_out(t, o, 1);
		verdict_set(&v, VERDICT_DEFERRED, VERDICT_MESSAGE,
		    VERDICT_LOST, "4.4.2", "its reply was lost");
		decide_all(t, o, &v, 1);
		end_session(w);
		return 1;
	}
	hand_out(t, o, 0);
	return 1;
}

static void
report_outcome(struct worker *w, const struct outcome *o)
{
	const struct task *t = w->tasks;
	struct handover_report r = { .type = HANDOVER_VERDICT,
		.job = t->number };
	size_t i, left = envelope_todo(&t->env);

	for (i = 0; i < t->env.nrcpts; i++) {
		if (t->env.rcpts[i].mark != ENVELOPE_TODO)
			continue;
		r.rcpt = (uint32_t)i;
		r.last = --left == 0;
		r.verdict = o->list[i];
		report(w, &r);
	}
}

static void
crash(struct worker *w)
{
	workers.counts.crashes++;
	die(w, SIGSEGV);
}

static void
send_it(struct worker *w)
{
	const struct smarthost *s = workers.smarthost;
	struct outcome o = { .taken = 0 };

	if (s->crash_before > 0 && chance_of(s->crash_before)) {
		crash(w);
		return;
	}
	if (s->tarpit != NULL && w->waited < TARPIT &&
	    strcmp(w->tasks->env.sender, s->tarpit) == 0) {
		report_type(w, HANDOVER_PROGRESS, 0, NULL);
		w->waited += TICK;
		go_on_in(w, SENDING, TICK);
		return;
	}
	w->waited = 0;
	if (s->hang > 0 && chance_of(s->hang)) {
		w->stage = HANGING;
		return;
	}
	if ((o.list = calloc(w->tasks->env.nrcpts, sizeof(*o.list))) == NULL)
		scratch_fail("no memory");
	if (!transact(w, &o)) {
		crash(w);
	} else if (o.over && o.site.code == 421 && w->used) {
		/* It ended the session between two messages: another. */
		end_session(w);
		go_on(w);
	} else {
		w->used = 1;
		report_outcome(w, &o);
		drop_task(w);
		if (o.over)
			fail_site(w, &o.site);
		else
			go_on(w);
	}
	free(o.list);
}

static void
step(void *arg)
{
	struct worker *w = arg;

	receive(w);
	switch (w->stage) {
	case CONNECTING:
		connect_it(w);
		break;
	case SENDING:
		send_it(w);
		break;
	case WAITING:
		go_on(w);
		break;
	case HANGING:
	case ENDED:
		break;
	}
}

/* Those that wait see what has come for them. */
static void
look(void)
{
	struct worker *w;

	for (w = workers.list; w != NULL; w = w->next)
		if (w->stage == WAITING)
			go_on(w);
}

void
workers_begin(const struct smarthost *s)
{
	workers.smarthost = s;
	memset(&workers.counts, 0, sizeof(workers.counts));
	simulated_look(look);
}

const struct worker_counts *
workers_counts(void)
{
	return &workers.counts;
}

unsigned
workers_left(void)
{
	const struct worker *w;
	unsigned n = 0;

	for (w = workers.list; w != NULL; w = w->next)
		n++;
	return n;
}

/* Processes: see process.h. */

pid_t
process_start(const struct flush *f, int sock, int local)
{
	struct worker *w = calloc(1, sizeof(*w));

	(void)f;
	(void)local;
	/* A report that finds no room must not stop the test for ever. */
	if (w == NULL ||
	    (w->sock = fcntl(sock, F_DUPFD_CLOEXEC, 0)) < 0 ||
	    fcntl(w->sock, F_SETFL, O_NONBLOCK) != 0)
		scratch_fail("no worker");
	w->pid = workers.pid++;
	w->next = workers.list;
	workers.list = w;
	workers.counts.started++;
	return w->pid;
}

void
process_kill(pid_t pid)
{
	struct worker *w = find(pid);

	if (w == NULL)
		scratch_fail("a process is killed that is none of ours");
	if (w->stage == ENDED)
		return;
	workers.counts.killed++;
	die(w, SIGKILL);
}

pid_t
process_ended(int *status)
{
	struct worker **p, *w;
	pid_t pid;

	for (p = &workers.list; (w = *p) != NULL && w->stage != ENDED;
	    p = &w->next)
		continue;
	if (w == NULL)
		return 0;
	*p = w->next;
	*status = w->status;
	pid = w->pid;
	free(w);
	return pid;
}
