/*
 * What a message becomes for a server: recode [ascii] [header] <in >out, for
 * t/mime.t.  Exit 1: it cannot be helped.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/content.h"
#include "queue/mime.h"

#define PIECE 61	/* bytes at a time: pieces end anywhere */

static void
run(struct mime_plan *plan, const struct buffer *in, int survey,
    struct buffer *out)
{
	struct mime *m = mime_new(plan, survey);
	size_t i;

	if (m == NULL)
		exit(99);
	for (i = 0; i < in->len; i += PIECE)
		mime_add(m, in->data + i, in->len - i < PIECE ? in->len - i :
		    PIECE, out);
	mime_end(m, out);
	mime_free(m);
	if (out->failed)
		exit(99);
}

int
main(int argc, char **argv)
{
	struct mime_plan plan = { .ascii = 0 };
	struct buffer in = BUFFER_INIT, out = BUFFER_INIT;
	struct content clean;
	char block[4096];
	size_t n;
	int i;

	for (i = 1; i < argc; i++) {
		plan.ascii |= strcmp(argv[i], "ascii") == 0;
		plan.ascii_header |= strcmp(argv[i], "header") == 0;
	}
	content_begin(&clean, 0);
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
		content_add(&clean, block, n, &in);
	content_end(&clean, &in);
	run(&plan, &in, 1, &out);
	run(&plan, &in, 0, &out);
	fwrite(out.data, 1, out.len, stdout);
	buffer_free(&in);
	buffer_free(&out);
	buffer_free(&plan.ways);
	return plan.impossible;
}
