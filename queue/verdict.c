/*
 * Judging replies: see verdict.h.
 */
#include <config.h>

#include "queue/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEFORE (VERDICT_GREETING | VERDICT_EHLO | VERDICT_STARTTLS | \
	VERDICT_AUTH)
#define CONTENT (VERDICT_DATA | VERDICT_END)
#define AFTER (VERDICT_MAIL | VERDICT_RCPT | CONTENT)

/*
 * The first row that fits decides.  code is a whole code, or its first digit;
 * status is an enhanced status, where an x at its end stands for any digits;
 * text stands in the reply in any case.  NULL fits all.
 */
static const struct row {
	unsigned phases;
	int code;
	const char *status;
	const char *text;
	enum verdict_action action;
	enum verdict_scope scope;
	unsigned flags;
} rows[] = {
	/* Everything before MAIL FROM is a property of the site. */
	{ VERDICT_AUTH, 5, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ VERDICT_AUTH, 4, NULL, "credits exceeded",
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ VERDICT_AUTH, 454, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_SLOW },
	{ BEFORE, 421, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_SLOW },
	{ BEFORE, 432, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_SLOW },
	{ BEFORE, 0, NULL, NULL, VERDICT_DEFERRED, VERDICT_SITE, 0 },

	{ AFTER, 421, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_SLOW },
	{ AFTER, 432, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_SLOW },

	/* The login or its rights, though the session got this far; but not
	 * the name in one message's header. */
	{ CONTENT, 530, NULL, "sender name is not valid",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 530, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ AFTER, 535, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ AFTER, 538, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ AFTER, 5, "5.7.57", NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	/* 5.7.30 has two meanings: this one is of RFC 8689. */
	{ VERDICT_RCPT, 5, "5.7.30", "requiretls",
	    VERDICT_FAILED, VERDICT_RECIPIENT, 0 },
	{ VERDICT_MAIL | CONTENT, 5, "5.7.30", "requiretls",
	    VERDICT_FAILED, VERDICT_MESSAGE, 0 },
	{ AFTER, 5, "5.7.30", NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ VERDICT_MAIL, 5, NULL, "authentication required",
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ VERDICT_MAIL, 503, NULL, "auth",
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ VERDICT_MAIL, 5, NULL, "unauthenticated",
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ AFTER, 5, "5.7.705", NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ AFTER, 5, "5.7.708", NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },

	/* Out of step with each other: no fault of the mail. */
	{ AFTER, 503, NULL, NULL, VERDICT_DEFERRED, VERDICT_MESSAGE, 0 },

	/* No permission to relay: the account's fault more than the
	 * recipient's.  It is not taken as the site's, since one odd address
	 * must not stop the mail of others: a list that takes mail of its
	 * members only also says "authentication required".  Postfix tells
	 * what it has against the client or its name with each recipient. */
	{ VERDICT_RCPT, 5, NULL, "relay access denied",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "relaying denied",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "not permitted to relay",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "relay not permitted",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "unable to relay",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "authentication required",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "client host rejected",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "helo command rejected",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	/* It is in a block list; postscreen calls it a client. */
	{ VERDICT_RCPT, 5, NULL, "client host [",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_RCPT, 5, NULL, "; client [",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	/* qmail */
	{ VERDICT_RCPT, 5, NULL, "allowed rcpthosts",
	    VERDICT_FAILED, VERDICT_RECIPIENT, VERDICT_RELAY },
	{ VERDICT_MAIL | CONTENT, 5, NULL, "relay access denied",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 5, NULL, "relaying denied",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },
	{ CONTENT, 5, NULL, "authentication required",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },

	/* Too big will be too big tomorrow, also where it is called "size
	 * limit exceeded". */
	{ VERDICT_MAIL | CONTENT, 5, "5.3.4", NULL,
	    VERDICT_FAILED, VERDICT_MESSAGE, 0 },
	{ VERDICT_MAIL | CONTENT, 5, "5.2.3", NULL,
	    VERDICT_FAILED, VERDICT_MESSAGE, 0 },
	{ VERDICT_RCPT, 5, "5.3.4", NULL,
	    VERDICT_FAILED, VERDICT_RECIPIENT, 0 },
	{ VERDICT_RCPT, 5, "5.2.3", NULL,
	    VERDICT_FAILED, VERDICT_RECIPIENT, 0 },

	/*
	 * Quotas: a permanent code with a temporary meaning.  Only the quota
	 * for sending is certain to be the site's: any other may be that of
	 * one mailbox.
	 */
	{ VERDICT_MAIL | CONTENT, 454, NULL, "quota",
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_SLOW | VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 454, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_SLOW },
	{ AFTER, 5, "5.4.5", NULL,
	    VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 5, "5.2.25x", NULL,
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 5, "5.2.2", NULL,
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 5, "5.2.0", "limit",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 5, NULL, "quota",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 5, NULL, "limit exceeded",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },
	{ VERDICT_MAIL | CONTENT, 5, NULL, "rate exceeded",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_LONG },

	/* Of this recipient the server itself says so; what follows may be
	 * the words of another, whom it asked. */
	{ VERDICT_RCPT, 5, "5.1.1", NULL,
	    VERDICT_FAILED, VERDICT_RECIPIENT, 0 },
	{ VERDICT_RCPT, 4, "4.1.1", NULL,
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, 0 },

	/* Postfix: in a minute, and not in one message. */
	{ VERDICT_RCPT, 4, NULL, "too many recipients from",
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, VERDICT_SLOW },
	/* Too many recipients: these were not judged, only counted. */
	{ VERDICT_RCPT, 452, "4.5.3", NULL,
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, VERDICT_AGAIN },
	{ VERDICT_RCPT, 552, "5.5.3", NULL,
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, VERDICT_AGAIN },
	{ VERDICT_RCPT, 0, NULL, "too many recipients",
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, VERDICT_AGAIN },
	/* Exim can refuse the others with them. */
	{ CONTENT, 5, NULL, "too many recipients",
	    VERDICT_FAILED, VERDICT_MESSAGE, VERDICT_AGAIN },
	{ CONTENT, 4, NULL, "too many recipients",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_AGAIN },

	/* Less of it, please.  A greylist says "later" with the same codes:
	 * it is the text that tells the two apart. */
	{ VERDICT_RCPT, 4, NULL, "too many",
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, VERDICT_SLOW },
	{ AFTER, 4, NULL, "too much mail",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_SLOW },
	{ AFTER, 4, NULL, "too many",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_SLOW },
	{ AFTER, 4, NULL, "too frequent",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_SLOW },
	{ AFTER, 4, NULL, "throttl",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_SLOW },
	{ AFTER, 4, NULL, "rate limit",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_SLOW },
	{ AFTER, 4, NULL, "server busy",
	    VERDICT_DEFERRED, VERDICT_MESSAGE, VERDICT_SLOW },

	/* RFC 5321, 4.5.3.1.10: at RCPT, 552 counts as 452. */
	{ VERDICT_RCPT, 552, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, VERDICT_LONG },

	/* The sender may not send as this.  Some say so at RCPT. */
	{ AFTER, 5, "5.1.7", NULL,
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, "5.1.8", NULL,
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, "5.7.750", NULL,
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, "5.7.60", NULL,
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "sendasdenied",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "not verified",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "verified sender",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 553, "5.7.1", NULL,
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "sender address rejected",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "not owned by",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "must be same as auth",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "sender signature",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "not authorised to send",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "not authorized to send",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ AFTER, 5, NULL, "not authorized to perform",
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },

	/* A parameter of MAIL or RCPT that is not understood. */
	{ VERDICT_MAIL | VERDICT_RCPT, 501, NULL, NULL,
	    VERDICT_FAILED, VERDICT_MESSAGE, VERDICT_BARE },
	{ VERDICT_MAIL | VERDICT_RCPT, 504, NULL, NULL,
	    VERDICT_FAILED, VERDICT_MESSAGE, VERDICT_BARE },
	{ VERDICT_MAIL | VERDICT_RCPT, 555, NULL, NULL,
	    VERDICT_FAILED, VERDICT_MESSAGE, VERDICT_BARE },

	{ VERDICT_MAIL, 552, NULL, NULL, VERDICT_FAILED, VERDICT_MESSAGE, 0 },
	{ VERDICT_MAIL, 5, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG },
	{ VERDICT_RCPT, 5, NULL, NULL,
	    VERDICT_FAILED, VERDICT_RECIPIENT, 0 },
	{ VERDICT_RCPT, 4, NULL, NULL,
	    VERDICT_DEFERRED, VERDICT_RECIPIENT, 0 },
	{ CONTENT, 5, NULL, NULL, VERDICT_FAILED, VERDICT_MESSAGE, 0 },
	{ AFTER, 4, NULL, NULL, VERDICT_DEFERRED, VERDICT_MESSAGE, 0 },
	{ VERDICT_END, 2, NULL, NULL,
	    VERDICT_DELIVERED, VERDICT_MESSAGE, 0 },
};

static int
has_status(const char *status, const char *wanted)
{
	size_t len = strlen(wanted);

	if (wanted[len - 1] == 'x')
		return strncmp(status, wanted, len - 1) == 0;
	return strcmp(status, wanted) == 0;
}

static int
fits(const struct row *row, enum verdict_phase phase, const struct reply *r)
{
	if ((row->phases & (unsigned)phase) == 0)
		return 0;
	if (row->code != 0 && row->code != r->code &&
	    row->code != r->code / 100)
		return 0;
	if (row->status != NULL && !has_status(r->status, row->status))
		return 0;
	return row->text == NULL ||
	    strcasestr(buffer_string(&r->text), row->text) != NULL;
}

/* The status that fits the action: a reply need not bring one, and "550"
 * that is judged temporary must not be reported as permanent. */
static void
set_status(struct verdict *v, const char *status)
{
	static const char class[] = { '2', '4', '5' };

	snprintf(v->status, sizeof(v->status), "%s",
	    *status != '\0' ? status : "x.0.0");
	v->status[0] = class[v->action];
}

void
verdict_change(struct verdict *v, enum verdict_action action,
    enum verdict_scope scope, unsigned flags)
{
	char status[REPLY_STATUS];

	v->action = action;
	v->scope = scope;
	v->flags = flags;
	memcpy(status, v->status, sizeof(status));
	set_status(v, status);
}

int
verdict_is_same(const struct verdict *a, const struct verdict *b)
{
	return a->action == b->action && a->scope == b->scope &&
	    a->flags == b->flags && a->code == b->code &&
	    strcmp(a->status, b->status) == 0 &&
	    strcmp(a->text, b->text) == 0;
}

void
verdict_judge(struct verdict *v, enum verdict_phase phase,
    const struct reply *r)
{
	/* A 3yz, or one that no row knows, is not SMTP. */
	static const struct row odd = { .action = VERDICT_DEFERRED,
		.scope = VERDICT_SITE };
	size_t i, count = sizeof(rows) / sizeof(rows[0]);
	const struct row *row;
	char *text = reply_describe(r);

	for (i = 0; i < count && !fits(&rows[i], phase, r); i++)
		continue;
	row = i < count ? &rows[i] : &odd;
	v->action = row->action;
	v->scope = row->scope;
	v->flags = row->flags;
	v->code = r->code;
	set_status(v, r->status);
	snprintf(v->text, sizeof(v->text), "%s", text != NULL ? text : "");
	free(text);
}

void
verdict_set(struct verdict *v, enum verdict_action action,
    enum verdict_scope scope, unsigned flags, const char *status,
    const char *fmt, ...)
{
	va_list ap;
	char *p;

	v->action = action;
	v->scope = scope;
	v->flags = flags;
	v->code = 0;
	set_status(v, status);
	va_start(ap, fmt);
	vsnprintf(v->text, sizeof(v->text), fmt, ap);
	va_end(ap);
	for (p = v->text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}
