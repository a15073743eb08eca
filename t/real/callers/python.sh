# shellcheck shell=sh
# Python: email.message through a pipe, as backends for Django do.
# Packages: python3

check "Python sends" as alice python3 - <<'END'
import email.message, subprocess
mail = email.message.EmailMessage()
mail["From"] = "Django <django@example.org>"
mail["To"] = "Zoë <python.to@example.org>"
mail["Bcc"] = "python.bcc@example.org"
mail["Subject"] = "from Python, Grüße"
mail.set_content("one\n.\n..two\nGrüße\n")
subprocess.run(["sendmail", "-t", "-i", "-f", "bounces@example.org"],
               input=mail.as_bytes(), check=True)
END
for box in to bcc; do
	check "Python's mail arrives ($box)" mailed python.$box <<-'END'
	Return-Path: <bounces@example.org>
	From: Django <django@example.org>
	To: =?utf-8?*?= <python.to@example.org>
	Subject: from Python, =?utf-8?*?=
	Content-Type: text/plain; charset="utf-8"
	Content-Transfer-Encoding: 8bit
	MIME-Version: 1.0

	one
	.
	..two
	Grüße
	END
done
