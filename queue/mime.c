/*
 * The walk through a message: see mime.h.
 *
 * A line end in a body is held back until the next line is known: before a
 * boundary it belongs to that (RFC 2046, 5.1.1).
 */
#include <config.h>

#include "queue/mime.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "queue/mime_entity.h"

#define DEPTH 32			/* multiparts in multiparts */
#define PARTS (1024 * 1024)		/* of which the plan has a say */
#define HEADER_MAX (1024 * 1024)
#define LINE_HELD 1024			/* longer than any boundary line */

#define LATIN 0x80			/* in a way: the text is not UTF-8 */

enum state { HEADER, LEAF, BESIDE };	/* BESIDE: preamble, epilogue */

struct frame {
	struct buffer boundary;
	int digest;
};

/* What the survey sees of a part. */
struct look {
	uint64_t octets, specials;	/* that "Q" would quote */
	uint64_t line, longest;
	unsigned expect;		/* bytes of a UTF-8 character to come */
	int is_8bit, not_utf8;
};

struct mime {
	struct mime_plan *plan;
	int survey;
	enum state state;
	struct frame frames[DEPTH];
	size_t depth;
	int message;			/* the header is that of a message */
	int top;			/* and of the outermost one */
	struct buffer header;
	struct mime_entity entity;
	size_t part;			/* the next way of the plan */
	struct encode encode;
	struct look look;
	struct buffer line;		/* its start, not yet looked at */
	int within;			/* the start of the line is gone */
	int newline;			/* held */
};

struct mime *
mime_new(struct mime_plan *p, int survey)
{
	struct mime *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->plan = p;
	m->survey = survey;
	m->message = m->top = 1;
	return m;
}

static void
pop_frames(struct mime *m, size_t depth)
{
	while (m->depth > depth)
		buffer_free(&m->frames[--m->depth].boundary);
}

void
mime_free(struct mime *m)
{
	if (m == NULL)
		return;
	pop_frames(m, 0);
	buffer_free(&m->header);
	buffer_free(&m->entity.boundary);
	buffer_free(&m->line);
	free(m);
}

/* Roughly: what is overlong is let pass. */
static void
look_at_utf8(struct look *l, unsigned char c)
{
	if (l->expect > 0 && (c & 0xc0) == 0x80) {
		l->expect--;
		return;
	}
	l->not_utf8 |= l->expect > 0 || (c > 0x7f && c < 0xc2) || c > 0xf4;
	l->expect = c < 0xc2 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}

static void
look_at(struct look *l, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		l->specials += c == '=' || c > '~' || (c < ' ' && c != '\t');
		l->is_8bit |= c > 0x7f;
		look_at_utf8(l, c);
	}
	l->octets += len;
	l->line += len;
	if (l->line > l->longest)
		l->longest = l->line;
}

/* How the part goes that was looked at. */
static enum encode_way
choose(struct mime *m)
{
	const struct look *l = &m->look;
	int not_ascii = m->plan->ascii && l->is_8bit;

	if (!not_ascii && l->longest <= ENCODE_LINE)
		return ENCODE_KEEP;
	if (m->entity.content == MIME_OPAQUE ||
	    m->entity.coding == MIME_UNKNOWN) {
		m->plan->impossible |= not_ascii;
		return ENCODE_FOLD;
	}
	if (m->entity.coding == MIME_QUOTED)
		return ENCODE_QUOTED_AGAIN;
	if (m->entity.coding == MIME_BASE64)
		return ENCODE_BASE64_AGAIN;
	/* Three octets for one, or four for three. */
	return l->specials * 6 > l->octets ? ENCODE_BASE64 : ENCODE_QUOTED;
}

/* The end of what a part or what is beside parts holds. */
static void
end_text(struct mime *m, struct buffer *out)
{
	enum encode_way way;

	if (!m->survey) {
		encode_end(&m->encode, out);
		return;
	}
	if (m->state != LEAF)
		return;
	way = choose(m);
	if (m->plan->ways.len < PARTS)
		buffer_addc(&m->plan->ways, (char)((unsigned)way |
		    (m->look.not_utf8 || m->look.expect > 0 ? LATIN : 0)));
}

static void
add_text(struct mime *m, const char *text, size_t len, struct buffer *out)
{
	if (m->survey)
		look_at(&m->look, text, len);
	else
		encode_text(&m->encode, text, len, out);
}

static void
release_newline(struct mime *m, struct buffer *out)
{
	if (!m->newline)
		return;
	m->newline = 0;
	if (!m->survey) {
		encode_newline(&m->encode, out);
		return;
	}
	m->look.octets += 2;
	m->look.line = 0;
	look_at_utf8(&m->look, '\n');
}

/* The way that the survey chose for the next part. */
static unsigned
next_way(struct mime *m)
{
	/* Beyond what it remembers: what is right for all but the opaque. */
	if (m->part >= m->plan->ways.len)
		return m->entity.content == MIME_OPAQUE ||
		    m->entity.coding != MIME_IDENTITY ? ENCODE_FOLD :
		    ENCODE_QUOTED;
	return (unsigned char)m->plan->ways.data[m->part++];
}

/* Where the header is read: what follows it. */
static void
enter(struct mime *m)
{
	struct frame *f;

	m->state = BESIDE;
	if (m->entity.content == MIME_MULTIPART && m->depth < DEPTH) {
		f = &m->frames[m->depth++];
		f->boundary = m->entity.boundary;
		f->digest = m->entity.digest;
		memset(&m->entity.boundary, 0, sizeof(m->entity.boundary));
	} else if (m->entity.content == MIME_MESSAGE)
		m->state = HEADER;
	else
		m->state = LEAF;
	m->message = m->state == HEADER;
}

/* The header is complete; blank: with an empty line. */
static void
end_header(struct mime *m, int blank, struct buffer *out)
{
	const struct mime_plan *p = m->plan;
	struct mime_form form = { .message = m->message,
		.ascii = p->ascii || (m->top && p->ascii_header),
		.seven_bit = p->ascii };
	unsigned way = p->ascii ? ENCODE_ASCII : ENCODE_FOLD;
	struct buffer unused = BUFFER_INIT;

	buffer_free(&m->entity.boundary);
	mime_entity_read(&m->entity, m->header.data, m->header.len,
	    !m->message && m->depth > 0 && m->frames[m->depth - 1].digest);
	if (m->entity.content == MIME_MULTIPART && m->depth == DEPTH)
		m->entity.content = MIME_OPAQUE;
	if (!m->survey && (m->entity.content == MIME_LEAF ||
	    m->entity.content == MIME_OPAQUE))
		way = next_way(m);
	form.way = (enum encode_way)(way & ~(unsigned)LATIN);
	form.latin = (way & LATIN) != 0;
	if (mime_entity_write(&m->entity, m->header.data, m->header.len,
	    &form, m->survey ? &unused : out) && m->top)
		m->plan->shown = 1;
	if (!m->survey && blank)
		buffer_add(out, "\r\n", 2);
	out->failed |= m->header.failed | m->entity.boundary.failed |
	    unused.failed;
	buffer_free(&unused);
	buffer_reset(&m->header);
	m->top = 0;
	m->newline = 0;
	memset(&m->look, 0, sizeof(m->look));
	encode_begin(&m->encode, form.way);
	enter(m);
}

/*
 * 1: the line, without its end, is a delimiter of frame *depth - 1; *closes:
 * the last one.
 */
static int
is_delimiter(const struct mime *m, const char *line, size_t len,
    size_t *depth, int *closes)
{
	const struct buffer *b;
	size_t i;

	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	if (len < 3 || line[0] != '-' || line[1] != '-')
		return 0;
	for (i = m->depth; i > 0; i--) {
		b = &m->frames[i - 1].boundary;
		if (len < 2 + b->len || memcmp(line + 2, b->data, b->len) != 0)
			continue;
		*closes = len == 4 + b->len &&
		    memcmp(line + 2 + b->len, "--", 2) == 0;
		if (!*closes && len != 2 + b->len)
			continue;
		*depth = i;
		return 1;
	}
	return 0;
}

static void
take_delimiter(struct mime *m, size_t depth, int closes, const char *line,
    size_t len, struct buffer *out)
{
	if (m->state == HEADER)
		end_header(m, 0, out);
	end_text(m, out);
	if (!m->survey) {
		if (m->newline)
			buffer_add(out, "\r\n", 2);
		buffer_add(out, line, len < ENCODE_LINE ? len : ENCODE_LINE);
		buffer_add(out, "\r\n", 2);
	}
	pop_frames(m, closes ? depth - 1 : depth);
	m->newline = 0;
	m->message = 0;
	m->state = closes ? BESIDE : HEADER;
	encode_begin(&m->encode, m->plan->ascii ? ENCODE_ASCII :
	    ENCODE_FOLD);
}

/* A whole line, without its end. */
static void
take_line(struct mime *m, const char *line, size_t len, struct buffer *out)
{
	size_t depth;
	int closes;

	if (is_delimiter(m, line, len, &depth, &closes)) {
		take_delimiter(m, depth, closes, line, len, out);
		return;
	}
	if (m->state == HEADER) {
		if (len > 0 && m->header.len + len < HEADER_MAX &&
		    mime_entity_has(line, len, m->header.len == 0)) {
			buffer_add(&m->header, line, len);
			buffer_add(&m->header, "\r\n", 2);
			return;
		}
		/* Without the empty line the body begins at once, and what
		 * was added to the header must not be its. */
		end_header(m, 1, out);
		if (len > 0)
			take_line(m, line, len, out);
		return;
	}
	release_newline(m, out);
	add_text(m, line, len, out);
	m->newline = 1;
}

/* The start of a line, too long for a delimiter, within a body. */
static void
pass_line(struct mime *m, struct buffer *out)
{
	release_newline(m, out);
	add_text(m, m->line.data, m->line.len, out);
	buffer_reset(&m->line);
	m->within = 1;
}

/* Bytes of one line, the last ones with its end. */
static void
add_piece(struct mime *m, const char *data, size_t len, struct buffer *out)
{
	int ends = data[len - 1] == '\n';

	if (!m->within) {
		buffer_add(&m->line, data, len);
		out->failed |= m->line.failed;
		if (out->failed)
			return;
		if (ends) {
			take_line(m, m->line.data, m->line.len - 2, out);
			buffer_reset(&m->line);
		} else if (m->line.len > LINE_HELD && m->state != HEADER &&
		    m->line.data[m->line.len - 1] != '\r')
			pass_line(m, out);
		else if (m->line.len > HEADER_MAX)
			end_header(m, 1, out);
		return;
	}
	/* Without its end, of which the CR may be in another piece. */
	if (ends)
		len -= m->line.len > 0 ? 1 : 2;
	buffer_reset(&m->line);
	if (!ends && data[len - 1] == '\r') {
		buffer_addc(&m->line, '\r');
		len--;
	}
	add_text(m, data, len, out);
	if (ends) {
		m->newline = 1;
		m->within = 0;
	}
}

void
mime_add(struct mime *m, const char *data, size_t len, struct buffer *out)
{
	const char *end;
	size_t n;

	for (; len > 0 && !out->failed; data += n, len -= n) {
		end = memchr(data, '\n', len);
		n = end != NULL ? (size_t)(end - data) + 1 : len;
		add_piece(m, data, n, out);
	}
}

void
mime_end(struct mime *m, struct buffer *out)
{
	if (m->state == HEADER)
		end_header(m, 0, out);
	release_newline(m, out);
	end_text(m, out);
	/* The last line of base64 has no end yet. */
	if (!m->survey && m->encode.column > 0)
		buffer_add(out, "\r\n", 2);
	out->failed |= m->plan->ways.failed;
}
