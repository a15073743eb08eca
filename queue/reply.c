/*
 * SMTP replies: see reply.h.
 */
#include <config.h>

#include "queue/reply.h"

#include <string.h>

void
reply_reset(struct reply *r)
{
	r->code = 0;
	r->lines = 0;
	r->status[0] = '\0';
	buffer_reset(&r->text);
}

void
reply_free(struct reply *r)
{
	buffer_free(&r->text);
	reply_reset(r);
}

/* The code at the start of a line; 0: it is none. */
static int
parse_code(const char *line, size_t len)
{
	if (len < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' ||
	    line[1] > '9' || line[2] < '0' || line[2] > '9')
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

/* One to three digits. */
static size_t
part(const char *p, const char *end)
{
	size_t n = 0;

	while (n < 4 && p + n < end && p[n] >= '0' && p[n] <= '9')
		n++;
	return n < 4 ? n : 0;
}

/*
 * An enhanced status (RFC 3463) whose class fits the code, followed by a
 * blank or the end of the line.
 */
static void
parse_status(struct reply *r, const char *p, size_t len)
{
	const char *start = p, *end = p + len;
	int class = r->code / 100;
	size_t i, n;

	if (len < 5 || class == 3 || *p != '0' + class)
		return;
	for (p++, i = 0; i < 2; i++, p += n) {
		if (p == end || *p++ != '.' || (n = part(p, end)) == 0)
			return;
	}
	if (p != end && *p != ' ')
		return;
	memcpy(r->status, start, (size_t)(p - start));
	r->status[p - start] = '\0';
}

int
reply_line(struct reply *r, const char *line, size_t len)
{
	int code = parse_code(line, len), more;
	size_t i;

	if (code == 0 || len > REPLY_LINE || r->lines == REPLY_LINES ||
	    (r->lines > 0 && code != r->code))
		return -1;
	if (len > 3 && line[3] != ' ' && line[3] != '-')
		return -1;
	more = len > 3 && line[3] == '-';
	r->code = code;
	len -= len > 3 ? 4 : 3;
	line += len > 0 ? 4 : 3;
	if (r->lines++ > 0)
		buffer_addc(&r->text, '\n');
	if (r->status[0] == '\0')
		parse_status(r, line, len);
	if (buffer_add(&r->text, line, len) != 0)
		return -1;
	for (i = r->text.len - len; i < r->text.len; i++)
		if ((unsigned char)r->text.data[i] < ' ' ||
		    r->text.data[i] == 0x7f)
			r->text.data[i] = '?';
	return !more;
}

char *
reply_describe(const struct reply *r)
{
	struct buffer out = BUFFER_INIT;
	char *p;

	buffer_addf(&out, "%03d%s%s", r->code, r->text.len > 0 ? " " : "",
	    buffer_string(&r->text));
	if (!out.failed)
		for (p = out.data; *p != '\0'; p++)
			if (*p == '\n')
				*p = ' ';
	return buffer_steal(&out);
}
