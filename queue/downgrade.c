/*
 * Header fields in ASCII: see downgrade.h.
 */
#include <config.h>

#include "queue/downgrade.h"

#include <string.h>
#include <strings.h>

#include "queue/encode.h"
#include "queue/parameter.h"
#include "queue/words.h"

#define BLANKS " \t"
#define LINE 78			/* octets of a line: RFC 5322, 2.1.1 */
#define HARD (ENCODE_LINE - 1)	/* and a blank before it */
#define PIECE 60		/* of a parameter */

int
downgrade_is_8bit(const char *text, size_t len)
{
	unsigned char all = 0;
	size_t i;

	for (i = 0; i < len; i++)
		all |= (unsigned char)text[i];
	return all > 0x7f;
}

void
downgrade_unfold(const char *field, size_t len, struct buffer *value)
{
	const char *colon = memchr(field, ':', len), *end = field + len;

	for (field = colon != NULL ? colon + 1 : end; field < end; field++)
		if (*field != '\r' && *field != '\n' && (value->len > 0 ||
		    strchr(BLANKS, *field) == NULL))
			buffer_addc(value, *field);
}

/* Where to cut a line of len octets: at its last blank within limit, else at
 * the next one, else anywhere. */
static size_t
find_cut(const char *line, size_t len, size_t limit)
{
	size_t i, first = 0;

	for (i = 2; i < len && i <= HARD; i++) {
		if (strchr(BLANKS, line[i]) == NULL ||
		    strchr(BLANKS, line[i - 1]) != NULL)
			continue;
		if (first != 0 && i > limit)
			break;
		first = i;
	}
	return first != 0 ? first : HARD;
}

/* A line of len octets without its end. */
static void
fold_line(const char *line, size_t len, size_t limit, struct buffer *out)
{
	size_t cut;

	/* A line of blanks only would end the header for some. */
	if (len > limit) {
		while (len > 0 && strchr(BLANKS, line[len - 1]) != NULL)
			len--;
		for (; len > 1 && strchr(BLANKS, line[0]) != NULL &&
		    strchr(BLANKS, line[1]) != NULL; line++)
			len--;
	}
	while (len > limit && (cut = find_cut(line, len, limit)) < len) {
		buffer_add(out, line, cut);
		line += cut;
		len -= cut;
		buffer_adds(out, "\r\n");
		if (strchr(BLANKS, *line) != NULL)
			continue;
		buffer_addc(out, ' ');
		if (limit == ENCODE_LINE)
			limit = HARD;
	}
	buffer_add(out, line, len);
	buffer_add(out, "\r\n", 2);
}

void
downgrade_fold(const char *text, size_t len, size_t limit,
    struct buffer *out)
{
	const char *end;
	size_t n;

	for (; len > 0; text += n, len -= n) {
		end = memchr(text, '\n', len);
		n = end != NULL ? (size_t)(end - text) + 1 : len;
		fold_line(text, n >= 2 ? n - 2 : 0, limit, out);
	}
}

static void
encode_span(const char *text, size_t len, struct buffer *out)
{
	struct buffer copy = BUFFER_INIT;

	buffer_add(&copy, text, len);
	out->failed |= copy.failed;
	words_encode(out, buffer_string(&copy));
	buffer_free(&copy);
}

/*
 * The end of a run of words in text that are encoded as one, from behind its
 * first.  Blanks between encoded words do not count (RFC 2047, 6.2): those that
 * do must be inside.
 */
static const char *
end_of_run(const char *s)
{
	size_t blanks, word;

	for (;; s += blanks + word) {
		blanks = strspn(s, BLANKS);
		word = strcspn(s + blanks, BLANKS);
		if (word == 0)
			return s;
		if (words_is_encoded(s + blanks, word))
			return s + blanks;
		if (!downgrade_is_8bit(s + blanks, word))
			return s;
	}
}

static void
add_text(const char *s, struct buffer *out)
{
	const char *end;
	size_t blanks, word;
	int encoded = 0;	/* the last word is */

	for (; *s != '\0'; s = end) {
		blanks = strspn(s, BLANKS);
		word = strcspn(s + blanks, BLANKS);
		end = s + blanks + word;
		if (blanks == 0 && encoded)
			buffer_addc(out, ' ');
		buffer_add(out, s, blanks);
		if (downgrade_is_8bit(s + blanks, word)) {
			end = end_of_run(end);
			s += encoded ? 0 : blanks;
			encode_span(s, (size_t)(end - s), out);
			encoded = 1;
		} else {
			buffer_add(out, s + blanks, word);
			encoded = words_is_encoded(s + blanks, word);
		}
	}
}

/* Octets of the token at s of an address list. */
static size_t
token(const char *s)
{
	static const char pairs[] = "\"\"()<>[]";
	const char *pair = strchr(pairs, *s);
	size_t n, depth = 1;

	if ((n = strspn(s, BLANKS)) > 0)
		return n;
	if (strchr(",:;)>]", *s) != NULL)
		return 1;
	if (pair == NULL)
		return strcspn(s, BLANKS "\"()<>[],:;");
	for (n = 1; s[n] != '\0' && depth > 0; n++) {
		if (s[n] == '\\' && s[n + 1] != '\0')
			n++;
		else if (s[n] == pair[1])
			depth--;
		else if (*s == '(' && s[n] == '(')
			depth++;
	}
	return n;
}

/* 1: the address of this element of a list, not only its name, is not
 * ASCII. */
static int
has_8bit_address(const char *s, size_t len)
{
	size_t i, n;
	int angle = 0, at = 0, eight_bit = 0;

	for (i = 0; i < len; i += n) {
		n = token(s + i);
		if (s[i] == '<') {
			angle = 1;
			if (downgrade_is_8bit(s + i, n))
				return 1;
		} else if (s[i] != '(') {
			at |= s[i] != '"' && memchr(s + i, '@', n) != NULL;
			eight_bit |= downgrade_is_8bit(s + i, n);
		}
	}
	return at && eight_bit && !angle;
}

/* Words of a name that are encoded as one, with the blanks between them. */
struct name {
	struct buffer words;
	struct buffer blanks;		/* behind the last of them */
};

static void
add_blank(struct buffer *out)
{
	if (out->len > 0 && strchr(BLANKS, out->data[out->len - 1]) == NULL)
		buffer_addc(out, ' ');
}

static void
end_name(struct name *name, struct buffer *out)
{
	if (name->words.len > 0) {
		add_blank(out);
		words_encode(out, buffer_string(&name->words));
		buffer_addc(out, ' ');
	} else if (name->blanks.len > 0)
		buffer_adds(out, buffer_string(&name->blanks));
	out->failed |= name->words.failed | name->blanks.failed;
	buffer_reset(&name->words);
	buffer_reset(&name->blanks);
}

static void
add_to_name(struct name *name, const char *s, size_t len, struct buffer *out)
{
	size_t i;

	if (name->words.len == 0)
		end_name(name, out);
	buffer_adds(&name->words, buffer_string(&name->blanks));
	buffer_reset(&name->blanks);
	for (i = 0; i < len; i++) {
		if (*s == '"' && s[i] == '\\' && i + 1 < len)
			i++;
		else if (*s == '"' && s[i] == '"')
			continue;
		buffer_addc(&name->words, s[i]);
	}
}

static void
add_comment(const char *s, size_t len, struct buffer *out)
{
	struct buffer inner = BUFFER_INIT;
	size_t i;

	/* Without nested comments: an encoded word must not hold them open. */
	for (i = 1; i + 1 < len; i++)
		if (strchr("()\\", s[i]) == NULL)
			buffer_addc(&inner, s[i]);
	buffer_addc(out, '(');
	add_text(buffer_string(&inner), out);
	buffer_addc(out, ')');
	out->failed |= inner.failed;
	buffer_free(&inner);
}

/* One element of a list.  1: its address could only be shown. */
static int
add_element(const char *s, size_t len, struct buffer *out)
{
	struct name name = { BUFFER_INIT, BUFFER_INIT };
	size_t i, n;

	if (has_8bit_address(s, len)) {
		n = strspn(s, BLANKS);
		buffer_add(out, s, n);
		encode_span(s + n, len - n, out);
		buffer_adds(out, " :;");
		return 1;
	}
	for (i = 0; i < len; i += n) {
		n = token(s + i);
		if (strchr(BLANKS, s[i]) != NULL) {
			buffer_add(&name.blanks, s + i, n);
			continue;
		}
		if (s[i] != '(' && downgrade_is_8bit(s + i, n)) {
			add_to_name(&name, s + i, n, out);
			continue;
		}
		end_name(&name, out);
		if (s[i] == '(' && downgrade_is_8bit(s + i, n))
			add_comment(s + i, n, out);
		else
			buffer_add(out, s + i, n);
	}
	end_name(&name, out);
	buffer_free(&name.words);
	buffer_free(&name.blanks);
	return 0;
}

static int
add_addresses(const char *s, struct buffer *out)
{
	const char *end;
	int shown = 0;

	for (; *s != '\0'; s = end) {
		for (end = s; *end != '\0' && strchr(",:;", *end) == NULL; )
			end += token(end);
		if (end > s)
			shown |= add_element(s, (size_t)(end - s), out);
		if (*end != '\0')
			buffer_addc(out, *end++);
	}
	return shown;
}

static void
add_ascii(const char *s, size_t len, struct buffer *out)
{
	size_t i;

	for (i = 0; i < len; i++)
		buffer_addc(out, (unsigned char)s[i] > 0x7f ? '?' : s[i]);
}

/* Percent encoding of RFC 2231, in pieces where it is long. */
static void
add_extended(const struct parameter *p, struct buffer *out)
{
	const char *value = buffer_string(&p->value);
	/* With a '*' in its name it is in this form, but for such bytes. */
	int form = memchr(p->name, '*', p->len) != NULL;
	size_t i, piece = 0, width = PIECE;

	for (i = 0; value[i] != '\0'; i++) {
		unsigned char c = (unsigned char)value[i];

		if (i == 0 || (width >= PIECE && !form)) {
			width = 0;
			buffer_adds(out, ";\r\n\t");
			add_ascii(p->name, p->len, out);
			if (!form && p->value.len > PIECE / 3)
				buffer_addf(out, "*%zu", piece++);
			buffer_adds(out, form ? "=" : "*=");
			if (i == 0 && !form)
				buffer_adds(out, words_is_utf8(value) ?
				    "utf-8''" : "iso-8859-1''");
		}
		if (c > 0x7f || (!form && (c <= ' ' ||
		    strchr("*'%()<>@,;:\\\"/[]?=", c) != NULL)))
			width += (size_t)buffer_addf(out, "%%%02X", c) + 3;
		else {
			buffer_addc(out, value[i]);
			width++;
		}
	}
}

static void
add_parameters(const char *value, struct buffer *out)
{
	const char *s = value + parameter_first(value), *start;
	struct parameter p;

	add_ascii(value, (size_t)(s - value), out);
	for (start = s; parameter_next(&s, &p); start = s) {
		if (downgrade_is_8bit(p.value.data, p.value.len))
			add_extended(&p, out);
		else
			add_ascii(start, (size_t)(s - start), out);
		out->failed |= p.value.failed;
		buffer_free(&p.value);
	}
}

enum kind { TEXT, ADDRESSES, PARAMETERS, NO_PLACE };

static enum kind
kind_of(const char *field, size_t len)
{
	static const struct {
		const char *name;
		enum kind kind;
	} known[] = {
		{ "From", ADDRESSES }, { "Sender", ADDRESSES },
		{ "Reply-To", ADDRESSES }, { "To", ADDRESSES },
		{ "Cc", ADDRESSES }, { "Bcc", ADDRESSES },
		{ "Resent-From", ADDRESSES }, { "Resent-Sender", ADDRESSES },
		{ "Resent-Reply-To", ADDRESSES }, { "Resent-To", ADDRESSES },
		{ "Resent-Cc", ADDRESSES }, { "Resent-Bcc", ADDRESSES },
		{ "Errors-To", ADDRESSES }, { "Return-Path", ADDRESSES },
		{ "Disposition-Notification-To", ADDRESSES },
		{ "Return-Receipt-To", ADDRESSES },
		{ "Mail-Followup-To", ADDRESSES },
		{ "Mail-Reply-To", ADDRESSES },
		{ "Content-Type", PARAMETERS },
		{ "Content-Disposition", PARAMETERS },
		{ "Content-Transfer-Encoding", PARAMETERS },
		{ "MIME-Version", PARAMETERS },
		{ "Content-ID", NO_PLACE },
		{ "Message-ID", NO_PLACE }, { "In-Reply-To", NO_PLACE },
		{ "References", NO_PLACE }, { "Resent-Message-ID", NO_PLACE },
		{ "Date", NO_PLACE }, { "Resent-Date", NO_PLACE },
		{ "Received", NO_PLACE },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == len &&
		    strncasecmp(known[i].name, field, len) == 0)
			return known[i].kind;
	return TEXT;
}

int
downgrade_field(const char *field, size_t len, struct buffer *out)
{
	const char *colon = memchr(field, ':', len);
	struct buffer value = BUFFER_INIT, line = BUFFER_INIT;
	size_t name = colon != NULL ? (size_t)(colon - field) : 0;
	enum kind kind = kind_of(field, name);
	int shown = 0;

	downgrade_unfold(field, len, &value);
	if (kind == NO_PLACE)
		buffer_adds(&line, "Downgraded-");
	add_ascii(field, name, &line);
	buffer_adds(&line, ": ");
	if (kind == TEXT)
		add_text(buffer_string(&value), &line);
	else if (kind == ADDRESSES)
		shown = add_addresses(buffer_string(&value), &line);
	else if (kind == PARAMETERS)
		add_parameters(buffer_string(&value), &line);
	else
		words_encode(&line, buffer_string(&value));
	buffer_adds(&line, "\r\n");
	downgrade_fold(line.data, line.len, LINE, out);
	out->failed |= value.failed | line.failed;
	buffer_free(&value);
	buffer_free(&line);
	return shown;
}
