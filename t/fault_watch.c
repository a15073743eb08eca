/*
 * Decide about each system call of the command: let it go on, or be the
 * fault.  A process waits in its call until it is answered here, so nothing
 * happens behind our back.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "fault.h"

#include <linux/seccomp.h>

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fault_calls.h"
#include "fault_record.h"
#include "fault_task.h"

enum stage {
	STARTING, /* our own child prepares */
	EXECUTING, /* it tries the directories of PATH */
	RUNNING /* this is the command */
};

/* What to do with a call. */
enum verdict { GO_ON, FAIL, PART, DIE, DIE_NEXT };

struct watch {
	const struct fault_options *o;
	const struct fault_child *c;
	FILE *report;
	struct fault_record *record;
	enum stage stage;
	struct fault_task *tasks;
	unsigned long count;
	int hit; /* a report line was written */
	pid_t doomed; /* dies at its next call */
	int status; /* how the command ended */
	int gone; /* it and all that it left running */
	/* What the N-th call got, for faults that persist. */
	long last_nr;
	enum verdict last;
	int last_error;
};

static const char *
call_name(const struct fault_call *call, const struct seccomp_notif *req)
{
	static char text[16];

	if (call != NULL)
		return call->name;
	snprintf(text, sizeof(text), "#%d", req->data.nr);
	return text;
}

/* Without -n: one line for each call. */
static void
list(struct watch *w, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	if (w->report == NULL)
		return;
	fprintf(w->report, "%lu %s", w->count, call_name(call, req));
	if (call != NULL && *call->errnos != '\0')
		fprintf(w->report, " %s", call->errnos);
	if (call != NULL && fault_task_has_parts(call, req))
		fprintf(w->report, " short");
	fprintf(w->report, "\n");
}

/* Is this one of the calls that the numbers of the options refer to? */
static int
counts(struct watch *w, const struct seccomp_notif *req)
{
	struct fault_task *t;
	pid_t tid = (pid_t)req->pid;
	int is_exec;

	is_exec = req->data.nr == SYS_execve;
	if (tid == w->c->pid && w->stage != RUNNING) {
		if (!is_exec && w->stage == EXECUTING)
			w->stage = RUNNING;
		else if (is_exec)
			w->stage = EXECUTING;
	}
	if (w->stage != RUNNING || (tid != w->c->pid && !w->o->follow))
		return 0;
	if ((t = fault_task_find(&w->tasks, tid)) == NULL)
		fault_die(125, "no memory");
	if (!w->o->loader &&
	    fault_task_is_runtime(t, req->data.instruction_pointer))
		return 0;
	if (is_exec || req->data.nr == SYS_execveat)
		fault_task_renew(t);
	return 1;
}

static int
rule_fits(const struct fault_rule *r, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	const __u64 *args = req->data.args;
	char path[256];

	if (!fault_call_is(call, r->name))
		return 0;
	if (r->flag != 0 &&
	    (call->flags < 0 || (r->flag & ~args[call->flags]) != 0))
		return 0;
	if (r->prefix == NULL)
		return 1;
	return call->path >= 0 &&
	       fault_task_string((pid_t)req->pid, args[call->path], path,
		   sizeof(path)) == 0 &&
	       strncmp(path, r->prefix, strlen(r->prefix)) == 0;
}

/* The errno that a rule has for this call, or 0. */
static int
rule_error(const struct fault_options *o, const struct fault_call *call,
    const struct seccomp_notif *req)
{
	size_t i;

	for (i = 0; call != NULL && i < o->n_rules; i++) {
		if (rule_fits(&o->rules[i], call, req))
			return o->rules[i].error;
	}
	return 0;
}

/* Can the call give this error? */
static int
gives(const struct fault_call *call, int error)
{
	int i, e;

	for (i = 1; (e = fault_call_errno(call, i)) != 0; i++) {
		if (e == error)
			return 1;
	}
	return 0;
}

/* The fault of the options on this call; GO_ON when it cannot show it. */
static enum verdict
choose(const struct fault_options *o, const struct fault_call *call,
    const struct seccomp_notif *req, int *error)
{
	int i;

	if (o->kind == FAULT_KILL)
		return DIE;
	if (o->kind == FAULT_KILL_AFTER)
		return DIE_NEXT;
	if (call == NULL)
		return GO_ON;
	if (o->kind == FAULT_BY_ERRNO) {
		*error = o->error;
		return gives(call, o->error) ? FAIL : GO_ON;
	}
	if (o->kind == FAULT_BY_INDEX) {
		*error = fault_call_errno(call, o->index);
		if (*error != 0)
			return FAIL;
		for (i = 1; fault_call_errno(call, i) != 0; i++)
			;
		if (i != o->index)
			return GO_ON;
	}
	return fault_task_has_parts(call, req) ? PART : GO_ON;
}

/* The N-th call: choose, report, and remember it for -p. */
static enum verdict
inject(struct watch *w, const struct fault_call *call,
    const struct seccomp_notif *req, int *error)
{
	static const char *const names[] = { "", "", "short", "kill",
		"kill-after" };
	const char *what;
	enum verdict v;

	v = choose(w->o, call, req, error);
	what = v == FAIL ? fault_errno_name(*error) : names[v];
	w->hit = 1;
	if (w->report != NULL) {
		fprintf(w->report, "%s %lu %s%s%s\n",
		    v == GO_ON ? "pass" : "hit", w->count, call_name(call, req),
		    v == GO_ON ? "" : " ", what);
	}
	w->last_nr = req->data.nr;
	if (w->o->persist && ((v == FAIL && *error != EINTR) || v == PART))
		w->last = v;
	w->last_error = *error;
	return v;
}

static enum verdict
judge(struct watch *w, const struct fault_call *call,
    const struct seccomp_notif *req, int *error)
{
	if (w->doomed == (pid_t)req->pid)
		return DIE;
	if (!counts(w, req))
		return GO_ON;
	w->count++;
	if (w->record != NULL)
		fault_record_call(w->record, call, req);
	if (w->o->n == 0)
		list(w, call, req);
	else if (w->count == w->o->n)
		return inject(w, call, req, error);
	if ((*error = rule_error(w->o, call, req)) != 0)
		return FAIL;
	if (w->last != GO_ON && w->last_nr == req->data.nr) {
		*error = w->last_error;
		return w->last == PART && !fault_task_has_parts(call, req)
			   ? GO_ON
			   : w->last;
	}
	return GO_ON;
}

static void
fail(struct watch *w, const struct seccomp_notif *req, int error)
{
	/*
	 * brk gives no errno but the unchanged break; 0 is lower than what
	 * was asked for, too.  brk(0) is a question and cannot fail.
	 */
	if (req->data.nr != SYS_brk)
		fault_task_end(w->c->notify, req, 0, error);
	else if (req->data.args[0] == 0)
		fault_task_continue(w->c->notify, req);
	else
		fault_task_end(w->c->notify, req, 0, 0);
}

/*
 * A signal that comes before a call is heard of ends that call with EINTR,
 * also one that never gives it, when the handler does not have calls started
 * again: a shell that lost a child then could not fork, or close a pipe.  So
 * the handler for children has them started again.
 */
static void
restart_calls(const struct seccomp_notif *req)
{
	struct {
		unsigned long handler;
		unsigned long flags;
	} action; /* how it begins, for the kernel */
	unsigned long addr = req->data.args[1];
	pid_t tid = (pid_t)req->pid;

	if (req->data.nr != SYS_rt_sigaction || req->data.args[0] != SIGCHLD ||
	    addr == 0 ||
	    fault_task_read(tid, addr, &action, sizeof(action)) != 0)
		return;
	action.flags |= SA_RESTART;
	(void)fault_task_write(tid, addr, &action, sizeof(action));
}

static void
answer(struct watch *w, const struct seccomp_notif *req)
{
	const struct fault_call *call;
	int error = 0;

	call = fault_call_nr(req->data.nr);
	restart_calls(req);
	/* What a process does that is not dumpable only root can see. */
	if (w->record != NULL && req->data.nr == SYS_prctl &&
	    req->data.args[0] == PR_SET_DUMPABLE) {
		fault_task_end(w->c->notify, req, 0, 0);
		return;
	}
	switch (judge(w, call, req, &error)) {
	case FAIL:
		fail(w, req, error);
		break;
	case PART:
		if (fault_task_part(call, req, w->c->notify) != 0)
			fault_die(125, "fork");
		break;
	case DIE:
		kill((pid_t)req->pid, SIGKILL);
		break;
	case DIE_NEXT:
		w->doomed = (pid_t)req->pid;
		fault_task_continue(w->c->notify, req);
		break;
	default:
		fault_task_continue(w->c->notify, req);
		break;
	}
}

static void
reap(struct watch *w)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == w->c->pid)
			w->status = status;
	}
	if (pid < 0 && errno == ECHILD)
		w->gone = 1;
}

/*
 * Time is up.  Only children are killed, whose numbers nobody else can have;
 * when they are dead, theirs are ours.  The kernel ends the wait of each.
 */
static void
kill_all(struct watch *w)
{
	struct fault_task *t;
	int alive;

	do {
		alive = waitpid(w->c->pid, NULL, WNOHANG) == 0 &&
		    kill(w->c->pid, SIGKILL) == 0;
		for (t = w->tasks; t != NULL; t = fault_task_next(t))
			alive |= waitpid(fault_task_tid(t), NULL, WNOHANG) ==
			    0 && kill(fault_task_tid(t), SIGKILL) == 0;
	} while (alive && waitpid(-1, NULL, 0) > 0);
}

static long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

/* Answer until the command and its descendants are gone; -1: time is up. */
static int
loop(struct watch *w, struct seccomp_notif *req, size_t size)
{
	struct pollfd p[2] = { { w->c->notify, POLLIN, 0 },
		{ w->c->sigchld, POLLIN, 0 } };
	long left, end = now_ms() + w->o->seconds * 1000L;
	char drain[1024]; /* some struct signalfd_siginfo */

	while (!w->gone) {
		left = end - now_ms();
		if (left <= 0 || poll(p, 2, (int)left) == 0)
			return -1;
		if (p[1].revents & POLLIN) {
			(void)!read(w->c->sigchld, drain, sizeof(drain));
			reap(w);
		}
		if (!(p[0].revents & POLLIN)) {
			if (p[0].revents != 0)
				p[0].fd = -1;
			continue;
		}
		memset(req, 0, size);
		if (ioctl(w->c->notify, SECCOMP_IOCTL_NOTIF_RECV, req) == 0)
			answer(w, req);
		else if (errno != ENOENT && errno != EINTR)
			fault_die(125, "cannot watch the command");
	}
	return 0;
}

int
fault_watch(const struct fault_options *o, const struct fault_child *c,
    FILE *report, struct fault_record *record)
{
	struct seccomp_notif_sizes sizes;
	struct seccomp_notif *req;
	struct watch w;
	size_t size;
	int hung;

	memset(&w, 0, sizeof(w));
	w.o = o;
	w.c = c;
	w.report = report;
	w.record = record;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
		fault_die(125, "seccomp");
	size = sizes.seccomp_notif > sizeof(*req) ? sizes.seccomp_notif
						  : sizeof(*req);
	if ((req = calloc(1, size)) == NULL)
		fault_die(125, "no memory");
	/* Where our byte gives EPIPE the command would have got SIGPIPE. */
	signal(SIGPIPE, SIG_IGN);
	if ((hung = loop(&w, req, size)) != 0)
		kill_all(&w);
	if (o->n != 0 && !w.hit && report != NULL)
		fprintf(report, "miss %lu\n", w.count);
	if (hung && report != NULL)
		fprintf(report, "hung\n");
	fault_task_free(w.tasks);
	free(req);
	return hung ? -1 : w.status;
}
