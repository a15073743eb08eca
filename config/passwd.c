/*
 * Users: see passwd.h.
 */
#include <config.h>

#include "config/passwd.h"

#include <stdint.h>
#include <string.h>

#include "config/lines.h"
#include "config/value.h"

int
passwd_split(char *line, char *fields[PASSWD_FIELDS])
{
	int i;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < PASSWD_FIELDS; i++) {
		fields[i] = line;
		if (i == PASSWD_FIELDS - 1)
			break;
		if ((line = strchr(line, ':')) == NULL)
			return 0;
		*line++ = '\0';
	}
	return *fields[0] != '\0';
}

struct wanted {
	const char *name;
	size_t len;
	int64_t uid;
	int found;
};

static int
take_line(void *arg, char *line)
{
	struct wanted *w = arg;
	char *fields[PASSWD_FIELDS];

	w->found = strncmp(line, w->name, w->len) == 0 &&
	    line[w->len] == ':' && passwd_split(line, fields) &&
	    value_integer(fields[2], 0, UINT32_MAX, &w->uid) == 0;
	return w->found;
}

static int
find(const char *file, const char *name, size_t len, uid_t *uid,
    int (*each)(const char *, int (*)(void *, char *), void *))
{
	struct wanted w = { name, len, 0, 0 };

	if (len == 0 || memchr(name, ':', len) != NULL)
		return 0;
	if (each(file, take_line, &w) != 0)
		return -1;
	if (w.found && uid != NULL)
		*uid = (uid_t)w.uid;
	return w.found;
}

int
passwd_find(const char *file, const char *name, size_t len, uid_t *uid)
{
	return find(file, name, len, uid, lines_each);
}

int
passwd_require(const char *file, const char *name, size_t len, uid_t *uid)
{
	return find(file, name, len, uid, lines_whole);
}
