/*
 * What fuzz targets share.  Each is one file t/fuzz_NAME.c, which clang links
 * with its fuzzer ("make fuzz") and every compiler with fuzz_main.c, which
 * replays files.
 */
#ifndef T_FUZZ_H
#define T_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for any input. */
static inline void
check(int holds)
{
	if (!holds)
		abort();
}

/* The path of a file that holds this, for those who read files; good until
 * the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* An empty queue, in a directory that is gone at the end. */
struct spool;
struct spool *fuzz_spool(void);

/* Say as a client of the submit socket: data is the records of an envelope, the
 * origin and the message, with a 0xff between them; lengths and seal are
 * added. */
struct buffer;
void fuzz_said(const uint8_t *data, size_t size, struct buffer *out);

/* The one message that is queued, id, is what uid has said; its size.  It is
 * removed. */
uint64_t fuzz_queued(const char *id, uid_t uid, const struct buffer *said);
void fuzz_queue_is_empty(void);

/* The settings with that queue, a small max_size and these lines. */
struct settings;
void fuzz_settings(struct settings *s, const char *lines);

#endif
