/*
 * Any bytes as the content of DATA, cut up as the first byte says: the same
 * as in one piece, and to a server one message with its end at the end.
 */
#include <config.h>

#include "queue/content.h"

#include <string.h>

#include "t/fuzz.h"

static void
stuff(const char *data, size_t size, size_t piece, struct buffer *out)
{
	struct content c;
	size_t n;

	content_begin(&c, 1);
	for (; size > 0; data += n, size -= n) {
		n = size < piece ? size : piece;
		content_add(&c, data, n, out);
	}
	content_end(&c, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole = BUFFER_INIT, pieces = BUFFER_INIT;
	const char *p;
	size_t i;

	if (size == 0)
		return 0;
	stuff((const char *)data + 1, size - 1, size, &whole);
	stuff((const char *)data + 1, size - 1, 1 + data[0] % 16u, &pieces);
	check(!whole.failed && whole.len == pieces.len &&
	    memcmp(whole.data, pieces.data, whole.len) == 0);
	p = whole.data;
	for (i = 0; i < whole.len; i++) {
		check(p[i] != '\0');
		check((p[i] == '\r') == (p[i + 1] == '\n'));
		if (p[i] == '.' && (i == 0 || p[i - 1] == '\n'))
			check(p[i + 1] == '.' || i + 3 == whole.len);
	}
	check(whole.len >= 3 && memcmp(p + whole.len - 3, ".\r\n", 3) == 0);
	check(whole.len == 3 || p[whole.len - 4] == '\n');
	buffer_free(&whole);
	buffer_free(&pieces);
	return 0;
}
