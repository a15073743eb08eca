/*
 * The arguments of MAIL and RCPT.
 */
#include <config.h>

#include "sendmail/command.h"

#include <stdio.h>
#include <string.h>

#include "queue/buffer.h"
#include "t/tap.h"

/* args, then "path" and each parameter, or "-". */
static const struct {
	const char *args, *is;
} cases[] = {
	{ "FROM:<a@b>", "<a@b>" },
	{ "from:<a@b>", "<a@b>" },
	{ "FROM: <a@b>", "<a@b>" },
	{ "FROM:a@b", "a@b" },
	{ "FROM:<>", "<>" },
	{ "FROM:<a@b> SIZE=1 X", "<a@b> [SIZE=1] [X]" },
	{ "FROM:<a@b>  X  Y=  ", "<a@b> [X] [Y=]" },
	{ "FROM:a@b X=Y=Z", "a@b [X=Y=Z]" },
	{ "FROM:<\"a>b\"@c> X", "<\"a>b\"@c> [X]" },
	{ "FROM:<\"a\\\">b\"@c>", "<\"a\\\">b\"@c>" },
	{ "FROM:\"a b\"@c X", "\"a b\"@c [X]" },
	{ "FROM:<a\\>b>", "<a\\>b>" },
	{ "FROM:<a@b", "-" },
	{ "FROM:<\"a>", "-" },
	{ "FROM:\"a", "-" },
	{ "FROM:<a@b>x", "-" },
	{ "FROM:", "-" },
	{ "FROM: ", "-" },
	{ "FROM", "-" },
	{ "", "-" },
	{ "TO:<a@b>", "-" },
	{ "FROM :<a@b>", "-" },
	{ "FROM:<a\\", "-" },
};

static void
test_repeats(void)
{
	static const struct {
		const char *params;
		int repeats;
	} rules[] = {
		{ "", 0 }, { " ", 0 }, { "SIZE=1", 0 }, { "SIZE=1 RET=1", 0 },
		{ "SIZE=1 SIZE=1", 1 }, { "SIZE=1 RET=x size=2", 1 },
		{ "X X", 1 }, { "X X=", 1 }, { "A=B B=A", 0 }, { "A AB", 0 },
		{ "AB A", 0 }, { " A  B  A ", 1 }, { "=1 =1", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		is_int(command_repeats(rules[i].params), rules[i].repeats,
		    "twice: %s", rules[i].params);
}

int
main(void)
{
	size_t i;

	test_repeats();

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char args[100], *path, *rest, *name, *value;
		struct buffer got = BUFFER_INIT;

		snprintf(args, sizeof(args), "%s", cases[i].args);
		path = command_path(args, "FROM:", &rest);
		buffer_adds(&got, path != NULL ? path : "-");
		while (path != NULL &&
		    (name = command_param(&rest, &value)) != NULL)
			buffer_addf(&got, " [%s%s%s]", name, value != NULL ?
			    "=" : "", value != NULL ? value : "");
		is_str(buffer_string(&got), cases[i].is, "%s",
		    cases[i].args);
		buffer_free(&got);
	}
	return done();
}
