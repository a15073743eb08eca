/*
 * smarthost_store.c - D/NNNN.msg and D/NNNN.env.
 *
 * Files get their final name when they are complete, the .env last: who sees
 * it can read both.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smarthost.h"
#include "smarthost_buf.h"

#define WRITE_AT 65536

struct draft {
	int fd;
	struct buf pending;
	struct buf path;
};

static unsigned long last_number;
static atomic_ulong drafts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
die(const char *path)
{

	fprintf(stderr, "smarthost: %s: %s\n", path, strerror(errno));
	_exit(1);
}

static int
is_off(void)
{

	return conf.dir == NULL || conf.count;
}

/* Go on behind the messages of an earlier run. */
int
store_open(void)
{
	struct dirent *de;
	DIR *d;
	unsigned long n;

	if (is_off())
		return 0;
	if ((d = opendir(conf.dir)) == NULL) {
		fprintf(
		    stderr, "smarthost: %s: %s\n", conf.dir, strerror(errno));
		return -1;
	}
	while ((de = readdir(d)) != NULL) {
		n = strtoul(de->d_name, NULL, 10);
		if (n > last_number)
			last_number = n;
	}
	closedir(d);
	return 0;
}

static void
write_file(int fd, const struct buf *b, const char *path)
{
	size_t done = 0;
	ssize_t k;

	while (done < b->len) {
		k = write(fd, b->data + done, b->len - done);
		if (k < 0 && errno != EINTR)
			die(path);
		if (k > 0)
			done += (size_t)k;
	}
}

static int
create(const char *path)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		die(path);
	return fd;
}

static void
begin(struct draft **d)
{

	*d = xalloc(sizeof(**d));
	buf_addf(&(*d)->path, "%s/.draft-%ld-%lu", conf.dir, (long)getpid(),
	    atomic_fetch_add(&drafts, 1));
	(*d)->fd = create((*d)->path.data);
}

void
store_add(struct draft **d, const char *p, size_t n)
{

	if (is_off())
		return;
	if (*d == NULL)
		begin(d);
	buf_add(&(*d)->pending, p, n);
	if ((*d)->pending.len >= WRITE_AT) {
		write_file((*d)->fd, &(*d)->pending, (*d)->path.data);
		buf_reset(&(*d)->pending);
	}
}

static void
free_draft(struct draft **d)
{

	close((*d)->fd);
	buf_free(&(*d)->pending);
	buf_free(&(*d)->path);
	free(*d);
	*d = NULL;
}

void
store_drop(struct draft **d)
{

	if (*d == NULL)
		return;
	(void)unlink((*d)->path.data);
	free_draft(d);
}

static void
name_files(struct draft *d, const struct buf *env)
{
	struct buf msg = { 0 }, tmp = { 0 }, fin = { 0 };
	int fd;

	buf_addf(&msg, "%s/%04lu.msg", conf.dir, last_number);
	buf_addf(&tmp, "%s/.env-%ld", conf.dir, (long)getpid());
	buf_addf(&fin, "%s/%04lu.env", conf.dir, last_number);
	fd = create(tmp.data);
	write_file(fd, env, tmp.data);
	close(fd);
	if (rename(d->path.data, msg.data) != 0)
		die(msg.data);
	if (rename(tmp.data, fin.data) != 0)
		die(fin.data);
	buf_free(&msg);
	buf_free(&tmp);
	buf_free(&fin);
}

unsigned long
store_keep(struct draft **d, const char *env, size_t env_len)
{
	struct buf text = { 0 };
	unsigned long number;

	if (is_off())
		return 0;
	if (*d == NULL)
		begin(d); /* an empty message */
	write_file((*d)->fd, &(*d)->pending, (*d)->path.data);
	buf_add(&text, env, env_len);
	pthread_mutex_lock(&lock);
	number = ++last_number;
	name_files(*d, &text);
	pthread_mutex_unlock(&lock);
	buf_free(&text);
	free_draft(d);
	return number;
}
