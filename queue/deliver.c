/*
 * Delivery on this machine: see deliver.h.  What is at fault here never ends a
 * message, but for a user that does not exist.
 */
#include <config.h>

#include "queue/deliver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/passwd.h"
#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/mbox.h"
#include "queue/unixtext.h"
#include "queue/verdict.h"

#define BLOCK 65536

/* A name that can be part of the name of a file and of a command. */
static int
is_name(const char *text, size_t len)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-$";
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] == '\0' || strchr(good, text[i]) == NULL)
			return 0;
	return len > 0 && *text != '.' && *text != '-';
}

/* The user of an address of this machine, freed by the caller.  NULL: there is
 * no such user, or nobody can tell, which *missing tells apart. */
static char *
find_user(const char *passwd, const char *address, uid_t *uid,
    int *missing)
{
	size_t len = strcspn(address, "@");
	int found;

	*missing = 1;
	if (!is_name(address, len))
		return NULL;
	found = passwd_require(passwd, address, len, uid);
	*missing = found == 0;
	return found == 1 ? strndup(address, len) : NULL;
}

char *
deliver_expand(const char *text, const char *user)
{
	struct buffer out = BUFFER_INIT;
	const char *p;

	for (; (p = strstr(text, "%u")) != NULL; text = p + 2) {
		buffer_add(&out, text, (size_t)(p - text));
		buffer_adds(&out, user);
	}
	buffer_adds(&out, text);
	return buffer_steal(&out);
}

int
deliver_copy(const struct deliver_letter *l, int quote,
    int (*put)(void *arg, const void *data, size_t len, struct error *e),
    void *arg, struct error *e)
{
	struct unixtext u = UNIXTEXT_INIT(quote);
	uint64_t done = 0, left;
	struct buffer out = BUFFER_INIT;
	char *block = malloc(BLOCK);
	ssize_t n;
	int rc = block != NULL ? 0 : error_memory(e);

	while (rc == 0 && (left = l->env->message - done) > 0) {
		n = pread(l->fd, block, left < BLOCK ? (size_t)left : BLOCK,
		    (off_t)(l->env->head + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			rc = n < 0 ? error_sys(e, "cannot read the message") :
			    error_set(e, "the message was cut short");
			break;
		}
		done += (uint64_t)n;
		buffer_reset(&out);
		unixtext_add(&u, &out, block, (size_t)n);
		rc = out.failed ? error_memory(e) :
		    put(arg, out.data, out.len, e);
	}
	buffer_reset(&out);
	unixtext_end(&u, &out);
	if (rc == 0)
		rc = out.failed ? error_memory(e) :
		    put(arg, out.data, out.len, e);
	buffer_free(&out);
	free(block);
	return rc;
}

void
deliver_head(const struct deliver_letter *l, struct buffer *out)
{
	buffer_addf(out, "Return-Path: <%s>\nDelivered-To: %s\n",
	    l->env->sender, l->env->rcpts[l->rcpt].address);
}

/* The line that begins a message in a mailbox: who and when, by the words. */
static void
add_from(const struct deliver_letter *l, struct buffer *out)
{
	const char *p = l->env->sender;
	time_t now = clock_wall();
	struct tm tm;
	char date[64] = "Thu Jan  1 00:00:00 1970";

	if (localtime_r(&now, &tm) != NULL)
		strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", &tm);
	buffer_adds(out, "From ");
	if (*p == '\0')
		buffer_adds(out, "MAILER-DAEMON");
	for (; *p != '\0'; p++)
		buffer_addc(out, *p == ' ' ? '_' : *p);
	buffer_addf(out, " %s\n", date);
}

static int
put(void *arg, const void *data, size_t len, struct error *e)
{
	return len > 0 ? mbox_write(arg, data, len, e) : 0;
}

static int
write_letter(struct mbox *b, const struct deliver_letter *l, struct error *e)
{
	struct buffer head = BUFFER_INIT;
	int rc;

	add_from(l, &head);
	deliver_head(l, &head);
	rc = head.failed ? error_memory(e) :
	    put(b, head.data, head.len, e);
	buffer_free(&head);
	if (rc == 0)
		rc = deliver_copy(l, 1, put, b, e);
	return rc == 0 ? put(b, "\n", 1, e) : -1;
}

static int
append(const struct deliver_rules *r, const struct deliver_letter *l,
    const char *path, uid_t reader, struct error *e)
{
	struct mbox_params p = { path, reader, r->wait, r->tick, r->arg };
	struct mbox b;

	if (mbox_open(&b, &p, e) != 0)
		return -1;
	if (write_letter(&b, l, e) != 0) {
		mbox_abort(&b);
		return -1;
	}
	return mbox_commit(&b, e);
}

static int
to_mbox(const struct deliver_rules *r, const struct deliver_letter *l,
    const char *user, uid_t uid, struct verdict *v)
{
	uid_t reader = strstr(r->mbox, "%u") != NULL ? uid : geteuid();
	char *path = deliver_expand(r->mbox, user);
	struct error e;

	e.number = 0;
	if (path == NULL)
		error_memory(&e);
	if (path != NULL && append(r, l, path, reader, &e) == 0)
		verdict_set(v, VERDICT_DELIVERED, VERDICT_RECIPIENT, 0,
		    "2.0.0", "delivered to mailbox %s", path);
	else
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    e.number == ENOSPC || e.number == EDQUOT ||
		    e.number == EFBIG ? "4.2.2" : "4.3.0", "%s", e.text);
	free(path);
	return v->action == VERDICT_DEFERRED && e.number == EWOULDBLOCK;
}

int
deliver(const struct deliver_rules *r, const struct deliver_letter *l,
    struct verdict *v)
{
	const char *address = l->env->rcpts[l->rcpt].address;
	int missing, busy = 0;
	uid_t uid = 0;
	char *user = find_user(r->passwd, address, &uid, &missing);

	if (user == NULL && missing)
		verdict_set(v, VERDICT_FAILED, VERDICT_RECIPIENT, 0, "5.1.1",
		    "unknown user: \"%.*s\"", (int)strcspn(address, "@"),
		    address);
	else if (user == NULL)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.0", "cannot read %s", r->passwd);
	else if (*r->mbox != '\0')
		busy = to_mbox(r, l, user, uid, v);
	else if (*r->command != '\0')
		deliver_command(r, l, user, v);
	else	/* the configuration was changed, and flush does not know yet */
		verdict_set(v, VERDICT_DEFERRED, VERDICT_RECIPIENT, 0,
		    "4.3.5", "local mail is not delivered any more");
	free(user);
	return busy;
}
