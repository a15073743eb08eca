/*
 * Files as a whole or not at all, and the queue.
 */
#include <config.h>

#include "queue/setup_write.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "t/scratch.h"
#include "t/tap.h"

static struct write_owner
self(mode_t mode)
{
	return (struct write_owner){ geteuid(), getegid(), mode };
}

static const char *
content(const char *path, struct buffer *b)
{
	struct error e;

	buffer_reset(b);
	return write_read(path, 100, b, &e) == 0 ? b->data : "unreadable";
}

static int
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

static void
test_files(void)
{
	char *path = strdup(scratch_path("new/file")), *kept;
	struct write_owner secret = self(0600), open = self(0644);
	struct buffer b = BUFFER_INIT;
	struct error e;

	umask(077);
	is_int(write_whole(path, "one", 3, &open, &kept, &e), 0, "a new file");
	ok(kept == NULL, "... nothing was there");
	is_str(content(path, &b), "one", "... its content");
	is_int(mode_of(path), 0644, "... its mode, whatever the umask");
	is_int(mode_of(scratch_path("new")), 0755, "... its directory");
	is_int(write_whole(path, "two", 3, &secret, &kept, &e), 0, "again");
	ok(kept != NULL && strcmp(content(kept, &b), "one") == 0,
	    "... the old one is kept");
	is_int(mode_of(path), 0600, "... the new mode");
	free(kept);
	is_int(write_whole(path, "three", 5, &secret, &kept, &e), 0,
	    "a third time");
	ok(kept != NULL && strcmp(content(kept, &b), "two") == 0 &&
	    strcmp(kept + strlen(kept) - 6, ".old.2") == 0,
	    "... no old one is lost");
	write_undo(path, &kept);
	ok(kept == NULL && strcmp(content(path, &b), "two") == 0,
	    "taken back: the one before is there");
	is_int(scratch_count("new"), 2, "... and there is nothing else");
	unlink(path);
	is_int(write_whole(path, "one", 3, &open, &kept, &e), 0, "a new file");
	write_undo(path, &kept);
	is_int(mode_of(path), -1, "... taken back: there is none");
	free(path);
	buffer_free(&b);
}

static void
test_failure(void)
{
	char *path = strdup(scratch_path("full/file")), *kept;
	struct write_owner o = self(0644);
	struct error e;

	scratch_directory("full");
	scratch_directory("full/file");
	scratch_text("full/file/x", "");
	is_int(write_whole(path, "x", 1, &o, &kept, &e), -1,
	    "a directory of that name");
	ok(kept == NULL && strstr(e.text, path) != NULL, "... it is named");
	is_int(scratch_count("full"), 1, "... nothing is left behind");
	is_int(write_whole("/dev/null/x", "x", 1, &o, &kept, &e), -1,
	    "a directory that is none");
	free(path);
}

static void
test_read(void)
{
	struct buffer b = BUFFER_INIT;
	struct error e;

	is_int(write_read(scratch_path("none"), 10, &b, &e), -1, "no file");
	is_int(e.number, ENOENT, "... it is told");
	scratch_file("nul", "a\0b", 3, 0600);
	is_int(write_read(scratch_path("nul"), 10, &b, &e), -1, "a NUL");
	buffer_reset(&b);
	scratch_text("long", "0123456789");
	is_int(write_read(scratch_path("long"), 9, &b, &e), -1, "too long");
	buffer_reset(&b);
	is_int(write_read(scratch_path("long"), 10, &b, &e), 0,
	    "just right");
	buffer_reset(&b);
	scratch_text("empty", "");
	is_int(write_read(scratch_path("empty"), 10, &b, &e), 0, "empty");
	is_str(buffer_string(&b), "", "... it is");
	is_int(write_read(scratch(), 10, &b, &e), -1, "a directory");
	buffer_free(&b);
}

static void
test_queue(void)
{
	char *path = strdup(scratch_path("spool"));
	struct write_owner o = self(0600);
	struct spool *s;
	struct error e;

	is_int(write_queue(path, &o, getegid(), &e), 1, "a queue");
	s = spool_open(path, &e);
	ok(s != NULL && spool_check(s, &e) == 0, "... that can be used");
	is_int(mode_of(scratch_path("spool/queue")), 0700, "... its mode");
	spool_close(s);
	is_int(write_queue(path, &o, getegid(), &e), 0, "there is one");
	is_int(write_queue("/dev/null/x", &o, getegid(), &e), -1, "nowhere");
	free(path);
}

int
main(void)
{
	test_files();
	test_failure();
	test_read();
	test_queue();
	return done();
}
