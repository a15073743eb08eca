/*
 * The providers: each has what it needs, and makes a configuration that loads.
 */
#include <config.h>

#include "queue/setup_presets.h"

#include <stdlib.h>

#include "config/settings.h"
#include "queue/setup_edit.h"
#include "queue/setup_plan.h"
#include "t/scratch.h"
#include "t/tap.h"

static void
report(void *arg, const char *file, int line, const char *text)
{
	(void)arg;
	diag("%s:%d: %s", file, line, text);
}

static int
loads(const struct preset *p, const char *host)
{
	struct plan plan = PLAN_INIT;
	struct buffer text = BUFFER_INIT;
	struct settings s;
	int errors;

	plan_set(&plan, "smarthost", "host", host);
	plan_set(&plan, "smarthost", "tls", p->tls);
	plan_set(&plan, "smarthost", "user", p->user != NULL ? p->user :
	    "me@example.com");
	if (edit_configuration("", &plan, &text) != 0)
		scratch_fail("out of memory");
	scratch_text("conf", buffer_string(&text));
	errors = settings_load(&s, scratch_path("conf"), report, NULL);
	if (errors == 0)
		settings_free(&s);
	plan_free(&plan);
	buffer_free(&text);
	return errors == 0;
}

int
main(void)
{
	const struct preset *all;
	char *host;
	size_t i, n;

	all = presets_all(&n);
	for (i = 0; i < n; i++) {
		ok(*all[i].title != '\0' && *all[i].hint != '\0' &&
		    *all[i].secret_is != '\0' && all[i].user_is != NULL,
		    "%s: all is there", all[i].name);
		ok(presets_find(all[i].name) == &all[i], "... by its name");
		if (all[i].host == NULL)
			continue;
		host = presets_host(&all[i], "eu-west-1");
		ok(host != NULL && loads(&all[i], host),
		    "... its configuration");
		free(host);
	}
	ok(presets_find("1") == all && presets_find("GMail") == all,
	    "by number, in any case");
	ok(presets_find("0") == NULL && presets_find("") == NULL &&
	    presets_find("99") == NULL && presets_find("1x") == NULL &&
	    presets_find("nobody") == NULL, "none of them");
	host = presets_host(presets_find("ses"), "us-east-2");
	is_str(host, "email-smtp.us-east-2.amazonaws.com", "a region");
	free(host);
	host = presets_token_url(presets_find("microsoft365"),
	    "Example.onmicrosoft.com");
	is_str(host, "https://login.microsoftonline.com/"
	    "Example.onmicrosoft.com/oauth2/v2.0/token", "a tenant");
	free(host);
	ok(presets_token_url(presets_find("microsoft365"), "a/b") == NULL &&
	    presets_token_url(presets_find("microsoft365"), "") == NULL,
	    "no tenant");
	ok(presets_host(presets_find("ses"), "a.b") == NULL &&
	    presets_host(presets_find("ses"), "") == NULL, "no region");
	return done();
}
