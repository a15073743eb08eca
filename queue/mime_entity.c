/*
 * Headers of entities: see mime_entity.h.
 */
#include <config.h>

#include "queue/mime_entity.h"

#include <string.h>
#include <strings.h>

#include "queue/downgrade.h"
#include "queue/parameter.h"

#define NAME_MAX_LEN 900	/* of a field: it cannot be folded */
#define CODING "Content-Transfer-Encoding"

/* Octets of the field at the start of a header. */
static size_t
field_length(const char *header, size_t len)
{
	const char *end = header, *all = header + len;

	do {
		end = memchr(end, '\n', (size_t)(all - end));
		end = end != NULL ? end + 1 : all;
	} while (end < all && (*end == ' ' || *end == '\t'));
	return (size_t)(end - header);
}

static int
has_name(const char *field, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && field[n] == ':' && strncasecmp(field, name, n) == 0;
}

/* The first word of a value is this one, in any case. */
static int
is_word(const char *value, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(value, word, len) == 0 &&
	    strchr(" \t;(", value[len]) != NULL;
}

static void
read_coding(struct mime_entity *h, const char *value)
{
	static const struct {
		const char *name;
		enum mime_coding coding;
		int is_8bit;
	} known[] = {
		{ "7bit", MIME_IDENTITY, 0 }, { "8bit", MIME_IDENTITY, 1 },
		{ "binary", MIME_IDENTITY, 1 },
		{ "quoted-printable", MIME_QUOTED, 0 },
		{ "base64", MIME_BASE64, 0 }, { "", MIME_IDENTITY, 0 },
	};
	size_t i;

	h->coding = MIME_UNKNOWN;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!is_word(value, known[i].name))
			continue;
		h->coding = known[i].coding;
		h->coded_8bit = known[i].is_8bit;
		return;
	}
}

/* RFC 2046, 5.1.1, and somewhat more. */
static int
is_boundary(const struct buffer *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if (b->data[i] < ' ' || b->data[i] > '~')
			return 0;
	return b->len > 0 && b->len <= MIME_BOUNDARY &&
	    b->data[b->len - 1] != ' ';
}

static void
read_boundary(struct mime_entity *h, const char *value)
{
	const char *s = value + parameter_first(value);
	struct parameter p;

	while (h->boundary.len == 0 && parameter_next(&s, &p)) {
		if (parameter_is(&p, "boundary"))
			h->boundary = p.value;
		else
			buffer_free(&p.value);
	}
}

static void
read_type(struct mime_entity *h, const char *value)
{
	h->typed = 1;
	h->content = MIME_LEAF;
	if (is_word(value, "message/rfc822") || is_word(value,
	    "message/news") || is_word(value, "message/global"))
		h->content = MIME_MESSAGE;
	if (strncasecmp(value, "multipart/", 10) != 0)
		return;
	h->digest = is_word(value, "multipart/digest");
	read_boundary(h, value);
	if (is_boundary(&h->boundary) && !is_word(value, "multipart/signed") &&
	    !is_word(value, "multipart/encrypted"))
		h->content = MIME_MULTIPART;
	else
		h->content = MIME_OPAQUE;
}

void
mime_entity_read(struct mime_entity *h, const char *header, size_t len,
    int digest)
{
	struct buffer value = BUFFER_INIT;
	int coded = 0;
	size_t n;

	memset(h, 0, sizeof(*h));
	h->content = digest ? MIME_MESSAGE : MIME_LEAF;
	for (; len > 0; header += n, len -= n) {
		n = field_length(header, len);
		buffer_reset(&value);
		/* Of several of a kind the first counts. */
		if (has_name(header, n, "Content-Type") && !h->typed) {
			downgrade_unfold(header, n, &value);
			read_type(h, buffer_string(&value));
		} else if (has_name(header, n, CODING) && !coded) {
			downgrade_unfold(header, n, &value);
			read_coding(h, buffer_string(&value));
			coded = 1;
		} else if (has_name(header, n, "MIME-Version"))
			h->versioned = 1;
	}
	/* What is in another coding than that of the wire is no entity. */
	if (h->content == MIME_MESSAGE && h->coding != MIME_IDENTITY)
		h->content = MIME_LEAF;
	buffer_free(&value);
}

int
mime_entity_write(const struct mime_entity *h, const char *header,
    size_t len, const struct mime_form *form, struct buffer *out)
{
	int encoded = form->way == ENCODE_QUOTED ||
	    form->way == ENCODE_BASE64, shown = 0;
	int holds = h->content == MIME_MULTIPART ||
	    h->content == MIME_MESSAGE;
	size_t n;

	for (; len > 0; header += n, len -= n) {
		n = field_length(header, len);
		if (has_name(header, n, CODING) && (encoded || (holds &&
		    form->seven_bit && h->coded_8bit)))
			continue;
		if (form->ascii && downgrade_is_8bit(header, n))
			shown |= downgrade_field(header, n, out);
		else
			downgrade_fold(header, n, ENCODE_LINE, out);
	}
	if (!encoded)
		return shown;
	if (form->message && !h->versioned)
		buffer_adds(out, "MIME-Version: 1.0\r\n");
	if (!h->typed)
		buffer_addf(out, "Content-Type: text/plain; charset=%s\r\n",
		    form->latin ? "iso-8859-1" : "utf-8");
	buffer_addf(out, CODING ": %s\r\n", form->way == ENCODE_BASE64 ?
	    "base64" : "quoted-printable");
	return shown;
}

int
mime_entity_has(const char *line, size_t len, int first)
{
	size_t i;

	if (!first && len > 0 && (*line == ' ' || *line == '\t'))
		return 1;
	for (i = 0; i < len && i < NAME_MAX_LEN; i++) {
		if (line[i] == ':')
			return i > 0;
		if (line[i] <= ' ' || line[i] > '~')
			return 0;
	}
	return 0;
}
