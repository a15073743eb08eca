/*
 * Between the scheduler and a worker, over a socketpair of packets: messages
 * go down as descriptors, verdicts come up.  Neither side trusts the other
 * further than this form.
 */
#ifndef QUEUE_HANDOVER_H
#define QUEUE_HANDOVER_H

#include <stdint.h>

#include "queue/verdict.h"

struct error;

/* The two ends; both close on exec.  0, or -1 and e. */
int handover_pair(int fds[2], struct error *e);

/* Give a worker message fd under this number.  The caller keeps its own
 * descriptor.  Never waits.  0, or -1 and e. */
int handover_send_job(int sock, uint32_t number, int fd, struct error *e);

/* What else a worker is told. */
enum handover_word {
	HANDOVER_END = 2,	/* no more jobs will come */
	HANDOVER_RECORDED	/* the answer to HANDOVER_QUITTING */
};

/* As handover_send_job(). */
int handover_send_word(int sock, enum handover_word word);

/* 1: a message, whose fd the caller closes; one of enum handover_word; 0:
 * nothing is there; -1: nothing more will come. */
int handover_receive_job(int sock, uint32_t *number, int *fd);

enum handover_type {
	HANDOVER_OPENING,	/* looking for a session, which may take long */
	HANDOVER_OPENED,	/* a session; text describes it */
	HANDOVER_PROGRESS,	/* something moves */
	HANDOVER_VERDICT,	/* of one recipient of a job */
	HANDOVER_DONE,		/* the job has no more verdicts */
	HANDOVER_SITE,		/* there is no session, or no more */
	HANDOVER_QUITTING,	/* a session is about to end: what was said of
				 * its messages is to be on disk first */
	HANDOVER_LEAVING	/* no more jobs: another worker can do what this
				 * one cannot; those that it has come back */
};

struct handover_report {
	enum handover_type type;
	uint32_t job;
	uint32_t rcpt;
	int last;		/* VERDICT: and DONE with it */
	struct verdict verdict;	/* OPENED uses only its text and, of its
				 * flags, VERDICT_UTF8 */
};

/* Waits until the scheduler takes it.  0, or -1: it is gone. */
int handover_send_report(int sock, const struct handover_report *r);

/* 1: a report in good form; 0: none is there; -1: the worker is gone, or not
 * in its right mind. */
int handover_receive_report(int sock, struct handover_report *r);

#endif
