/*
 * The command line: every row of the option table of the sendmail interface,
 * then the rules of how words are read.
 */
#include <config.h>

#include "sendmail/options.h"

#include <stdio.h>
#include <string.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "t/tap.h"

#define ID "000661067527B43AA547DB94"

/* All that the options say, as one line; "64" when they are refused. */
static void
describe(struct buffer *out, int argc, char **argv)
{
	static const char *const modes[] = { "submit", "smtp", "list",
		"count", "verify", "flush", "nothing", "help", "version" };
	struct options o;
	struct error e = { 0, "" };
	char **w;

	if (options_parse(&o, argc, argv, &e) != 0) {
		buffer_adds(out, *e.text != '\0' ? "64" : "64 unexplained");
		return;
	}
	buffer_adds(out, modes[o.mode]);
	buffer_adds(out, o.dots ? " i" : "");
	buffer_adds(out, o.from_header ? " t" : "");
	buffer_adds(out, o.queue_only ? " queue-only" : "");
	buffer_adds(out, o.foreground ? " foreground" : "");
	buffer_adds(out, o.require_tls ? " require-tls" : "");
	if (o.sender != NULL)
		buffer_addf(out, " f=%s", o.sender);
	if (o.name != NULL)
		buffer_addf(out, " F=%s", o.name);
	if (o.config != NULL)
		buffer_addf(out, " C=%s", o.config);
	if (o.notify != NULL)
		buffer_addf(out, " N=%s", o.notify);
	if (o.ret != NULL)
		buffer_addf(out, " R=%s", o.ret);
	if (o.envid != NULL)
		buffer_addf(out, " V=%s", o.envid);
	if (o.flush_id != NULL)
		buffer_addf(out, " id=%s", o.flush_id);
	for (w = o.words; *w != NULL; w++)
		buffer_addf(out, " [%s]", *w);
}

/* Words are separated by '|'; the name is the first. */
static void
check(const char *line, const char *want)
{
	struct buffer got = BUFFER_INIT;
	char copy[512], *argv[64], *p = copy;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	while (p != NULL) {
		char *end = strchr(p, '|');

		if (end != NULL)
			*end++ = '\0';
		argv[argc++] = p;
		p = end;
	}
	argv[argc] = NULL;
	describe(&got, argc, argv);
	is_str(buffer_string(&got), want, "%s", line);
	buffer_free(&got);
}

struct row {
	const char *line, *want;
};

static void
check_all(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check(rows[i].line, rows[i].want);
}
#define CHECK(rows) check_all(rows, sizeof(rows) / sizeof(rows[0]))

/* In the order of the table; "x" shows whether the next word was eaten. */
static const struct row table[] = {
	{ "sendmail|-Ac|x", "submit [x]" },
	{ "sendmail|-Am|x", "submit [x]" },
	{ "sendmail|-A|c|x", "submit [x]" },
	{ "sendmail|-B8BITMIME|x", "submit [x]" },
	{ "sendmail|-B|8BITMIME|x", "submit [x]" },
	{ "sendmail|-Bfoo|x", "submit [x]" },
	{ "sendmail|-ba|x", "submit [x]" },
	{ "sendmail|-bd", "64" },
	{ "sendmail|-bD", "64" },
	{ "sendmail|-bl", "64" },
	{ "sendmail|-bh", "nothing" },
	{ "sendmail|-bH", "nothing" },
	{ "sendmail|-bi", "nothing" },
	{ "sendmail|-bm|x", "submit [x]" },
	{ "sendmail|-bp", "list" },
	{ "sendmail|-bP", "count" },
	{ "sendmail|-bs", "smtp" },
	{ "sendmail|-bS", "64" },
	{ "sendmail|-bt", "64" },
	{ "sendmail|-bv|x", "verify [x]" },
	{ "sendmail|-bz", "64" },
	{ "sendmail|-bC", "64" },
	{ "sendmail|-b?", "64" },
	{ "sendmail|-bmx", "64" },
	{ "sendmail|-C|file|x", "submit C=file [x]" },
	{ "sendmail|-Cfile|x", "submit C=file [x]" },
	{ "sendmail|-D|file|x", "64" },
	{ "sendmail|-Dfile|x", "64" },
	{ "sendmail|-d|x", "submit [x]" },
	{ "sendmail|-d0.1|x", "submit [x]" },
	{ "sendmail|-E|x", "submit [x]" },
	{ "sendmail|-Ey|x", "submit [x]" },
	{ "sendmail|-J|x", "submit [x]" },
	{ "sendmail|-Jy|x", "submit [x]" },
	{ "sendmail|-em|x", "submit [x]" },
	{ "sendmail|-ep|x", "submit [x]" },
	{ "sendmail|-eq|x", "submit [x]" },
	{ "sendmail|-ew|x", "submit [x]" },
	{ "sendmail|-ee|x", "submit [x]" },
	{ "sendmail|-F|Full Name|x", "submit F=Full Name [x]" },
	{ "sendmail|-FCronDaemon|x", "submit F=CronDaemon [x]" },
	{ "sendmail|-f|a@b|x", "submit f=a@b [x]" },
	{ "sendmail|-fa@b|x", "submit f=a@b [x]" },
	{ "sendmail|-fa@b|-fc@d|x", "submit f=c@d [x]" },
	{ "sendmail|-f||x", "submit f= [x]" },
	{ "sendmail|-f|<>|x", "submit f=<> [x]" },
	{ "sendmail|-f<>|x", "submit f=<> [x]" },
	{ "sendmail|-f|'<>'|x", "submit f='<>' [x]" },
	{ "sendmail|-G|x", "submit [x]" },
	{ "sendmail|-h|1|x", "submit [x]" },
	{ "sendmail|-h1|x", "submit [x]" },
	{ "sendmail|-I", "nothing" },
	{ "sendmail|-i|x", "submit i [x]" },
	{ "sendmail|-oi|x", "submit i [x]" },
	{ "sendmail|-oitrue|x", "submit i [x]" },
	{ "sendmail|-oifalse|x", "submit [x]" },
	{ "sendmail|-o|i|x", "submit i [x]" },
	{ "sendmail|-L|tag|x", "submit [x]" },
	{ "sendmail|-Ltag|x", "submit [x]" },
	{ "sendmail|-Mfoo|x", "64" },
	{ "sendmail|-m|x", "submit [x]" },
	{ "sendmail|-N|never|x", "submit N=never [x]" },
	{ "sendmail|-NFAILURE,success|x", "submit N=success,failure [x]" },
	{ "sendmail|-N|delay|x", "submit N=delay [x]" },
	{ "sendmail|-N|never,delay|x", "submit [x]" },
	{ "sendmail|-N|rubbish|x", "submit [x]" },
	{ "sendmail|-N|success,|x", "submit [x]" },
	{ "sendmail|-n|x", "submit [x]" },
	{ "sendmail|-O|Timeout.queuereturn=5d|x", "submit [x]" },
	{ "sendmail|-OIgnoreDots=true|x", "submit i [x]" },
	{ "sendmail|-O|DeliveryMode=q|x", "submit queue-only [x]" },
	{ "sendmail|-O|requiretls=yes|x", "submit require-tls [x]" },
	{ "sendmail|-ORequireTLS=Yes|x", "submit require-tls [x]" },
	{ "sendmail|-Orequiretls=no|x", "submit [x]" },
	{ "sendmail|-Orequiretls=yes|-Orequiretls=no|x", "submit [x]" },
	{ "sendmail|-Orequiretls=ye|x", "64" },
	{ "sendmail|-Orequiretls|x", "64" },
	{ "sendmail|-O|QueueDirectory=/tmp|x", "submit [x]" },
	{ "sendmail|-odq|x", "submit queue-only [x]" },
	{ "sendmail|-odb|x", "submit [x]" },
	{ "sendmail|-odi|x", "submit [x]" },
	{ "sendmail|-odf|x", "submit [x]" },
	{ "sendmail|-oem|x", "submit [x]" },
	{ "sendmail|-om|x", "submit [x]" },
	{ "sendmail|-oo|x", "submit [x]" },
	{ "sendmail|-o7|x", "submit [x]" },
	{ "sendmail|-o8|x", "submit [x]" },
	{ "sendmail|-or0s|x", "submit [x]" },
	{ "sendmail|-oA/etc/aliases|x", "submit [x]" },
	{ "sendmail|-p|ESMTP:host|x", "submit [x]" },
	{ "sendmail|-pSMTP|x", "submit [x]" },
	{ "sendmail|-Q|x", "64" },
	{ "sendmail|-Qreason|x", "64" },
	{ "sendmail|-q", "flush" },
	{ "sendmail|-q15m", "nothing" },
	{ "sendmail|-q1h30m", "nothing" },
	{ "sendmail|-qf", "flush foreground" },
	{ "sendmail|-qI" ID, "flush id=" ID },
	{ "sendmail|-qI../../etc/passwd", "64" },
	{ "sendmail|-qRhost", "64" },
	{ "sendmail|-qSuser", "64" },
	{ "sendmail|-qGgroup", "64" },
	{ "sendmail|-qp30m", "64" },
	{ "sendmail|-q15x", "64" },
	{ "sendmail|-R|full|x", "submit R=full [x]" },
	{ "sendmail|-RHDRS|x", "submit R=hdrs [x]" },
	{ "sendmail|-R|rubbish|x", "submit [x]" },
	{ "sendmail|-r|a@b|x", "submit f=a@b [x]" },
	{ "sendmail|-ra@b|x", "submit f=a@b [x]" },
	{ "sendmail|-S|x", "64" },
	{ "sendmail|-s|x", "submit [x]" },
	{ "sendmail|-T|3d|x", "64" },
	{ "sendmail|-t", "submit t" },
	{ "sendmail|-U|x", "submit [x]" },
	{ "sendmail|-V|id1|x", "submit V=id1 [x]" },
	{ "sendmail|-Vid1|x", "submit V=id1 [x]" },
	{ "sendmail|-v|x", "submit [x]" },
	{ "sendmail|-X|/tmp/log|x", "submit [x]" },
	{ "sendmail|-X/tmp/log|x", "submit [x]" },
	{ "sendmail|-x|x", "submit [x]" },
	{ "sendmail|-c|x", "submit [x]" },
	{ "sendmail|--|-x", "submit [-x]" },
	{ "sendmail|--help", "help" },
	{ "sendmail|--version", "version" },
	{ "sendmail|--foo", "64" },
};

static const struct row words[] = {
	/* clusters */
	{ "sendmail|-ti", "submit i t" },
	{ "sendmail|-it", "submit i t" },
	{ "sendmail|-tifa@b|x", "submit i t f=a@b [x]" },
	{ "sendmail|-tif|a@b|x", "submit i t f=a@b [x]" },
	{ "sendmail|-ivm|x", "submit i [x]" },
	/* where options end */
	{ "sendmail|x|-i", "64" },
	{ "sendmail|-i|x|-t", "64" },
	{ "sendmail|--|x|-t", "submit [x] [-t]" },
	{ "sendmail|-i|--|x", "submit i [x]" },
	{ "sendmail|x|--", "64" },
	{ "sendmail|-", "64" },
	{ "sendmail|x|y z,w", "submit [x] [y z,w]" },
	/* arguments that are not there */
	{ "sendmail|-f", "64" },
	{ "sendmail|-F", "64" },
	{ "sendmail|-o", "64" },
	{ "sendmail|-b", "64" },
	{ "sendmail|-tif", "64" },
	/* unknown letters */
	{ "sendmail|-z", "64" },
	{ "sendmail|-iz", "64" },
	{ "sendmail|-\303\251", "64" },
	/* a message is not taken for something else */
	{ "sendmail|-q|root", "64" },
	{ "sendmail|-q30m|root", "64" },
	{ "sendmail|-t|-i|-q", "64" },
	{ "sendmail|-q30m|-ti", "64" },
	{ "sendmail|-bm|-q|-t", "submit t" },
	/* -b has the last word over -q and over the name */
	{ "sendmail|-bp|-q", "list" },
	{ "sendmail|-q|-bp", "list" },
	{ "sendmail|-bd|-q15m", "64" },
	{ "sendmail|-bm|-bp", "list" },
	/* A message that nobody would read. */
	{ "sendmail|-bp|-t", "64" },
	{ "sendmail|-bP|-t", "64" },
	{ "sendmail|-t|-bi", "64" },
	{ "sendmail|-bh|-ti", "64" },
	{ "mailq|-t", "64" },
	{ "newaliases|-t", "64" },
	{ "sendmail|-bp|x", "64" },
	{ "sendmail|-bP|--|-x", "64" },
	{ "sendmail|-bi|x|y", "64" },
	{ "sendmail|-I|x", "64" },
	{ "sendmail|-bh|x", "64" },
	{ "mailq|x", "64" },
	{ "/usr/bin/newaliases|x", "64" },
	{ "sendmail|-bp|-t|-bm", "submit t" },
	{ "sendmail|-bs|-odb|-oem", "smtp" },
	{ "sendmail|-bs|-i", "smtp i" },
	{ "newaliases|-bp", "list" },
	/* names */
	{ "mailq", "list" },
	{ "/usr/bin/mailq", "list" },
	{ "mailq|-v|-Ac", "list" },
	{ "newaliases", "nothing" },
	{ "/usr/bin/newaliases|-v", "nothing" },
	{ "hoststat", "nothing" },
	{ "purgestat", "nothing" },
	{ "runq", "flush" },
	{ "send-mail|-i|x", "submit i [x]" },
	{ "anything|x", "submit [x]" },
	{ "/|x", "submit [x]" },
	{ "|x", "submit [x]" },
	/* what callers really say */
	{ "sendmail|-t|-i", "submit i t" },
	{ "sendmail|-FCronDaemon|-i|-B8BITMIME|-oem|root",
	    "submit i F=CronDaemon [root]" },
	{ "sendmail|-FCronDaemon|-i|-odi|-oem|-oi|-t|-f|root",
	    "submit i t f=root F=CronDaemon" },
	{ "sendmail|-i|-B|8BITMIME|root", "submit i [root]" },
	{ "sendmail|-oem|-oi|-f|a@b|-N|failure|-R|hdrs|--|c@d",
	    "submit i f=a@b N=failure R=hdrs [c@d]" },
	{ "sendmail|-i|-f|a@b|c@d|e@f", "submit i f=a@b [c@d] [e@f]" },
	{ "send-mail|-i|-m|-v|root", "submit i [root]" },
	{ "sendmail|-oi|-f|a@b|-oep|-odi|-t", "submit i t f=a@b" },
	{ "sendmail|-FAnacron|-odi|root", "submit F=Anacron [root]" },
	{ "sendmail|-oi|-t", "submit i t" },
	{ "sendmail|-f|fail2ban|root", "submit f=fail2ban [root]" },
	{ "sendmail|-h|1|root", "submit [root]" },
};

/* Every letter: what it takes must be what the command line does. */
static void
check_letters(void)
{
	static const struct {
		const char *letters;
		enum options_argument arg;
	} classes[] = {
		{ "ABCDFLMNORTVXbefhopr", OPTIONS_ARGUMENT },
		{ "EJQSdq", OPTIONS_GLUED },
		{ "GIUcimnstvx", OPTIONS_NONE },
		{ "HKPWYZagjkluwyz0123456789?:", OPTIONS_UNKNOWN },
	};
	size_t i;
	const char *p;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		for (p = classes[i].letters; *p != '\0'; p++)
			is_int(options_argument(*p), classes[i].arg,
			    "-%c takes what the contract says", *p);
}

int
main(void)
{
	struct buffer got = BUFFER_INIT;
	char *none[] = { NULL }, empty[] = "", *one[] = { empty, NULL };

	CHECK(table);
	CHECK(words);
	check_letters();
	describe(&got, 0, none);
	is_str(buffer_string(&got), "submit", "argc 0 is safe");
	buffer_reset(&got);
	describe(&got, 1, one);
	is_str(buffer_string(&got), "submit", "so is an empty name");
	buffer_free(&got);
	return done();
}
