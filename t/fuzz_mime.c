/*
 * Any bytes as a message for a server, cut up as the first byte says and by
 * the rules in it: the same as in one piece; no line is too long, no byte is
 * of the forbidden ones; and what was changed needs no change.
 */
#include <config.h>

#include "queue/content.h"
#include "queue/encode.h"
#include "queue/mime.h"

#include <string.h>

#include "t/fuzz.h"

static void
run(struct mime_plan *plan, const struct buffer *in, size_t piece,
    int survey, struct buffer *out)
{
	struct mime *m = mime_new(plan, survey);
	size_t i;

	check(m != NULL);
	for (i = 0; i < in->len; i += piece)
		mime_add(m, in->data + i, in->len - i < piece ? in->len - i :
		    piece, out);
	mime_end(m, out);
	mime_free(m);
	check(!out->failed);
}

/* The result, and 1 when it could not be helped. */
static int
convert(const struct mime_plan *rules, const struct buffer *in, size_t piece,
    struct buffer *out)
{
	struct mime_plan plan = *rules;

	run(&plan, in, piece, 1, out);
	check(out->len == 0);
	run(&plan, in, piece, 0, out);
	buffer_free(&plan.ways);
	return plan.impossible;
}

static void
check_lines(const struct buffer *b, int ascii)
{
	size_t i, from = 0;

	for (i = 0; i < b->len; i++) {
		check(!ascii || (unsigned char)b->data[i] < 0x80);
		check((b->data[i] == '\r') == (b->data[i + 1] == '\n'));
		if (b->data[i] != '\n')
			continue;
		check(i - from <= ENCODE_LINE + 1);
		from = i + 1;
	}
	check(from == b->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mime_plan rules = { .ascii = 0 };
	struct buffer in = BUFFER_INIT, whole = BUFFER_INIT;
	struct buffer pieces = BUFFER_INIT, again = BUFFER_INIT;
	struct content clean;
	int impossible;

	if (size == 0)
		return 0;
	rules.ascii = data[0] & 1;
	rules.ascii_header = (data[0] & 2) != 0;
	content_begin(&clean, 0);
	content_add(&clean, (const char *)data + 1, size - 1, &in);
	content_end(&clean, &in);
	impossible = convert(&rules, &in, in.len + 1, &whole);
	check(convert(&rules, &in, 1 + data[0] / 4u, &pieces) == impossible);
	check(whole.len == pieces.len && (whole.len == 0 ||
	    memcmp(whole.data, pieces.data, whole.len) == 0));
	check_lines(&whole, rules.ascii && !impossible);
	/* What could not be helped has headers that could, and so is read
	 * in another way. */
	if (!impossible) {
		check(convert(&rules, &whole, whole.len + 1, &again) == 0);
		check(whole.len == again.len && (whole.len == 0 ||
		    memcmp(whole.data, again.data, whole.len) == 0));
	}
	buffer_free(&in);
	buffer_free(&whole);
	buffer_free(&pieces);
	buffer_free(&again);
	return 0;
}
