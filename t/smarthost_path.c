/*
 * smarthost_path.c - parse the arguments of MAIL and RCPT.
 *
 * Nothing is tolerated that the RFCs do not allow: no blank after the colon,
 * no missing brackets, no source route, no parameter that was not offered.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_path.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "smarthost.h"

static const char bad_syntax[] = "501 5.5.4 Syntax error in the address";
static const char bad_value[] = "501 5.5.4 Bad value of a parameter";

static int
is_atext(unsigned char c)
{

	return c >= 0x80 ||
	       (c != '\0' && (isalnum(c) || strchr("!#$%&'*+-/=?^_`{|}~", c)));
}

static const char *
skip_quoted(const char *s)
{

	for (s++; *s != '"'; s++) {
		if (*s == '\\')
			s++;
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return NULL;
	}
	return s + 1;
}

static const char *
skip_dot_atoms(const char *s)
{

	for (;; s++) {
		if (!is_atext((unsigned char)*s))
			return NULL;
		while (is_atext((unsigned char)*s))
			s++;
		if (*s != '.')
			return s;
	}
}

static int
is_let_dig(unsigned char c)
{

	return c >= 0x80 || isalnum(c);
}

static const char *
skip_domain(const char *s)
{

	if (*s == '[') {
		for (s++; isalnum((unsigned char)*s) ||
			  (*s != '\0' && strchr(".:-", *s));)
			s++;
		return *s == ']' ? s + 1 : NULL;
	}
	for (;; s++) {
		if (!is_let_dig((unsigned char)*s))
			return NULL;
		while (is_let_dig((unsigned char)*s) || *s == '-')
			s++;
		if (s[-1] == '-')
			return NULL;
		if (*s != '.')
			return s;
	}
}

/* "<local@domain>"; returns what follows it, NULL: malformed. */
static const char *
skip_path(const char *s)
{

	if (*s++ != '<')
		return NULL;
	s = *s == '"' ? skip_quoted(s) : skip_dot_atoms(s);
	if (s == NULL || *s++ != '@')
		return NULL;
	if ((s = skip_domain(s)) == NULL || *s++ != '>')
		return NULL;
	return s;
}

/* RFC 3461, 4: +HH stands for a byte; n is the limit. */
static int
is_xtext(const char *v, size_t n)
{

	if (*v == '\0' || strlen(v) > n)
		return 0;
	for (; *v != '\0'; v++) {
		if (*v == '=')
			return 0;
		if (*v != '+')
			continue;
		if (!isxdigit((unsigned char)v[1]) || islower(v[1]) ||
		    !isxdigit((unsigned char)v[2]) || islower(v[2]))
			return 0;
		v += 2;
	}
	return 1;
}

static int
set_size(struct path *p, const char *v)
{

	if (*v == '\0' || strlen(v) > 20 || v[strspn(v, "0123456789")] != '\0')
		return -1;
	errno = 0;
	p->size = strtoul(v, NULL, 10);
	return errno == 0 ? 0 : -1;
}

static int
set_body(struct path *p, const char *v)
{

	if (strcasecmp(v, "8BITMIME") == 0)
		p->eight_bit = 1;
	else if (strcasecmp(v, "BINARYMIME") == 0 &&
		 (conf.caps & CAP_BINARYMIME) != 0)
		p->binarymime = p->eight_bit = 1;
	else if (strcasecmp(v, "7BIT") != 0)
		return -1;
	return 0;
}

static int
set_ret(struct path *p, const char *v)
{

	(void)p;
	return strcasecmp(v, "FULL") == 0 || strcasecmp(v, "HDRS") == 0 ? 0
									: -1;
}

static int
set_envid(struct path *p, const char *v)
{

	(void)p;
	return is_xtext(v, 100) ? 0 : -1;
}

static int
set_auth(struct path *p, const char *v)
{

	(void)p;
	return is_xtext(v, 500) ? 0 : -1;
}

static int
set_orcpt(struct path *p, const char *v)
{
	const char *semicolon = strchr(v, ';');

	(void)p;
	return semicolon != NULL && semicolon > v &&
		       is_xtext(semicolon + 1, 500)
		   ? 0
		   : -1;
}

static int
set_notify(struct path *p, const char *v)
{
	static const char *const all[] = { "SUCCESS", "FAILURE", "DELAY" };
	size_t i, n;
	unsigned int seen = 0;

	(void)p;
	if (strcasecmp(v, "NEVER") == 0)
		return 0;
	for (;; v++) {
		n = strcspn(v, ",");
		for (i = 0; i < 3; i++)
			if (n == strlen(all[i]) && !strncasecmp(v, all[i], n))
				break;
		if (i == 3 || (seen & (1u << i)) != 0)
			return -1;
		seen |= 1u << i;
		v += n;
		if (*v == '\0')
			return 0;
	}
}

static int
set_smtputf8(struct path *p, const char *v)
{

	(void)v;
	p->smtputf8 = 1;
	return 0;
}

static int
set_requiretls(struct path *p, const char *v)
{

	(void)v;
	p->requiretls = 1;
	return 0;
}

static const struct param {
	const char *name;
	char of; /* MAIL or RCPT */
	unsigned int cap;
	int has_value;
	int (*set)(struct path *, const char *);
} params[] = {
	{ "SIZE", 'M', CAP_SIZE, 1, set_size },
	{ "BODY", 'M', CAP_8BITMIME, 1, set_body },
	{ "SMTPUTF8", 'M', CAP_SMTPUTF8, 0, set_smtputf8 },
	{ "REQUIRETLS", 'M', CAP_REQUIRETLS, 0, set_requiretls },
	{ "AUTH", 'M', 0, 1, set_auth },
	{ "RET", 'M', CAP_DSN, 1, set_ret },
	{ "ENVID", 'M', CAP_DSN, 1, set_envid },
	{ "NOTIFY", 'R', CAP_DSN, 1, set_notify },
	{ "ORCPT", 'R', CAP_DSN, 1, set_orcpt },
};

static const char *
parse_param(
    const char *s, size_t n, char of, struct path *p, unsigned int *seen)
{
	const struct param *t;
	const char *why = NULL;
	char *value;
	size_t name_len = 0, i;

	while (name_len < n && s[name_len] != '=')
		name_len++;
	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		t = &params[i];
		if (t->of == of && strlen(t->name) == name_len &&
		    strncasecmp(s, t->name, name_len) == 0 &&
		    (conf.caps & t->cap) == t->cap)
			break;
	}
	if (i == sizeof(params) / sizeof(params[0]) ||
	    (t->set == set_auth && conf.user == NULL))
		return "555 5.5.4 Unknown parameter";
	if ((*seen & (1u << i)) != 0)
		return "501 5.5.4 Parameter given twice";
	*seen |= 1u << i;
	if (t->has_value != (name_len < n))
		return bad_value;
	value = strndup(s + name_len + (name_len < n), n - name_len);
	if (value == NULL)
		abort();
	value[n - name_len - (name_len < n)] = '\0';
	if (t->set(p, value) != 0)
		why = bad_value;
	free(value);
	return why;
}

/* "" or " A=b C": what follows the address. */
static const char *
parse_params(const char *s, char of, struct path *p)
{
	const char *why;
	unsigned int seen = 0;
	size_t n;

	while (*s != '\0') {
		if (*s++ != ' ')
			return bad_syntax;
		for (n = 0; s[n] != '\0' && s[n] != ' '; n++)
			if ((unsigned char)s[n] <= ' ' || s[n] == 0x7f)
				return bad_syntax;
		if (n == 0)
			return bad_syntax;
		if ((why = parse_param(s, n, of, p, &seen)) != NULL)
			return why;
		s += n;
	}
	return NULL;
}

static const char *
check_utf8(const struct path *p, int utf8)
{
	size_t i;

	for (i = 0; i < p->addr_len && !utf8; i++)
		if ((unsigned char)p->text[i] >= 0x80)
			return "553 5.6.7 Address needs SMTPUTF8";
	return NULL;
}

const char *
path_parse_mail(const char *arg, struct path *p)
{
	const char *end, *why;

	memset(p, 0, sizeof(*p));
	if (strncasecmp(arg, "FROM:", 5) != 0)
		return bad_syntax;
	p->text = arg + 5;
	end = strncmp(p->text, "<>", 2) == 0 ? p->text + 2 : skip_path(p->text);
	if (end == NULL)
		return "501 5.1.7 Syntax error in the sender address";
	p->addr_len = (size_t)(end - p->text);
	if ((why = parse_params(end, 'M', p)) != NULL)
		return why;
	return check_utf8(p, p->smtputf8);
}

const char *
path_parse_rcpt(const char *arg, int utf8, struct path *p)
{
	static const char postmaster[] = "<postmaster>";
	const char *end, *why;

	memset(p, 0, sizeof(*p));
	if (strncasecmp(arg, "TO:", 3) != 0)
		return bad_syntax;
	p->text = arg + 3;
	if (strncasecmp(p->text, postmaster, sizeof(postmaster) - 1) == 0)
		end = p->text + sizeof(postmaster) - 1;
	else if ((end = skip_path(p->text)) == NULL)
		return "501 5.1.3 Syntax error in the recipient address";
	p->addr_len = (size_t)(end - p->text);
	if ((why = parse_params(end, 'R', p)) != NULL)
		return why;
	return check_utf8(p, utf8);
}
