/*
 * Loading the configuration: see settings.h.
 *
 * libinih splits keys from values; what it would take silently is refused
 * before it sees the line: see settings_line.c.  It reports only the first bad
 * line; the line reader here reports every one.
 */
#include <config.h>

#include "config/settings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

#include <ini.h>

#include "config/keys.h"
#include "config/settings_private.h"
#include "config/value.h"

#define KEYS_MAX 128
#define FROM_ENVIRONMENT (-1)	/* the line of such a key */

struct loader {
	struct settings *s;
	const char *path;
	FILE *file;
	char *line;		/* of getline() */
	size_t size;
	int number;		/* of the line */
	char section[64];
	int known;		/* the section is one of ours */
	int seen[KEYS_MAX];	/* line of each key, or 0, or */
	int errors;
	int starved;		/* memory ran out */
	settings_report *report;
	void *arg;
};

static void vcomplain(struct loader *l, int line, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* An error in this line; 0: in none. */
static void
vcomplain(struct loader *l, int line, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	l->errors++;
	l->report(l->arg, l->path, line, text != NULL ? text :
	    "out of memory");
	free(text);
}

static void complain(struct loader *l, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
complain(struct loader *l, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(l, line, fmt, ap);
	va_end(ap);
}

/* Once is enough. */
static void
complain_memory(struct loader *l, int line)
{
	l->errors += l->starved;
	if (!l->starved++)
		complain(l, line, "out of memory");
}

/* At the line that sets the key, if one does. */
void
settings_complain(struct loader *l, const char *section, const char *name,
    const char *fmt, ...)
{
	const struct key *key = keys_find(section, name);
	char variable[KEYS_VARIABLE_MAX];
	const char *path = l->path;
	size_t count;
	int line = l->seen[key - keys_all(&count)];
	va_list ap;

	if (line == FROM_ENVIRONMENT && keys_variable(key, variable)) {
		l->path = variable;
		line = 0;
	}
	va_start(ap, fmt);
	vcomplain(l, line, fmt, ap);
	va_end(ap);
	l->path = path;
}

static const int facilities[] = { LOG_MAIL, LOG_DAEMON, LOG_USER, LOG_LOCAL0,
	LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5,
	LOG_LOCAL6, LOG_LOCAL7 };

int
settings_facility(int facility)
{
	int i = 0;

	while (facilities[i] != facility)
		i++;
	return i;
}

static int
set_text(char **slot, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return -1;
	free(*slot);
	*slot = copy;
	return 0;
}

static int
add_line(char **slot, const char *value)
{
	char *longer;

	if (*slot == NULL || **slot == '\0')
		return set_text(slot, value);
	if (asprintf(&longer, "%s\n%s", *slot, value) < 0)
		return -1;
	free(*slot);
	*slot = longer;
	return 0;
}

/* No value for a key that is a text. */
static int
store_nothing(struct settings *s, const struct key *key)
{
	return set_text((char **)(void *)((char *)s + key->offset), "");
}

/* Store value for key.  -1: it has the wrong form, or errno is ENOMEM. */
static int
store(struct settings *s, const struct key *key, const char *value)
{
	void *slot = (char *)s + key->offset;
	int index;

	switch (key->type) {
	case KEY_TEXT:
		return set_text(slot, value);
	case KEY_LIST:
		return add_line(slot, value);
	case KEY_PATH:
		if (*value != '\0' && *value != '/')
			return -1;
		return set_text(slot, value);
	case KEY_WORDS:
		if (value_words(value, key->names) != 0)
			return -1;
		return set_text(slot, value);
	case KEY_CHOICE:
		return value_choice(value, key->names, slot);
	case KEY_FACILITY:
		if (value_choice(value, key->names, &index) != 0)
			return -1;
		*(int *)slot = facilities[index];
		return 0;
	case KEY_INTEGER:
		return value_integer(value, key->min, key->max, slot);
	case KEY_DURATION:
		return value_duration(value, key->min, key->max, slot);
	case KEY_SIZE:
		return value_size(value, key->min, key->max, slot);
	}
	return -1;
}

/* Say what would have been right. */
static void
complain_value(struct loader *l, const struct key *key, const char *value)
{
	char names[256] = "";
	size_t i, len = 0;

	switch (key->type) {
	case KEY_CHOICE:
	case KEY_FACILITY:
	case KEY_WORDS:
		for (i = 0; key->names[i] != NULL && len < sizeof(names); i++)
			len += (size_t)snprintf(names + len, sizeof(names) -
			    len, "%s%s", i > 0 ? ", " : "", key->names[i]);
		complain(l, l->number, "%s = %s: must be %s %s", key->name,
		    value, key->type == KEY_WORDS ? "some of" : "one of",
		    names);
		break;
	case KEY_DURATION:
		complain(l, l->number, "%s = %s: must be a time such as 90s, "
		    "10m, 4h or 5d, from %llds to %llds", key->name, value,
		    (long long)key->min, (long long)key->max);
		break;
	case KEY_SIZE:
		complain(l, l->number, "%s = %s: must be a size such as 512K, "
		    "50M or 1G, from %lld to %lld bytes", key->name, value,
		    (long long)key->min, (long long)key->max);
		break;
	case KEY_INTEGER:
		complain(l, l->number, "%s = %s: must be a whole number from "
		    "%lld to %lld", key->name, value, (long long)key->min,
		    (long long)key->max);
		break;
	case KEY_PATH:
		complain(l, l->number, "%s = %s: must be an absolute path",
		    key->name, value);
		break;
	case KEY_TEXT:
	case KEY_LIST:
		break;		/* they take anything */
	}
}

static void
set_key(struct loader *l, const struct key *key, const char *value)
{
	errno = 0;
	if (*value == '"')
		complain(l, l->number, "%s = %s: quotes would be a part of "
		    "the value: remove them", key->name, value);
	else if (store(l->s, key, value) == 0)
		return;
	else if (errno == ENOMEM)
		complain_memory(l, l->number);
	else
		complain_value(l, key, value);
}

/* libinih calls this for each key of a line that passed next_line(). */
static int
take_key(void *arg, const char *section, const char *name, const char *value)
{
	struct loader *l = arg;
	const struct key *keys, *key;
	const char *near;
	size_t count;

	(void)section;		/* libinih cuts long names; ours is whole */
	if (!l->known)
		return 1;
	if ((key = keys_find(l->section, name)) == NULL) {
		near = keys_nearest_key(l->section, name);
		complain(l, l->number, "unknown key '%s' in [%s]%s%s%s", name,
		    l->section, near != NULL ? "; did you mean '" : "",
		    near != NULL ? near : "", near != NULL ? "'?" : "");
		return 1;
	}
	keys = keys_all(&count);
	if (l->seen[key - keys] != 0 && key->type != KEY_LIST) {
		complain(l, l->number, "'%s' is already set in line %d: "
		    "remove one", name, l->seen[key - keys]);
		return 1;
	}
	l->seen[key - keys] = l->number;
	set_key(l, key, value);
	return 1;
}

static void
enter_section(struct loader *l, const char *p)
{
	const char *end = strchr(p, ']'), *near;
	size_t len = end != NULL ? (size_t)(end - p) : 0;

	l->known = 0;
	if (end == NULL || end[1 + strspn(end + 1, " \t\r\n")] != '\0') {
		complain(l, l->number, "a section is written [name], alone "
		    "on its line");
		return;
	}
	snprintf(l->section, sizeof(l->section), "%.*s", (int)len, p);
	l->known = len < sizeof(l->section) && keys_has_section(l->section);
	if (l->known)
		return;
	near = keys_nearest_section(l->section);
	complain(l, l->number, "unknown section [%s]%s%s%s", l->section,
	    near != NULL ? "; did you mean [" : "", near != NULL ? near : "",
	    near != NULL ? "]?" : "");
}

/* 1 when libinih may see the line, which has no line end. */
static int
check_line(struct loader *l, const char *line, size_t len)
{
	const char *p = line + strspn(line, " \t"), *fault;

	if (settings_line_has_control(line, len)) {
		complain(l, l->number, "the line holds a control character");
		return 0;
	}
	if (*p == '\0' || *p == ';' || *p == '#')
		return 0;	/* blank or comment */
	if (*p == '[') {
		enter_section(l, p + 1);
		return l->known;
	}
	if ((fault = settings_line_fault(line)) != NULL) {
		complain(l, l->number, "%s", fault);
		return 0;
	}
	if (*l->section == '\0') {
		complain(l, l->number, "a key outside of any [section]");
		return 0;
	}
	return 1;
}

/* fgets() for libinih.  A line that it must not see becomes a comment, so
 * that both count the same lines. */
static char *
next_line(char *str, int num, void *stream)
{
	struct loader *l = stream;
	ssize_t n;
	size_t len;

	if ((n = getline(&l->line, &l->size, l->file)) < 0)
		return NULL;
	l->number++;
	len = (size_t)n;
	while (len > 0 && (l->line[len - 1] == '\n' ||
	    l->line[len - 1] == '\r'))
		l->line[--len] = '\0';
	if (l->number == 1 && len >= 3 &&
	    memcmp(l->line, "\xef\xbb\xbf", 3) == 0)
		memmove(l->line, l->line + 3, (len -= 3) + 1);
	if (check_line(l, l->line, len) && len + 2 <= (size_t)num)
		snprintf(str, (size_t)num, "%s\n", l->line);
	else
		snprintf(str, (size_t)num, ";\n");
	return str;
}

/* NAME=VALUE, of which NAME is behind KEYS_VARIABLE, in place of the file. */
static void
take_variable(struct loader *l, const char *text)
{
	size_t len = strcspn(text, "="), i, count;
	char name[KEYS_VARIABLE_MAX] = "", near[KEYS_VARIABLE_MAX];
	const char *value = text + len + (text[len] == '='), *nearest;
	const struct key *key;

	for (i = 0; i < len && i + 1 < sizeof(name); i++)
		name[i] = (char)tolower((unsigned char)text[i]);
	if ((key = keys_find("smarthost", name)) == NULL) {
		nearest = keys_nearest_key("smarthost", name);
		key = nearest != NULL ? keys_find("smarthost", nearest) : NULL;
		complain(l, 0, "unknown variable%s%s%s", key != NULL ?
		    "; did you mean " : "", key != NULL &&
		    keys_variable(key, near) ? near : "",
		    key != NULL ? "?" : "");
		return;
	}
	l->seen[key - keys_all(&count)] = FROM_ENVIRONMENT;
	if (settings_line_has_control(value, strlen(value))) {
		complain(l, 0, "the value holds a control character");
		return;
	}
	/* Of a list, too, it is the whole. */
	if (key->type == KEY_LIST && store_nothing(l->s, key) != 0)
		complain_memory(l, 0);
	set_key(l, key, value);
}

static void
take_environment(struct loader *l)
{
	const char *path = l->path;
	char **p, *name;

	l->number = 0;
	for (p = environ; *p != NULL; p++) {
		if (strncmp(*p, KEYS_VARIABLE, strlen(KEYS_VARIABLE)) != 0)
			continue;
		name = strndup(*p, strcspn(*p, "="));
		l->path = name != NULL ? name : "environment";
		take_variable(l, *p + strlen(KEYS_VARIABLE));
		free(name);
	}
	l->path = path;
}

static void
set_defaults(struct loader *l)
{
	size_t i, count;
	const struct key *keys = keys_all(&count);

	for (i = 0; i < count; i++)
		if (store(l->s, &keys[i], keys[i].initial) != 0)
			complain_memory(l, 0);
}

/* 1: who listens at the usual socket has another queue than this file. */
static int
has_own_queue(const struct loader *l)
{
	const struct key *directory = keys_find("queue", "directory"),
	    *submit_socket = keys_find("queue", "submit_socket");
	size_t count;

	return strcmp(l->path, SETTINGS_FILE) != 0 &&
	    strcmp(l->s->directory, directory->initial) != 0 &&
	    l->seen[submit_socket - keys_all(&count)] == 0;
}

/* [::1] without the brackets, and defaults that depend on other keys. */
static int
complete(const struct loader *l)
{
	static const int ports[] = { 465, 587, 25 };
	struct settings *s = l->s;
	size_t len = strlen(s->host);

	if (len > 2 && s->host[0] == '[' && s->host[len - 1] == ']') {
		memmove(s->host, s->host + 1, len - 2);
		s->host[len - 2] = '\0';
	}
	if (s->port == 0)
		s->port = ports[s->tls];
	if (has_own_queue(l) && set_text(&s->submit_socket, "") != 0)
		return -1;
	return *s->tls_name != '\0' ? 0 : set_text(&s->tls_name, s->host);
}

/* What the file has; it may be missing unless it was named. */
static void
load_file(struct loader *l, int named)
{
	int rc;

	if ((l->file = fopen(l->path, "re")) == NULL) {
		if (errno == ENOMEM)
			complain_memory(l, 0);
		else if (!named && errno == EACCES)
			complain(l, 0, "cannot open: every user must be able "
			    "to read it (mode 0644)");
		else if (named || errno != ENOENT)
			complain(l, 0, "cannot open: %s", strerror(errno));
		return;
	}
	errno = 0;
	rc = ini_parse_stream(next_line, l, take_key, l);
	/* Short of its end something failed, and nothing after that was
	 * seen. */
	if ((!feof(l->file) && errno == ENOMEM) || rc == -2)
		complain_memory(l, 0);
	else if (l->errors == 0 && rc != 0)
		complain(l, 0, "not a configuration file");
	else if (l->errors == 0 && !feof(l->file))
		complain(l, 0, "cannot read: %s", strerror(errno));
	fclose(l->file);
	free(l->line);
}

static int
load(struct settings *s, const char *path, int environment,
    settings_report *report, void *arg)
{
	struct loader l = { .s = s, .report = report, .arg = arg };

	memset(s, 0, sizeof(*s));
	l.path = path != NULL ? path : SETTINGS_FILE;
	set_defaults(&l);
	if (l.errors == 0) {
		load_file(&l, path != NULL);
		s->environment = environment;
		if (environment)
			take_environment(&l);
		if (complete(&l) != 0)
			complain_memory(&l, 0);
		settings_check(&l, s);
	}
	if (l.errors == 0)
		settings_check_together(&l, s);
	if (l.errors != 0) {
		settings_free(s);
		errno = l.starved ? ENOMEM : 0;
	}
	return l.errors;
}

int
settings_load(struct settings *s, const char *path,
    settings_report *report, void *arg)
{
	return load(s, path, 0, report, arg);
}

int
settings_load_service(struct settings *s, const char *path,
    settings_report *report, void *arg)
{
	return load(s, path, 1, report, arg);
}

void
settings_free(struct settings *s)
{
	size_t i, count;
	const struct key *keys = keys_all(&count);

	for (i = 0; i < count; i++)
		if (keys[i].type == KEY_TEXT || keys[i].type == KEY_WORDS ||
		    keys[i].type == KEY_PATH || keys[i].type == KEY_LIST)
			free(*(char **)(void *)((char *)s + keys[i].offset));
	memset(s, 0, sizeof(*s));
}

int
settings_is_local(const struct settings *s)
{
	static const unsigned char loopback[16] = { [15] = 1 };
	const char *h = s->host;
	unsigned char bytes[16];

	/* A name such as 127.0.0.1.5 would be looked up. */
	if (inet_pton(AF_INET, h, bytes) == 1)
		return bytes[0] == 127;
	if (inet_pton(AF_INET6, h, bytes) == 1)
		return memcmp(bytes, loopback, sizeof(bytes)) == 0;
	return strcasecmp(h, "localhost") == 0 ||
	    strncmp(h, "unix:", 5) == 0;
}

int
settings_has_local(const struct settings *s)
{
	return *s->local_mbox != '\0' || *s->local_command != '\0';
}
