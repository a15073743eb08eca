/*
 * What the fault injector reads from, and does in the place of, a process
 * that waits in a system call.  All of it is best effort: the process may
 * have been killed meanwhile.
 */
#ifndef T_FAULT_TASK_H
#define T_FAULT_TASK_H

#include <linux/seccomp.h>

#include <sys/types.h>

#include <stddef.h>

struct fault_call;
struct fault_task; /* where the code of one process came from */

/* The task of that number, made when new; NULL when memory is short. */
struct fault_task *fault_task_find(struct fault_task **list, pid_t tid);
pid_t fault_task_tid(const struct fault_task *t);
struct fault_task *fault_task_next(const struct fault_task *t);
void fault_task_free(struct fault_task *list);

/* The process may run another program from here on. */
void fault_task_renew(struct fault_task *t);

/*
 * Was the call at address ip made by the dynamic loader or by the run-time
 * library of a sanitizer, also one that is linked into the program?  Where the
 * loader is the C library itself (musl) the answer for it is no.
 */
int fault_task_is_runtime(struct fault_task *t, unsigned long ip);

/* The string at addr in buf, cut to size - 1 bytes; -1 when unreadable. */
int fault_task_string(pid_t tid, unsigned long addr, char *buf, size_t size);

/* n bytes at addr in buf; -1 when unreadable. */
int fault_task_read(pid_t tid, unsigned long addr, void *buf, size_t n);

/* The other way; -1 when it cannot be written. */
int fault_task_write(pid_t tid, unsigned long addr, void *buf, size_t n);

/*
 * Let the call go on; or end it without doing it, with error or else val.
 * That the process is gone is no error.
 */
void fault_task_continue(int notify, const struct seccomp_notif *req);
void fault_task_end(
    int notify, const struct seccomp_notif *req, long val, int error);

/*
 * Can this call move part of what it was asked to?  It needs two bytes at
 * least, no socket that keeps records whole and, for copies between files, no
 * explicit offset.
 */
int fault_task_has_parts(
    const struct fault_call *c, const struct seccomp_notif *req);

/*
 * Do one byte of the call and answer it on the notification descriptor; in a
 * child when it has to wait.  -1: that cannot be started.
 */
int fault_task_part(
    const struct fault_call *c, const struct seccomp_notif *req, int notify);

#endif
