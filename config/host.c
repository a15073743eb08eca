/*
 * Host and mail name: see host.h.  The resolver is never asked: it may wait,
 * and a submission must not.  Its file is read instead.
 */
#include <config.h>

#include "config/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config/lines.h"
#include "config/value.h"

#define BLANKS " \t\r\n"

const struct host_sources host_system = { "/etc/mailname", "/etc/hosts",
	NULL };

/* A name that says more than "this machine". */
static int
is_name(const char *name)
{
	static const char local[] = "localhost";

	return value_is_domain(name, strlen(name)) &&
	    (strncasecmp(name, local, sizeof(local) - 1) != 0 ||
	    (name[sizeof(local) - 1] != '\0' &&
	    name[sizeof(local) - 1] != '.'));
}

/* The first line of the mail name file. */
static int
take_mailname(void *arg, char *line)
{
	char **name = arg;

	line += strspn(line, BLANKS);
	line[strcspn(line, BLANKS)] = '\0';
	if (is_name(line) && (*name = strdup(line)) == NULL)
		return -1;
	return 1;
}

struct lookup {
	const char *name;
	char *full;		/* what was found, or NULL */
};

/* In the line that has the name, the first name with a dot. */
static int
take_hosts(void *arg, char *line)
{
	struct lookup *l = arg;
	char *word, *next, *full = NULL;
	int found = 0;

	line[strcspn(line, "#\r\n")] = '\0';
	word = line + strspn(line, BLANKS);
	next = word + strcspn(word, BLANKS);	/* passes the address */
	for (word = next + strspn(next, BLANKS); *word != '\0'; word = next) {
		next = word + strcspn(word, BLANKS);
		next += strspn(next, BLANKS);
		word[strcspn(word, BLANKS)] = '\0';
		if (strcasecmp(word, l->name) == 0)
			found = 1;
		if (full == NULL && strchr(word, '.') != NULL)
			full = word;
	}
	if (!found || full == NULL || !is_name(full))
		return 0;
	return (l->full = strdup(full)) != NULL ? 1 : -1;
}

/* The host name; NULL when memory ran out. */
static char *
find_name(const struct host_sources *from)
{
	char name[256] = "";
	struct lookup l = { name, NULL };

	if (from->hostname != NULL)
		snprintf(name, sizeof(name), "%s", from->hostname);
	else if (gethostname(name, sizeof(name) - 1) != 0)
		name[0] = '\0';
	if (!is_name(name))
		return strdup("localhost");
	if (strchr(name, '.') == NULL &&
	    lines_each(from->hosts, take_hosts, &l) != 0)
		return NULL;
	return l.full != NULL ? l.full : strdup(name);
}

int
host_init(struct host *h, const char *domain,
    const struct host_sources *from)
{
	h->domain = NULL;
	if ((h->name = find_name(from)) == NULL)
		return -1;
	if (*domain == '\0' && lines_each(from->mailname, take_mailname,
	    &h->domain) != 0)
		goto fail;
	if (h->domain == NULL)
		h->domain = strdup(*domain != '\0' ? domain : h->name);
	if (h->domain != NULL)
		return 0;
fail:
	host_free(h);
	return -1;
}

void
host_free(struct host *h)
{
	free(h->name);
	free(h->domain);
	h->name = h->domain = NULL;
}
