/*
 * For whoever watches a session being opened: what step begins, how it ended.
 */
#ifndef QUEUE_TRACE_H
#define QUEUE_TRACE_H

enum trace_event { TRACE_BEGIN, TRACE_DONE, TRACE_FAILED };

struct trace {
	/* text may have several lines; "" with TRACE_BEGIN.  A step that did
	 * not end is the one that failed. */
	void (*tell)(void *arg, enum trace_event event, const char *step,
	    const char *text);
	void *arg;
};

/* t may be NULL: nobody watches. */
void trace(const struct trace *t, enum trace_event event, const char *step,
    const char *text);

#endif
