/*
 * What the targets of aliases mean, and what is wrong with a file of them.
 */
#ifndef QUEUE_ALIAS_H
#define QUEUE_ALIAS_H

#include "config/aliases.h"

struct address_list;
struct recipients_rules;

/*
 * Add the addresses of a target to list: none where it is a command, a file
 * or a list in a file.  -1: memory ran out.
 */
int alias_parse(struct address_list *list, const char *target);

/* 1: it has an address, and nothing that is none. */
int alias_is_read(const struct address_list *list);

/*
 * Tell report what is wrong with the file of aliases that rules name: each
 * line and each target that is passed over, and the names that lead back to
 * themselves by others, a line for each such circle.  -1: memory ran out.
 */
int alias_check(const struct recipients_rules *rules, aliases_report *report,
    void *arg);

#endif
