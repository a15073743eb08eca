/*
 * Small files by the line.
 */
#include <config.h>

#include "config/lines.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "t/scratch.h"
#include "t/tap.h"

static struct buffer seen;
static int answer;		/* to a line that begins with '!' */

static int
take(void *arg, char *line)
{
	(void)arg;
	buffer_addf(&seen, "[%s]", line);
	if (*line == '!')
		return answer;
	*line = '\0';		/* it may be cut up */
	return 0;
}

static void
reads(const char *text, size_t len, int want, const char *lines,
    const char *rule)
{
	scratch_file("f", text, len, 0600);
	buffer_reset(&seen);
	is_int(lines_each(scratch_path("f"), take, NULL), want, "%s", rule);
	is_str(buffer_string(&seen), lines, "... the lines");
}

int
main(void)
{
	reads("", 0, 0, "", "an empty file");
	reads("a\nb\n", 4, 0, "[a\n][b\n]", "two lines");
	reads("a\nb", 3, 0, "[a\n][b]", "no line end at the end");
	reads("\n\n", 2, 0, "[\n][\n]", "empty lines");
	reads("a\0b\nc\n", 6, 0, "[a][c\n]", "a NUL");
	answer = 1;
	reads("a\n!\nb\n", 6, 0, "[a\n][!\n]", "enough");
	answer = -1;
	reads("a\n!\nb\n", 6, -1, "[a\n][!\n]", "no memory");
	unlink(scratch_path("f"));
	buffer_reset(&seen);
	is_int(lines_each(scratch_path("f"), take, NULL), 0, "no file");
	is_int(lines_each(scratch(), take, NULL), 0, "a directory");
	is_int((long long)seen.len, 0, "... no line");
	is_int(lines_whole(scratch_path("f"), take, NULL), -1,
	    "a file that has to be there");
	is_int(lines_whole(scratch(), take, NULL), -1, "... and to be read");
	scratch_text("f", "a\n!\nb\n");
	answer = 1;
	is_int(lines_whole(scratch_path("f"), take, NULL), 0, "... is read");
	is_str(buffer_string(&seen), "[a\n][!\n]", "... as any other");
	buffer_free(&seen);
	return done();
}
