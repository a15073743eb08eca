/*
 * From the queue file to the server: see convert.h.
 */
#include <config.h>

#include "queue/convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/content.h"
#include "queue/encode.h"
#include "queue/error.h"

#define BLOCK 65536

/* So many bytes of the message at most, from offset of the file.  What was
 * read, or -1 and e. */
static ssize_t
read_block(const struct convert *c, char *block, size_t size, off_t offset,
    struct error *e)
{
	ssize_t n;

	do
		n = pread(c->fd, block, size, offset);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	error_set(e, "the queue file was cut short");
	e->number = EBADMSG;
	return -1;
}

/* Give the message to sink, block by block. */
static int
read_message(const struct convert *c, convert_sink *sink, void *arg,
    struct error *e)
{
	uint64_t left = c->env->message;
	off_t offset = (off_t)c->env->head;
	size_t size = left < BLOCK ? (size_t)left : BLOCK;
	char *block;
	ssize_t n;
	int rc = 0;

	if (left == 0)
		return 0;
	if (c->text != NULL)
		return sink(arg, c->text, (size_t)left, e);
	if ((block = malloc(size)) == NULL)
		return error_sys(e, "cannot send");
	for (; left > 0 && rc == 0; left -= (uint64_t)n, offset += n) {
		n = read_block(c, block, left < size ? (size_t)left : size,
		    offset, e);
		if (n < 0) {
			rc = -1;
			break;
		}
		c->tick(c->tick_arg);
		rc = sink(arg, block, (size_t)n, e);
	}
	free(block);
	return rc;
}

/* Have a message that fits in a block read once only. */
static int
keep(struct convert *c, struct error *e)
{
	size_t len = (size_t)c->env->message, done = 0;
	ssize_t n;

	if (c->env->message == 0 || c->env->message > BLOCK)
		return 0;
	if ((c->text = malloc(len)) == NULL)
		return error_sys(e, "cannot send");
	for (; done < len; done += (size_t)n)
		if ((n = read_block(c, c->text + done, len - done,
		    (off_t)(c->env->head + done), e)) < 0)
			return -1;
	return 0;
}

/* What the bytes of the file pass through. */
struct chain {
	struct content clean, stuff;
	struct mime *mime;	/* or NULL */
	int stuffed;
	struct buffer in, changed, out;
	convert_sink *sink;
	void *arg;
};

/* Pass in on. */
static int
pass(struct chain *t, int at_end, struct error *e)
{
	struct buffer *b = &t->in;
	int rc = 0;

	if (t->mime != NULL) {
		mime_add(t->mime, b->data, b->len, &t->changed);
		if (at_end)
			mime_end(t->mime, &t->changed);
		b = &t->changed;
	}
	if (t->mime != NULL && t->stuffed) {
		content_add(&t->stuff, b->data, b->len, &t->out);
		if (at_end)
			content_end(&t->stuff, &t->out);
		b = &t->out;
	}
	if (t->in.failed || t->changed.failed || t->out.failed)
		return error_memory(e);
	if (b->len > 0)
		rc = t->sink(t->arg, b->data, b->len, e);
	buffer_reset(&t->in);
	buffer_reset(&t->changed);
	buffer_reset(&t->out);
	return rc;
}

static int
add(void *arg, const char *data, size_t len, struct error *e)
{
	struct chain *t = arg;

	content_add(&t->clean, data, len, &t->in);
	return pass(t, 0, e);
}

static int
run(const struct convert *c, struct mime *mime, int stuffed,
    convert_sink *sink, void *arg, struct error *e)
{
	struct chain t = { .mime = mime, .stuffed = stuffed, .sink = sink,
		.arg = arg };
	int rc;

	content_begin(&t.clean, stuffed && mime == NULL);
	content_begin(&t.stuff, 1);
	rc = read_message(c, add, &t, e);
	if (rc == 0) {
		content_end(&t.clean, &t.in);
		rc = pass(&t, 1, e);
	}
	buffer_free(&t.in);
	buffer_free(&t.changed);
	buffer_free(&t.out);
	return rc;
}

/* As convert_run(), of any length. */
static int
put_out(const struct convert *c, int stuffed, convert_sink *sink, void *arg,
    struct error *e)
{
	struct mime_plan plan = c->plan;
	struct mime *mime = NULL;
	int rc;

	if (!stuffed && !c->changes)
		return read_message(c, sink, arg, e);
	if (c->mime && (mime = mime_new(&plan, 0)) == NULL)
		return error_sys(e, "cannot send");
	rc = run(c, mime, stuffed, sink, arg, e);
	mime_free(mime);
	return rc;
}

static int
has_changed(struct error *e)
{
	error_set(e, "the queue file was changed while it was sent");
	e->number = EBADMSG;
	return -1;
}

/* What goes where only so much may go. */
struct exact {
	uint64_t left;
	convert_sink *sink;
	void *arg;
};

static int
put_exact(void *arg, const char *data, size_t len, struct error *e)
{
	struct exact *x = arg;

	if (len > x->left)
		return has_changed(e);
	x->left -= len;
	return x->sink(x->arg, data, len, e);
}

/*
 * The server was told how much comes.  It would take what comes beyond for
 * commands, and what comes next, be it the mail of others, for what is missing.
 */
int
convert_run(const struct convert *c, int stuffed, convert_sink *sink,
    void *arg, struct error *e)
{
	struct exact x = { c->size, sink, arg };

	if (stuffed)
		return put_out(c, 1, sink, arg, e);
	if (put_out(c, 0, put_exact, &x, e) != 0)
		return -1;
	return x.left == 0 ? 0 : has_changed(e);
}

static int
count(void *arg, const char *data, size_t len, struct error *e)
{
	uint64_t *size = arg;

	(void)data;
	(void)e;
	*size += len;
	return 0;
}

struct check {
	char last;
	int dirty;
};

static int
check(void *arg, const char *data, size_t len, struct error *e)
{
	struct check *k = arg;

	(void)e;
	k->dirty |= !content_is_clean(&k->last, data, len);
	return 0;
}

/* The first run. */
static int
survey(struct convert *c, struct error *e)
{
	struct mime *mime = mime_new(&c->plan, 1);
	uint64_t unused = 0;
	int rc;

	if (mime == NULL)
		return error_sys(e, "cannot send");
	rc = run(c, mime, 0, count, &unused, e);
	mime_free(mime);
	return rc;
}

int
convert_plan(struct convert *c, unsigned wants, struct error *e)
{
	const struct envelope_facts *f = &c->env->facts;
	struct check k = { '\n', 0 };
	int rc = 0;

	c->text = NULL;
	c->size = c->env->message;
	memset(&c->plan, 0, sizeof(c->plan));
	c->plan.ascii = (wants & CONVERT_ASCII) != 0 &&
	    (f->body_8bit || f->header_8bit);
	c->plan.ascii_header = (wants & CONVERT_HEADER) != 0 &&
	    f->header_8bit;
	/* A submitter who lies here harms this message only. */
	c->mime = c->plan.ascii || c->plan.ascii_header ||
	    f->longest > ENCODE_LINE;
	if (c->mime)
		rc = survey(c, e);
	else if ((wants & CONVERT_EXACT) != 0 && (rc = keep(c, e)) == 0)
		rc = read_message(c, check, &k, e);
	c->changes = c->mime || k.dirty || k.last != '\n';
	if (rc == 0 && c->changes) {
		c->size = 0;
		rc = put_out(c, 0, count, &c->size, e);
	}
	if (rc != 0)
		convert_free(c);
	return rc;
}

void
convert_free(struct convert *c)
{
	buffer_free(&c->plan.ways);
	free(c->text);
	c->text = NULL;
}
