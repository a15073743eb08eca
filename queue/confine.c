/*
 * What the worker closes to itself: see confine.h.
 */
#include <config.h>

#include "queue/confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "config/settings.h"
#include "queue/credential.h"
#include "queue/error.h"
#include "queue/log.h"
#include "queue/sandbox.h"
#include "queue/shared.h"

#define DESCRIPTORS 128		/* for all but messages */

void
confine_begin(void)
{
	const struct rlimit none = { 0, 0 };

	/* The secret must not get into a core file or a debugger. */
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Without the scheduler nothing that is sent could be recorded. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	/* What ends the scheduler ends us, after the replies in flight: a
	 * signal for both, from a terminal or a service manager, is its. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
}

/* 1: not a file but something of a library's, such as a PKCS#11 URI. */
static int
is_object(const char *name)
{
	return *name != '/' && strchr(name, ':') != NULL;
}

struct sandbox *
confine(const struct credential *c, int to_stderr)
{
	const struct settings *s = c->settings;
	struct sandbox_rules r = { .port = (unsigned)s->port,
		.descriptors = 2 * (uint64_t)s->window + DESCRIPTORS,
		.file_size = to_stderr ? RLIM_INFINITY : SHARED_SIZE };
	struct sandbox *sandbox;
	struct error e;

	if (is_object(s->ca_file) || is_object(s->client_certificate) ||
	    is_object(s->client_key))
		r.queue = s->directory;
	credential_paths(c, r.own);
	tzset();	/* reads a file, and syslog() needs what it says */
	switch (sandbox_enter(&sandbox, &r, &e)) {
	case SANDBOX_CLOSED:
		break;
	case SANDBOX_LIMITS:
		if (!to_stderr)
			log_event(c->log, LOG_DEBUG, "this kernel has no "
			    "Landlock: files stay open to this process");
		break;
	case SANDBOX_FAILED:
		log_event(c->log, LOG_WARNING, "%s: files stay open to this "
		    "process", e.text);
	}
	return sandbox;
}
