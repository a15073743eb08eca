/*
 * A session for a person to look at: see probe.h.  The session is the one
 * that mail goes through; this only prints.
 */
#include <config.h>

#include "queue/probe.h"

#include <string.h>

#include "queue/clock.h"
#include "queue/hint.h"
#include "queue/smtp.h"
#include "queue/trace.h"
#include "queue/utf8.h"

struct probe {
	const char *host;
	FILE *out;
	const char *step;	/* under way; NULL: none */
	int64_t begun;
	int login;			/* what failed hangs on it */
};

/* Remote text: its lines in a column, nothing that a terminal obeys. */
static void
print_text(FILE *out, const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		if ((n = utf8_printable(text)) > 0) {
			fwrite(text, 1, n, out);
			continue;
		}
		if (*text == '\n')
			fprintf(out, "\n%*s", 29, "");
		else
			putc('?', out);
		n = utf8_length(text);
		n += n == 0;
	}
	putc('\n', out);
}

static void
print_step(const struct probe *p, const char *result, const char *text)
{
	fprintf(p->out, "%-10s %-6s %6lld ms  ", p->step, result,
	    (long long)(clock_now() - p->begun));
	print_text(p->out, text);
	fflush(p->out);
}

static void
print_failure(struct probe *p, const char *text)
{
	const char *hint = hint_find(p->host, p->step, text);

	p->login = strcmp(p->step, "AUTH") == 0 ||
	    strcmp(p->step, "MAIL FROM") == 0;
	print_step(p, "FAILED", text);
	if (hint != NULL)
		fprintf(p->out, "%*shint: %s\n", 29, "", hint);
}

static void
tell(void *arg, enum trace_event event, const char *step, const char *text)
{
	struct probe *p = arg;

	if (event == TRACE_BEGIN) {
		p->step = step;
		p->begun = clock_now();
	} else if (event == TRACE_DONE) {
		print_step(p, "ok", text);
		p->step = NULL;
	} else {
		print_failure(p, text);
		p->step = NULL;
	}
}

void
probe_refuse(const char *host, const char *step, const char *text, FILE *out)
{
	struct probe p = { host, out, step, clock_now(), 0 };

	print_failure(&p, text);
}

int
probe_run(const struct smtp_params *params, const char *sender, FILE *out)
{
	struct probe probe = { params->to.host, out, NULL, 0, 0 };
	const struct trace watch = { tell, &probe };
	struct smtp_params p = *params;
	struct verdict v;
	struct smtp *s;
	int result = -1;

	p.to.trace = &watch;
	if ((s = smtp_open(&p, &v)) != NULL)
		result = smtp_probe(s, sender, &v);
	smtp_close(s, 1);
	if (result != 0 && probe.step != NULL)
		print_failure(&probe, v.text);
	return result != 0 && probe.login ? PROBE_LOGIN : result;
}
