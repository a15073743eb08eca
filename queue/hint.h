/*
 * What to do about a smarthost that refuses: a table of the well-known
 * providers and of what beginners meet everywhere.
 */
#ifndef QUEUE_HINT_H
#define QUEUE_HINT_H

/*
 * host said text at this step of a session ("DNS", "connect", "TLS",
 * "greeting", "EHLO", "STARTTLS", "AUTH", "MAIL FROM").  One line, or NULL.
 */
const char *hint_find(const char *host, const char *step, const char *text);

#endif
