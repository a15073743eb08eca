/*
 * smarthost_content.h - look at message content as it passes: dots, line
 * ends, forbidden bytes.  Knows no sockets and no files.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_CONTENT_H
#define T_SMARTHOST_CONTENT_H

#include <stddef.h>

/* All zeros is the state before the first byte. */
struct content {
	unsigned long bytes;
	unsigned long bare_lf, bare_cr, nul, long_lines; /* how many */
	int eight_bit;
	int in_line; /* the last bytes were not CRLF */
	int last_cr; /* the last byte was CR */
	size_t line_len;
	int data_line; /* content_unstuff(): in the middle of a line */
};

/* Account for n bytes of content. */
void content_check(struct content *c, const char *p, size_t n);

/*
 * Find the next piece of DATA content in the n bytes at p.
 *
 * CONTENT_PIECE: the piece is *start, *len; take *used bytes of the input.
 * CONTENT_END: *used bytes were the final dot.
 * CONTENT_MORE: nothing can be decided before more bytes come.
 */
enum content_found { CONTENT_PIECE, CONTENT_END, CONTENT_MORE };
struct piece {
	const char *start;
	size_t len, used;
};
enum content_found content_unstuff(
    struct content *c, const char *p, size_t n, struct piece *out);

#endif
