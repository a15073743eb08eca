/*
 * Any bytes as the client of -bs: a whole session, twice, in one piece and in
 * pieces of the length that the first byte says.  Both get the same replies;
 * every reply is a line of SMTP; what is acknowledged is in the queue, whole
 * and canonical, and nothing else is; and no message ends where a client that
 * says CRLF has said no CRLF . CRLF.
 *
 * The connection is played: sendmail/dialogue.c is compiled here with calls
 * of its own.
 */
#include <config.h>

#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config/settings.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "sendmail/message.h"
#include "sendmail/options.h"
#include "sendmail/smtpd.h"
#include "t/fuzz.h"

#define QUEUED "250 2.0.0 Ok: queued as "

/* The client. */
static struct {
	const char *says;
	size_t left, piece;
	struct buffer heard;
} client;

static ssize_t
played_read(char *data, size_t size)
{
	size_t n = client.left < client.piece ? client.left : client.piece;

	n = n < size ? n : size;
	memcpy(data, client.says, n);
	client.says += n;
	client.left -= n;
	return (ssize_t)n;
}

static ssize_t
played_write(const char *data, size_t len)
{
	check(buffer_add(&client.heard, data, len) == 0);
	return (ssize_t)len;
}

#define input_read(fd, data, size) played_read(data, size)
#define write(fd, data, len) played_write(data, len)
#define poll(p, n, timeout) ((p)->revents = POLLIN, 1)
#include "sendmail/dialogue.c"
#undef poll
#undef write

static struct {
	struct settings settings;
	struct message_site site;
} place;

static void
settle(void)
{
	fuzz_settings(&place.settings, "[sender]\ndomain = example.org\n"
	    "[recipients]\naliases = /dev/null\n");
	place.site.spool = fuzz_spool();
	place.site.settings = &place.settings;
	check(host_init(&place.site.host, "example.org", &host_system) == 0);
}

static void
check_canonical(const char *text, size_t len)
{
	size_t i;

	check(len == 0 || text[len - 1] == '\n');
	for (i = 0; i < len; i++) {
		check(text[i] != '\0');
		check(text[i] != '\n' || (i > 0 && text[i - 1] == '\r'));
		check(text[i] != '\r' || (i + 1 < len &&
		    text[i + 1] == '\n'));
	}
}

/* A message that was acknowledged; its size.  It is removed. */
static size_t
check_message(const char *id)
{
	struct spool_message m;
	struct error e;
	char text[65536];
	ssize_t n;

	check(spool_take(place.site.spool, id, &m, &e) == SPOOL_OK);
	check(m.env.nrcpts > 0);
	n = pread(m.fd, text, sizeof(text), (off_t)m.env.head);
	check(n >= 0 && (uint64_t)n == m.env.message);
	check_canonical(text, (size_t)n);
	check(spool_remove(place.site.spool, &m, &e) == 0);
	spool_release(&m);
	return (size_t)n;
}

/*
 * Check the replies line by line; the IDs in them give way to the sizes of
 * their messages.  The number of messages.
 */
static unsigned
check_replies(struct buffer *replies)
{
	struct buffer out = BUFFER_INIT;
	char *line = replies->data, *end = line + replies->len, *eol;
	unsigned messages = 0;

	check_canonical(line, replies->len);
	for (; line < end; line = eol + 2) {
		eol = memchr(line, '\r', (size_t)(end - line));
		*eol = '\0';
		check(strspn(line, "0123456789") == 3 && line[0] >= '2' &&
		    line[0] <= '5' && strchr(" -", line[3]) != NULL);
		if (strncmp(line, QUEUED, sizeof(QUEUED) - 1) == 0) {
			messages++;
			buffer_addf(&out, "queued %zu\n", check_message(
			    line + sizeof(QUEUED) - 1));
		} else {
			buffer_addf(&out, "%s\n", line);
		}
	}
	check(!out.failed);
	buffer_free(replies);
	*replies = out;
	return messages;
}

/* Places in text where the end of a message is. */
static unsigned
count_ends(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	unsigned n = 0;

	while ((p = memmem(p, (size_t)(end - p), ".\r\n", 3)) != NULL) {
		n += p - text >= 2 && p[-1] == '\n' && p[-2] == '\r';
		p++;
	}
	return n;
}

/* 1 when a DATA may have ended with LF alone. */
static int
has_plain_data(const char *text, size_t len)
{
	size_t i, start = 0;

	for (i = 0; i < len; i++) {
		if (text[i] != '\n')
			continue;
		if (i - start >= 4 && text[i - 1] != '\r' &&
		    strncasecmp(text + start, "DATA", 4) == 0)
			return 1;
		start = i + 1;
	}
	return 0;
}

static int
any(void *arg, const char *id)
{
	(void)arg;
	(void)id;
	return 1;
}

static unsigned
talk(const char *says, size_t len, size_t piece, struct buffer *heard)
{
	struct options options = { .mode = OPTIONS_SMTP };
	struct error e;
	unsigned messages;

	client.says = says;
	client.left = len;
	client.piece = piece;
	memset(&client.heard, 0, sizeof(client.heard));
	(void)smtpd_run(&options, &place.site, 1, &e);
	messages = check_replies(&client.heard);
	check(spool_scan(place.site.spool, any, NULL, NULL, &e) == 0);
	*heard = client.heard;
	return messages;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *says = (const char *)data + 1;
	struct buffer whole, cut;
	unsigned messages;

	if (size == 0)
		return 0;
	if (place.site.spool == NULL)
		settle();
	size--;
	messages = talk(says, size, size + 1, &whole);
	check(talk(says, size, *data % 16 + 1u, &cut) == messages);
	check(whole.len == cut.len && memcmp(whole.data, cut.data,
	    cut.len) == 0);
	if (!has_plain_data(says, size))
		check(messages <= count_ends(says, size));
	buffer_free(&whole);
	buffer_free(&cut);
	return 0;
}
