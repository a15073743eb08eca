/*
 * What the files of nullmailer, msmtp, dma and ssmtp become.
 */
#include <config.h>

#include "queue/import.h"

#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "queue/error.h"
#include "queue/setup_plan.h"
#include "t/tap.h"

/* A plan as text: "key=value;" in the order in which they were set, the
 * section only where it is not [smarthost]; then the secret, and the first
 * word of each note. */
static void
show(const struct plan *p, struct buffer *out)
{
	const struct plan_key *k;
	const char *note;

	for (k = p->keys; k < p->keys + p->n; k++) {
		if (keys_find(k->section, k->name) == NULL)
			buffer_addf(out, "NO SUCH KEY ");
		if (strcmp(k->section, "smarthost") != 0)
			buffer_addf(out, "%s.", k->section);
		buffer_addf(out, "%s=%s;", k->name, k->value != NULL ?
		    k->value : "(unset)");
	}
	if (p->secret != NULL)
		buffer_addf(out, " secret=%s", p->secret);
	for (note = buffer_string(&p->notes); *note != '\0';
	    note += strcspn(note, "\n") + 1)
		buffer_addf(out, " note:%.*s", (int)strcspn(note, "\n"),
		    note);
}

static char *
copy(const char *text)
{
	char *new = text != NULL ? strdup(text) : NULL;

	if (text != NULL && new == NULL)
		abort();
	return new;
}

enum program { MSMTP, DMA, SSMTP, NULLMAILER };

/* Two files at most. */
static int
run(enum program program, const char *one, const char *two, struct plan *p,
    struct error *e)
{
	char *a = copy(one), *b = copy(two);
	const struct import_nullmailer files = { .remotes = a, .me = b };
	int result = program == MSMTP ? import_msmtp(a, p, e) :
	    program == DMA ? import_dma(a, b, p, e) :
	    program == SSMTP ? import_ssmtp(a, b, p, e) :
	    import_nullmailer(&files, p, e);

	free(a);
	free(b);
	return result;
}

static const struct {
	enum program program;
	const char *rule, *one, *two;
	const char *plan;	/* notes cut to what is given; "-": refused */
} cases[] = {
	/* nullmailer: remotes, me */
	{ NULLMAILER, "host only", "mail.example.com\n", NULL,
	    "host=mail.example.com;tls=none;" },
	{ NULLMAILER, "starttls with a login",
	    "mail.example.com smtp --port=587 --starttls --user=u "
	    "--pass=p\n", NULL,
	    "host=mail.example.com;user=u;tls=starttls; secret=p" },
	{ NULLMAILER, "options without dashes, quotes of the shell",
	    "h.example smtp port=2525 starttls user=u pass='my pass "
	    "phrase'\n", NULL, "host=h.example;user=u;tls=starttls;"
	    "port=2525; secret=my pass phrase" },
	{ NULLMAILER, "double quotes, a backslash",
	    "h.example smtp tls user=u \"pass=a b\"\\ \\\\c\n", NULL,
	    "host=h.example;user=u;tls=implicit; secret=a b \\c" },
	{ NULLMAILER, "ssl", "h.example smtp --ssl\n", NULL,
	    "host=h.example;tls=implicit;" },
	{ NULLMAILER, "ssl on another port", "h.example smtp --ssl "
	    "--port=2465\n", NULL, "host=h.example;tls=implicit;port=2465;" },
	{ NULLMAILER, "starttls without a port", "h.example smtp starttls\n",
	    NULL, "host=h.example;tls=starttls;port=25;" },
	{ NULLMAILER, "a login without TLS",
	    "h.example smtp user=u pass=p\n", NULL,
	    "host=h.example;user=u;tls=starttls;port=25; secret=p "
	    "note:remotes: neither tls nor starttls" },
	{ NULLMAILER, "... to this machine", "127.0.0.1 smtp user=u pass=p\n",
	    NULL, "host=127.0.0.1;user=u;tls=none; secret=p" },
	{ NULLMAILER, "comments and empty lines",
	    "# a smtp\n\n  b.example smtp tls\n", NULL,
	    "host=b.example;tls=implicit;" },
	{ NULLMAILER, "the first of several",
	    "a.example smtp tls\nb.example smtp tls\n", NULL,
	    "host=a.example;tls=implicit; note:remotes: b.example: there is "
	    "one smarthost" },
	{ NULLMAILER, "qmqp is passed over",
	    "a.example qmqp\nb.example smtp tls\n", NULL,
	    "host=b.example;tls=implicit; note:remotes: a.example: the "
	    "protocol qmqp" },
	{ NULLMAILER, "only qmqp", "a.example qmqp\n", NULL, "-" },
	{ NULLMAILER, "certificates",
	    "a.example smtp tls x509certfile=/c x509cafile=/a source=::1 "
	    "auth-login\n", NULL, "host=a.example;client_certificate=/c;"
	    "ca_file=/a;source=::1;auth=login;tls=implicit;" },
	{ NULLMAILER, "insecure", "a.example smtp tls insecure\n", NULL,
	    "host=a.example;tls=implicit; note:remotes: insecure" },
	{ NULLMAILER, "a password in pieces is not told",
	    "a.example smtp tls pass=my geheim\n", NULL,
	    "host=a.example;tls=implicit; secret=my note:remotes: an option "
	    "is unknown" },
	{ NULLMAILER, "no file", "", NULL, "-" },
	{ NULLMAILER, "me", "a.example smtp tls\n", "web.example.com\n",
	    "host=a.example;tls=implicit;sender.domain=web.example.com;" },
	{ NULLMAILER, "a quote without its end",
	    "a.example smtp tls pass='x y\n", NULL,
	    "host=a.example;tls=implicit; secret=x y" },
	{ NULLMAILER, "control characters", "a\x1b" "b smtp\n", NULL,
	    "tls=none; note:host: it holds control characters" },

	/* msmtp */
	{ MSMTP, "the usual", "defaults\nauth on\ntls on\n"
	    "account main\nhost smtp.example.com\nport 587\n"
	    "from me@example.com\nuser me\npassword geheim\n"
	    "account default : main\n", NULL,
	    "host=smtp.example.com;user=me;tls=starttls;"
	    "sender.from=me@example.com; secret=geheim note:from: all mail "
	    "is from me@example.com now" },
	{ MSMTP, "no account line", "host h.example\ntls on\n"
	    "tls_starttls off\n", NULL, "host=h.example;tls=implicit;" },
	{ MSMTP, "the default port is 25", "account default\n"
	    "host h.example\ntls on\n", NULL,
	    "host=h.example;tls=starttls;port=25;" },
	{ MSMTP, "an argument in quotes", "account default\n"
	    "host h.example\nauth plain\ntls\nport 587\nuser u\n"
	    "password \" a b \"\n", NULL, "host=h.example;auth=plain;user=u;"
	    "tls=starttls; secret= a b " },
	{ MSMTP, "an account of its own does not inherit",
	    "account a\nhost a.example\nuser x\naccount default\n"
	    "host b.example\n", NULL, "host=b.example;tls=none; "
	    "note:msmtprc: account a: there is one smarthost" },
	{ MSMTP, "several to inherit from", "account a\nhost a.example\n"
	    "account b\nport 26\naccount default : a, b\n", NULL,
	    "host=a.example;tls=none;port=26; note:msmtprc: account b" },
	{ MSMTP, "defaults after an account count for the next only",
	    "account a\nhost a.example\ndefaults\nport 26\n"
	    "account default : a\n", NULL, "host=a.example;tls=none;port=26;" },
	{ MSMTP, "no account is the default", "account x\n"
	    "host h.example\ntls on\nport 587\n", NULL,
	    "host=h.example;tls=starttls; note:msmtprc: no account is "
	    "\"default\": it is x" },
	{ MSMTP, "passwordeval", "account default\nhost h.example\n"
	    "auth on\ntls on\nport 587\nuser u\n"
	    "passwordeval \"gpg -d /x | head -1\"\n", NULL,
	    "host=h.example;user=u;password_command=/bin/sh -c gpg -d /x | "
	    "head -1;tls=starttls; note:passwordeval" },
	{ MSMTP, "a passwordeval that cannot be held", "host h.example\n"
	    "auth on\ntls on\nuser u\npasswordeval /x # y\n", NULL, "-" },
	{ MSMTP, "... for its end", "host h.example\n"
	    "auth on\ntls on\nuser u\npasswordeval \"/x ; y\"\n", NULL,
	    "-" },
	{ MSMTP, "... with a # that can be", "host h.example\n"
	    "auth on\ntls on\nport 587\nuser u\npasswordeval /x#y\n",
	    NULL, "host=h.example;user=u;"
	    "password_command=/bin/sh -c /x#y;tls=starttls; "
	    "note:passwordeval" },
	{ MSMTP, "a token", "account default\nhost h.example\n"
	    "auth oauthbearer\ntls on\nport 587\nuser u\n"
	    "passwordeval /bin/token\n", NULL, "host=h.example;"
	    "auth=oauthbearer;user=u;token_command=/bin/sh -c /bin/token;"
	    "tls=starttls; note:passwordeval" },
	{ MSMTP, "auth off", "account default\nhost h.example\nauth off\n"
	    "user u\npassword p\n", NULL, "host=h.example;tls=none;" },
	{ MSMTP, "a login that we have not", "account default\n"
	    "host h.example\nauth ntlm\ntls on\nport 587\nuser u\n"
	    "password p\n", NULL, "host=h.example;user=u;tls=starttls; "
	    "secret=p note:auth ntlm" },
	{ MSMTP, "keys of TLS", "account default\nhost h.example\ntls on\n"
	    "port 587\ntls_trust_file /ca\ntls_cert_file /c\n"
	    "tls_key_file /k\ntls_host_override n.example\n"
	    "tls_priorities NORMAL\n", NULL, "host=h.example;"
	    "client_certificate=/c;client_key=/k;priority=NORMAL;"
	    "tls_name=n.example;ca_file=/ca;tls=starttls;" },
	{ MSMTP, "certificates not verified", "account default\n"
	    "host h.example\ntls on\nport 587\ntls_certcheck off\n", NULL,
	    "host=h.example;tls=starttls; note:certificates are always" },
	{ MSMTP, "a fingerprint", "account default\nhost h.example\n"
	    "tls on\nport 587\ntls_fingerprint 01:23\n", NULL,
	    "host=h.example;tls=starttls; note:tls_fingerprint" },
	{ MSMTP, "the user's name at a domain", "account default\n"
	    "host h.example\nfrom %U@example.com\n", NULL,
	    "host=h.example;tls=none;sender.domain=example.com;" },
	{ MSMTP, "from, and no other", "account default\nhost h.example\n"
	    "from me@example.com\nallow_from_override off\n", NULL,
	    "host=h.example;tls=none;sender.from=me@example.com;" },
	{ MSMTP, "a pattern", "account default\nhost h.example\n"
	    "from *@%H\n", NULL, "host=h.example;tls=none; note:from *@%H" },
	{ MSMTP, "other keys", "account default\nhost h.example\n"
	    "timeout 30\nsyslog LOG_LOCAL3\ndomain me.example\n"
	    "source_ip 192.0.2.1\naliases /etc/aliases\n", NULL,
	    "host=h.example;source=192.0.2.1;recipients.aliases=/etc/aliases;"
	    "helo=me.example;tls=none;timeout=30s;log.facility=local3; "
	    "note:aliases" },
	{ MSMTP, "a socket", "account default\nsocket /run/s\n", NULL,
	    "host=unix:/run/s;tls=none;" },
	{ MSMTP, "LMTP", "account default\nhost h\nprotocol lmtp\n", NULL,
	    "-" },
	{ MSMTP, "no host", "account default\nport 587\n", NULL, "-" },
	{ MSMTP, "nothing", "", NULL, "-" },
	{ MSMTP, "an unknown command", "host h.example\neval echo port 1\n",
	    NULL, "host=h.example;tls=none; note:msmtprc: eval" },
	{ MSMTP, "an account that inherits from itself, or nobody",
	    "account default : default,,x,\nhost h.example\n", NULL,
	    "host=h.example;tls=none;" },
	{ MSMTP, "an account without a name", "account\nhost h.example\n",
	    NULL, "host=h.example;tls=none; note:msmtprc: no account" },

	/* dma: dma.conf, auth.conf */
	{ DMA, "the usual", "SMARTHOST h.example\nPORT 587\nAUTHPATH /x\n"
	    "SECURETRANSFER\nSTARTTLS\nMASQUERADE me@example.com\n",
	    "# c\nother|b.example:no\nu|h.example:p:w\n",
	    "host=h.example;user=u;tls=starttls;sender.from=me@example.com; "
	    "secret=p:w" },
	{ DMA, "implicit TLS", "SMARTHOST h.example\nPORT 465\n"
	    "SECURETRANSFER\n", NULL, "host=h.example;tls=implicit;" },
	{ DMA, "no TLS", "SMARTHOST h.example\n", NULL,
	    "host=h.example;tls=none;" },
	{ DMA, "a login without TLS", "SMARTHOST h.example\nINSECURE\n",
	    "u|h.example:p\n", "host=h.example;user=u;tls=starttls;port=25; "
	    "secret=p note:dma.conf: no SECURETRANSFER" },
	{ DMA, "names of the host", "SMARTHOST h.example\n"
	    "MAILNAME me.example\nMASQUERADE example.com\n", NULL,
	    "host=h.example;tls=none;sender.domain=example.com;" },
	{ DMA, "a name in a file", "SMARTHOST h.example\n"
	    "MAILNAME /etc/mailname\n", NULL, "host=h.example;tls=none;" },
	{ DMA, "half an address", "SMARTHOST h.example\n"
	    "MASQUERADE john@\n", NULL,
	    "host=h.example;tls=none; note:MASQUERADE john@" },
	{ DMA, "what differs", "SMARTHOST h.example\nSECURETRANSFER\n"
	    "STARTTLS\nPORT 587\nOPPORTUNISTIC_TLS\nFINGERPRINT 01\n"
	    "DEFER\nNULLCLIENT\nFULLBOUNCE\n", NULL,
	    "host=h.example;tls=starttls; note:OPPORTUNISTIC_TLS" },
	{ DMA, "no smarthost", "#SMARTHOST\nPORT 25\n", NULL, "-" },
	{ DMA, "an empty one", "SMARTHOST\n", NULL, "-" },
	{ DMA, "a line that is none", "SMARTHOST h.example\nFOO bar\n",
	    "u|h.example\n|\n:\nu\n", "host=h.example;tls=none; "
	    "note:dma.conf: unknown setting FOO" },

	/* ssmtp: ssmtp.conf, revaliases */
	{ SSMTP, "the usual", "root=me@example.com\n"
	    "mailhub=h.example:587\nhostname=web.example\nUseSTARTTLS=YES\n"
	    "AuthUser=u\nAuthPass=p=w\nFromLineOverride=YES\n", NULL,
	    "user=u;host=h.example;tls=starttls;"
	    "recipients.local=me@example.com;sender.domain=web.example;"
	    "helo=web.example; secret=p=w" },
	{ SSMTP, "implicit TLS", "Mailhub = h.example:465\nUseTLS=Yes\n",
	    NULL, "host=h.example;tls=implicit;" },
	{ SSMTP, "both kinds", "mailhub=h.example\nUseTLS=YES\n"
	    "UseSTARTTLS=YES\n", NULL,
	    "host=h.example;tls=starttls;port=25;" },
	{ SSMTP, "an address in brackets", "mailhub=[2001:db8::1]:2525\n",
	    NULL, "host=[2001:db8::1];tls=none;port=2525;" },
	{ SSMTP, "an address without", "mailhub=2001:db8::1\n",
	    NULL, "host=2001:db8::1;tls=none;" },
	{ SSMTP, "a login without TLS", "mailhub=h.example\nAuthUser=u\n"
	    "AuthPass=p\nAuthMethod=CRAM-MD5\n", NULL,
	    "user=u;auth=cram-md5;host=h.example;tls=starttls;port=25; "
	    "secret=p note:ssmtp.conf: no UseTLS" },
	{ SSMTP, "rewriteDomain", "mailhub=h.example\n"
	    "rewriteDomain=example.com\n", NULL,
	    "host=h.example;tls=none;sender.domain=example.com;" },
	{ SSMTP, "root without a domain", "root=postmaster\n"
	    "mailhub=h.example\nhostname=web.example\n"
	    "rewriteDomain=example.com\n", NULL,
	    "host=h.example;tls=none;"
	    "recipients.local=postmaster@example.com;"
	    "sender.domain=example.com;helo=web.example;" },
	{ SSMTP, "the same address for all", "mailhub=h.example:25\n",
	    "root:me@example.com:h.example:25\n"
	    "www:me@example.com:H.example\n",
	    "host=h.example;tls=none;sender.from=me@example.com; "
	    "note:revaliases: all mail is from me@example.com now" },
	{ SSMTP, "another server for one", "mailhub=h.example\n",
	    "root:me@example.com:h2.example\n",
	    "host=h.example;tls=none;sender.from=me@example.com; "
	    "note:revaliases: root: there is one smarthost" },
	{ SSMTP, "several addresses", "mailhub=h.example\n",
	    "root:a@example.com\nwww:b@example.com\n",
	    "host=h.example;tls=none;sender.from=a@example.com; "
	    "note:revaliases: all mail is from a@example.com now, that of "
	    "other users, too note:revaliases: www: all mail is from "
	    "a@example.com" },
	{ SSMTP, "a password after a blank is not told",
	    "mailhub=h.example\nAuthPas geheim\n", NULL,
	    "host=h.example;tls=none; note:ssmtp.conf: unknown setting "
	    "AuthPas" },
	{ SSMTP, "no mailhub", "root=x\n", NULL, "-" },
	{ SSMTP, "lines that are none", "mailhub=h.example\n=\n==\n:\n",
	    ":\n::\nx\n", "host=h.example;tls=none; note:ssmtp.conf: "
	    "unknown setting " },
};

/* want: the whole of got, but for the rest of a note. */
static int
fits(const char *got, const char *want)
{
	size_t len = strlen(want);

	return strncmp(got, want, len) == 0 &&
	    (got[len] == '\0' || strstr(want, "note:") != NULL);
}

static void
test_cases(void)
{
	struct buffer got = BUFFER_INIT;
	struct plan p = PLAN_INIT;
	struct error e;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buffer_reset(&got);
		*e.text = '\0';
		if (run(cases[i].program, cases[i].one, cases[i].two, &p,
		    &e) != 0)
			buffer_adds(&got, *e.text != '\0' ? "-" :
			    "no reason");
		else
			show(&p, &got);
		if (!ok(fits(buffer_string(&got), cases[i].plan), "%s",
		    cases[i].rule))
			diag("got  %s\n# want %s", buffer_string(&got),
			    cases[i].plan);
		plan_free(&p);
	}
	buffer_free(&got);
}

static void
test_control_files(void)
{
	char remotes[] = "h.example smtp tls\n", admin[] = "a@x.org,b@x.org\n",
	    from[] = "f@x.org", helo[] = "helo.example\n",
	    host[] = "web\n", domain[] = "example.com\n",
	    pause[] = "7200\n", life[] = "86400\n", bounce[] = "p@x.org\n",
	    id[] = "id.example\n";
	const struct import_nullmailer files = { .remotes = remotes,
		.adminaddr = admin, .allmailfrom = from, .helohost = helo,
		.defaulthost = host, .defaultdomain = domain,
		.pausetime = pause, .queuelifetime = life, .idhost = id,
		.doublebounceto = bounce };
	struct plan p = PLAN_INIT;
	struct buffer got = BUFFER_INIT;
	struct error e;

	is_int(import_nullmailer(&files, &p, &e), 0, "all of nullmailer");
	show(&p, &got);
	ok(fits(buffer_string(&got), "host=h.example;tls=implicit;"
	    "sender.domain=web.example.com;queue.retry_min=7200s;"
	    "queue.retry_max=7200s;queue.lifetime=86400s;"
	    "sender.from=f@x.org;recipients.local=a@x.org,b@x.org;"
	    "helo=helo.example;queue.bounce_to=p@x.org; note:idhost"),
	    "... its control files: %s", buffer_string(&got));
	plan_free(&p);
	buffer_free(&got);
}

static void
test_dma_path(void)
{
	static const char conf[] = "# AUTHPATH /a\nAUTHPATH /b\n"
	    "SPOOLDIR rel\nAUTHPATHS /c\n";
	char *path = import_dma_path(conf, "AUTHPATH");

	is_str(path, "/b", "a path in dma.conf");
	free(path);
	ok(import_dma_path(conf, "SPOOLDIR") == NULL, "... an absolute one");
}

int
main(void)
{
	test_cases();
	test_control_files();
	test_dma_path();
	return done();
}
