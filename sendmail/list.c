/*
 * mailq: see list.h.
 */
#include <config.h>

#include "sendmail/list.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "queue/error.h"
#include "queue/listing.h"
#include "queue/privilege.h"
#include "queue/state.h"
#include "queue/utf8.h"

/* The long form of Postfix, its first column as wide as its headline. */
#define ID_WIDTH (SPOOL_ID + 2)
#define HEADING "---------Queue ID--------- --Size-- ---Arrival Time---- " \
	"--Sender/Recipient------\n"
#define REPLY_WIDTH 76

struct list {
	FILE *out;
	struct buffer text;	/* one line, made printable */
	uint64_t bytes;
	unsigned long messages;
	struct state site;	/* why it cannot be used, if so */
	int starved;		/* something was not printed */
};

/* Addresses come from queue files, which belong to their submitters. */
static void
print_row(struct list *l, const char *id, const char *size,
    const char *when, const char *who)
{
	buffer_reset(&l->text);
	utf8_add_printable(&l->text, who);
	l->starved |= l->text.failed;
	fprintf(l->out, "%-*s %8s %19.19s %s\n", ID_WIDTH, id, size, when,
	    buffer_string(&l->text));
}

/* At the right margin, as far as it fits. */
static void
print_reply(struct list *l, const char *reply)
{
	int pad = REPLY_WIDTH - (int)strlen(reply);

	buffer_reset(&l->text);
	utf8_add_printable(&l->text, reply);
	l->starved |= l->text.failed;
	fprintf(l->out, "%*s(%s)\n", pad > 0 ? pad : 0, "",
	    buffer_string(&l->text));
}

static void
print_message(void *arg, const struct spool_message *m,
    enum listing_state state)
{
	struct list *l = arg;
	const struct envelope *env = &m->env;
	char id[SPOOL_ID + 2], size[24], when[32] = "";
	struct tm tm;
	size_t i;

	snprintf(id, sizeof(id), "%s%s", m->id, state == LISTING_ACTIVE ?
	    "*" : state == LISTING_HELD ? "!" : "");
	snprintf(size, sizeof(size), "%" PRIu64, env->message);
	if (localtime_r(&env->arrival, &tm) != NULL)
		strftime(when, sizeof(when), "%a %b %e %H:%M:%S", &tm);
	if (l->messages == 0)
		fputs(HEADING, l->out);
	print_row(l, id, size, when, *env->sender != '\0' ?
	    env->sender : "MAILER-DAEMON");
	if (*env->retry.reply != '\0')
		print_reply(l, env->retry.reply);
	else if (*l->site.why != '\0')
		print_reply(l, l->site.why);
	for (i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].mark == ENVELOPE_TODO)
			print_row(l, "", "", "", env->rcpts[i].address);
	fputc('\n', l->out);
	l->messages++;
	l->bytes += env->message;
}

int
list_print(struct spool *s, FILE *out, struct error *e)
{
	/* Those of others cannot be opened. */
	static const struct listing_calls calls = { print_message, NULL };
	struct list l = { .out = out };
	int result;

	if (state_read(s, &l.site) != 0 || !l.site.down)
		*l.site.why = '\0';
	result = listing_run(s, &calls, &l, e);
	buffer_free(&l.text);
	if (result == 0 && l.starved)
		result = error_memory(e);
	if (result != 0)
		return -1;
	if (l.messages == 0)
		fputs("Mail queue is empty\n", out);
	else
		fprintf(out, "-- %" PRIu64 " Kbytes in %lu Request%s.\n",
		    l.bytes / 1024, l.messages, l.messages == 1 ? "" : "s");
	if (fflush(out) != 0 || ferror(out))
		return error_sys(e, "cannot write the list");
	return 0;
}

static int
count(void *arg, const char *id)
{
	unsigned long *n = arg;

	(void)id;
	++*n;
	return 0;
}

int
list_count(struct spool *s, FILE *out, struct error *e)
{
	unsigned long n = 0;
	int result;

	if (privilege_raise() != 0)
		return error_sys(e, "cannot use the queue's group");
	result = spool_scan(s, count, NULL, &n, e);
	if (privilege_lower() != 0)
		return error_sys(e, "cannot give up the queue's group");
	if (result != 0)
		return -1;
	if (fprintf(out, "%lu\n", n) < 0 || fflush(out) != 0)
		return error_sys(e, "cannot write the count");
	return 0;
}
