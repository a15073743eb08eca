# shellcheck shell=sh
# git send-email.  It gives no -f unless told to.
# Packages: git git-email libmailtools-perl

check "git send-email sends a patch" as alice sh -c '
	git init -q patched && cd patched &&
	git config user.name Alice && git config user.email alice@example.org &&
	printf "Grüße\n.\n..\n" >file && git add file && git commit -q -m "A file" &&
	git send-email --quiet --confirm=never --to=git.to@example.org \
		--cc=git.cc@example.org --bcc=git.bcc@example.org \
		--sendmail-cmd=/usr/sbin/sendmail -1'
for box in to cc bcc; do
	check "git send-email's patch arrives ($box)" mailed git.$box <<'END'
Return-Path: <alice@client.example>
From: Alice <alice@example.org>
To: git.to@example.org
Cc: git.cc@example.org,
	Alice <alice@example.org>
Subject: \[PATCH] A file
X-Mailer: git-send-email *
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

---
...
@@ -0,0 +1,3 @@
+Grüße
+.
+..
...
END
done
applies() {
	install -m 644 "$mail" "$client/tmp/patch"
	as alice sh -c 'git init -q again && cd again &&
		git config user.name Bob && git config user.email bob@x.test &&
		git am -q ../patch && cmp file ../patched/file'
}
check "git am takes it" applies
