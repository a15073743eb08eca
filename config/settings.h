/*
 * The configuration, read as a whole: every key has a value, from the file
 * or by default, and everything that is wrong is reported at once.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdint.h>

/* What is read where no file is named. */
#define SETTINGS_FILE SYSCONFDIR "/outbox/outbox.conf"

/* The indices of the names in keys.c. */
enum settings_tls { SETTINGS_TLS_IMPLICIT, SETTINGS_TLS_STARTTLS,
	SETTINGS_TLS_NONE };
enum settings_family { SETTINGS_ANY, SETTINGS_IPV4, SETTINGS_IPV6 };
enum settings_flush { SETTINGS_DAEMON, SETTINGS_ON_DEMAND };

/*
 * Texts are never NULL: "" is "not set".  Durations are in seconds, sizes in
 * bytes.  outbox.conf(5) says what each key means.
 */
struct settings {
	/* [smarthost] */
	char *host;		/* without the brackets of [IPv6] */
	int64_t port;		/* set from tls where the file has none */
	int tls;
	int tls_min;
	char *priority;
	char *ca_file;
	char *tls_name;		/* set from host where the file has none */
	char *fingerprint;	/* lines of value_is_pins() */
	int dane;		/* required */
	char *client_certificate;
	char *client_key;
	char *user;
	char *auth;
	char *password_file;
	char *password_command;
	char *token_command;
	char *helo;
	int family;
	char *source;
	int64_t connections;
	int64_t messages_per_connection;
	int64_t recipients_per_message;
	char *rate;		/* of value_rate(), or "" */
	int64_t window;
	int64_t timeout;	/* 0: the limits of RFC 5321 */
	int64_t idle;
	/* [sender] */
	char *domain;
	char *from;		/* see mailbox_forced() */
	char *allowed;
	int hide_script;
	/* [recipients] */
	char *aliases;
	char *local;
	char *local_mbox;	/* see settings_has_local() */
	char *local_command;
	/* [queue] */
	char *directory;
	char *submit_socket;	/* "": none */
	int flush;
	int64_t lifetime;
	int64_t warn_after;
	int64_t retry_min;
	int64_t retry_max;
	int64_t max_size;
	int64_t min_free;
	char *bounce_to;
	int64_t reports_per_hour;	/* 0: no limit */
	int soft_bounce;
	int64_t failed_lifetime;	/* 0: for ever */
	int64_t failed_size;		/* 0: no limit */
	/* [replies]: patterns, one a line */
	char *reply_retry;
	char *reply_slow;
	char *reply_hold;
	char *reply_bounce;
	/* [limits]; 0, "": none */
	char *user_rate;	/* of value_rate() */
	int64_t user_queue;
	int64_t user_queue_size;
	/* [log] */
	int facility;		/* of syslog(3) */
	char *log_name;		/* with which its lines begin */
	char *metrics_file;

	int environment;	/* of settings_load_service() */
};

/*
 * Told of each error: file, line (0: of the file as a whole), what is wrong
 * and what to do, as one line.
 */
typedef void settings_report(void *arg, const char *file, int line,
    const char *text);

/*
 * Fill s from the file at path, or with the defaults when path is NULL and
 * the configured place has no file.  The number of errors: with 0 the caller
 * owns s and ends it with settings_free(), otherwise there is nothing to end,
 * and errno is ENOMEM when it is memory that ran out.
 */
int settings_load(struct settings *s, const char *path,
    settings_report *report, void *arg);
void settings_free(struct settings *s);

/*
 * The same, and then [smarthost] by the environment, as keys_variable() has
 * it: for what the service runs, and never for what users run for others.  The
 * file of an error is the variable then.
 */
int settings_load_service(struct settings *s, const char *path,
    settings_report *report, void *arg);

/* 1 when the file can set this key to value in a line: it is not too long, and
 * nothing in it looks like a comment. */
int settings_can_hold(const char *name, const char *value);

/* 1 when host is this machine itself: a loopback address or a unix socket.
 * Names other than "localhost" are not looked up. */
int settings_is_local(const struct settings *s);

/* 1 when mail for users of this machine is delivered here. */
int settings_has_local(const struct settings *s);

/* The index, in the names of keys.c, of a syslog(3) facility. */
int settings_facility(int facility);

#endif
