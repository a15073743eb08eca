/*
 * Display names: see phrase.h.
 */
#include <config.h>

#include "sendmail/phrase.h"

#include <string.h>

#include "queue/words.h"
#include "sendmail/body.h"

static int
needs_quotes(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strchr("()<>[]:;@\\,.\"", s[i]) != NULL)
			return 1;
	/* What looks like an encoded word must not be read as one. */
	return len >= 2 && memcmp(s, "=?", 2) == 0;
}

static void
add_quoted(struct buffer *out, const char *s, size_t len)
{
	size_t i;

	buffer_addc(out, '"');
	for (i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buffer_addc(out, '\\');
		buffer_addc(out, s[i]);
	}
	buffer_addc(out, '"');
}

/* Blanks for control bytes, one for several, none at the ends. */
static void
clean(struct buffer *out, const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0' && out->len < PHRASE_MAX; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c > ' ' && c != 0x7f)
			buffer_addc(out, name[i]);
		else if (out->len > 0 && out->data[out->len - 1] != ' ')
			buffer_addc(out, ' ');
	}
	/* Cut between characters. */
	if (((unsigned char)name[i] & 0xc0) == 0x80)
		while (out->len > 0 &&
		    ((unsigned char)out->data[--out->len] & 0xc0) == 0x80)
			continue;
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	buffer_add(out, "", 0);		/* the NUL behind it */
}

int
phrase_add(struct buffer *out, const char *name)
{
	struct buffer text = BUFFER_INIT;
	int result;

	clean(&text, name);
	if (text.failed)
		out->failed = 1;
	else if (text.len > 0 && body_is_8bit(text.data, text.len))
		words_encode(out, text.data);
	else if (text.len > 0 && needs_quotes(text.data, text.len))
		add_quoted(out, text.data, text.len);
	else if (text.len > 0)
		buffer_add(out, text.data, text.len);
	result = out->failed ? -1 : 0;
	buffer_free(&text);
	return result;
}

/* One more part of a phrase; plain is empty then. */
static void
end_plain(struct buffer *out, struct buffer *plain, size_t start)
{
	if (plain->len > 0 && out->len > start)
		buffer_adds(out, "\r\n ");
	phrase_add(out, buffer_string(plain));
	out->failed |= plain->failed;
	buffer_reset(plain);
}

int
phrase_add_words(struct buffer *out, const char *name)
{
	static const char blanks[] = " \t\r\n";
	struct buffer plain = BUFFER_INIT;
	size_t start = out->len, len;

	for (name += strspn(name, blanks); *name != '\0';
	    name += strspn(name, blanks)) {
		len = strcspn(name, blanks);
		if (words_is_encoded(name, len)) {
			end_plain(out, &plain, start);
			buffer_adds(out, out->len > start ? "\r\n " : "");
			buffer_add(out, name, len);
		} else {
			buffer_adds(&plain, plain.len > 0 ? " " : "");
			buffer_add(&plain, name, len);
		}
		name += len;
	}
	end_plain(out, &plain, start);
	buffer_free(&plain);
	return out->failed ? -1 : 0;
}
