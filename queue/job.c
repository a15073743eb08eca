/*
 * What a worker is given to do: see job.h.
 */
#include <config.h>

#include "queue/job.h"

#include <stdlib.h>
#include <unistd.h>

#include "config/mailbox.h"
#include "queue/error.h"
#include "queue/spool.h"

void
job_free(struct job *j)
{
	close(j->smtp.fd);
	envelope_free(&j->smtp.env);
	free(j->smtp.rcpts);
	free(j);
}

struct job *
job_new(uint32_t number, int fd, int keep_local)
{
	const struct envelope_rcpt *r;
	struct job *j;
	struct error e;
	size_t i;

	if ((j = calloc(1, sizeof(*j))) == NULL ||
	    spool_read(fd, &j->smtp.env, &e) != SPOOL_OK) {
		close(fd);
		free(j);
		return NULL;
	}
	j->number = number;
	j->smtp.fd = fd;
	j->smtp.rcpts = calloc(j->smtp.env.nrcpts, sizeof(*j->smtp.rcpts));
	for (i = 0; j->smtp.rcpts != NULL && i < j->smtp.env.nrcpts; i++) {
		r = &j->smtp.env.rcpts[i];
		if (r->mark == ENVELOPE_TODO &&
		    !(keep_local && mailbox_is_local(r->address)))
			j->smtp.todo++;
		else
			j->smtp.rcpts[i] = SMTP_RCPT_SETTLED;
	}
	j->left = j->smtp.todo;
	if (j->left > 0)
		return j;
	job_free(j);
	return NULL;
}
