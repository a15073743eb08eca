/*
 * See setup_ask.h.  While the terminal does not show what is typed, signals
 * are held back: they come after it was put back.
 */
#include <config.h>

#include "queue/setup_ask.h"

#include <sys/signalfd.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "config/secret.h"

#define COLUMNS 79

int
ask_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

void
ask_tell(const char *text)
{
	size_t len, column = 0;

	for (; *text != '\0'; text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		if (column > 0 && column + 1 + len > COLUMNS) {
			fputc('\n', stderr);
			column = 0;
		}
		column += (size_t)fprintf(stderr, "%s%.*s", column > 0 ? " " :
		    "", (int)len, text);
	}
	fputc('\n', stderr);
}

char *
ask_text(const char *question, const char *initial)
{
	char *line = NULL, *begin;
	size_t size = 0, len;

	fprintf(stderr, *initial != '\0' ? "%s [%s]: " : "%s: ", question,
	    initial);
	if (getline(&line, &size, stdin) <= 0) {
		fputc('\n', stderr);
		free(line);
		return NULL;
	}
	begin = line + strspn(line, " \t\r\n");
	for (len = strlen(begin); len > 0 && strchr(" \t\r\n",
	    begin[len - 1]) != NULL; len--)
		continue;
	begin[len] = '\0';
	begin = strdup(len > 0 ? begin : initial);
	free(line);
	return begin;
}

int
ask_yes(const char *question, int yes)
{
	char *line = NULL;
	size_t size = 0;
	int result = -1;

	while (result < 0) {
		fprintf(stderr, "%s [%s] ", question, yes ? "Y/n" : "y/N");
		if (getline(&line, &size, stdin) <= 0) {
			fputc('\n', stderr);
			result = 0;
		} else if (*line == '\n') {
			result = yes;
		} else if (strchr("yYnN", *line) != NULL) {
			result = *line == 'y' || *line == 'Y';
		}
	}
	free(line);
	return result;
}

/* Those that end a program at a terminal. */
static void
set_signals(sigset_t *set)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(set, numbers[i]);
}

/* Bytes up to the end of the line, as read; 0: none came before the end of the
 * input, or a signal waits. */
static size_t
read_line(int signals, char *text)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
	    { .fd = signals, .events = POLLIN } };
	size_t len = 0;
	ssize_t n;

	while (len < SECRET_MAX && memchr(text, '\n', len) == NULL) {
		if (poll(fds, 2, -1) < 0 || fds[1].revents != 0)
			return 0;
		n = read(STDIN_FILENO, text + len, SECRET_MAX - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

/* Without showing it; as read_line(). */
static size_t
read_hidden(const char *question, int signals, char *text)
{
	struct termios before, hidden;
	size_t len = 0;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return 0;
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0) {
		/* Not before: who answers at once would be seen. */
		fprintf(stderr, "%s: ", question);
		len = read_line(signals, text);
		fputc('\n', stderr);
	}
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	return len;
}

char *
ask_secret(const char *question)
{
	sigset_t ending, held, mask;
	char *text = secret_new();
	size_t len = 0;
	int signals;

	if (text == NULL)
		return NULL;
	set_signals(&ending);
	held = ending;
	sigaddset(&held, SIGTSTP);	/* it stops us, later */
	sigprocmask(SIG_BLOCK, &held, &mask);
	if ((signals = signalfd(-1, &ending, SFD_CLOEXEC)) >= 0) {
		len = read_hidden(question, signals, text);
		close(signals);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);	/* here we may end */
	if (len == 0) {
		secret_wipe(text);
		return NULL;
	}
	text[strcspn(text, "\r\n")] = '\0';
	return text;
}
