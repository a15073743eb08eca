/*
 * The configuration of other programs that forward mail, as a plan for ours.
 * Pure: text to plan.  Each takes the text of the files, NULL where there is
 * none, and cuts it up.  What cannot be converted becomes a note.
 *
 * -1 and e: it does not say where mail goes, or memory ran out.
 */
#ifndef QUEUE_IMPORT_H
#define QUEUE_IMPORT_H

struct error;
struct plan;

/* The files of /etc/nullmailer. */
struct import_nullmailer {
	char *remotes, *me, *defaulthost, *defaultdomain, *adminaddr,
	    *allmailfrom, *helohost, *idhost, *doublebounceto, *pausetime,
	    *maxpause, *queuelifetime;
};
int import_nullmailer(const struct import_nullmailer *files, struct plan *p,
    struct error *e);

int import_msmtp(char *msmtprc, struct plan *p, struct error *e);

int import_dma(char *conf, char *auth, struct plan *p, struct error *e);

/* Another place of dma's second file, or of its queue: a part of conf, or
 * NULL.  It leaves conf as it is; freed by the caller. */
char *import_dma_path(const char *conf, const char *name);

int import_ssmtp(char *conf, char *revaliases, struct plan *p,
    struct error *e);

/* For those: the next line of *rest, without blanks around it; NULL at the
 * end.  Empty lines and those that begin with '#' are passed over. */
char *import_line(char **rest);

/* The first word of line, ended by a NUL; *line is what follows its blanks. */
char *import_word(char **line);

/* Without a login TLS is up to the server; a login needs it.  And the port is
 * said only where it is not the usual one. */
void import_finish(struct plan *p, const char *tls, const char *port,
    const char *said);

/* sender.from or sender.domain, whichever text is. */
void import_sender(struct plan *p, const char *text);

#endif
