/*
 * outbox status: how the queue and the smarthost are, for people, programs and
 * Prometheus, and as an exit status for a monitor.
 */
#include <config.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/json.h"
#include "queue/outbox.h"
#include "queue/status.h"
#include "queue/utf8.h"

#define SCHEMA 1	/* of the JSON; changes when a field changes */
#define NAME_WIDTH 16

static const char *const levels[] = { "ok", "warning", "critical" };

struct report {
	struct status st;
	struct status_limit *limits;
	struct buffer text;
	int colour;
	int level;		/* the worst of all fields */
};

/* 1: there is nothing to say of it. */
static int
is_absent(const struct status *st, const struct status_field *f)
{
	return f->kind == STATUS_TEXT ? status_text(st, f) == NULL :
	    f->kind == STATUS_TIME ? status_number(st, f) == 0 :
	    status_number(st, f) == STATUS_UNKNOWN;
}

static void
add_coloured(struct report *r, int level, const char *text)
{
	static const int colours[] = { 32, 33, 31 };

	if (r->colour)
		buffer_addf(&r->text, "\033[%dm%s\033[0m", colours[level],
		    text);
	else
		buffer_adds(&r->text, text);
}

/* A number of kind, for people. */
static void
add_number(struct buffer *out, const struct status *st,
    enum status_kind kind, int64_t n)
{
	char age[TEXT_NUMBER];

	switch (kind) {
	case STATUS_FLAG:
		buffer_adds(out, n != 0 ? "yes" : "no");
		break;
	case STATUS_AGE:
		text_age(age, n);
		buffer_adds(out, n > 0 ? age : "-");
		break;
	case STATUS_TIME:
		text_age(age, n > st->now ? n - st->now : st->now - n);
		buffer_addf(out, n > st->now ? "in %s" : "%s ago", age);
		break;
	default:
		buffer_addf(out, "%" PRId64, n);
	}
}

/* "WARNING: failed 2 (limit 1), oldest 5h (limit 4h)" */
static void
add_headline(struct report *r)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL" };
	struct buffer *out = &r->text;
	const struct status_field *f;
	const char *before = ": ";
	size_t i;
	int level;

	add_coloured(r, r->level, names[r->level]);
	for (i = 0; i < status_nfields; i++) {
		f = &status_fields[i];
		if ((level = status_level(&r->st, i, r->limits)) == 0)
			continue;
		buffer_addf(out, "%s%s ", before, f->name);
		add_number(out, &r->st, f->kind, status_number(&r->st, f));
		if (f->kind != STATUS_FLAG) {
			buffer_adds(out, " (limit ");
			add_number(out, &r->st, f->kind,
			    r->limits[i].at[level - 1]);
			buffer_addc(out, ')');
		}
		before = ", ";
	}
	if (r->level == 0)
		buffer_addf(out, ": %" PRId64 " queued", r->st.queued);
	if (r->st.own)
		buffer_adds(out, "; of your own mail only");
	if (r->st.host == NULL)
		buffer_addf(out, "; no smarthost is configured: mail%s is "
		    "kept until \"outbox setup\" has named one",
		    r->st.local != NULL ? " for elsewhere" : "");
	buffer_addc(out, '\n');
}

/* What to do about a field that is beyond a limit. */
static const struct advice {
	const char *name, *hint;
} advice[] = {
	{ "queued", "\"outbox list\" says why they wait" },
	{ "unreadable", "the log says which and why" },
	{ "failed", "\"outbox list --failed\" says why; then retry or delete "
	    "them with --failed" },
	{ "oldest", "\"outbox list\" says why it waits" },
	{ "stopped", "start outbox-flush: \"systemctl start outbox-flush\", "
	    "or as your init system does" },
	{ "down", "\"outbox test\" tries the smarthost step by step" },
	{ "refused", "\"outbox test\" tries the login, \"outbox setup\" asks "
	    "for another" },
};

static void
add_advice(struct report *r)
{
	size_t i, k;

	for (i = 0; i < status_nfields; i++) {
		if (status_level(&r->st, i, r->limits) == 0)
			continue;
		for (k = 0; k < sizeof(advice) / sizeof(advice[0]); k++)
			if (strcmp(advice[k].name, status_fields[i].name) == 0)
				buffer_addf(&r->text, "hint: %s: %s\n",
				    advice[k].name, advice[k].hint);
	}
}

static void
add_text(struct report *r)
{
	const struct status_field *f;
	struct buffer *out = &r->text;
	char name[NAME_WIDTH + 1];
	size_t i;
	int level;

	add_headline(r);
	add_advice(r);
	for (i = 0; i < status_nfields; i++) {
		f = &status_fields[i];
		if (is_absent(&r->st, f))
			continue;
		level = status_level(&r->st, i, r->limits);
		snprintf(name, sizeof(name), "%-*s", NAME_WIDTH, f->name);
		if (level > 0)
			add_coloured(r, level, name);
		else
			buffer_adds(out, name);
		if (f->kind == STATUS_TEXT)
			utf8_add_printable(out, status_text(&r->st, f));
		else
			add_number(out, &r->st, f->kind,
			    status_number(&r->st, f));
		buffer_addc(out, '\n');
	}
	for (i = 0; i <= STATUS_REASONS; i++) {
		if (r->st.reasons[i].messages == 0)
			continue;
		buffer_addf(out, "%*" PRId64 " deferred: ", NAME_WIDTH - 2,
		    r->st.reasons[i].messages);
		utf8_add_printable(out, r->st.reasons[i].text != NULL ?
		    r->st.reasons[i].text : "other reasons");
		buffer_addc(out, '\n');
	}
}

/* The reason as all of its messages have it, for a label. */
static void
add_key(struct buffer *out, const struct status_reason *reason)
{
	if (reason->text == NULL)
		buffer_adds(out, "other");
	else
		buffer_addf(out, "%.*s", (int)reason->key, reason->text);
}

static void
add_json_reasons(struct buffer *out, const struct status *st)
{
	struct buffer key = BUFFER_INIT;
	const char *before = "";
	size_t i;

	json_name(out, "reasons");
	buffer_addc(out, '[');
	for (i = 0; i <= STATUS_REASONS; i++) {
		if (st->reasons[i].messages == 0)
			continue;
		buffer_reset(&key);
		add_key(&key, &st->reasons[i]);
		buffer_addf(out, "%s{", before);
		json_text(out, "reason", buffer_string(&key));
		json_number(out, "messages", st->reasons[i].messages);
		json_text(out, "example", st->reasons[i].text != NULL ?
		    st->reasons[i].text : "");
		buffer_addc(out, '}');
		before = ",";
	}
	buffer_addc(out, ']');
	buffer_free(&key);
}

static void
add_json_problems(struct report *r)
{
	const char *before = "";
	size_t i;

	json_name(&r->text, "problems");
	buffer_addc(&r->text, '[');
	for (i = 0; i < status_nfields; i++) {
		if (status_level(&r->st, i, r->limits) == 0)
			continue;
		buffer_adds(&r->text, before);
		json_string(&r->text, status_fields[i].name);
		before = ",";
	}
	buffer_addc(&r->text, ']');
}

static void
add_json(struct report *r)
{
	struct buffer *out = &r->text;
	const struct status_field *f;

	buffer_addc(out, '{');
	json_number(out, "schema", SCHEMA);
	json_number(out, "time", r->st.now);
	json_text(out, "status", levels[r->level]);
	add_json_problems(r);
	json_text(out, "mail", r->st.own ? "own" : "all");
	for (f = status_fields; f < status_fields + status_nfields; f++) {
		if (is_absent(&r->st, f)) {
			json_name(out, f->name);
			buffer_adds(out, "null");
		} else if (f->kind == STATUS_TEXT)
			json_text(out, f->name, status_text(&r->st, f));
		else
			json_number(out, f->name, status_number(&r->st, f));
	}
	add_json_reasons(out, &r->st);
	buffer_adds(out, "}\n");
}

/* The value of a label, with its quotes. */
static void
add_label(struct buffer *out, const struct status_reason *reason)
{
	struct buffer key = BUFFER_INIT, text = BUFFER_INIT;
	const char *p;

	add_key(&key, reason);
	utf8_add_printable(&text, buffer_string(&key));
	buffer_addc(out, '"');
	for (p = buffer_string(&text); *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			buffer_addc(out, '\\');
		buffer_addc(out, *p);
	}
	buffer_addc(out, '"');
	buffer_free(&key);
	buffer_free(&text);
}

static void
add_metric(struct buffer *out, const char *name, const char *help,
    const char *type)
{
	buffer_addf(out, "# HELP outbox_%s %s.\n# TYPE outbox_%s %s\n", name,
	    help, name, type);
}

static void
add_prometheus(struct report *r)
{
	static const char reasons[] = "deferred_reason_messages";
	struct buffer *out = &r->text;
	const struct status_field *f;
	size_t i;

	for (f = status_fields; f < status_fields + status_nfields; f++) {
		if (f->metric == NULL ||
		    status_number(&r->st, f) == STATUS_UNKNOWN)
			continue;
		add_metric(out, f->metric, f->help,
		    f->kind == STATUS_COUNTER ? "counter" : "gauge");
		buffer_addf(out, "outbox_%s %" PRId64 "\n", f->metric,
		    status_number(&r->st, f));
	}
	add_metric(out, reasons, "Deferred messages by their last reply",
	    "gauge");
	for (i = 0; i <= STATUS_REASONS; i++) {
		if (r->st.reasons[i].messages == 0)
			continue;
		buffer_addf(out, "outbox_%s{reason=", reasons);
		add_label(out, &r->st.reasons[i]);
		buffer_addf(out, "} %" PRId64 "\n",
		    r->st.reasons[i].messages);
	}
}

/* Replace path, at once for who reads it.  It is worth no sync. */
static int
write_file(const char *path, const struct buffer *text, struct error *e)
{
	struct buffer fresh = BUFFER_INIT;
	int fd, rc = -1;

	buffer_addf(&fresh, "%s.new", path);
	unlink(buffer_string(&fresh));	/* of one that was killed */
	fd = open(buffer_string(&fresh), O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0 && fchmod(fd, 0644) == 0 &&	/* whatever our umask */
	    write(fd, text->data, text->len) == (ssize_t)text->len)
		rc = rename(buffer_string(&fresh), path);
	if (rc != 0)
		error_sys(e, "cannot write %s", path);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && rc != 0)
		unlink(buffer_string(&fresh));
	buffer_free(&fresh);
	return rc;
}

static void
print(struct tool *t, struct report *r)
{
	struct error e;

	if (t->options.json)
		add_json(r);
	else if (t->options.prometheus)
		add_prometheus(r);
	else
		add_text(r);
	if (r->text.failed)
		tool_fail(t, EX_OSERR, "out of memory");
	else if (t->options.output == NULL)
		fwrite(r->text.data, 1, r->text.len, stdout);
	else if (write_file(t->options.output, &r->text, &e) != 0)
		tool_fail(t, EX_CANTCREAT, e.text);
}

void
outbox_status(struct tool *t)
{
	const struct options *o = &t->options;
	struct report r = { .colour = o->output == NULL &&
		isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL };
	struct error e;
	size_t i;
	int level;

	if (*o->words != NULL) {
		tool_fail(t, EX_USAGE, "status takes options only");
		return;
	}
	error_memory(&e);
	if ((r.limits = status_limits()) == NULL ||
	    (o->warning != NULL &&
	    status_set_limits(r.limits, 0, o->warning, &e) != 0) ||
	    (o->critical != NULL &&
	    status_set_limits(r.limits, 1, o->critical, &e) != 0)) {
		tool_fail(t, error_status(&e, EX_USAGE), e.text);
		free(r.limits);
		return;
	}
	if (status_collect(&r.st, &t->settings, tool_flush_runs(t), t->spool,
	    t->failed, &e) != 0)
		tool_fail(t, EX_IOERR, e.text);
	else if (r.st.own && o->prometheus)
		tool_fail(t, EX_NOPERM, "metrics are of all mail: root and the "
		    "owner of the queue may see that");
	for (i = 0; t->status == 0 && i < status_nfields; i++)
		if ((level = status_level(&r.st, i, r.limits)) > r.level)
			r.level = level;
	if (t->status == 0)
		print(t, &r);
	if (t->status == 0)
		t->status = r.level;
	buffer_free(&r.text);
	status_free(&r.st);
	free(r.limits);
}
