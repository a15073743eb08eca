/*
 * A message that the scheduler gave a worker for the smarthost: see worker.c.
 */
#ifndef QUEUE_JOB_H
#define QUEUE_JOB_H

#include <stdint.h>

#include "queue/smtp.h"

struct job {
	struct smtp_job smtp;	/* first: smtp hands it back as this */
	uint32_t number;
	size_t left;		/* recipients without a verdict */
};

/* The message in fd, which it takes; without its local recipients where the
 * scheduler keeps those.  NULL: there is none, or nothing to be done in it. */
struct job *job_new(uint32_t number, int fd, int keep_local);
void job_free(struct job *j);

#endif
