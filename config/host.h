/*
 * What this machine is called, without a question to the network.
 */
#ifndef CONFIG_HOST_H
#define CONFIG_HOST_H

/* Where the names come from; tests have others. */
struct host_sources {
	const char *mailname;	/* /etc/mailname */
	const char *hosts;	/* /etc/hosts */
	const char *hostname;	/* NULL: ask the kernel */
};
extern const struct host_sources host_system;

struct host {
	char *name;		/* the host name, fully qualified if known */
	char *domain;		/* the mail name: what bare names get */
};

/*
 * domain, when not "", is the mail name; else it is the first line of
 * /etc/mailname, the fully qualified host name, or the host name.  What
 * cannot be a domain is passed over; "localhost" is left when nothing else
 * is.  -1: memory ran out, and there is nothing to free.
 */
int host_init(struct host *h, const char *domain,
    const struct host_sources *from);
void host_free(struct host *h);

#endif
