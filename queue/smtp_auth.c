/*
 * AUTH (RFC 4954): the dialogues of smtp.c that need a secret.
 *
 * The next mechanism follows only when the server has something against the
 * one before.  A refused password is not offered again in another form, and a
 * server that did not prove what it has to gets nothing weaker instead.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "queue/crypto.h"
#include "queue/error.h"
#include "queue/sasl.h"
#include "queue/smtp_private.h"
#include "queue/tls.h"

#define COMMAND_MAX 510		/* RFC 4954, 4: octets, without CRLF */
#define SHOWN_MAX 7		/* octets of a response that say nothing */

static int
out_of_memory(struct verdict *v)
{
	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.3.0",
	    "out of memory");
	return SMTP_FAILED;
}

/* Cancel (RFC 4954, 4); the server says 501.  The session is of no use. */
static int
cancel(struct smtp *s, const struct sasl *sasl, struct verdict *v)
{
	smtp_command(s, "*", 3, VERDICT_AUTH, v);
	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG, "4.7.0",
	    "%.100s: AUTH %s: %s", s->relay, sasl_name(sasl), sasl_why(sasl));
	return SMTP_FAILED;
}

/*
 * The command, in line.  An initial response goes with it where it fits;
 * else it stays in response, for an empty challenge.
 */
static int
begin(struct sasl *sasl, struct buffer *line, struct buffer *response)
{
	struct buffer text = BUFFER_INIT;

	buffer_addf(line, "AUTH %s", sasl_name(sasl));
	if (!sasl_is_client_first(sasl))
		return 0;
	if (sasl_step(sasl, "", 0, &text) != 0)
		return -1;
	if (text.len == 0)
		buffer_addc(response, '=');
	crypto_base64_encode(text.data, text.len, response);
	line->failed |= text.failed | response->failed;
	buffer_wipe(&text);
	if (line->len + 1 + response->len > COMMAND_MAX)
		return 0;
	buffer_addc(line, ' ');
	buffer_add(line, response->data, response->len);
	buffer_wipe(response);
	return 0;
}

/* The answer to the challenge in s->reply, in line. */
static int
respond(struct smtp *s, struct sasl *sasl, struct buffer *line)
{
	struct buffer challenge = BUFFER_INIT, text = BUFFER_INIT;
	int rc;

	if (crypto_base64_decode(buffer_string(&s->reply.text),
	    s->reply.text.len, &challenge) != 0)
		buffer_reset(&challenge);
	rc = sasl_step(sasl, challenge.data, challenge.len, &text);
	if (rc == 0)
		crypto_base64_encode(text.data, text.len, line);
	line->failed |= text.failed;
	buffer_free(&challenge);
	buffer_wipe(&text);
	return rc;
}

/*
 * There are servers that repeat what they do not understand, and what they say
 * is for logs and users to read: overwrite in text what it has of the response
 * in line, also where it was cut.
 */
static void
hide_response(const struct buffer *line, const char *name, char *text)
{
	const char *response = buffer_string(line);
	const char *blank = strrchr(response, ' ');
	size_t n;

	if (blank != NULL)
		response = blank + 1;
	if (strcmp(response, name) == 0 || strlen(response) < 2)
		return;		/* a command without it, or an empty one */
	for (; *text != '\0'; text += n > 0 ? n : 1) {
		for (n = 0; response[n] != '\0' && response[n] == text[n]; )
			n++;
		if (n <= SHOWN_MAX && response[n] != '\0')
			n = 0;
		memset(text, '*', n);
	}
}

/* The dialogue of one mechanism, to its last reply: 0: we are in. */
static int
authenticate(struct smtp *s, struct sasl *sasl, struct verdict *v)
{
	struct buffer line = BUFFER_INIT, response = BUFFER_INIT;
	int rc = begin(sasl, &line, &response);

	while (rc == 0) {
		if (line.failed) {
			rc = out_of_memory(v);
			goto done;
		}
		rc = smtp_command(s, buffer_string(&line), 3, VERDICT_AUTH, v);
		stream_forget(s->stream);
		if (rc != 0) {
			hide_response(&line, sasl_name(sasl), v->text);
			goto done;
		}
		buffer_wipe(&line);
		if (response.len > 0) {
			line = response;
			memset(&response, 0, sizeof(response));
		} else
			rc = respond(s, sasl, &line);
	}
	rc = cancel(s, sasl, v);
done:
	buffer_wipe(&line);
	buffer_wipe(&response);
	if (rc != SMTP_REFUSED || s->reply.code / 100 != 2)
		return rc;
	if (sasl_is_complete(sasl))
		return 0;
	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, VERDICT_LONG, "4.7.0",
	    "%.100s: AUTH %s: the server lets us in without proving that it "
	    "knows the password", s->relay, sasl_name(sasl));
	return SMTP_FAILED;
}

/* 1: the reply refuses the mechanism and not the secret. */
static int
is_about_mechanism(const struct reply *r)
{
	return r->code == 504 || r->code == 534 || (r->code == 535 &&
	    strcasestr(buffer_string(&r->text), "mechanism") != NULL);
}

/* Put what a mechanism heard beside the refusal into the verdict. */
static void
add_reason(const struct sasl *sasl, struct verdict *v)
{
	size_t len = strlen(v->text);

	if (*sasl_why(sasl) != '\0')
		snprintf(v->text + len, sizeof(v->text) - len, " (%s)",
		    sasl_why(sasl));
}

/*
 * One mechanism, with the secret that it wants.  A refused token may be one
 * that was kept for too long: ask for another, once.
 */
static int
attempt(struct smtp *s, struct sasl *sasl, struct sasl_login *login,
    char **secret, struct verdict *v)
{
	struct error e;
	char *fresh;
	int rc;

	if (sasl_wants_secret(sasl) && *secret == NULL) {
		if ((*secret = s->p->secret(s->p->arg, 0, &e)) == NULL) {
			verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE,
			    VERDICT_LONG, "4.7.0", "%s", e.text);
			return SMTP_FAILED;
		}
		login->secret = *secret;
	}
	rc = authenticate(s, sasl, v);
	if (rc != SMTP_REFUSED)
		return rc;
	add_reason(sasl, v);
	if (!login->is_token || !sasl_wants_secret(sasl) ||
	    is_about_mechanism(&s->reply) || s->reply.code / 100 != 5 ||
	    (fresh = s->p->secret(s->p->arg, 1, &e)) == NULL)
		return rc;
	/* The mechanism wants one: NOLINTNEXTLINE(*NonNullParamChecker) */
	if (strcmp(fresh, *secret) != 0) {
		s->p->forget(*secret);
		login->secret = *secret = fresh;
		sasl_restart(sasl);
		if ((rc = authenticate(s, sasl, v)) == SMTP_REFUSED)
			add_reason(sasl, v);
	} else
		s->p->forget(fresh);
	return rc;
}

static int
try_all(struct smtp *s, struct sasl *sasl, struct sasl_login *login,
    struct verdict *v)
{
	char *secret = NULL;
	int rc;

	do
		rc = attempt(s, sasl, login, &secret, v);
	while (rc == SMTP_REFUSED && is_about_mechanism(&s->reply) &&
	    sasl_next(sasl) == 0);
	s->p->forget(secret);
	return rc;
}

int
smtp_log_in(struct smtp *s, struct verdict *v)
{
	const struct tls *tls = stream_tls(s->stream);
	struct sasl_login login = { .mechanisms = s->p->mechanisms,
		.user = s->p->user, .is_token = s->p->is_token,
		.private = tls != NULL || s->p->local,
		.certificate = s->p->certificate, .host = s->p->to.host,
		.port = s->p->to.port };
	struct sasl *sasl;
	int rc = -1;

	if (tls != NULL)
		login.binding_type = tls_binding(tls, &login.binding);
	sasl = sasl_new(&login, buffer_string(&s->offers.auth));
	if (sasl == NULL)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.7.4",
		    "%.300s: no usable AUTH mechanism is offered (%.100s)",
		    s->relay, s->offers.auth.len > 0 ?
		    buffer_string(&s->offers.auth) + 1 : "none");
	else if ((rc = try_all(s, sasl, &login, v)) == 0)
		buffer_addf(&s->description, ", auth=%s", sasl_name(sasl));
	sasl_free(sasl);
	buffer_free(&login.binding);
	return rc == 0 ? 0 : -1;
}
