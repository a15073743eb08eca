/*
 * Loading the configuration: what libinih would take silently is an error
 * with its line, and all errors of a file are told at once.
 */
#include <config.h>

#include "config/settings.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "config/keys.h"
#include "queue/buffer.h"
#include "t/scratch.h"
#include "t/tap.h"

#define SOCKET RUNDIR "/submit"
#define S "[smarthost]\n"
#define Q "[queue]\n"
#define TEN "0123456789"
#define PIN "sha256:" TEN TEN TEN TEN TEN TEN "abcD"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* One "line: text" for each error. */
static void
report(void *arg, const char *file, int line, const char *text)
{
	if (strcmp(file, scratch_path("conf")) != 0)
		buffer_addf(arg, "(file %s) ", file);
	buffer_addf(arg, "%d: %s\n", line, text);
}

/* Wanted of errors: "line: a part of its text", one behind the other; "" is
 * a file without any. */
static const struct {
	const char *rule;
	const char *text;
	const char *want;
} cases[] = {
	/* what is good */
	{ "an empty file", "", "" },
	{ "blank lines and comments", "\n  \n# a\n; b\n   ; c\n\t# d\n", "" },
	{ "a section without keys", S, "" },
	{ "no line end at the end", S "host = a", "" },
	{ "CRLF line ends", "[smarthost]\r\nhost = a\r\n\r\n", "" },
	{ "a byte order mark", "\xef\xbb\xbf" S "host = a\n", "" },
	{ "a byte order mark before a comment", "\xef\xbb\xbf# x\n" S, "" },
	{ "no blanks round the sign", S "host=a\n", "" },
	{ "tabs round the sign", S "host\t=\ta\n", "" },
	{ "blanks at the end", S "host = a  \t\n[queue]  \n", "" },
	{ "the same section twice", S "host = a\n" Q S "port = 1\n", "" },
	{ "a semicolon without a blank before it", S "user = a;b@c\n",
	    "" },
	{ "197 octets", Q "bounce_to = " HUNDRED TEN TEN TEN TEN TEN TEN TEN
	    "01234567890@bcd\n", "" },
	{ "a long comment", "# " HUNDRED HUNDRED HUNDRED "\n", "" },
	{ "blanks behind a section, over the limit of libinih", "[queue]"
	    "                                                            "
	    "                                                            "
	    "                                                            "
	    "                                                            \n"
	    "lifetime = 1d\n", "" },

	/* what libinih would take silently */
	{ "198 octets", Q "bounce_to = " HUNDRED TEN TEN TEN TEN TEN TEN TEN
	    "012345678901@bcd\n", "2: longer than 197" },
	{ "a long line whose rest looks like a key", S "user = " HUNDRED
	    HUNDRED "\nhost = b\n", "2: longer than" },
	{ "a token that ends in =", S "user = " HUNDRED HUNDRED "==\n",
	    "2: longer than" },
	{ "a long comment hides nothing", "# " HUNDRED HUNDRED
	    "\n[nowhere]\n", "2: unknown section" },
	{ "a comment after a value", S "host = a ; b\n",
	    "2: comment after a value" },
	{ "a comment after a tab", S "host = a\t;b\n",
	    "2: comment after a value" },
	{ "a comment for a value", S "host = ;a\n",
	    "2: comment after a value" },
	{ "a comment with #", S "host = a # b\n",
	    "2: comment after a value" },
	{ "a comment in place of the sign", S "ho ;st = a\n",
	    "2: comment after a value" },
	{ "a continuation line", S "host = a\n  b\n",
	    "3: begins with a blank" },
	{ "a continuation line with a sign", S "host = a\n\tport = 1\n",
	    "3: begins with a blank" },
	{ "an indented key", S "  host = a\n", "2: begins with a blank" },
	{ "a colon for the sign", S "host: a\n", "2: 'key = value'" },
	{ "a colon before the sign", S "host:a = b\n", "2: 'key = value'" },
	{ "no sign", S "host\n", "2: 'key = value'" },
	{ "no key", S "= a\n", "2: 'key = value'" },
	{ "a key twice", S "host = a\nport = 1\nhost = b\n",
	    "4: 'host' is already set in line 2" },
	{ "a key twice, the same value", S "host = a\nhost = a\n",
	    "3: 'host' is already set in line 2" },
	{ "a key twice, in two parts of its section", S "host = a\n" Q S
	    "host = b\n", "5: 'host' is already set in line 2" },
	{ "a key twice, the first value bad", S "port = x\nport = 1\n",
	    "2: port = x\n3: already set" },

	/* names */
	{ "an unknown key", S "hots = a\n",
	    "2: unknown key 'hots' in [smarthost]; did you mean 'host'?" },
	{ "an unknown key, nothing near", S "frobnicate = a\n",
	    "2: unknown key 'frobnicate' in [smarthost]" },
	{ "the key of another section", Q "host = a\n",
	    "2: unknown key 'host' in [queue]" },
	{ "the case of a key counts", S "Host = a\n",
	    "2: unknown key 'Host' in [smarthost]; did you mean 'host'?" },
	{ "a password in the file", S "password = abc\n",
	    "2: did you mean 'password_file'?" },
	{ "an unknown section", "[smarthosts]\nhost = a\n",
	    "1: unknown section [smarthosts]; did you mean [smarthost]?" },
	{ "an unknown section, nothing near", "[account]\nhost = a\n",
	    "1: unknown section [account]" },
	{ "the case of a section counts", "[Queue]\n",
	    "1: unknown section [Queue]; did you mean [queue]?" },
	{ "a very long section", "[" HUNDRED HUNDRED "]\n",
	    "1: unknown section" },
	{ "a section not closed", "[queue\n", "1: a section is written" },
	{ "a section with a comment behind it", "[queue] ; x\n",
	    "1: a section is written" },
	{ "a section without a name", "[]\n", "1: unknown section []" },
	{ "keys of a bad section belong to no other", Q "[nowhere]\n"
	    "lifetime = 1d\n" Q "lifetime = 2d\n", "2: unknown section" },
	{ "a key before any section", "host = a\n" S,
	    "1: outside of any [section]" },

	/* bytes */
	{ "a control byte", S "host = a\001b\n", "2: control character" },
	{ "DEL", S "host = a\177b\n", "2: control character" },
	{ "an escape in a comment", "# a\033[2Jb\n", "1: control character" },
	{ "a CR within", S "host = a\rb\n", "2: control character" },
	{ "a form feed as a line", S "\f\n", "2: control character" },
	{ "a byte order mark in line 2", S "\xef\xbb\xbfhost = a\n",
	    "2: unknown key" },

	/* values */
	{ "a number", S "port = 25x\n",
	    "2: port = 25x: must be a whole number from 0 to 65535" },
	{ "a number out of range", S "connections = 0\n",
	    "2: connections = 0: must be a whole number from 1 to 100" },
	{ "a number that is not there", S "port =\n", "2: port = : must be" },
	{ "a time", Q "lifetime = 5 days\n",
	    "2: lifetime = 5 days: must be a time" },
	{ "a size", Q "max_size = 50MB\n",
	    "2: max_size = 50MB: must be a size" },
	{ "a rate", S "rate = 80/day\n",
	    "2: rate = 80/day: must be a number and a time" },
	{ "a rate of each user", "[limits]\nuser_rate = many\n",
	    "2: user_rate = many: must be a number and a time" },
	{ "a choice", S "tls = yes\n",
	    "2: tls = yes: must be one of implicit, starttls, none" },
	{ "words", S "auth = plain gssapi\n",
	    "2: auth = plain gssapi: must be some of auto, scram-sha-256-plus, " },
	{ "auto and others", S "auth = xoauth2 auto\n",
	    "2: auth: auto means all that suit; remove it, or the others" },
	{ "... with a comma", S "auth = auto,plain\n", "2: auth: auto" },
	{ "auto alone", S "auth = auto\n", "" },
	{ "a way twice: the last does not win", S "auth = xoauth2\n"
	    "auth = auto\n", "3: 'auth' is already set in line 2" },
	{ "a name with a blank", "[log]\nname = a b\n",
	    "2: name = a b: must be up to 32 letters" },
	{ "a name with a bracket", "[log]\nname = a[1]\n",
	    "2: name = a[1]: must be up to 32 letters" },
	{ "no name", "[log]\nname =\n", "2: name = : must be up to 32" },
	{ "a long name", "[log]\nname = "
	    "a12345678901234567890123456789012\n",
	    "2: name = a12345678901234567890123456789012: must be up" },
	{ "a facility", "[log]\nfacility = kern\n",
	    "2: facility = kern: must be one of mail, daemon" },
	{ "a text in quotes", S "host = \"a\"\n", "2: quotes" },
	{ "an apostrophe within is a byte like others",
	    Q "bounce_to = o'neil@b\n", "" },
	{ "a relative path", Q "directory = spool\n",
	    "2: directory = spool: must be an absolute path" },
	{ "a relative path of the password", S "password_file = secret\n",
	    "2: password_file = secret: must be an absolute path" },
	{ "a relative path of the aliases", "[recipients]\naliases = a\n",
	    "2: aliases = a: must be an absolute path" },
	{ "a command without its path", S "password_command = pass show x\n",
	    "2: password_command = pass show x: must be an absolute path" },
	{ "a relative path of the authorities", S "ca_file = ca.pem\n",
	    "2: ca_file = ca.pem: must be" },
	{ "a fingerprint", S "fingerprint = " PIN "\n", "" },
	{ "two of them", S "fingerprint = " PIN " " PIN "\n", "" },
	{ "... and the key twice", S "fingerprint = " PIN "\nfingerprint = "
	    PIN "\n", "" },
	{ "a fingerprint without its kind", S "fingerprint = " TEN "\n",
	    "2: fingerprint: must be sha256:" },
	{ "a client certificate", S "client_certificate = /a\n", "" },
	{ "... and its key", S "client_certificate = /a\nclient_key = /b\n",
	    "" },
	{ "... in a token", S "client_certificate = pkcs11:token=t;id=%01\n",
	    "" },
	{ "a relative path of the client certificate",
	    S "client_certificate = a\n", "2: client_certificate = a: must" },
	{ "a relative path of its key",
	    S "client_certificate = /a\nclient_key = b\n",
	    "3: client_key = b: must" },
	{ "a key without a certificate", S "client_key = /b\n",
	    "2: client_key without" },
	{ "DANE is off or required", S "dane = maybe\n",
	    "2: dane = maybe: must be one of off, required" },
#ifdef HAVE_GNUTLS_DANE_H
	{ "DANE", S "host = a.example\ndane = required\n", "" },
	{ "DANE without TLS", S "dane = required\ntls = none\n",
	    "2: dane = required needs tls" },
	{ "DANE of an address", S "dane = required\nhost = 192.0.2.1\n",
	    "2: dane = required needs a host with a name" },
	{ "... of IPv6", S "dane = required\nhost = [2001:db8::1]\n",
	    "2: dane = required needs a host with a name" },
	{ "... of a socket", S "dane = required\nhost = unix:/a\n",
	    "2: dane = required needs a host with a name" },
#else
	{ "DANE that was not built", S "dane = required\n",
	    "2: dane = required is not part of this build" },
#endif
	{ "a version of TLS", S "tls_min = 1.4\n",
	    "2: tls_min = 1.4: must be one of 1.0, 1.1, 1.2, 1.3" },
	{ "no aliases", "[recipients]\naliases =\n", "" },
	{ "no directory", Q "directory =\n", "2: directory = : must be" },
	{ "a host with its port", S "host = a.example:587\n", "2: host" },
	{ "a host that is none", S "host = a b\n", "2: host" },
	{ "a domain that is none", "[sender]\ndomain = a b\n", "2: domain" },
	{ "a domain with an @", "[sender]\ndomain = @a\n", "2: domain" },
	{ "a name for EHLO that is none", S "helo = a b\n", "2: helo" },
	{ "an address literal for EHLO", S "helo = [192.0.2.1]\n", "" },
	{ "... that does not end", S "helo = [192.0.2.1\n", "2: helo" },
	{ "... with a blank", S "helo = [192.0.2.1 ]\n", "2: helo" },
	{ "an address to connect from", S "source = 192.0.2.1\n", "" },
	{ "... of IPv6", S "source = fe80::1%eth0\n", "" },
	{ "a name to connect from", S "source = eth0\n",
	    "2: source = eth0: must be an address of this machine" },
	{ "bounce_to without a domain", Q "bounce_to = root\n",
	    "2: bounce_to" },
	{ "bounce_to with a blank", Q "bounce_to = a b@c\n", "2: bounce_to" },
	{ "a forced sender", "[sender]\nfrom = a.b@c.d\n"
	    "allowed = *@c.d, root@*.c.d x@y\n", "" },
	{ "one without a domain", "[sender]\nfrom = root\n", "2: from = root: "
	    "must be one address" },
	{ "one with a name", "[sender]\nfrom = A <a@b>\n", "2: from" },
	{ "two of them", "[sender]\nfrom = a@b, c@d\n", "2: from" },
	{ "a domain that is allowed", "[sender]\nallowed = a@b, c.d\n",
	    "2: allowed = c.d: must be addresses; all of a domain are *@c.d" },

	{ "who gets local mail", "[recipients]\n"
	    "local = a.b@c.d,root , x@localhost,\n", "" },
	{ "nobody", "[recipients]\nlocal =\n", "" },
	{ "two without a comma", "[recipients]\nlocal = e@f, a@b c@d\n",
	    "2: local: a@b c@d: must be an address; between two of them is a "
	    "comma" },
	{ "one with a name, too", "[recipients]\nlocal = A <a@b>\n",
	    "2: local" },
	{ "one that lacks its end", "[recipients]\nlocal = a@b, c@\n",
	    "2: local: c@: must be an address" },
	{ "one that lacks its start", "[recipients]\nlocal = @b\n",
	    "2: local" },
	{ "a file", "[recipients]\nlocal = /dev/null\n", "2: local" },
	{ "a program", "[recipients]\nlocal = |a\n", "2: local" },

	{ "a mailbox", "[recipients]\nlocal_mbox = /var/mail/%u\n", "" },
	{ "one that is a directory", "[recipients]\nlocal_mbox = /a/\n",
	    "2: local_mbox = /a/: must be a file" },
	{ "in a directory of the user's", "[recipients]\n"
	    "local_mbox = /home/%u/mbox\n", "2: %u can only be in the name" },
	{ "for something else", "[recipients]\nlocal_mbox = /a/%h\n",
	    "2: % must be followed by u" },
	{ "a command for the user", "[recipients]\n"
	    "local_command = /bin/a -d %u\n", "" },
	{ "... for something else", "[recipients]\n"
	    "local_command = /bin/a %%\n", "2: % must be followed by u" },

	/* several keys together */
	{ "a mailbox and a command", "[recipients]\nlocal_mbox = /a\n"
	    "local_command = /b\n", "3: remove one" },
	{ "retry_min over retry_max", Q "retry_min = 2h\nretry_max = 1h\n",
	    "2: retry_min is longer" },
	{ "retry_min over the default of retry_max", Q "retry_min = 2h\n",
	    "2: retry_min is longer" },
	{ "a password and a token", S "password_command = /bin/a\n"
	    "token_command = /bin/b\n", "3: remove one" },
	{ "a password in the clear", S "host = a.example\ntls = none\n"
	    "user = u\n", "3: in the clear" },
	{ "... with user first", S "user = u\nhost = a.example\n"
	    "tls = none\n", "4: in the clear" },
	{ "... to an address", S "host = 192.0.2.1\ntls = none\nuser = u\n",
	    "3: in the clear" },
	{ "... to no host yet", S "tls = none\nuser = u\n",
	    "2: in the clear" },
	{ "... to a name like an address", S "host = 127.0.0.1.example\n"
	    "tls = none\nuser = u\n", "3: in the clear" },
	{ "... to a name of digits", S "host = 127.0.0.1.5\n"
	    "tls = none\nuser = u\n", "3: in the clear" },
	{ "... to a name like localhost", S "host = localhost.example\n"
	    "tls = none\nuser = u\n", "3: in the clear" },
	{ "... to another IPv6 address", S "host = [::2]\ntls = none\n"
	    "user = u\n", "3: in the clear" },
	{ "the password may stay here: localhost", S "host = localhost\n"
	    "tls = none\nuser = u\n", "" },
	{ "... 127.0.0.1", S "host = 127.0.0.1\ntls = none\nuser = u\n", "" },
	{ "... 127.1.2.3", S "host = 127.1.2.3\ntls = none\nuser = u\n", "" },
	{ "... [::1]", S "host = [::1]\ntls = none\nuser = u\n", "" },
	{ "... ::1", S "host = ::1\ntls = none\nuser = u\n", "" },
	{ "... a unix socket", S "host = unix:/run/x\ntls = none\n"
	    "user = u\n", "" },
	{ "no user, no password", S "host = a.example\ntls = none\n", "" },
	{ "what hides the password may go in the clear", S "host = a.example\n"
	    "tls = none\nuser = u\nauth = scram-sha-256,scram-sha-1 "
	    "external\n", "" },
	{ "... but not beside what shows it", S "host = a.example\n"
	    "tls = none\nuser = u\nauth = scram-sha-256 plain\n",
	    "3: in the clear" },
	{ "... nor do the others hide it", S "host = a.example\n"
	    "tls = none\nuser = u\nauth = cram-md5\n", "3: in the clear" },

	/* all at once */
	{ "all errors of a file", "x = 1\n[nowhere]\n" S "hots = a\n"
	    "port = x\nhost = a ; b\n  c\nuser: u\nport = 1\n",
	    "1: outside of any\n2: unknown section\n4: unknown key\n"
	    "5: port = x\n6: comment after\n7: begins with a blank\n"
	    "8: 'key = value'\n9: already set" },
	{ "and of the meaning of its texts", S "port = x\nhost = a b\n"
	    "[sender]\ndomain = @\n",
	    "2: port = x\n3: host = a b\n5: domain = @" },
};

/* Does each line of got have the number and the text of that of want? */
static int
matches(const char *got, const char *want)
{
	const char *end;
	char part[256], *text;
	size_t len;

	for (; *want != '\0'; want += *want == '\n') {
		len = strcspn(want, "\n");
		if (len >= sizeof(part) || (end = strchr(got, '\n')) == NULL)
			return 0;
		memcpy(part, want, len);
		part[len] = '\0';
		text = strchr(part, ' ');
		if (strncmp(got, part, (size_t)(text - part)) != 0 ||
		    (text = strstr(got, text + 1)) == NULL || text > end)
			return 0;
		got = end + 1;
		want += len;
	}
	return *got == '\0';
}

static int
load(struct settings *s, struct buffer *errors)
{
	buffer_reset(errors);
	return settings_load(s, scratch_path("conf"), report, errors);
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

static void
test_cases(void)
{
	struct buffer errors = BUFFER_INIT;
	struct settings s;
	size_t i;
	int n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scratch_text("conf", cases[i].text);
		n = load(&s, &errors);
		if (!ok(matches(buffer_string(&errors), cases[i].want) &&
		    (size_t)n == count_lines(buffer_string(&errors)),
		    "%s", cases[i].rule))
			diag("%d: %s", n, buffer_string(&errors));
		if (n == 0)
			settings_free(&s);
	}
	buffer_free(&errors);
}

static void
test_nul(void)
{
	static const char text[] = S "host = a\0b\nport = x\n";
	struct buffer errors = BUFFER_INIT;
	struct settings s;

	scratch_file("conf", text, sizeof(text) - 1, 0600);
	is_int(load(&s, &errors), 2, "a NUL: it and what follows are told");
	ok(matches(buffer_string(&errors), "2: control character\n"
	    "3: port = x"), "... each with its line");
	buffer_free(&errors);
}

static void
test_defaults(void)
{
	struct buffer errors = BUFFER_INIT;
	struct settings s;

	scratch_text("conf", "");
	is_int(load(&s, &errors), 0, "defaults");
	is_str(s.host, "", "... host");
	is_int(s.tls, SETTINGS_TLS_IMPLICIT, "... tls");
	is_int(s.port, 465, "... port");
	is_int(s.tls_min, 2, "... tls_min");
	is_str(s.ca_file, "system", "... ca_file");
	is_str(s.user, "", "... user");
	is_str(s.auth, "auto", "... auth");
	is_str(s.password_file, SYSCONFDIR "/outbox/password",
	    "... password_file");
	is_int(s.family, SETTINGS_ANY, "... family");
	is_int(s.connections, 2, "... connections");
	is_int(s.messages_per_connection, 100,
	    "... messages_per_connection");
	is_int(s.recipients_per_message, 100, "... recipients_per_message");
	is_int(s.window, 16, "... window");
	is_int(s.timeout, 0, "... timeout");
	is_int(s.idle, 5, "... idle");
	is_str(s.aliases, "/etc/aliases", "... aliases");
	is_str(s.local_mbox, "", "... local_mbox");
	is_str(s.local_command, "", "... local_command");
	is_str(s.directory, QUEUEDIR, "... directory");
	is_int(s.flush, SETTINGS_DAEMON, "... flush");
	is_int(s.lifetime, 5 * 86400, "... lifetime");
	is_int(s.warn_after, 4 * 3600, "... warn_after");
	is_int(s.retry_min, 60, "... retry_min");
	is_int(s.retry_max, 3600, "... retry_max");
	is_int(s.max_size, 50 << 20, "... max_size");
	is_int(s.min_free, 64 << 20, "... min_free");
	is_str(s.bounce_to, "", "... bounce_to");
	is_int(s.failed_lifetime, 30 * 86400, "... failed_lifetime");
	is_int(s.failed_size, 1 << 30, "... failed_size");
	is_int(s.facility, LOG_MAIL, "... facility");
	settings_free(&s);
	ok(s.host == NULL, "... nothing is left after free");
	buffer_free(&errors);
}

/* The usual socket leads to the usual queue. */
static void
test_socket(void)
{
	static const struct {
		const char *rule, *text, *submit_socket;
	} files[] = {
		{ "no queue: the usual socket", "", SOCKET },
		{ "the usual queue, named", "directory = " QUEUEDIR "\n",
		    SOCKET },
		{ "another queue", "directory = /q\n", "" },
		{ "... with a socket", "directory = /q\nsubmit_socket = /s\n",
		    "/s" },
		{ "... with the usual socket", "submit_socket = " SOCKET
		    "\ndirectory = /q\n", SOCKET },
		{ "no socket", "submit_socket =\n", "" },
	};
	struct buffer errors = BUFFER_INIT, text = BUFFER_INIT;
	struct settings s;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		buffer_reset(&text);
		buffer_addf(&text, "[queue]\n%s", files[i].text);
		scratch_text("conf", buffer_string(&text));
		if (load(&s, &errors) != 0) {
			ok(0, "%s", files[i].rule);
			continue;
		}
		is_str(s.submit_socket, files[i].submit_socket, "%s",
		    files[i].rule);
		settings_free(&s);
	}
	buffer_free(&text);
	buffer_free(&errors);
}

/* No text is NULL, whatever keys there will be. */
static void
test_texts(void)
{
	struct buffer errors = BUFFER_INIT;
	struct settings s;
	size_t count, i;
	const struct key *k = keys_all(&count);

	scratch_text("conf", "");
	load(&s, &errors);
	for (i = 0; i < count; i++)
		if ((k[i].type == KEY_TEXT || k[i].type == KEY_WORDS ||
		    k[i].type == KEY_PATH || k[i].type == KEY_LIST) &&
		    *(char **)(void *)((char *)&s + k[i].offset) == NULL)
			break;
	ok(i == count, "no text is NULL");
	settings_free(&s);
	buffer_free(&errors);
}

static void
test_values(void)
{
	static const struct {
		const char *text, *host, *tls_name;
		int port;
	} hosts[] = {
		{ "host = a.example\ntls = starttls\n", "a.example",
		    "a.example", 587 },
		{ "host = a.example\ntls = none\n", "a.example",
		    "a.example", 25 },
		{ "host = a.example\ntls = none\nport = 2525\n", "a.example",
		    "a.example", 2525 },
		{ "host = a.example\ntls_name = b.example\n", "a.example",
		    "b.example", 465 },
		{ "host = [2001:db8::1]\n", "2001:db8::1", "2001:db8::1",
		    465 },
		{ "host = 2001:db8::1\n", "2001:db8::1", "2001:db8::1",
		    465 },
		{ "host = fe80::1%eth0\n", "fe80::1%eth0", "fe80::1%eth0",
		    465 },
		{ "host = unix:/run/smarthost\n", "unix:/run/smarthost",
		    "unix:/run/smarthost", 465 },
	};
	struct buffer errors = BUFFER_INIT;
	struct settings s;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		snprintf(text, sizeof(text), S "%s", hosts[i].text);
		scratch_text("conf", text);
		if (!ok(load(&s, &errors) == 0, "%s", hosts[i].text)) {
			diag("%s", buffer_string(&errors));
			continue;
		}
		is_str(s.host, hosts[i].host, "... host");
		is_str(s.tls_name, hosts[i].tls_name, "... tls_name");
		is_int(s.port, hosts[i].port, "... port");
		settings_free(&s);
	}
	scratch_text("conf", S "user = a=b;c'd \"e\" \303\266 \\ %s\n"
	    "auth = login plain\ntimeout = 2m\n[log]\nfacility = local3\n");
	is_int(load(&s, &errors), 0, "values of each kind");
	is_str(s.user, "a=b;c'd \"e\" \303\266 \\ %s", "... text, as it is");
	is_str(s.auth, "login plain", "... words");
	is_int(s.timeout, 120, "... a time");
	is_int(s.facility, LOG_LOCAL3, "... a facility");
	settings_free(&s);
	buffer_free(&errors);
}

/* A file that cannot be read is an error of line 0. */
static void
test_files(void)
{
	struct buffer errors = BUFFER_INIT;
	struct settings s;

	unlink(scratch_path("conf"));
	is_int(load(&s, &errors), 1, "a missing file, when it was named");
	ok(matches(buffer_string(&errors), "0: No such file"), "... why");
	scratch_directory("conf");
	is_int(load(&s, &errors), 1, "a directory");
	ok(matches(buffer_string(&errors), "0: cannot read"), "... why");
	rmdir(scratch_path("conf"));
	scratch_file("conf", S, strlen(S), 0);
	chmod(scratch(), 0755);
	if (geteuid() == 0 && seteuid(65534) != 0)
		scratch_fail("seteuid");
	is_int(load(&s, &errors), 1, "an unreadable file");
	ok(matches(buffer_string(&errors), "0: Permission denied"), "... why");
	if (getuid() == 0 && seteuid(0) != 0)
		scratch_fail("seteuid");
	buffer_free(&errors);
}

int
main(void)
{
	test_cases();
	test_nul();
	test_defaults();
	test_socket();
	test_texts();
	test_values();
	test_files();
	return done();
}
