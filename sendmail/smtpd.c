/*
 * The SMTP server: see smtpd.h.  RFC 5321, with PIPELINING, SIZE, 8BITMIME,
 * SMTPUTF8, DSN, ENHANCEDSTATUSCODES and, where it can be kept, REQUIRETLS.
 */
#include <config.h>

#include "sendmail/smtpd.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <syslog.h>

#include "config/settings.h"
#include "config/value.h"
#include "queue/error.h"
#include "queue/log.h"
#include "queue/recipients.h"
#include "sendmail/command.h"
#include "sendmail/dialogue.h"
#include "sendmail/dsn.h"
#include "sendmail/message.h"
#include "sendmail/options.h"
#include "sendmail/submission.h"
#include "sendmail/unstuff.h"

#define RCPTS_MAX 10000		/* of a message */
#define ERRORS_MAX 20		/* commands that are none */

struct smtpd {
	const struct options *options;
	const struct message_site *site;
	struct dialogue *dialogue;
	struct message *message;	/* from MAIL to the end of it */
	char *envid;			/* of it; or NULL */
	size_t rcpts;
	unsigned errors;
	int welcome;
	int quit;
	int cut;			/* the input ended in the data */
};

#define REPLY(s, ...) dialogue_reply((s)->dialogue, __VA_ARGS__)

static void
reset(struct smtpd *s)
{
	message_free(s->message);
	free(s->envid);
	s->message = NULL;
	s->envid = NULL;
	s->rcpts = 0;
}

/* What Postfix says first of a refused command, without the address: that is in
 * the text. */
static const char *
rejection(const char *command)
{
	static const char *const list[][2] = {
		{ "MAIL", "<>: Sender address rejected: " },
		{ "RCPT", "<>: Recipient address rejected: " },
		{ "DATA", "<DATA>: Data command rejected: " },
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (strcmp(command, list[i][0]) == 0)
			return list[i][1];
	return "";
}

/* Say what went wrong; what is not the client's fault is temporary. */
static void
reply_failure(struct smtpd *s, int status, const char *command,
    const char *permanent, const struct error *e)
{
	const struct log_about about = { "smtpd", NULL, 0 };
	const char *code = status == EX_DATAERR ? permanent :
	    status == EX_CANTCREAT ? "452 4.3.1" : "451 4.3.0";

	REPLY(s, "%s %s", code, e->text);
	/* Never an address: what reads the log must not block this machine. */
	log_about(s->site->log, LOG_NOTICE, &about, "NOQUEUE: reject: %s from "
	    "local[uid=%lu]: %s %s%s; proto=ESMTP", command,
	    (unsigned long)s->site->uid, code, rejection(command), e->text);
}

static void
do_helo(struct smtpd *s, char *args)
{
	(void)args;
	reset(s);
	REPLY(s, "250 %s", s->site->host.name);
}

static void
do_ehlo(struct smtpd *s, char *args)
{
	(void)args;
	reset(s);
	REPLY(s, "250-%s", s->site->host.name);
	REPLY(s, "250-PIPELINING");
	REPLY(s, "250-SIZE %lld", (long long)s->site->settings->max_size);
	REPLY(s, "250-8BITMIME");
	REPLY(s, "250-SMTPUTF8");
	REPLY(s, "250-DSN");
	REPLY(s, "250-ENHANCEDSTATUSCODES");
	if (message_can_require_tls(s->site))
		REPLY(s, "250-REQUIRETLS");
	REPLY(s, "250 HELP");
}

static int
keep_envid(struct smtpd *s, struct message_params *params, const char *value)
{
	struct error e;

	free(s->envid);
	if ((params->envid = s->envid = strdup(value)) != NULL)
		return 0;
	error_memory(&e);
	reply_failure(s, EX_OSERR, "MAIL", "", &e);
	return -1;
}

/* One parameter of MAIL.  -1: it was refused. */
static int
mail_param(struct smtpd *s, struct message_params *params, const char *name,
    const char *value)
{
	const char *known[] = { "7BIT", "8BITMIME", NULL };
	int64_t size;
	int i = 0;

	if (strcasecmp(name, "SMTPUTF8") == 0 && value == NULL)
		return 0;
	/* RFC 8689 has it inside of TLS.  Here is no network to protect it
	 * from: it begins behind us, and there it is kept. */
	if (strcasecmp(name, "REQUIRETLS") == 0 && value == NULL &&
	    message_can_require_tls(s->site)) {
		params->require_tls = 1;
		return 0;
	}
	if (strcasecmp(name, "SIZE") == 0 && value != NULL &&
	    *value != '\0' && value[strspn(value, "0123456789")] == '\0') {
		if (value_integer(value, 0, s->site->settings->max_size,
		    &size) == 0)
			return 0;
		REPLY(s, "552 5.3.4 the message is larger than %lld bytes",
		    (long long)s->site->settings->max_size);
		return -1;
	}
	if (strcasecmp(name, "BODY") == 0 && value != NULL) {
		while (known[i] != NULL && strcasecmp(value, known[i]) != 0)
			i++;
		if (known[i] != NULL)
			return 0;
	}
	if (strcasecmp(name, "RET") == 0 && value != NULL &&
	    (params->ret = dsn_ret(value)) != NULL)
		return 0;
	if (strcasecmp(name, "ENVID") == 0 && value != NULL &&
	    dsn_is_xtext(value) && strlen(value) <= DSN_ENVID_MAX)
		return keep_envid(s, params, value);
	REPLY(s, "555 5.5.4 MAIL: %s%s%s is not supported", name,
	    value != NULL ? "=" : "", value != NULL ? value : "");
	return -1;
}

/* The path in angle brackets, which it may lack. */
static char *
angle(const char *path)
{
	struct buffer text = BUFFER_INIT;

	if (*path == '<')
		return strdup(path);
	buffer_addc(&text, '<');
	buffer_adds(&text, path);
	buffer_addc(&text, '>');
	return buffer_steal(&text);
}

static void
begin_message(struct smtpd *s, struct message_params *params,
    const char *path)
{
	struct error e = { 0, "" };
	char *sender = angle(path);
	int status = EX_OSERR;

	if (sender == NULL)
		error_memory(&e);
	else {
		params->sender = sender;
		status = message_new(&s->message, s->site, params, &e);
	}
	if (status == 0)
		REPLY(s, "250 2.1.0 Ok");
	else
		reply_failure(s, status, "MAIL", "501 5.1.7", &e);
	free(sender);
}

static void
do_mail(struct smtpd *s, char *args)
{
	struct message_params params = { .dots = 1 };
	char *path, *rest, *name, *value;

	if (s->message != NULL) {
		REPLY(s, "503 5.5.1 MAIL again: use RSET first");
		return;
	}
	if ((path = command_path(args, "FROM:", &rest)) == NULL) {
		REPLY(s, "501 5.5.4 use MAIL FROM:<address>");
		return;
	}
	if (command_repeats(rest)) {
		REPLY(s, "501 5.5.4 MAIL: a parameter comes twice");
		return;
	}
	while ((name = command_param(&rest, &value)) != NULL) {
		if (mail_param(s, &params, name, value) != 0) {
			reset(s);
			return;
		}
	}
	begin_message(s, &params, path);
	if (s->message == NULL)
		reset(s);
}

/* One parameter of RCPT; orcpt may hold what report points to.  -1: it was
 * refused. */
static int
rcpt_param(struct smtpd *s, struct recipient_report *report,
    struct buffer *orcpt, const char *name, const char *value)
{
	if (strcasecmp(name, "NOTIFY") == 0 && value != NULL &&
	    (report->notify = dsn_notify(value)) != NULL)
		return 0;
	if (strcasecmp(name, "ORCPT") == 0 && value != NULL &&
	    (report->orcpt = dsn_orcpt(value, orcpt)) != NULL)
		return 0;
	REPLY(s, "555 5.5.4 RCPT: %s%s%s is not supported", name,
	    value != NULL ? "=" : "", value != NULL ? value : "");
	return -1;
}

static void
add_rcpt(struct smtpd *s, const char *path,
    const struct recipient_report *report)
{
	struct error e = { 0, "" };
	char *to;
	int status = EX_OSERR;

	if (s->rcpts >= RCPTS_MAX) {
		REPLY(s, "452 4.5.3 too many recipients");
		return;
	}
	if ((to = angle(path)) == NULL)
		error_memory(&e);
	else
		status = message_recipients(s->message, to, report, &e);
	free(to);
	if (status != 0) {
		reply_failure(s, status, "RCPT", "501 5.1.3", &e);
		return;
	}
	s->rcpts++;
	REPLY(s, "250 2.1.5 Ok");
}

static void
do_rcpt(struct smtpd *s, char *args)
{
	struct recipient_report report = { NULL, NULL };
	struct buffer orcpt = BUFFER_INIT;
	char *path, *rest, *name, *value;
	int refused = 0;

	if (s->message == NULL) {
		REPLY(s, "503 5.5.1 MAIL comes before RCPT");
		return;
	}
	if ((path = command_path(args, "TO:", &rest)) == NULL) {
		REPLY(s, "501 5.5.4 use RCPT TO:<address>");
		return;
	}
	if (command_repeats(rest)) {
		REPLY(s, "501 5.5.4 RCPT: a parameter comes twice");
		return;
	}
	while (!refused && (name = command_param(&rest, &value)) != NULL)
		refused = rcpt_param(s, &report, &orcpt, name, value) != 0;
	if (!refused)
		add_rcpt(s, path, &report);
	buffer_free(&orcpt);
}

/* A message that comes in, and what became of it. */
struct intake {
	struct message *message;
	int status;
	struct error e;
};

static void
take(void *arg, const char *data, size_t len)
{
	struct intake *in = arg;

	if (in->status == 0)
		in->status = message_feed(in->message, data, len, &in->e);
}

static void
do_data(struct smtpd *s, char *args)
{
	struct intake in = { s->message, 0, { 0, "" } };
	struct unstuff u;

	(void)args;
	if (s->message == NULL || s->rcpts == 0) {
		REPLY(s, s->message == NULL ? "503 5.5.1 MAIL comes before "
		    "DATA" : "554 5.5.1 no valid recipients");
		return;
	}
	REPLY(s, "354 end with a dot on a line of its own");
	unstuff_init(&u, dialogue_crlf(s->dialogue));
	while (!u.ended) {
		const char *data;
		size_t len = dialogue_data(s->dialogue, &data);

		if (len == 0) {
			s->cut = 1;
			return;
		}
		dialogue_used(s->dialogue, unstuff_feed(&u, data, len, take,
		    &in));
	}
	if (in.status == 0)
		in.status = message_commit(s->message,
		    !s->options->queue_only, &in.e);
	if (in.status == 0) {
		REPLY(s, "250 2.0.0 Ok: queued as %s",
		    message_id(s->message));
		submission_flush(s->options, s->site);
	} else {
		reply_failure(s, in.status, "DATA",
		    message_is_looping(s->message) ? "554 5.4.6" :
		    "552 5.3.4", &in.e);
	}
	reset(s);
}

static void
do_rset(struct smtpd *s, char *args)
{
	(void)args;
	reset(s);
	REPLY(s, "250 2.0.0 Ok");
}

static void
do_noop(struct smtpd *s, char *args)
{
	(void)args;
	REPLY(s, "250 2.0.0 Ok");
}

static void
do_vrfy(struct smtpd *s, char *args)
{
	(void)args;
	REPLY(s, "252 2.5.2 send it and see");
}

static void
do_help(struct smtpd *s, char *args)
{
	(void)args;
	REPLY(s, "214 2.0.0 HELO EHLO MAIL RCPT DATA RSET NOOP VRFY HELP "
	    "QUIT");
}

static void
do_quit(struct smtpd *s, char *args)
{
	(void)args;
	REPLY(s, "221 2.0.0 Bye");
	s->quit = 1;
}

/* A browser that was made to talk to us: what it sends next is not for us,
 * even where it looks like SMTP. */
static void
do_http(struct smtpd *s, char *args)
{
	(void)args;
	REPLY(s, "421 4.7.0 this is no web server");
	s->quit = 1;
}

/* A command that cannot be done; many of them are no conversation. */
static void
reject(struct smtpd *s, const char *why)
{
	s->quit = ++s->errors >= ERRORS_MAX;
	REPLY(s, "%s", s->quit ? "421 4.7.0 too many errors" : why);
}

static void
run_command(struct smtpd *s, char *line)
{
	static const struct {
		const char *verb;
		void (*run)(struct smtpd *, char *);
	} commands[] = {
		{ "HELO", do_helo }, { "EHLO", do_ehlo },
		{ "MAIL", do_mail }, { "RCPT", do_rcpt },
		{ "DATA", do_data }, { "RSET", do_rset },
		{ "NOOP", do_noop }, { "VRFY", do_vrfy },
		{ "HELP", do_help }, { "QUIT", do_quit },
		{ "GET", do_http }, { "POST", do_http },
		{ "PUT", do_http }, { "HEAD", do_http },
		{ "OPTIONS", do_http }, { "CONNECT", do_http },
	};
	size_t i, len = strcspn(line, " \t");
	char *args = line + len + strspn(line + len, " \t");

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].verb) != len ||
		    strncasecmp(commands[i].verb, line, len) != 0)
			continue;
		if (s->welcome || commands[i].run == do_quit)
			commands[i].run(s, args);
		else
			reject(s, "503 5.7.1 not from where you are");
		return;
	}
	reject(s, "500 5.5.2 unknown command");
}

int
smtpd_run(const struct options *o, const struct message_site *site,
    int welcome, struct error *e)
{
	struct smtpd s = { .options = o, .site = site, .welcome = welcome };
	int status = 0;
	char *line;

	if ((s.dialogue = dialogue_new(0, 1)) == NULL) {
		error_memory(e);
		return EX_OSERR;
	}
	if (welcome)
		REPLY(&s, "220 %s ESMTP outbox", site->host.name);
	else
		REPLY(&s, "554 5.7.1 only for programs on this machine");
	while (!s.quit && (line = dialogue_line(s.dialogue)) != NULL)
		run_command(&s, line);
	if (s.cut) {
		error_set(e, "the client went away in the middle of a "
		    "message");
		status = EX_IOERR;
	}
	if (dialogue_is_starved(s.dialogue)) {
		error_memory(e);
		status = EX_OSERR;
	}
	reset(&s);
	dialogue_free(s.dialogue);
	return status;
}
