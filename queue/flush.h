/*
 * What the parts of outbox-flush share: the scheduler's state, and what each
 * part does for the others.  Private to them.
 */
#ifndef QUEUE_FLUSH_H
#define QUEUE_FLUSH_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "config/host.h"
#include "config/settings.h"
#include "queue/backlog.h"
#include "queue/handover.h"
#include "queue/hold.h"
#include "queue/log.h"
#include "queue/quota.h"
#include "queue/replies.h"
#include "queue/schedule.h"
#include "queue/spool.h"
#include "queue/state.h"
#include "queue/throttle.h"

/* What the smarthost said of some recipients of a job. */
struct said {
	struct said *next;
	struct verdict verdict;
};

/* Whose business a backlog is, and what backlog_message.home says. */
enum home {
	HOME_SITE,	/* the smarthost's */
	HOME_LOCAL,	/* outbox-local's */
	HOME_NEW,	/* nobody has looked yet: only with local mail */
	HOMES
};

/* The recipients of a message that a job is for. */
enum part { PART_ALL, PART_SITE, PART_LOCAL, PART_NONE };

/* A message that a worker has. */
struct job {
	struct job *next;
	uint32_t number;
	struct backlog_message *entry;
	struct spool_message message;	/* locked */
	enum part part;
	struct verdict **verdicts;	/* of each recipient, or NULL */
	size_t nverdicts;
	int heavy;			/* see heavy_is() */
	struct said *said;		/* what these point to */
	struct said *spare;		/* for the first of them */
	int forgotten;			/* there was no memory for one */
	int changed;			/* its file has other recipients now */
	int unmarked;			/* or does not say who has it */
};

/* Files that are no mail: see aside.c. */
struct aside {
	int64_t until;			/* the end of this minute */
	unsigned lines;			/* in it, in the log */
	unsigned long more;		/* files, without one */
	unsigned strays;		/* in this scan */
};

/* Reports of this hour: see tell.c. */
struct reports {
	int64_t until;			/* its end */
	int64_t sent;
	unsigned held;			/* messages that failed without one */
	struct buffer list;		/* their names, for the summary */
};

struct worker {
	struct worker *next;
	pid_t pid;
	int fd;				/* -1: its side is closed */
	int local;			/* it is outbox-local */
	int elsewhere;			/* the smarthost is another one now */
	struct job *jobs;
	unsigned njobs;
	int opening;			/* it looks for a session, */
	int64_t since;			/* since then */
	int opened;			/* it has had one */
	int failed;			/* it said that there is none */
	int closing;			/* it was told to end, or does so */
	int full;			/* it does not read what it is given */
	unsigned load;			/* of its jobs: see pool.c */
	int64_t heard;			/* its last sign of life, */
	int64_t moved;			/* and the last verdict */
	char relay[VERDICT_TEXT];
};

struct flush {
	const char *path;		/* of the configuration, or NULL */
	int to_stderr;
	int once;
	int all;			/* with once: whether due or not */
	struct settings settings;
	struct replies replies;		/* of the settings */
	struct throttle_rate rate;
	struct host host;
	struct log *log;
	struct spool *spool;
	struct backlog *backlogs[HOMES];
	struct schedule_site site;
	char site_why[VERDICT_TEXT];	/* it was found down, the last time */
	time_t site_probed;		/* and this was when */
	int site_news;			/* and site_end_expired() has to look */
	int utf8;			/* it took SMTPUTF8, when seen last */
	int network;			/* netlink_open(), while it is down */
	struct throttle throttle;
	int64_t told_throttle;		/* the log has it that mail waits */
	struct holds holds;
	struct reports reports;
	struct aside aside;
	struct state known;		/* as the state file has it */
	int64_t last_pass;		/* before this run, of --once */
	int unsaved;			/* it is behind */
	int64_t next_save;
	int64_t asked;			/* "sendmail -q", the last to count */
	int64_t next_ask;		/* one came too soon: at this time */
	int64_t next_ask_one;		/* the same of "sendmail -qI" */
	struct sources *sources;	/* what loop.c waits for */
	struct worker *workers;
	unsigned nworkers;
	unsigned nlocal;		/* of them, outbox-local */
	int64_t more_after;		/* no further connection before */
	int64_t tend_by;		/* when pool_tend() is to be called */
	char *worker_path, *local_path;
	uint32_t number;		/* of the last job */
	unsigned removed;		/* files, since the last sync */
	int64_t removed_since;
	int deferred;			/* something was, in this run */
	int stopping;
	int terminated;			/* by a signal */
	int64_t patience;		/* how long replies in flight get */
	int wake, signals;		/* descriptors */
	int submit;			/* the socket, or -1 */
	char *submit_path;
	pid_t door;			/* its doorkeeper: see submit.h */
	int64_t door_after;		/* no other one before, or socket */
	int64_t submit_pause;		/* the last; 0: the log knows no fault */
	int usage;			/* of users: see quota.h, or -1 */
	int shared;			/* of workers: see shared.h */
	int64_t scanned, next_scan;	/* the queue, last and next */
	uint8_t scan;			/* 0 and 1, in turn */
	size_t known_after_scan;	/* messages */
	uint64_t files;			/* that we may have open */
	unsigned heavy;			/* in flight: heavy_is() */
	int unfinished;			/* dispatch_due() could go on */
	int64_t blocked[HOMES];		/* until then no worker can be had */
	int watch;			/* of watch_open(), while it is down */
	int64_t next_look;		/* for a changed configuration */
	int64_t watchdog, next_watchdog;
	char *tool_path;		/* of outbox, that writes metrics */
	pid_t metrics;			/* it does so; 0: not now */
	int64_t next_metrics;
	int metrics_failed;		/* the log has it */
	int64_t next_clean;		/* of failed/ */
	int failed_anew;		/* and of the ages in it */
	int64_t looked_wall, looked_awake;	/* by absence_look() */
	struct stat seen[2];		/* configuration, password file */
};

/* flush.c: open all that a run needs, for an f that is FLUSH_INIT but for the
 * options.  -1, or the status to exit with.  flush_close() follows either. */
#define FLUSH_INIT { .wake = -1, .signals = -1, .shared = -1, .submit = -1, \
	.network = -1, .usage = -1, .watch = -1 }
int flush_open(struct flush *f);
void flush_close(struct flush *f);

/* Do the work of a run, once opened; the status to exit with. */
int flush_run(struct flush *f);

/* Milliseconds of the message back-off. */
struct schedule_limits flush_limits(const struct flush *f);

uint32_t flush_chance(void);

/* Read the configuration again; a broken one changes nothing. */
void flush_reload(struct flush *f);

/* loop.c: do what is due now, and wait for the next thing.  0: told to stop,
 * and nothing is in flight. */
int loop_round(struct flush *f);

/* Work until told to stop, or with --once until all is dealt with. */
void loop_run(struct flush *f);

/* Before and after that.  -1: no memory. */
int loop_open(struct flush *f);
void loop_free(struct flush *f);

/* dispatch.c: look for messages that nobody told of. */
void dispatch_scan(struct flush *f);

/* Take what submitters say on the wake fifo. */
void dispatch_wake(struct flush *f);

/* Give workers what is due, as far as they have room. */
void dispatch_due(struct flush *f);

void dispatch_set_due(struct flush *f, struct backlog_message *m,
    int64_t due);

/* A message that is new to us.  NULL: memory ran out. */
struct backlog_message *dispatch_new(struct flush *f, const char *id,
    uid_t user);

/* m (NULL: nothing) is new mail: that neither ends the back-off of the site nor
 * waits for it. */
void dispatch_try(struct flush *f, const struct backlog_message *m);

/* Bring it to the backlog of home, due at once where it was not in it or
 * waited for someone who had its file.  NULL: memory ran out. */
struct backlog_message *dispatch_bring(struct flush *f, const char *id,
    uid_t user, enum home home);

/* Find out for whom new mail is.  1: there is more to look at. */
int dispatch_sort(struct flush *f);

/* When the next local mail can go. */
int64_t dispatch_when_local(const struct flush *f, int64_t now);

/* The configuration has, or has no more, local mail. */
void dispatch_sort_again(struct flush *f);

/* 1: something is due, and can go; or is due at all. */
int dispatch_has_work(struct flush *f);
int dispatch_is_due(struct flush *f);

/*
 * With --once: give up the lock, and look once more.  A submitter that found
 * it taken has left its message to us, even one that it had locked when we
 * came to it; whoever comes later can take the lock.
 * 1: there is more, and the lock is ours again.
 */
int dispatch_has_more(struct flush *f);

/*
 * aside.c: a name in queue/ that is no ID.  In one scan so many are dealt with
 * and the others left; then aside_has_more().
 */
void aside_stray(void *arg, const char *name);
void aside_scan_begins(struct flush *f);
int aside_has_more(const struct flush *f);

/* The file of m cannot be sent: what becomes of it. */
void aside_untaken(struct flush *f, struct backlog_message *m, const char *id,
    enum spool_result result, const struct error *why);

/* Message m waits so long, and from one time to the next in a row twice as
 * long, up to a limit. */
void aside_put_off(struct flush *f, struct backlog_message *m, int64_t delay);

/* Tell how many files there were without a line in the log, when it is time or
 * with end at once; the time when it will be. */
int64_t aside_tend(struct flush *f, int end);

/* heavy.c: 1: of such messages one at a time is in flight. */
int heavy_is(const struct envelope *env);
/* Message m is one, and has to wait.  The job of entry was, and has ended. */
void heavy_wait(struct flush *f, struct backlog_message *m);
void heavy_ended(struct flush *f, const struct backlog_message *entry);

/* site.c: the site answered, or was found down.  session as the log has it. */
void site_up(struct flush *f, const char *relay, const char *session);
void site_down(struct flush *f, const struct verdict *v);

/*
 * What outlived its time while the site is down is not going to be tried
 * again: give it the site's reason, and settle_end.c ends it.  1: there is
 * more.
 */
int site_end_expired(struct flush *f);

/* Try everything now: the cause may be gone, says who must know. */
void site_mended(struct flush *f);

/* The same, says some user: not too often, and not what waits because asking
 * does harm. */
void site_ask_all(struct flush *f);

/* Message m comes up before its time, says some user. */
void site_ask_one(struct flush *f, struct backlog_message *m);

/* Its file says "later": it comes up nevertheless, but not many such at
 * once. */
void site_grant(struct flush *f, struct backlog_message *m);

/* The network changed, or a new message came: try the site, but do not take
 * that for the end of its fault. */
void site_try(struct flush *f, int64_t pause);

/* Message m waits for the site: until it is up, and then goes behind those
 * that did not find it down, since it may have been m that made it so. */
void site_waits(struct flush *f, struct backlog_message *m);

/* The smarthost refuses the sender of m, or takes it. */
void site_hold(struct flush *f, const struct spool_message *m,
    const struct verdict *v);
void site_lift(struct flush *f, const struct spool_message *m);

/* Why mail of the sender of m waits; NULL: it does not. */
const struct verdict *site_held(struct flush *f,
    const struct spool_message *m);

/* site_state.c: between runs, what was known, if the configuration is the
 * same. */
void site_load(struct flush *f);
void site_save(struct flush *f);

/* A pass ended, or a service begins: so that "outbox status" knows what to
 * expect. */
void site_note_pass(struct flush *f);
void site_note_service(struct flush *f);
/* If there is no smarthost: this is remembered, since mail does not get older
 * by that. */
void site_kept(struct flush *f);

/* absence.c: after site_load(), and whenever time has passed, before anything
 * is judged by its age: was that time of no use? */
void absence_begin(struct flush *f);
void absence_look(struct flush *f);

/* A recipient more was delivered, deferred or failed. */
void site_count(struct flush *f, enum state_count what);

/* metrics.c: have metrics_file written, from time to time; the time when.
 * metrics_end() writes it once more and waits for that. */
int64_t metrics_tend(struct flush *f, int64_t now);
void metrics_end(struct flush *f);

/* 1: the child that ended was for that. */
int metrics_ended(struct flush *f, pid_t pid, int status);

/* failed.c: remove what is too old, or too much, from failed/; when to look
 * again. */
int64_t failed_tend(struct flush *f, int64_t now);

/* Watch what site_is_changed() looks at, from now on. */
void site_watch(struct flush *f);

/* Did the configuration or the password change since the last look? */
int site_is_changed(struct flush *f);

/* pool.c: give j to a worker, or start one.  0; or j is still the caller's:
 * 1: the worker for it had just ended, or takes more when it is through with
 * some, -1: none can be had. */
int pool_give(struct flush *f, struct job *j);

/* 1: one more message can be given; the same for local mail.  And when another
 * process may be started for that, since those that there are take long. */
int pool_has_room(const struct flush *f);
int pool_has_local_room(const struct flush *f);
int64_t pool_more_local(const struct flush *f);

/* pool_report.c: read what worker w reports, or some of that.  1: there may be
 * more; 0: not now, or its side is closed. */
int pool_read(struct flush *f, struct worker *w);

/* pool_end.c: tell idle workers to end, all with all != 0; kill those that
 * hang.  The time of the next such thing is returned. */
int64_t pool_tend(struct flush *f, int64_t now, int all);

/* Reap ended children. */
void pool_reap(struct flush *f);

/* The smarthost is another one from now on: workers that have to do with the
 * one before end as pool_tend() makes them, and keep nobody from this one. */
void pool_forsake(struct flush *f);

/* Kill every worker; their messages go back. */
void pool_kill(struct flush *f);

/* settle.c: a job of entry that takes m, so that m need not be ended.  NULL:
 * memory ran out. */
struct job *settle_new_job(struct flush *f, struct backlog_message *entry,
    struct spool_message *m);

/* A verdict of a recipient of j.  relay is for the log.  -1: there is no such
 * recipient, or it has one. */
int settle_verdict(struct flush *f, struct job *j, uint32_t rcpt,
    const struct verdict *v, const char *relay);

/* 1: the file of j has other recipients than j, so that a worker may speak of
 * those.  From then on nothing more is believed of it, and nothing held against
 * who reads it. */
int settle_is_changed(struct flush *f, struct job *j);

/* Mark who of m has it, of which entry knows and the file does not.  -1: that
 * cannot be written, and m must not be sent. */
int settle_recall(struct flush *f, struct backlog_message *entry,
    struct spool_message *m);

/* Recipients of j of whom nothing is known. */
size_t settle_open(const struct job *j);

/* Recipients that are to do, of this part. */
size_t settle_todo(const struct envelope *env, enum part part);

/* The part that the backlog of home is for. */
enum part settle_part(const struct flush *f, enum home home);

/* When this part of a message has been tried for long enough; with a lifetime
 * of 0 it is tried once.  1: what is for the smarthost has. */
time_t settle_expiry(const struct flush *f, enum part part, time_t arrival);
int settle_is_expired(const struct flush *f, time_t arrival);

/* settle_end.c: write to its file who of j has it so far. */
void settle_record(struct flush *f, struct job *j);

/*
 * There are no more verdicts of j: mark, report, remove or put it back, and
 * free it.  attempted: recipients without a verdict were tried; why is the
 * reason then.
 */
void settle_job(struct flush *f, struct job *j, int attempted,
    const char *why);

/* The same, with this verdict of all that have none. */
void settle_all(struct flush *f, struct job *j, const struct verdict *v);

/* Nothing is to do in message m any more: remove or park it, and release it;
 * if that fails, m stays as it is and entry comes up again. */
void settle_finished(struct flush *f, struct backlog_message *entry,
    struct spool_message *m);

/* A file left the queue: it is durable in a while.  settle_sync(): now. */
void settle_removed(struct flush *f);
void settle_sync(struct flush *f);

/*
 * tell.c: tell the sender of j of its failures, or see to it that j is
 * parked.  0: it is durable; -1: nobody was told.
 */
int tell_failures(struct flush *f, struct job *j);

/* Once, when it takes long. */
void tell_delay(struct flush *f, struct job *j,
    struct envelope_retry *retry);

/* Who asked to hear of success hears that it was delivered here, or that the
 * smarthost has it, if that does not do reports (RFC 3461, 5.2.2). */
void tell_success(struct flush *f, struct job *j);

/* At the end of the hour, or of the run with end != 0: the summary.  The time
 * when there is one. */
int64_t tell_tend(struct flush *f, int end);

#endif
