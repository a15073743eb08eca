/*
 * The packets between scheduler and worker: see handover.h.
 */
#include <config.h>

#include "queue/handover.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"

/* As it travels: the text ends with the packet. */
struct packet {
	uint32_t type, job, rcpt, last;
	uint32_t action, scope, flags, code;
	char status[REPLY_STATUS];
	char text[VERDICT_TEXT];
};

int
handover_pair(int fds[2], struct error *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return error_sys(e, "cannot talk to a worker");
	return 0;
}

int
handover_send_job(int sock, uint32_t number, int fd, struct error *e)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { &number, sizeof(number) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) !=
	    sizeof(number))
		return error_sys(e, "cannot hand a message to a worker");
	return 0;
}

int
handover_send_word(int sock, enum handover_word word)
{
	uint32_t n = word;

	return send(sock, &n, sizeof(n), MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    sizeof(n) ? 0 : -1;
}

int
handover_receive_job(int sock, uint32_t *number, int *fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { number, sizeof(*number) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (n == sizeof(*number) && c == NULL && (*number == HANDOVER_END ||
	    *number == HANDOVER_RECORDED))
		return (int)*number;
	if (n != sizeof(*number) || c == NULL ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len !=
	    CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(fd, CMSG_DATA(c), sizeof(int));
	return 1;
}

int
handover_send_report(int sock, const struct handover_report *r)
{
	struct packet p;
	size_t len = strlen(r->verdict.text);
	ssize_t n;

	memset(&p, 0, offsetof(struct packet, text));
	p.type = r->type;
	p.job = r->job;
	p.rcpt = r->rcpt;
	p.last = r->last != 0;
	p.action = r->verdict.action;
	p.scope = r->verdict.scope;
	p.flags = r->verdict.flags;
	p.code = (uint32_t)r->verdict.code;
	/* No more than the string: what lies behind it is our memory. */
	memcpy(p.status, r->verdict.status, strlen(r->verdict.status));
	memcpy(p.text, r->verdict.text, len + 1);
	len += offsetof(struct packet, text) + 1;
	do
		n = send(sock, &p, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? 0 : -1;
}

/* Control bytes would end up in the queue file and in reports. */
static int
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return 0;
	return 1;
}

/* "5.1.1", with the class of the action: another would make a bad report. */
static int
is_status(const char *status, uint32_t action)
{
	size_t i, n;

	if (*status++ != "245"[action])
		return 0;
	for (i = 0; i < 2; i++, status += n) {
		if (*status++ != '.')
			return 0;
		n = strspn(status, "0123456789");
		if (n < 1 || n > 3)
			return 0;
	}
	return *status == '\0';
}

static int
unpack(struct packet *p, size_t len, struct handover_report *r)
{
	size_t text = offsetof(struct packet, text);

	if (len <= text || len > sizeof(*p) ||
	    p->text[len - text - 1] != '\0' ||
	    p->status[REPLY_STATUS - 1] != '\0' ||
	    p->type > HANDOVER_LEAVING || p->last > 1 ||
	    p->action > VERDICT_FAILED ||
	    p->scope > VERDICT_SITE || p->code > 599 ||
	    p->flags > VERDICT_FLAGS ||
	    !is_printable(p->text) || !is_printable(p->status))
		return -1;
	if (p->type == HANDOVER_VERDICT && !is_status(p->status, p->action))
		return -1;
	/* The site never ends a message. */
	if (p->action == VERDICT_FAILED && p->scope == VERDICT_SITE)
		return -1;
	r->type = (enum handover_type)p->type;
	r->job = p->job;
	r->rcpt = p->rcpt;
	r->last = p->last != 0;
	r->verdict.action = (enum verdict_action)p->action;
	r->verdict.scope = (enum verdict_scope)p->scope;
	r->verdict.flags = p->flags;
	r->verdict.code = (int)p->code;
	memcpy(r->verdict.status, p->status, sizeof(p->status));
	memcpy(r->verdict.text, p->text, len - text);
	return 0;
}

int
handover_receive_report(int sock, struct handover_report *r)
{
	struct packet p;
	ssize_t n;

	do
		n = recv(sock, &p, sizeof(p), MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && (errno == EINTR ||
	    errno == ECONNRESET));	/* it ended with jobs unread: told once,
					 * before the reports that it sent */
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n <= 0 || unpack(&p, (size_t)n, r) != 0)
		return -1;
	return 1;
}
