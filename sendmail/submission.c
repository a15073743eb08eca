/*
 * Submission: see submission.h.
 */
#include <config.h>

#include "sendmail/submission.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "config/mailbox.h"
#include "config/passwd.h"
#include "config/settings.h"
#include "queue/background.h"
#include "queue/error.h"
#include "queue/log.h"
#include "queue/privilege.h"
#include "queue/recipients.h"
#include "sendmail/input.h"
#include "sendmail/message.h"
#include "sendmail/options.h"

#define BLOCK 65536		/* bytes read at a time */

static int
take_words(const struct options *o, struct message *m, struct error *e)
{
	struct recipient_report report = { o->notify, NULL };
	char **w;
	int status;

	for (w = o->words; *w != NULL; w++)
		if ((status = message_recipients(m, *w, &report, e)) != 0)
			return status;
	if (o->words[0] == NULL && !o->from_header) {
		error_set(e, "no recipients: name them, or use -t to take "
		    "them from the header");
		return EX_USAGE;
	}
	return 0;
}

static int
take_input(struct message *m, int *left, struct error *e)
{
	char data[BLOCK];
	int status = 0;
	ssize_t n;

	while (status == 0 && !message_ended(m)) {
		n = input_read(STDIN_FILENO, data, sizeof(data));
		if (n < 0) {
			error_sys(e, "cannot read the message");
			status = EX_IOERR;
		}
		if (n <= 0) {
			*left = 0;
			break;
		}
		status = message_feed(m, data, (size_t)n, e);
	}
	if (message_ended(m))
		*left = 0;
	return status;
}

void
submission_flush(const struct options *o, const struct message_site *site)
{
	if (site->settings->flush == SETTINGS_ON_DEMAND && !o->queue_only &&
	    site->spool != NULL && privilege_owns(site->spool) &&
	    background_flush(o->config, 0) != 0)
		log_event(site->log, LOG_WARNING, "cannot run outbox-flush: "
		    "%s", strerror(errno));
}

int
submission_run(const struct options *o, const struct message_site *site,
    int *left, struct error *e)
{
	struct message_params params = { .sender = o->sender,
		.name = o->name, .notify = o->notify, .ret = o->ret,
		.envid = o->envid, .from_header = o->from_header,
		.dots = o->dots, .require_tls = o->require_tls };
	struct message *m = NULL;
	int status;

	*left = 1;
	if ((status = message_new(&m, site, &params, e)) != 0 ||
	    (status = take_words(o, m, e)) != 0 ||
	    (status = take_input(m, left, e)) != 0 ||
	    (status = message_commit(m, !o->queue_only, e)) != 0)
		goto done;
	submission_flush(o, site);
done:
	message_free(m);
	return status;
}

static int
print_recipient(const struct message_site *site, const char *word,
    struct error *e)
{
	const struct settings *s = site->settings;
	struct recipients_rules rules = { .domain = site->host.domain,
		.host = site->host.name, .aliases = s->aliases,
		.passwd = PASSWD_FILE,
		.local = s->local, .keep = settings_has_local(s),
		.log = site->log };
	struct recipients *r = recipients_new(&rules);
	int status;
	size_t i;

	if (r == NULL) {
		error_memory(e);
		return EX_OSERR;
	}
	status = recipients_add(r, word, strlen(word), NULL, e);
	for (i = 0; status == 0 && i < recipients_count(r); i++) {
		const struct recipient *to = recipients_get(r, i);

		if (rules.keep && mailbox_is_local(to->address))
			printf("%s... deliverable: mailer local, user %s\n",
			    to->named->address, to->address);
		else
			printf("%s... deliverable: mailer smarthost, host "
			    "%s, user %s\n", to->named->address,
			    *s->host != '\0' ? s->host : "(none)",
			    to->address);
	}
	recipients_free(r);
	return status;
}

int
submission_verify(const struct options *o, const struct message_site *site,
    struct error *e)
{
	char **w;
	int status = 0;

	if (*o->words == NULL) {
		error_set(e, "no recipients to verify");
		return EX_USAGE;
	}
	for (w = o->words; *w != NULL && status == 0; w++)
		status = print_recipient(site, *w, e);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
		error_sys(e, "cannot write what was found");
		status = EX_IOERR;
	}
	return status;
}
