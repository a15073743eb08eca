/*
 * The head of a queue file: see envelope.h.  The decoder reads hostile input
 * (the submitter owns the file): it accepts what the encoder writes and
 * nothing else.
 */
#include <config.h>

#include "queue/envelope.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/error.h"

#define HEAD_FORMAT "OB1 %08" PRIu64 " %015" PRIu64 "\n"
#define SEAL_FORMAT HEAD_FORMAT "F%010" PRIu64 " %c%c%c\n"
#define RETRY_FORMAT "E%04u %02u %012lld %c%c%c %-*.*s\n"
#define RETRY_TEXT 26		/* where the reply begins */
#define LONGEST_MAX UINT64_C(9999999999)
#define NEXT_MAX INT64_C(999999999999)
#define REQUIRE_TLS "Lrequiretls"	/* the whole record */

int
envelope_is_safe(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return 0;
	return 1;
}

int
envelope_is_path(const char *text)
{
	int quoted = 0;

	if (*text == '\0' || !envelope_is_safe(text))
		return 0;
	for (; *text != '\0'; text++) {
		if (*text == '"')
			quoted = !quoted;
		else if (quoted && *text == '\\' && text[1] != '\0')
			text++;
		else if (!quoted && strchr(" <>", *text) != NULL)
			return 0;
	}
	return !quoted;
}

int
envelope_is_parameter(const char *text)
{
	if (*text == '\0')
		return 0;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || *text == '=')
			return 0;
	return 1;
}

void
envelope_seal(char seal[ENVELOPE_SEAL + 1], uint64_t envelope,
    uint64_t message, const struct envelope_facts *facts)
{
	snprintf(seal, ENVELOPE_SEAL + 1, SEAL_FORMAT, envelope, message,
	    facts->longest < LONGEST_MAX ? facts->longest : LONGEST_MAX,
	    facts->body_8bit ? '8' : '-', facts->header_8bit ? 'h' : '-',
	    facts->dots ? '.' : '-');
}

void
envelope_arrival(char record[ENVELOPE_ARRIVAL + 1], time_t arrival)
{
	snprintf(record, ENVELOPE_ARRIVAL + 1, "T%lld\n", (long long)arrival);
}

static int
add_record(struct buffer *out, const char *name, const char *text)
{
	if (text == NULL)
		return 0;
	if (strchr("IBNO", *name) != NULL ? !envelope_is_parameter(text) :
	    !envelope_is_safe(text))
		return -1;
	buffer_adds(out, name);
	buffer_adds(out, text);
	buffer_addc(out, '\n');
	return 0;
}

int
envelope_encode_retry(const struct envelope_retry *retry, struct buffer *out)
{
	int64_t next = retry->next < NEXT_MAX ? retry->next : NEXT_MAX;
	char reply[ENVELOPE_REPLY + 1];
	size_t i;

	for (i = 0; i < ENVELOPE_REPLY && retry->reply[i] != '\0'; i++) {
		unsigned char c = (unsigned char)retry->reply[i];

		reply[i] = c < ' ' || c == 0x7f ? ' ' : (char)c;
	}
	reply[i] = '\0';
	return buffer_addf(out, RETRY_FORMAT,
	    retry->attempts < 9999 ? retry->attempts : 9999,
	    retry->lost < 99 ? retry->lost : 99,
	    next > 0 ? (long long)next : 0,
	    retry->warned ? 'w' : '-', retry->held ? 'h' : '-',
	    retry->park ? 'p' : '-', ENVELOPE_REPLY, ENVELOPE_REPLY, reply);
}

int
envelope_encode(const struct envelope *env, struct buffer *out,
    struct error *e)
{
	char seal[ENVELOPE_SEAL + 1], arrival[ENVELOPE_ARRIVAL + 1];
	size_t start = out->len, i;
	int bad = 0;

	envelope_seal(seal, 0, 0, &env->facts);
	envelope_arrival(arrival, env->arrival);
	buffer_addf(out, "%s%sU%lu\n", seal, arrival,
	    (unsigned long)env->uid);
	bad |= add_record(out, "S", env->sender);
	bad |= add_record(out, "I", env->envid);
	bad |= add_record(out, "B", env->ret);
	if (env->require_tls)
		buffer_adds(out, REQUIRE_TLS "\n");
	for (i = 0; i < env->nrcpts && !bad; i++) {
		const struct envelope_rcpt *r = &env->rcpts[i];
		char name[3] = { 'R', (char)r->mark, '\0' };

		bad |= *r->address == '\0' ||
		    add_record(out, name, r->address) != 0;
		bad |= add_record(out, "N", r->notify);
		bad |= add_record(out, "O", r->orcpt);
	}
	if (bad)
		return error_set(e, "an address or a parameter holds a "
		    "character that it must not");
	envelope_encode_retry(&env->retry, out);
	if (buffer_addc(out, '\n') != 0)
		return error_memory(e);
	if (out->len - start > ENVELOPE_MAX || env->nrcpts > ENVELOPE_RCPTS)
		return error_set(e, "too many recipients");
	return 0;
}

/* Exactly width digits at p.  -1: they are not. */
static int
digits(const char *p, size_t width, uint64_t *value)
{
	*value = 0;
	for (; width > 0; width--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		*value = *value * 10 + (uint64_t)(*p - '0');
	}
	return 0;
}

/* A whole string of 1 to 18 digits, written in the only way. */
static int
number(const char *text, uint64_t max, uint64_t *value)
{
	size_t len = strlen(text);

	if (len == 0 || len > 18 || (*text == '0' && len > 1) ||
	    digits(text, len, value) != 0)
		return -1;
	return *value <= max ? 0 : -1;
}

int
envelope_lengths(const char *head, uint64_t *envelope, uint64_t *message)
{
	if (memcmp(head, "OB1 ", 4) != 0 || head[12] != ' ' ||
	    head[28] != '\n' || digits(head + 4, 8, envelope) != 0 ||
	    digits(head + 13, 15, message) != 0)
		return -1;
	return *envelope > ENVELOPE_SEAL && *envelope <= ENVELOPE_MAX ? 0 : -1;
}

static int
flag(char c, char set, int *value)
{
	*value = c == set;
	return c == set || c == '-' ? 0 : -1;
}

static int
decode_facts(const char *p, struct envelope_facts *f)
{
	return p[0] == 'F' && digits(p + 1, 10, &f->longest) == 0 &&
	    p[11] == ' ' && flag(p[12], '8', &f->body_8bit) == 0 &&
	    flag(p[13], 'h', &f->header_8bit) == 0 &&
	    flag(p[14], '.', &f->dots) == 0 && p[15] == '\n' ? 0 : -1;
}

/* The E record without its line end. */
static int
decode_retry(const char *p, struct envelope_retry *r)
{
	uint64_t attempts, lost, next;
	size_t len;

	if (strlen(p) != RETRY_TEXT + ENVELOPE_REPLY || p[0] != 'E' ||
	    digits(p + 1, 4, &attempts) != 0 || p[5] != ' ' ||
	    digits(p + 6, 2, &lost) != 0 || p[8] != ' ' ||
	    digits(p + 9, 12, &next) != 0 || p[21] != ' ' ||
	    flag(p[22], 'w', &r->warned) != 0 ||
	    flag(p[23], 'h', &r->held) != 0 ||
	    flag(p[24], 'p', &r->park) != 0 || p[25] != ' ')
		return -1;
	r->attempts = (unsigned)attempts;
	r->lost = (unsigned)lost;
	r->next = (time_t)next;
	for (len = ENVELOPE_REPLY; len > 0; len--)
		if (p[RETRY_TEXT + len - 1] != ' ')
			break;
	memcpy(r->reply, p + RETRY_TEXT, len);
	r->reply[len] = '\0';
	return envelope_is_safe(r->reply) ? 0 : -1;
}

static int
decode_rcpt(struct envelope *env, char *text, off_t offset)
{
	struct envelope_rcpt *r = &env->rcpts[env->nrcpts];

	if (text[0] != ENVELOPE_TODO && text[0] != ENVELOPE_DELIVERED &&
	    text[0] != ENVELOPE_FAILED)
		return -1;
	if (text[1] == '\0')
		return -1;
	memset(r, 0, sizeof(*r));
	r->mark = (enum envelope_mark)text[0];
	r->address = text + 1;
	r->offset = offset;
	env->nrcpts++;
	return 0;
}

/*
 * Records come in this order; those of the second string may lack, and R may
 * repeat.
 */
static int
in_order(char name, const char **order)
{
	const char *p;

	for (p = *order; *p != '\0' && *p != name; p++)
		if (strchr("IBLR", *p) == NULL)
			return -1;
	if (*p == '\0')
		return -1;
	*order = *p == 'R' ? p : p + 1;
	return 0;
}

static int
decode_record(struct envelope *env, char *line, off_t offset)
{
	struct envelope_rcpt *last =
	    env->nrcpts > 0 ? &env->rcpts[env->nrcpts - 1] : NULL;
	uint64_t value;

	switch (line[0]) {
	case 'T':
		if (number(line + 1, INT64_MAX, &value) != 0)
			return -1;
		env->arrival = (time_t)value;
		return 0;
	case 'U':
		if (number(line + 1, UINT32_MAX, &value) != 0)
			return -1;
		env->uid = (uid_t)value;
		return 0;
	case 'S':
		env->sender = line + 1;
		return 0;
	case 'I':
		env->envid = line + 1;
		return envelope_is_parameter(env->envid) ? 0 : -1;
	case 'B':
		env->ret = line + 1;
		return strcmp(env->ret, "full") == 0 ||
		    strcmp(env->ret, "hdrs") == 0 ? 0 : -1;
	case 'L':
		env->require_tls = 1;
		return strcmp(line, REQUIRE_TLS) == 0 ? 0 : -1;
	case 'R':
		return decode_rcpt(env, line + 1, offset + 1);
	case 'N':
		if (last == NULL || last->notify != NULL ||
		    last->orcpt != NULL)
			return -1;
		last->notify = line + 1;
		return envelope_is_parameter(last->notify) ? 0 : -1;
	case 'O':
		if (last == NULL || last->orcpt != NULL)
			return -1;
		last->orcpt = line + 1;
		return envelope_is_parameter(last->orcpt) ? 0 : -1;
	case 'E':
		env->retry_offset = offset;
		return decode_retry(line, &env->retry);
	default:
		return -1;
	}
}

/* The records after F, each in place of its line end a NUL. */
static int
decode_records(struct envelope *env, size_t len)
{
	const char *order = "TUSIBLRE";
	char *line = env->store + ENVELOPE_SEAL, *end;
	char *stop = env->store + len - 1;	/* the empty line */

	while (line < stop) {
		if ((end = memchr(line, '\n', (size_t)(stop - line))) == NULL)
			return -1;
		*end = '\0';
		if (!envelope_is_safe(line) || strlen(line) !=
		    (size_t)(end - line))
			return -1;
		if (line[0] != 'N' && line[0] != 'O' &&
		    in_order(line[0], &order) != 0)
			return -1;
		if ((line[0] == 'N' || line[0] == 'O') && *order != 'R')
			return -1;
		if (decode_record(env, line, line - env->store) != 0)
			return -1;
		line = end + 1;
	}
	return *order == '\0' && *stop == '\n' ? 0 : -1;
}

static size_t
count_rcpts(const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	size_t n = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL)
		if (++p < end && *p == 'R')
			n++;
		else if (p >= end)
			break;
	return n;
}

int
envelope_decode(struct envelope *env, const char *data, size_t len,
    struct error *e)
{
	uint64_t envelope;
	size_t nrcpts;

	memset(env, 0, sizeof(*env));
	if (len <= ENVELOPE_SEAL ||
	    envelope_lengths(data, &envelope, &env->message) != 0 ||
	    envelope != len || decode_facts(data + ENVELOPE_HEAD,
	    &env->facts) != 0)
		return error_set(e, "not a queue file");
	if ((nrcpts = count_rcpts(data, len)) > ENVELOPE_RCPTS)
		return error_set(e, "too many recipients");
	env->head = len;
	env->store = malloc(len + 1);
	env->rcpts = calloc(nrcpts + 1, sizeof(*env->rcpts));
	if (env->store == NULL || env->rcpts == NULL) {
		envelope_free(env);
		errno = ENOMEM;
		return error_sys(e, "cannot read an envelope");
	}
	memcpy(env->store, data, len);
	env->store[len] = '\0';
	if (decode_records(env, len) != 0 || env->nrcpts == 0) {
		envelope_free(env);
		return error_set(e, "damaged envelope");
	}
	return 0;
}

void
envelope_free(struct envelope *env)
{
	free(env->rcpts);
	free(env->store);
	memset(env, 0, sizeof(*env));
}

size_t
envelope_todo(const struct envelope *env)
{
	size_t i, n = 0;

	for (i = 0; i < env->nrcpts; i++)
		n += env->rcpts[i].mark == ENVELOPE_TODO;
	return n;
}
