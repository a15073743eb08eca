/*
 * The configuration keys: see keys.h.
 */
#include <config.h>

#include "config/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/settings.h"

#define AT(member) offsetof(struct settings, member)
#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB INT64_C(1048576)
#define GIB (1024 * MIB)

static const char *const tls_names[] = { "implicit", "starttls", "none",
	NULL };
static const char *const version_names[] = { "1.0", "1.1", "1.2", "1.3",
	NULL };
static const char *const dane_names[] = { "off", "required", NULL };
static const char *const family_names[] = { "any", "ipv4", "ipv6", NULL };
static const char *const flush_names[] = { "daemon", "on-demand", NULL };
static const char *const bool_names[] = { "no", "yes", NULL };
static const char *const auth_names[] = { "auto", "scram-sha-256-plus",
	"scram-sha-1-plus", "scram-sha-256", "scram-sha-1", "plain", "login",
	"cram-md5", "external", "oauthbearer", "xoauth2", NULL };
/* In the order of the codes in settings.c. */
static const char *const facility_names[] = { "mail", "daemon", "user",
	"local0", "local1", "local2", "local3", "local4", "local5", "local6",
	"local7", NULL };

static const struct key table[] = {
	{ "smarthost", "host", KEY_TEXT, AT(host), "", 0, 0, NULL },
	{ "smarthost", "port", KEY_INTEGER, AT(port), "0", 0, 65535, NULL },
	{ "smarthost", "tls", KEY_CHOICE, AT(tls), "implicit", 0, 0,
	    tls_names },
	{ "smarthost", "tls_min", KEY_CHOICE, AT(tls_min), "1.2", 0, 0,
	    version_names },
	{ "smarthost", "priority", KEY_TEXT, AT(priority), "", 0, 0, NULL },
	{ "smarthost", "ca_file", KEY_TEXT, AT(ca_file), "system", 0, 0,
	    NULL },
	{ "smarthost", "tls_name", KEY_TEXT, AT(tls_name), "", 0, 0, NULL },
	{ "smarthost", "fingerprint", KEY_LIST, AT(fingerprint), "", 0, 0,
	    NULL },
	{ "smarthost", "dane", KEY_CHOICE, AT(dane), "off", 0, 0, dane_names },
	{ "smarthost", "client_certificate", KEY_TEXT,
	    AT(client_certificate), "", 0, 0, NULL },
	{ "smarthost", "client_key", KEY_TEXT, AT(client_key), "", 0, 0,
	    NULL },
	{ "smarthost", "user", KEY_TEXT, AT(user), "", 0, 0, NULL },
	{ "smarthost", "auth", KEY_WORDS, AT(auth), "auto", 0, 0,
	    auth_names },
	{ "smarthost", "password_file", KEY_PATH, AT(password_file),
	    SYSCONFDIR "/outbox/password", 0, 0, NULL },
	/* These begin with the path of the command. */
	{ "smarthost", "password_command", KEY_PATH, AT(password_command),
	    "", 0, 0, NULL },
	{ "smarthost", "token_command", KEY_PATH, AT(token_command), "", 0,
	    0, NULL },
	{ "smarthost", "helo", KEY_TEXT, AT(helo), "", 0, 0, NULL },
	{ "smarthost", "family", KEY_CHOICE, AT(family), "any", 0, 0,
	    family_names },
	{ "smarthost", "source", KEY_TEXT, AT(source), "", 0, 0, NULL },
	{ "smarthost", "connections", KEY_INTEGER, AT(connections), "2", 1,
	    100, NULL },
	{ "smarthost", "messages_per_connection", KEY_INTEGER,
	    AT(messages_per_connection), "100", 1, 1000000, NULL },
	{ "smarthost", "recipients_per_message", KEY_INTEGER,
	    AT(recipients_per_message), "100", 1, 10000, NULL },
	{ "smarthost", "rate", KEY_TEXT, AT(rate), "", 0, 0, NULL },
	{ "smarthost", "window", KEY_INTEGER, AT(window), "16", 1, 1000,
	    NULL },
	{ "smarthost", "timeout", KEY_DURATION, AT(timeout), "0", 0, HOUR,
	    NULL },
	{ "smarthost", "idle", KEY_DURATION, AT(idle), "5s", 0, 5 * MINUTE,
	    NULL },
	{ "sender", "domain", KEY_TEXT, AT(domain), "", 0, 0, NULL },
	{ "sender", "from", KEY_TEXT, AT(from), "", 0, 0, NULL },
	{ "sender", "allowed", KEY_TEXT, AT(allowed), "", 0, 0, NULL },
	{ "sender", "hide_script", KEY_CHOICE, AT(hide_script), "no", 0, 0,
	    bool_names },
	{ "recipients", "aliases", KEY_PATH, AT(aliases), "/etc/aliases", 0,
	    0, NULL },
	{ "recipients", "local", KEY_TEXT, AT(local), "", 0, 0, NULL },
	{ "recipients", "local_mbox", KEY_PATH, AT(local_mbox), "", 0, 0,
	    NULL },
	/* It begins with the path of the command. */
	{ "recipients", "local_command", KEY_PATH, AT(local_command), "", 0,
	    0, NULL },
	{ "queue", "directory", KEY_PATH, AT(directory), QUEUEDIR, 0, 0,
	    NULL },
	{ "queue", "submit_socket", KEY_PATH, AT(submit_socket),
	    RUNDIR "/submit", 0, 0, NULL },
	{ "queue", "flush", KEY_CHOICE, AT(flush), "daemon", 0, 0,
	    flush_names },
	{ "queue", "lifetime", KEY_DURATION, AT(lifetime), "5d", 0,
	    365 * DAY, NULL },
	{ "queue", "warn_after", KEY_DURATION, AT(warn_after), "4h", 0,
	    365 * DAY, NULL },
	{ "queue", "retry_min", KEY_DURATION, AT(retry_min), "1m", 1, DAY,
	    NULL },
	{ "queue", "retry_max", KEY_DURATION, AT(retry_max), "1h", 1, DAY,
	    NULL },
	{ "queue", "max_size", KEY_SIZE, AT(max_size), "50M", 1024,
	    1024 * GIB, NULL },
	{ "queue", "min_free", KEY_SIZE, AT(min_free), "64M", 0, 1024 * GIB,
	    NULL },
	{ "queue", "bounce_to", KEY_TEXT, AT(bounce_to), "", 0, 0, NULL },
	{ "queue", "reports_per_hour", KEY_INTEGER, AT(reports_per_hour),
	    "100", 0, 1000000, NULL },
	{ "queue", "soft_bounce", KEY_CHOICE, AT(soft_bounce), "no", 0, 0,
	    bool_names },
	{ "queue", "failed_lifetime", KEY_DURATION, AT(failed_lifetime),
	    "30d", 0, 3650 * DAY, NULL },
	{ "queue", "failed_size", KEY_SIZE, AT(failed_size), "1G", 0,
	    1024 * GIB, NULL },
	{ "replies", "retry", KEY_LIST, AT(reply_retry), "", 0, 0, NULL },
	{ "replies", "slow", KEY_LIST, AT(reply_slow), "", 0, 0, NULL },
	{ "replies", "hold", KEY_LIST, AT(reply_hold), "", 0, 0, NULL },
	{ "replies", "bounce", KEY_LIST, AT(reply_bounce), "", 0, 0, NULL },
	{ "limits", "user_rate", KEY_TEXT, AT(user_rate), "", 0, 0, NULL },
	{ "limits", "user_queue", KEY_INTEGER, AT(user_queue), "0", 0,
	    100000000, NULL },
	{ "limits", "user_queue_size", KEY_SIZE, AT(user_queue_size), "0", 0,
	    1024 * GIB, NULL },
	{ "log", "facility", KEY_FACILITY, AT(facility), "mail", 0, 0,
	    facility_names },
	{ "log", "name", KEY_TEXT, AT(log_name), "outbox", 0, 0, NULL },
	{ "log", "metrics_file", KEY_PATH, AT(metrics_file), "", 0, 0,
	    NULL },
};

const struct key *
keys_all(size_t *count)
{
	*count = sizeof(table) / sizeof(table[0]);
	return table;
}

const struct key *
keys_find(const char *section, const char *name)
{
	size_t i, count;
	const struct key *keys = keys_all(&count);

	for (i = 0; i < count; i++)
		if (strcmp(keys[i].section, section) == 0 &&
		    strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

int
keys_has_section(const char *section)
{
	size_t i, count;
	const struct key *keys = keys_all(&count);

	for (i = 0; i < count; i++)
		if (strcmp(keys[i].section, section) == 0)
			return 1;
	return 0;
}

int
keys_variable(const struct key *key, char name[KEYS_VARIABLE_MAX])
{
	char *p;

	if (strcmp(key->section, "smarthost") != 0)
		return 0;
	snprintf(name, KEYS_VARIABLE_MAX, KEYS_VARIABLE "%s", key->name);
	for (p = name; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return 1;
}

#define FAR 4			/* edits that make another name of it */
#define COMPARED 40		/* bytes of a name that are looked at */

/* Insertions, deletions and replacements that make a of b. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[COMPARED + 1], i, j, la = strlen(a), lb = strlen(b);

	if (la > COMPARED || lb > COMPARED)
		return FAR;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

/*
 * How far a is from the known name b; FAR: another name.  To change most of
 * a short name makes another of it, to add a word to either does not.
 */
static size_t
remoteness(const char *a, const char *b)
{
	size_t d = distance(a, b), la = strlen(a), lb = strlen(b);
	size_t shorter = la < lb ? la : lb;

	if (d < FAR && 2 * d <= shorter)
		return d;
	return shorter >= FAR && strncmp(a, b, shorter) == 0 ? FAR - 1 : FAR;
}

const char *
keys_nearest_section(const char *section)
{
	size_t i, count, d, best = FAR;
	const struct key *keys = keys_all(&count);
	const char *name = NULL;

	for (i = 0; i < count; i++) {
		if ((d = remoteness(section, keys[i].section)) < best) {
			best = d;
			name = keys[i].section;
		}
	}
	return name;
}

const char *
keys_nearest_key(const char *section, const char *name)
{
	size_t i, count, d, best = FAR;
	const struct key *keys = keys_all(&count);
	const char *nearest = NULL;

	for (i = 0; i < count; i++) {
		if (strcmp(keys[i].section, section) == 0 &&
		    (d = remoteness(name, keys[i].name)) < best) {
			best = d;
			nearest = keys[i].name;
		}
	}
	return nearest;
}
