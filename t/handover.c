/*
 * Between scheduler and worker: what goes in comes out, and whatever a worker
 * in someone else's hands sends is refused when it is out of range.
 */
#include <config.h>

#include "queue/handover.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/tap.h"

/* The form of handover.c, written down again: the two must agree. */
struct packet {
	uint32_t type, job, rcpt, last;
	uint32_t action, scope, flags, code;
	char status[REPLY_STATUS];
	char text[VERDICT_TEXT];
};
#define HEAD offsetof(struct packet, text)

static int ends[2];

static int
same(const struct handover_report *a, const struct handover_report *b)
{
	return a->type == b->type && a->job == b->job &&
	    a->rcpt == b->rcpt && a->last == b->last &&
	    a->verdict.action == b->verdict.action &&
	    a->verdict.scope == b->verdict.scope &&
	    a->verdict.flags == b->verdict.flags &&
	    a->verdict.code == b->verdict.code &&
	    strcmp(a->verdict.status, b->verdict.status) == 0 &&
	    strcmp(a->verdict.text, b->verdict.text) == 0;
}

static void
test_reports(void)
{
	struct handover_report r, back;
	unsigned type, action, scope;
	int good = 1;

	for (type = HANDOVER_OPENED; type <= HANDOVER_LEAVING; type++) {
		for (action = 0; action <= VERDICT_FAILED; action++) {
			for (scope = 0; scope <= VERDICT_SITE; scope++) {
				memset(&r, 0, sizeof(r));
				r.type = (enum handover_type)type;
				r.job = 4294967295u;
				r.rcpt = 7;
				r.last = scope % 2 != 0;
				verdict_set(&r.verdict,
				    (enum verdict_action)action,
				    (enum verdict_scope)scope, 63, "4.1.1",
				    "%s", "250 J\303\266rg is there");
				r.verdict.code = 599;
				good &= handover_send_report(ends[1], &r) ==
				    0;
				if (action == VERDICT_FAILED &&
				    scope == VERDICT_SITE) {
					good &= handover_receive_report(
					    ends[0], &back) == -1;
					continue;
				}
				good &= handover_receive_report(ends[0],
				    &back) == 1 && same(&r, &back);
			}
		}
	}
	ok(good, "reports of all kinds, there and back");
	is_int(handover_receive_report(ends[0], &back), 0, "then none");
	memset(r.verdict.text, 'x', VERDICT_TEXT - 1);
	r.verdict.action = VERDICT_DEFERRED;
	r.verdict.text[VERDICT_TEXT - 1] = '\0';
	handover_send_report(ends[1], &r);
	ok(handover_receive_report(ends[0], &back) == 1 && same(&r, &back),
	    "the longest text");
	memset(&r, 0, sizeof(r));
	r.type = HANDOVER_DONE;
	handover_send_report(ends[1], &r);
	is_int(handover_receive_report(ends[0], &back), 1,
	    "a report without a verdict");
}

/* A good verdict of a recipient. */
static void
make(struct packet *p)
{
	memset(p, 0, sizeof(*p));
	p->type = HANDOVER_VERDICT;
	p->action = VERDICT_FAILED;
	p->scope = VERDICT_RECIPIENT;
	p->code = 550;
	memcpy(p->status, "5.1.1", 6);
	memcpy(p->text, "550 no", 7);
}

static int
receive(const void *data, size_t len)
{
	struct handover_report r;

	if (send(ends[1], data, len, 0) != (ssize_t)len)
		scratch_fail("send");
	return handover_receive_report(ends[0], &r);
}

static void
test_fields(void)
{
	static const struct {
		const char *rule;
		size_t offset;
		uint32_t value;
		int want;
	} cases[] = {
		{ "the last type", offsetof(struct packet, type),
		    HANDOVER_LEAVING, 1 },
		{ "a type beyond", offsetof(struct packet, type),
		    HANDOVER_LEAVING + 1, -1 },
		{ "a type far beyond", offsetof(struct packet, type),
		    4294967295u, -1 },
		{ "the last verdict", offsetof(struct packet, last), 1, 1 },
		{ "neither last nor not", offsetof(struct packet, last), 2,
		    -1 },
		{ "an action beyond", offsetof(struct packet, action),
		    VERDICT_FAILED + 1, -1 },
		{ "an action of -1", offsetof(struct packet, action),
		    4294967295u, -1 },
		{ "a scope beyond", offsetof(struct packet, scope),
		    VERDICT_SITE + 1, -1 },
		{ "a scope of -1", offsetof(struct packet, scope),
		    4294967295u, -1 },
		{ "the site never fails a message",
		    offsetof(struct packet, scope), VERDICT_SITE, -1 },
		{ "the largest code", offsetof(struct packet, code), 599, 1 },
		{ "a code beyond", offsetof(struct packet, code), 600, -1 },
		{ "a code of -1", offsetof(struct packet, code), 4294967295u,
		    -1 },
		{ "any job: the scheduler looks it up",
		    offsetof(struct packet, job), 4294967295u, 1 },
		{ "any recipient: the scheduler looks it up",
		    offsetof(struct packet, rcpt), 4294967295u, 1 },
		{ "flags beyond", offsetof(struct packet, flags), 256, -1 },
	};
	struct packet p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(&p);
		memcpy((char *)&p + cases[i].offset, &cases[i].value,
		    sizeof(uint32_t));
		is_int(receive(&p, HEAD + 7), cases[i].want, "%s",
		    cases[i].rule);
	}
}

static void
test_status(void)
{
	static const struct {
		const char *status;
		unsigned action;
		int want;
	} cases[] = {
		{ "5.1.1", VERDICT_FAILED, 1 },
		{ "5.123.456", VERDICT_FAILED, 1 },
		{ "4.1.1", VERDICT_DEFERRED, 1 },
		{ "2.0.0", VERDICT_DELIVERED, 1 },
		{ "4.1.1", VERDICT_FAILED, -1 },
		{ "5.1.1", VERDICT_DEFERRED, -1 },
		{ "5.1.1", VERDICT_DELIVERED, -1 },
		{ "", VERDICT_FAILED, -1 }, { "5", VERDICT_FAILED, -1 },
		{ "5.", VERDICT_FAILED, -1 }, { "5.1", VERDICT_FAILED, -1 },
		{ "5.1.", VERDICT_FAILED, -1 },
		{ "5..1", VERDICT_FAILED, -1 },
		{ "5.1.1.1", VERDICT_FAILED, -1 },
		{ "5.1.1 x", VERDICT_FAILED, -1 },
		{ "5.x.1", VERDICT_FAILED, -1 },
		{ "5.1.1234", VERDICT_FAILED, -1 },
		{ "5.1.1\r\nX", VERDICT_FAILED, -1 },
	};
	struct packet p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(&p);
		p.action = cases[i].action;
		memset(p.status, 0, sizeof(p.status));
		memcpy(p.status, cases[i].status, strlen(cases[i].status));
		is_int(receive(&p, HEAD + 7), cases[i].want, "status '%s' of "
		    "action %u", cases[i].status, cases[i].action);
	}
	make(&p);
	memcpy(p.status, "5.111.111111", 12);
	is_int(receive(&p, HEAD + 7), -1, "a status without its end");
}

static void
test_texts(void)
{
	struct packet p;
	char big[sizeof(p) + 100];
	size_t len;
	int accepted = 0;

	make(&p);
	for (len = 0; len <= HEAD; len++)
		accepted += receive(&p, len) != -1;
	is_int(accepted, 0, "cut short at every length");
	is_int(receive(&p, HEAD + 6), -1, "a text without its end");
	is_int(receive(&p, HEAD + 7), 1, "a text with it");
	is_int(receive(&p, HEAD + 8), 1, "... and a NUL more");
	memcpy(p.text, "a\nb\0cd", 7);
	is_int(receive(&p, HEAD + 4), -1, "a line end in the text");
	memcpy(p.text, "a\033[2J", 6);
	is_int(receive(&p, HEAD + 6), -1, "an escape in the text");
	memcpy(p.text, "a\177", 3);
	is_int(receive(&p, HEAD + 3), -1, "DEL in the text");
	make(&p);
	memset(p.text, 'x', sizeof(p.text));
	is_int(receive(&p, sizeof(p)), -1, "the longest, without its end");
	p.text[VERDICT_TEXT - 1] = '\0';
	is_int(receive(&p, sizeof(p)), 1, "... with it");
	memset(big, 0, sizeof(big));
	memcpy(big, &p, sizeof(p));
	is_int(receive(big, sizeof(big)), -1, "a packet that is too long");
	memset(&p, 0xff, sizeof(p));
	is_int(receive(&p, sizeof(p)), -1, "ones");
	memset(&p, 0, sizeof(p));
	is_int(receive(&p, sizeof(p)), 1, "zeros: opened, without a name");
}

/* Random packets near to good ones never bring what is out of range. */
static void
test_random(void)
{
	struct handover_report r;
	struct packet p;
	size_t n, i, bad = 0, accepted = 0;

	for (n = 0; n < 20000; n++) {
		make(&p);
		for (i = 1 + chance_below(3); i > 0; i--)
			((char *)&p)[chance_below(HEAD + 8)] =
			    (char)(chance_of(2) ? chance() :
			    chance_below(4));
		send(ends[1], &p, HEAD + 1 + chance_below(8), 0);
		if (handover_receive_report(ends[0], &r) != 1)
			continue;
		accepted++;
		bad += r.type > HANDOVER_LEAVING || r.verdict.action >
		    VERDICT_FAILED || r.verdict.scope > VERDICT_SITE ||
		    r.verdict.code > 599 || strlen(r.verdict.text) >=
		    VERDICT_TEXT || strlen(r.verdict.status) >= REPLY_STATUS;
	}
	is_int((long long)bad, 0, "random packets, %zu of 20,000 in good "
	    "form", accepted);
}

static void
test_jobs(void)
{
	struct error e;
	uint32_t number = 0;
	char text[8] = "";
	int fd = -1, null, i, sent;

	scratch_text("job", "content");
	null = open(scratch_path("job"), O_RDONLY | O_CLOEXEC);
	is_int(handover_receive_job(ends[1], &number, &fd), 0, "no job");
	is_int(handover_send_job(ends[0], 4711, null, &e), 0, "a job");
	is_int(handover_receive_job(ends[1], &number, &fd), 1,
	    "... is received");
	is_int(number, 4711, "... with its number");
	ok(read(fd, text, 7) == 7 && strcmp(text, "content") == 0,
	    "... and its file");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "... which closes on exec");
	close(fd);
	for (sent = 0; handover_send_job(ends[0], 1, null, &e) == 0; sent++)
		continue;
	ok(sent > 0 && (e.number == EAGAIN || e.number == ETOOMANYREFS),
	    "a worker that takes nothing: %d jobs, then an error", sent);
	for (i = 0; i < sent; i++) {
		if (handover_receive_job(ends[1], &number, &fd) != 1)
			break;
		close(fd);
	}
	is_int(i, sent, "... all of which are there");
	handover_send_word(ends[0], HANDOVER_RECORDED);
	handover_send_word(ends[0], HANDOVER_END);
	is_int(handover_receive_job(ends[1], &number, &fd), HANDOVER_RECORDED,
	    "a word");
	is_int(handover_receive_job(ends[1], &number, &fd), HANDOVER_END,
	    "... and another");
	if (send(ends[0], "text", 4, 0) != 4 ||
	    send(ends[0], "longer text", 11, 0) != 11)
		scratch_fail("send");
	is_int(handover_receive_job(ends[1], &number, &fd), -1,
	    "a packet without a descriptor");
	is_int(handover_receive_job(ends[1], &number, &fd), -1,
	    "... or of another length");
	close(null);
}

static void
test_end(void)
{
	struct handover_report r = { .type = HANDOVER_DONE };
	struct error e;
	uint32_t number;
	int fd;

	shutdown(ends[0], SHUT_WR);
	is_int(handover_receive_job(ends[1], &number, &fd), -1,
	    "the scheduler has closed: no more jobs");
	is_int(handover_send_report(ends[1], &r), 0,
	    "... but reports go up");
	is_int(handover_receive_report(ends[0], &r), 1, "... and arrive");
	close(ends[1]);
	is_int(handover_receive_report(ends[0], &r), -1,
	    "the worker is gone");
	is_int(handover_send_job(ends[0], 1, 0, &e), -1,
	    "... and takes no job");
	close(ends[0]);
}

/* The system tells of the loss before it gives what was sent earlier. */
static void
test_unread(void)
{
	struct handover_report r = { .type = HANDOVER_DONE };
	struct error e;

	if (handover_pair(ends, &e) != 0)
		scratch_fail("socketpair");
	is_int(handover_send_job(ends[0], 1, 0, &e), 0,
	    "a worker that ends with a job unread");
	handover_send_report(ends[1], &r);
	close(ends[1]);
	is_int(handover_receive_report(ends[0], &r), 1,
	    "... its last report arrives");
	is_int(handover_receive_report(ends[0], &r), -1, "... and then none");
	close(ends[0]);
}

int
main(void)
{
	struct error e;

	is_int(handover_pair(ends, &e), 0, "a pair");
	is_int(fcntl(ends[0], F_GETFD), FD_CLOEXEC, "... closes on exec");
	test_reports();
	test_fields();
	test_status();
	test_texts();
	test_random();
	test_jobs();
	test_end();
	test_unread();
	return done();
}
