/*
 * Address lists: what is read, what is refused, and that qualifying touches
 * nothing else.
 */
#include <config.h>

#include "queue/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "t/tap.h"

/* text, the addresses with '|' between, "!" when something is bad, and the
 * text qualified with "dom.ain" (NULL: as it was). */
static const struct {
	const char *text, *list, *qualified;
} cases[] = {
	/* mailboxes */
	{ "a@b", "a@b", NULL },
	{ "root", "root", "root@dom.ain" },
	{ " root ", "root", " root@dom.ain " },
	{ "a@b, c@d", "a@b|c@d", NULL },
	{ "a@b,c", "a@b|c", "a@b,c@dom.ain" },
	{ "Full Name <a@b>", "a@b", NULL },
	{ "Full Name <root>", "root", "Full Name <root@dom.ain>" },
	{ "<root>", "root", "<root@dom.ain>" },
	{ "< root >", "root", "< root@dom.ain >" },
	{ "\"Last, First\" <a@b>", "a@b", NULL },
	{ "\"Last, First\" <root>, x", "root|x",
	    "\"Last, First\" <root@dom.ain>, x@dom.ain" },
	{ "\"quoted \\\" quote\" <root>", "root",
	    "\"quoted \\\" quote\" <root@dom.ain>" },
	{ "=?utf-8?Q?J=C3=B6rg?= <root>", "root",
	    "=?utf-8?Q?J=C3=B6rg?= <root@dom.ain>" },
	{ "J\303\266rg <root>", "root", "J\303\266rg <root@dom.ain>" },
	{ "\"\" <a@b>", "a@b", NULL },
	/* phrases that are wrong and common */
	{ "John Q. Public <a@b>", "a@b", NULL },
	{ "a@b <a@b>", "a@b", NULL },
	{ "x@y <root>", "root", "x@y <root@dom.ain>" },
	{ "[list] Name <a@b>", "a@b", NULL },
	{ "Foo/Bar <a@b>", "a@b", NULL },
	{ "Foo\\ Bar <a@b>", "a@b", NULL },
	{ ". <a@b>", "a@b", NULL },
	/* comments */
	{ "root (Cron Daemon)", "root", "root@dom.ain (Cron Daemon)" },
	{ "(a (nested \\) one)) root", "root",
	    "(a (nested \\) one)) root@dom.ain" },
	{ "a(x)@(y)b(z)", "a@b", NULL },
	{ "root(,<>;:\"@) , b", "root|b",
	    "root@dom.ain(,<>;:\"@) , b@dom.ain" },
	{ "Name (x) <root (y)> (z)", "root",
	    "Name (x) <root@dom.ain (y)> (z)" },
	{ "(only a comment)", "", NULL },
	/* folding */
	{ "a@b,\r\n root,\r\n\tc@d", "a@b|root|c@d",
	    "a@b,\r\n root@dom.ain,\r\n\tc@d" },
	{ "Name\r\n <root>", "root", "Name\r\n <root@dom.ain>" },
	{ "root\r\n", "root", "root@dom.ain\r\n" },
	/* quoted local parts */
	{ "\"a b\"@c", "\"a b\"@c", NULL },
	{ "\"a.b\"@c", "a.b@c", NULL },
	{ "\"a\\\"b\"@c", "\"a\\\"b\"@c", NULL },
	{ "\"a@b\"@c", "\"a@b\"@c", NULL },
	{ "\"a@b\"", "\"a@b\"", "\"a@b\"@dom.ain" },
	{ "\"John Doe\"", "\"John Doe\"", "\"John Doe\"@dom.ain" },
	{ "\"a\".b@c", "a.b@c", NULL },
	{ "\"\\a\\b\"@c", "ab@c", NULL },
	{ "<\"a>b\"@c>", "\"a>b\"@c", NULL },
	/* dots that are not where they should be get quotes */
	{ "a..b@c", "\"a..b\"@c", NULL },
	{ ".a@b", "\".a\"@b", NULL },
	{ "a.@b", "\"a.\"@b", NULL },
	{ "a . b @ c . d", "a.b@c.d", NULL },
	/* domains */
	{ "a@[192.0.2.1]", "a@[192.0.2.1]", NULL },
	{ "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]", NULL },
	{ "a@b.c.", "a@b.c", NULL },
	{ "a@b_c", "a@b_c", NULL },
	{ "j\303\266rg@m\303\274nchen.de", "j\303\266rg@m\303\274nchen.de",
	    NULL },
	/* routes */
	{ "<@a,@b:c@d>", "c@d", NULL },
	{ "<@a:root>", "root", "<@a:root@dom.ain>" },
	/* groups */
	{ "undisclosed-recipients:;", "", NULL },
	{ "undisclosed-recipients: ;", "", NULL },
	{ "G: a@b, root;", "a@b|root", "G: a@b, root@dom.ain;" },
	{ "G: a@b;, c@d", "a@b|c@d", NULL },
	{ "G: a@b; c@d", "a@b|c@d", NULL },
	{ "G:a@b", "a@b", NULL },
	{ "\"My group\": X <a@b>;", "a@b", NULL },
	/* empty elements, and the separator that is none */
	{ "", "", NULL },
	{ ",,a@b,,", "a@b", NULL },
	{ "a@b; c@d;", "a@b|c@d", NULL },
	{ "<>", "", NULL },
	{ "X <>, a@b", "|a@b", NULL },
	/* \name is no alias */
	{ "\\root", "\\root", "\\root@dom.ain" },
	{ "X <\\root>", "\\root", "X <\\root@dom.ain>" },
	/* what is no address; the others of the list stay readable */
	{ "a b", "!", NULL },
	{ "a@b c@d, e@f", "e@f!", NULL },
	{ "a@", "!", NULL },
	{ "@b", "!", NULL },
	{ "a@b@c", "!", NULL },
	{ "a@b..c", "!", NULL },
	{ "a@.b", "!", NULL },
	{ "a@.", "!", NULL },
	{ "a@b!c", "!", NULL },
	{ "a@b,<c", "a@b!", NULL },
	{ "a@b>", "!", NULL },
	{ "<a@b> x", "!", NULL },
	{ "<a@b> <c@d>", "!", NULL },
	{ "<<a@b>>", "!", NULL },
	{ "<a,b@c>", "!", NULL },
	{ ".", "!", NULL },
	{ "..", "!", NULL },
	{ "a@[1.2", "!", NULL },
	{ "a@x[1.2]", "!", NULL },
	/* what is before ":" in <> is no route */
	{ "<x:a@b>", "!", NULL },
	{ "<x@y:a@b>", "!", NULL },
	{ "<@x:y:a@b>", "!", NULL },
	{ "<:a@b>", "!", NULL },
	{ "a@[1 2]", "!", NULL },
	{ "a@[1>2]", "!", NULL },
	{ "a@[1\\]2]", "!", NULL },
	{ "a@[\303\266]", "!", NULL },
	{ "[1.2]", "!", NULL },
	{ "\"a", "!", NULL },
	{ "a@b (c", "!", NULL },
	{ "a@b )", "!", NULL },
	{ "\"\"@b", "!", NULL },
	{ ":include:/etc/passwd", "!", NULL },
	{ "a: b: c@d;;", "!", NULL },
	{ "a\001b@c", "!", NULL },
	{ "a@b, \\", "a@b!", NULL },
	{ "x\"y\"@z", "!", NULL },
	{ "a@b:c", "c", "a@b:c@dom.ain" },	/* a group of that name */
};

static void
show(const struct address_list *list, struct buffer *out)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		buffer_adds(out, i > 0 ? "|" : "");
		buffer_adds(out, list->items[i].escaped ? "\\" : "");
		buffer_adds(out, address_text(list, i));
	}
	buffer_adds(out, list->bad ? "!" : "");
}

static void
check_cases(void)
{
	size_t i, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address_list list = ADDRESS_LIST_INIT;
		struct buffer got = BUFFER_INIT, qualified = BUFFER_INIT;
		const char *text = cases[i].text;
		/* A copy of its exact size, for the sanitizer. */
		char *exact = malloc(strlen(text) + 1);

		len = strlen(text);
		memcpy(exact, text, len);
		if (len > 0)
			exact = realloc(exact, len);
		address_parse(&list, exact, len);
		show(&list, &got);
		is_str(buffer_string(&got), cases[i].list, "%s", text);
		if (!list.bad) {
			address_qualify(&list, exact, len, "dom.ain",
			    &qualified);
			is_str(buffer_string(&qualified),
			    cases[i].qualified != NULL ? cases[i].qualified :
			    text, "... qualified");
		}
		free(exact);
		buffer_free(&got);
		buffer_free(&qualified);
		address_free(&list);
	}
}

static void
check_nul(void)
{
	static const char *const texts[] = { "a\0b@c", "\"a\0b\"@c",
		"\"a\\\0b\"@c", "a@[\0b]" };
	static const size_t lens[] = { 5, 7, 8, 6 };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct address_list list = ADDRESS_LIST_INIT;

		address_parse(&list, texts[i], lens[i]);
		ok(list.bad && list.n == 0, "a NUL is in no address (%zu)",
		    i);
		address_free(&list);
	}
}

static void
check_bad_place(void)
{
	struct address_list list = ADDRESS_LIST_INIT;
	const char *text = "a@b, c d, e f";

	address_parse(&list, text, strlen(text));
	is_int((long long)list.bad_start, 4, "the first bad one starts");
	is_int((long long)list.bad_end, 8, "... and ends");
	address_free(&list);
}

/* Seconds of processor time for a text of n times piece. */
static double
cost(const char *before, const char *piece, size_t n, const char *after,
    size_t *found)
{
	struct address_list list = ADDRESS_LIST_INIT;
	struct buffer text = BUFFER_INIT;
	clock_t start;
	size_t i;

	buffer_adds(&text, before);
	for (i = 0; i < n; i++)
		buffer_adds(&text, piece);
	buffer_adds(&text, after);
	start = clock();
	address_parse(&list, text.data, text.len);
	*found = list.n;
	address_free(&list);
	buffer_free(&text);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* A quadratic reading of these would take minutes, not seconds. */
static void
check_hostile(void)
{
	static const struct {
		const char *what, *before, *piece, *after;
		size_t n, found;
	} texts[] = {
		{ "10,000 recipients", "", "user@example.org,", "", 10000,
		    10000 },
		{ "1 MiB of opening parentheses", "a@b ", "(", "", 1 << 20,
		    0 },
		{ "1 MiB of parentheses that close", "", "()", "a@b",
		    1 << 19, 1 },
		{ "1 MiB of quotes", "", "\"", "", 1 << 20, 0 },
		{ "1 MiB of quotes and commas", "", "\",", "", 1 << 19,
		    1 << 18 },
		{ "1 MiB of open brackets", "", "[", "", 1 << 20, 0 },
		{ "1 MiB of angles", "", "<", "", 1 << 20, 0 },
		{ "1 MiB of angle pairs", "", "<>,", "", 1 << 18, 1 << 18 },
		{ "1 MiB of backslashes", "", "\\", "", 1 << 20, 0 },
		{ "1 MiB of dots", "a", ".", "@b", 1 << 20, 1 },
		{ "1 MiB of at signs", "a", "@", "b", 1 << 20, 0 },
		{ "1 MiB of commas", "", ",", "", 1 << 20, 0 },
		{ "1 MiB of colons", "a", ":", "", 1 << 20, 0 },
		{ "1 MiB of semicolons", "", ";", "", 1 << 20, 0 },
		{ "1 MiB of one local part", "", "a", "@b", 1 << 20, 1 },
		{ "1 MiB of open comments and quotes", "", "(\"", "",
		    1 << 19, 0 },
	};
	size_t i, found;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		double t = cost(texts[i].before, texts[i].piece, texts[i].n,
		    texts[i].after, &found);

		ok(t < 5 && found == texts[i].found,
		    "%s: %zu addresses in linear time", texts[i].what,
		    found);
	}
}

static void
check_sendable(void)
{
	char text[ADDRESS_MAX + 2];

	ok(address_is_sendable("a@b"), "ASCII can be sent");
	ok(address_is_sendable("j\303\266rg@b"), "UTF-8 too");
	ok(address_is_sendable("\360\237\230\200@b"), "of four bytes");
	ok(!address_is_sendable("j\366rg@b"), "Latin-1 cannot");
	ok(!address_is_sendable("\300\200@b"), "nor overlong UTF-8");
	ok(!address_is_sendable("\355\240\200@b"), "nor surrogates");
	ok(!address_is_sendable("\364\220\200\200@b"), "nor beyond U+10FFFF");
	ok(!address_is_sendable("a@b\303"), "nor half a character");
	ok(!address_is_sendable("\"a\rb\"@c"), "nor CR");
	ok(!address_is_sendable("\"a\nb\"@c"), "nor LF");
	ok(!address_is_sendable("\"a\tb\"@c"), "nor TAB");
	ok(!address_is_sendable("a\177@c"), "nor DEL");
	memset(text, 'a', sizeof(text));
	text[ADDRESS_MAX] = '\0';
	ok(address_is_sendable(text), "the longest address");
	text[ADDRESS_MAX] = 'a';
	text[ADDRESS_MAX + 1] = '\0';
	ok(!address_is_sendable(text), "and one more octet");
}

/* The linker makes these two of malloc() in the library. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static size_t refused;		/* there is no memory of this size */

void *
__wrap_malloc(size_t size)
{
	return size == refused ? NULL : __real_malloc(size);
}

/* The local part fills the store and "@" has no room: what is behind the store
 * is not looked at, which only a sanitizer sees. */
static void
check_no_memory(void)
{
	char text[63 + sizeof("@b")];
	struct address_list list = { 0 };

	memset(text, 'a', 63);
	memcpy(text + 63, "@b", sizeof("@b"));
	refused = 128;
	ok(address_parse(&list, text, strlen(text)) == -1 && list.n == 0 &&
	    list.store.size == 64, "memory runs out at the @");
	refused = 0;
	address_free(&list);
}

int
main(void)
{
	check_cases();
	check_nul();
	check_bad_place();
	check_hostile();
	check_sendable();
	check_no_memory();
	return done();
}
