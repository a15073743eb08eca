/* See origin.h. */
#include <config.h>

#include "sendmail/origin.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sendmail/field.h"
#include "sendmail/header.h"

#define SCRIPT_MAX 200		/* bytes that are logged */

/* One value between separators that it cannot forge. */
static void
add_value(struct buffer *out, const char *key, const char *text, size_t len)
{
	size_t i;

	buffer_addf(out, "%s%s=\"", out->len > 0 ? ", " : "", key);
	for (i = 0; i < len; i++)
		buffer_addc(out, (unsigned char)text[i] < ' ' ||
		    text[i] == 0x7f ||
		    strchr("\"\\", text[i]) != NULL ? '?' : text[i]);
	buffer_addc(out, '"');
}

/* Any process may call itself what it likes. */
static void
add_caller(struct buffer *out, pid_t pid)
{
	char path[40], name[32];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) >= 0) {
		n = read(fd, name, sizeof(name));
		close(fd);
	}
	if (n > 1)
		add_value(out, "caller", name, (size_t)n - 1);
}

static int
add_script(void *arg, const struct field *f)
{
	const char *text = f->text + f->body;
	size_t len = f->len - f->body;

	if (f->id != FIELD_SCRIPT)
		return 0;
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t", *text) != NULL) {
		text++;
		len--;
	}
	add_value(arg, "script", text, len < SCRIPT_MAX ? len : SCRIPT_MAX);
	return 1;
}

void
origin_add(struct buffer *out, const char *replaced, const struct header *h)
{
	pid_t parent = getppid();

	if (replaced != NULL)
		buffer_addf(out, "orig_from=<%s>", replaced);
	if (parent > 0) {
		buffer_addf(out, "%spid=%ld", out->len > 0 ? ", " : "",
		    (long)parent);
		add_caller(out, parent);
	}
	header_each(h, 0, add_script, out);
}
