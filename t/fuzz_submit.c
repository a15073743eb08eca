/*
 * Any bytes as a client of the submit socket, in one piece and in pieces: it
 * gets the same answers.  What is acknowledged is in the queue, whole, of the
 * user who connected and for the recipients that were named; otherwise nothing
 * is.
 *
 * The first byte says how the rest is cut up, and whether it is all that the
 * client says, or only the parts of it for fuzz_said().
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

/* The status, and in *size that of the message. */
static int
talk(const struct buffer *said, size_t piece, uint64_t *size)
{
	char id[SPOOL_ID + 1];
	const char *last;
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
		*size = fuzz_queued(id, UID, said);
	} else {
		check(player.heard.len > 0 &&
		    player.heard.data[player.heard.len - 1] == '\n');
	}
	fuzz_queue_is_empty();
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
		fuzz_said(data + 1, size - 1, &said);
	status = talk(&said, said.len, &whole);
	check(talk(&said, 1 + data[0] / 2u, &cut) == status);
	check(whole == cut);
	buffer_free(&said);
	return 0;
}
