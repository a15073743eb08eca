/*
 * Any bytes as the content of a message that a server cannot take as it is,
 * alone or as a part of a multipart: what goes is decoded as RFC 2045 has it,
 * strictly, and is the same, to the byte.
 */
#include <config.h>

#include "queue/content.h"
#include "queue/mime.h"

#include <string.h>

#include "t/fuzz.h"

#define MARK "--=_edge"
#define EDGE "\r\n" MARK	/* of parts */

static const char *const types[] = {
	"", "Content-Type: text/plain; charset=utf-8\r\n",
	"Content-Type: application/octet-stream\r\n",
	"Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n",
};

/* A line of base64 or quoted-printable, without its end, has this length. */
#define LINE 76

static int
digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

static void
unquote_line(const char *p, size_t len, struct buffer *out, int *soft)
{
	const char *end = p + len;

	check(len <= LINE);
	*soft = len > 0 && end[-1] == '=';
	end -= *soft;
	check(len == 0 || (end[-!*soft] != ' ' && end[-!*soft] != '\t') ||
	    *soft);
	for (; p < end; p++) {
		if (*p != '=') {
			check(*p == '\t' || (*p >= ' ' && *p <= '~'));
			buffer_addc(out, *p);
			continue;
		}
		check(end - p > 2 && digit(p[1]) >= 0 && digit(p[2]) >= 0);
		buffer_addc(out, (char)(digit(p[1]) * 16 + digit(p[2])));
		p += 2;
	}
}

static void
unbase64_line(const char *p, size_t len, struct buffer *out, int *over)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at;
	unsigned long bits;
	size_t i, pad;

	check(len <= LINE && len % 4 == 0 && !*over);
	for (; len > 0; len -= 4, p += 4) {
		pad = (size_t)(p[3] == '=') + (p[2] == '=');
		check(!*over && (pad < 2 || p[3] == '='));
		for (i = bits = 0; i < 4; i++) {
			at = i < 4 - pad ? strchr(digits, p[i]) : digits;
			check(at != NULL && p[i] != '\0');
			bits = bits << 6 | (unsigned long)(at - digits);
		}
		for (i = 0; i < 3 - pad; i++)
			buffer_addc(out, (char)(bits >> (16 - 8 * i) & 0xff));
		*over = pad > 0;
	}
}

static void
decode(const char *text, size_t len, int base64, struct buffer *out)
{
	const char *end = text + len, *eol;
	int last = 0;

	for (; text < end; text = eol + 2) {
		eol = memmem(text, (size_t)(end - text), "\r\n", 2);
		if (eol == NULL)
			eol = end;
		if (base64) {
			unbase64_line(text, (size_t)(eol - text), out, &last);
			continue;
		}
		unquote_line(text, (size_t)(eol - text), out, &last);
		if (eol < end && !last)
			buffer_add(out, "\r\n", 2);
		if (eol == end)
			break;
	}
}

/* Its content must be this. */
static void
check_entity(const char *text, size_t len, const struct buffer *content)
{
	const char *body = memmem(text, len, "\r\n\r\n", 4), *way;
	struct buffer head = BUFFER_INIT, got = BUFFER_INIT;

	check(body != NULL);
	body += 4;
	buffer_add(&head, text, (size_t)(body - text));
	len -= head.len;
	way = strcasestr(buffer_string(&head), "Content-Transfer-Encoding: ");
	way = way != NULL ? way + 27 : "";
	if (strncmp(way, "quoted-printable\r\n", 18) == 0)
		decode(body, len, 0, &got);
	else if (strncmp(way, "base64\r\n", 8) == 0)
		decode(body, len, 1, &got);
	else
		buffer_add(&got, body, len);
	check(!got.failed && got.len == content->len && (got.len == 0 ||
	    memcmp(got.data, content->data, got.len) == 0));
	buffer_free(&head);
	buffer_free(&got);
}

static void
convert(struct mime_plan *plan, const struct buffer *in, struct buffer *out)
{
	struct mime *m;
	int survey;

	for (survey = 1; survey >= 0; survey--) {
		check((m = mime_new(plan, survey)) != NULL);
		mime_add(m, in->data, in->len, out);
		mime_end(m, out);
		mime_free(m);
	}
	check(!out->failed && !plan->impossible);
	buffer_free(&plan->ways);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mime_plan plan = { .ascii = 0 };
	struct buffer content = BUFFER_INIT, in = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;
	struct content clean;
	const char *type, *part, *end;

	if (size < 2)
		return 0;
	plan.ascii = data[0] & 1;
	type = types[data[0] >> 1 & 3];
	content_begin(&clean, 0);
	content_add(&clean, (const char *)data + 1, size - 1, &content);
	content_end(&clean, &content);
	if (content.len == 0 || memmem(content.data, content.len, MARK,
	    strlen(MARK)) != NULL) {
		buffer_free(&content);
		return 0;
	}
	buffer_adds(&in, "Subject: x\r\nMIME-Version: 1.0\r\n");
	if ((data[0] & 8) != 0)
		buffer_adds(&in, "Content-Type: multipart/mixed; "
		    "boundary=\"=_edge\"\r\n" EDGE "\r\n");
	buffer_addf(&in, "%s\r\n", type);
	/* So that a part with no field of its own has a header. */
	if ((data[0] & 8) != 0 && *type == '\0') {
		in.len -= 2;
		buffer_adds(&in, "X: y\r\n\r\n");
	}
	buffer_add(&in, content.data, content.len);
	if ((data[0] & 8) != 0)
		buffer_adds(&in, EDGE "--\r\n");
	convert(&plan, &in, &out);
	part = out.data;
	end = out.data + out.len;
	if ((data[0] & 8) != 0) {
		part = memmem(part, out.len, EDGE "\r\n", sizeof(EDGE) + 1);
		check(part != NULL);
		part += sizeof(EDGE) + 1;
		end = memmem(part, (size_t)(end - part), EDGE "--",
		    sizeof(EDGE) + 1);
		check(end != NULL);
	}
	check_entity(part, (size_t)(end - part), &content);
	buffer_free(&content);
	buffer_free(&in);
	buffer_free(&out);
	return 0;
}
