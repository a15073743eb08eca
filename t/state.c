/*
 * The state file: what is written is read; anything else is no state.
 */
#include <config.h>

#include "queue/state.h"

#include <sys/stat.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/spool.h"
#include "t/scratch.h"
#include "t/tap.h"

#define MORE "fell 5\nopened 6\ndelivered 7\nslow 0\npass 9\ninterval 10\n" \
	"kept 9\nspared 9\nhour 8\n" \
	"delivered_all 1\ndeferred_all 2\nfailed_all 3\n" \
	"delivered_now 1\ndeferred_now 2\nfailed_now 3\n" \
	"delivered_before 1\ndeferred_before 2\nfailed_before 3\n"
#define FIELDS(down, failures, next) "OS4\ndown " down "\nlong 0\n" \
	"failures " failures "\nnext " next "\nprobed 10\nasked 0\n" \
	"paid 30\nrate 80\nperiod 3600\nseen 40\n" MORE
#define GOOD FIELDS("1", "3", "20") "535 no\nrelay=x\n"

static struct spool *spool;

static int
reads(const char *text)
{
	struct state st;

	scratch_text("state", text);
	return state_read(spool, &st) == 0;
}

static void
test_bad(void)
{
	static const struct {
		const char *rule, *text;
	} cases[] = {
		{ "empty", "" },
		{ "another head", "OS2\ndown 1\n" },
		{ "cut short", "OS4\ndown 1\nlong 0\n" },
		{ "out of range", FIELDS("2", "3", "20") "x\nx\n" },
		{ "negative", FIELDS("1", "-3", "20") "x\nx\n" },
		{ "too large", FIELDS("1", "3", "99999999999999999999")
		    "x\nx\n" },
		{ "no reason", FIELDS("1", "3", "20") },
		{ "no session", FIELDS("1", "3", "20") "x\n" },
		{ "more than the session", GOOD "more\n" },
		{ "a control character", FIELDS("1", "3", "20")
		    "a\033b\nx\n" },
		{ "... in the session", FIELDS("1", "3", "20")
		    "x\na\033b\n" },
	};
	char text[5000];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(!reads(cases[i].text), "no state: %s", cases[i].rule);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, GOOD, strlen(GOOD) - 1);
	ok(!reads(text), "no state: too long");
	scratch_file("state", GOOD "\0", strlen(GOOD) + 1, 0644);
	ok(state_read(spool, &(struct state){ 0 }) != 0, "no state: a NUL");
	ok(reads(GOOD), "but the like of it is one");
}

static void
test_kinds(void)
{
	struct state st;

	scratch_text("real", GOOD);
	unlink(scratch_path("state"));
	ok(state_read(spool, &st) != 0, "no file: no state");
	if (symlink("real", scratch_path("state")) != 0)
		scratch_fail("symlink");
	ok(state_read(spool, &st) != 0, "no state: a symbolic link");
	unlink(scratch_path("state"));
	mkfifo(scratch_path("state"), 0600);
	ok(state_read(spool, &st) != 0, "no state: a fifo");
	unlink(scratch_path("state"));
	scratch_directory("state");
	ok(state_read(spool, &st) != 0, "no state: a directory");
	rmdir(scratch_path("state"));
}

static void
test_rate(void)
{
	struct state st = { .down = 0 };
	const int64_t hour = 490000 * INT64_C(3600);
	int i;

	for (i = 0; i < 10; i++)
		state_add(&st, STATE_DEFERRED, hour + 60 * i);
	is_int(state_rate(&st, STATE_DEFERRED, hour + 3599), 10,
	    "the rate: what came in this hour");
	is_int(state_rate(&st, STATE_DELIVERED, hour + 3599), 0,
	    "... of this kind");
	is_int(state_rate(&st, STATE_DEFERRED, hour + 3600 + 1800), 5,
	    "... a part of the hour before");
	is_int(state_rate(&st, STATE_DEFERRED, hour + 7200), 0,
	    "... and no more of what is older");
	state_add(&st, STATE_DEFERRED, hour + 3600 + 1800);
	is_int(state_rate(&st, STATE_DEFERRED, hour + 3600 + 1800), 6,
	    "... both");
	is_int(st.counts[STATE_DEFERRED], 11, "all are counted");
}

int
main(void)
{
	struct state st = { 1, 1, 1000, 1763925180, 1763925100, 1763925000,
		1763929999, INT64_MAX, 10, 11, 12, 1, 14, 15, 9, 16, 13,
		{ 1, 2, 3 },
		{ 4, 5, 6 }, { 7, 8, INT64_MAX }, 80, 3600,
		"535 5.7.8 bad password", "relay=x" }, got;
	struct error e;
	struct stat file;

	spool = spool_open(scratch_queue(), &e);
	if (spool == NULL)
		scratch_fail(e.text);
	is_int(state_write(spool, &st, &e), 0, "written");
	memset(&got, 0xa5, sizeof(got));
	is_int(state_read(spool, &got), 0, "... and read");
	/* All numbers stand in front. */
	ok(memcmp(&got, &st, offsetof(struct state, why)) == 0,
	    "... the same");
	is_str(got.why, st.why, "... the reason too");
	is_str(got.session, st.session, "... and the session");
	ok(stat(scratch_path("state"), &file) == 0 &&
	    (file.st_mode & 07777) == 0644, "... for mailq to read");
	st = (struct state){ .down = 0 };
	ok(state_write(spool, &st, &e) == 0 &&
	    state_read(spool, &got) == 0 && !got.down && *got.why == '\0',
	    "replaced");
	test_rate();
	test_bad();
	test_kinds();
	scratch_directory("state.new");
	is_int(state_write(spool, &st, &e), -1, "it cannot be written");
	spool_close(spool);
	return done();
}
