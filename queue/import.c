/*
 * What the importers share: see import.h.
 */
#include <config.h>

#include "queue/import.h"

#include <string.h>
#include <strings.h>

#include "queue/setup_plan.h"

char *
import_line(char **rest)
{
	char *line, *end;
	size_t len;

	while (*rest != NULL && **rest != '\0') {
		line = *rest + strspn(*rest, " \t");
		len = strcspn(line, "\n");
		*rest = line + len + (line[len] == '\n');
		for (end = line + len; end > line &&
		    strchr(" \t\r", end[-1]) != NULL; end--)
			continue;
		*end = '\0';
		if (*line != '\0' && *line != '#')
			return line;
	}
	return NULL;
}

char *
import_word(char **line)
{
	char *word = *line;
	size_t len = strcspn(word, " \t");

	*line = word + len + strspn(word + len, " \t");
	word[len] = '\0';
	return word;
}

/* This machine itself, or a socket on it. */
static int
is_here(const char *host)
{
	return strncmp(host, "unix:", 5) == 0 ||
	    strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	    strcmp(host, "[::1]") == 0 || strcasecmp(host, "localhost") == 0;
}

void
import_finish(struct plan *p, const char *tls, const char *port,
    const char *said)
{
	const char *usual;

	if (strcmp(tls, "none") == 0 &&
	    *plan_get(p, "smarthost", "user") != '\0' &&
	    !is_here(plan_get(p, "smarthost", "host"))) {
		plan_note(p, "%s: a password is not sent without TLS: tls = "
		    "starttls is set", said);
		tls = "starttls";
	}
	usual = strcmp(tls, "implicit") == 0 ? "465" :
	    strcmp(tls, "starttls") == 0 ? "587" : "25";
	plan_set(p, "smarthost", "tls", tls);
	if (strcmp(port, usual) != 0)
		plan_set(p, "smarthost", "port", port);
}

void
import_sender(struct plan *p, const char *text)
{
	if (*text != '\0')
		plan_set(p, "sender", strchr(text, '@') != NULL ? "from" :
		    "domain", text);
}
