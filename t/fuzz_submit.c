/*
 * Any bytes as a client of the submit socket, in one piece and in pieces: it
 * gets the same answers.  What is acknowledged is in the queue, whole, of the
 * user who connected and for the recipients that were named; otherwise nothing
 * is.
 *
 * The first byte says how the rest is cut up, and whether it is all that the
 * client says, or only the records of an envelope, the origin and the message,
 * with a 0xff between them, to which lengths and seal are added.
 *
 * The connection is played: queue/submit.c is compiled here with calls of its
 * own.
 */
#include <config.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/settings.h"
#include "queue/buffer.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "t/fuzz.h"

#define UID 4711

/* The client. */
static struct {
	const char *says;
	size_t left, piece;
	struct buffer heard;
} player;

static ssize_t
played_read(int fd, char *data, size_t size)
{
	size_t n = player.left < player.piece ? player.left : player.piece;

	(void)fd;
	n = n < size ? n : size;
	memcpy(data, player.says, n);
	player.says += n;
	player.left -= n;
	return (ssize_t)n;
}

static ssize_t
played_send(int fd, const char *data, size_t len)
{
	(void)fd;
	check(buffer_add(&player.heard, data, len) == 0);
	return (ssize_t)len;
}

static void
played_patience(int fd, const struct timeval *patience)
{
	check(fd < 0 && patience->tv_sec > 0);
}

static void
played_alarm(unsigned seconds)
{
	check(seconds < 3600);
}

static void
played_confine(const struct settings *s, uid_t uid, int ready)
{
	(void)ready;
	check(s != NULL && uid == UID);
}

#define submit_confine(s, uid, ready) played_confine(s, uid, ready)
#define read(fd, data, size) played_read(fd, data, size)
#define send(fd, data, len, flags) played_send(fd, data, len)
#define setsockopt(fd, level, name, value, len) played_patience(fd, value)
#define alarm(seconds) played_alarm(seconds)
#include "queue/submit.c"
#undef submit_confine
#undef read
#undef send
#undef setsockopt
#undef alarm

static struct settings settings;

/* What the client says, from the three parts. */
static void
compose(const uint8_t *data, size_t size, struct buffer *out)
{
	const uint8_t *ends[2], *end = data + size;
	struct envelope_facts facts = { 0, 0, 0, 0 };
	char seal[ENVELOPE_SEAL + 1];
	size_t records, origin, message;

	ends[0] = memchr(data, 0xff, size);
	ends[0] = ends[0] != NULL ? ends[0] : end;
	ends[1] = ends[0] < end ? memchr(ends[0] + 1, 0xff,
	    (size_t)(end - ends[0] - 1)) : NULL;
	ends[1] = ends[1] != NULL ? ends[1] : end;
	records = (size_t)(ends[0] - data);
	origin = ends[0] < end ? (size_t)(ends[1] - ends[0] - 1) : 0;
	message = ends[1] < end ? (size_t)(end - ends[1] - 1) : 0;
	buffer_addf(out, "%08zx%08zx", ENVELOPE_SEAL + records, origin);
	envelope_seal(seal, ENVELOPE_SEAL + records, 0, &facts);
	buffer_add(out, seal, ENVELOPE_SEAL);
	buffer_add(out, data, records);
	buffer_add(out, ends[0] + 1, origin);
	buffer_add(out, ends[1] + 1, message);
	facts.longest = size;
	envelope_seal(seal, ENVELOPE_SEAL + records, message, &facts);
	buffer_add(out, seal, ENVELOPE_SEAL);
	check(!out->failed);
}

/* The one message that is queued is this; its size.  It is removed. */
static uint64_t
check_message(const char *id, const struct buffer *said)
{
	struct spool *s = fuzz_spool();
	struct spool_message m;
	struct error e;
	char text[8192];
	uint64_t size;
	size_t i;

	check(spool_take(s, id, &m, &e) == SPOOL_OK);
	check(m.env.uid == UID && m.env.nrcpts > 0);
	check(envelope_is_safe(m.env.sender));
	for (i = 0; i < m.env.nrcpts; i++) {
		check(m.env.rcpts[i].mark == ENVELOPE_TODO);
		check(memmem(said->data, said->len, m.env.rcpts[i].address,
		    strlen(m.env.rcpts[i].address)) != NULL);
	}
	size = m.env.message;
	check(size <= sizeof(text) && size + ENVELOPE_SEAL <= said->len);
	check(pread(m.fd, text, size, (off_t)m.env.head) == (ssize_t)size);
	check(memcmp(text, said->data + said->len - ENVELOPE_SEAL - size,
	    size) == 0);
	check(spool_remove(s, &m, &e) == 0);
	spool_release(&m);
	return size;
}

static int
any(void *arg, const char *id)
{
	(void)arg;
	(void)id;
	return 1;
}

/* The status, and in *size that of the message. */
static int
talk(const struct buffer *said, size_t piece, uint64_t *size)
{
	char id[SPOOL_ID + 1];
	const char *last;
	struct error e;
	int status;

	player.says = said->data;
	player.left = said->len;
	player.piece = piece;
	status = submit_serve(-1, UID, &settings, NULL);
	check(status == 0 || (status >= EX__BASE && status <= EX__MAX));
	*size = 0;
	if (status == 0) {
		/* "+ID\n" twice */
		check(player.heard.len == 2 * (SPOOL_ID + 2));
		last = player.heard.data + SPOOL_ID + 2;
		memcpy(id, last + 1, SPOOL_ID);
		id[SPOOL_ID] = '\0';
		check(*last == '+' && last[SPOOL_ID + 1] == '\n');
		*size = check_message(id, said);
	} else {
		check(player.heard.len > 0 &&
		    player.heard.data[player.heard.len - 1] == '\n');
	}
	check(spool_scan(fuzz_spool(), any, NULL, NULL, &e) == 0);
	buffer_free(&player.heard);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer said = BUFFER_INIT;
	uint64_t whole, cut;
	int status;

	if (size < 2)
		return 0;
	if (settings.directory == NULL)
		fuzz_settings(&settings, "");
	if (data[0] % 2 == 0)
		check(buffer_add(&said, data + 1, size - 1) == 0);
	else
		compose(data + 1, size - 1, &said);
	status = talk(&said, said.len, &whole);
	check(talk(&said, 1 + data[0] / 2u, &cut) == status);
	check(whole == cut);
	buffer_free(&said);
	return 0;
}
