# shellcheck shell=sh
# The mail commands: bsd-mailx, s-nail and GNU mailutils.
# Packages: bsd-mailx s-nail mailutils

check "bsd-mailx sends" as alice bsd-mailx -s "from mailx" -a "X-Mine: yes" \
	-c bsd.cc@example.org -b bsd.bcc@example.org bsd.to@example.org <<'END'
first
.. second
Grüße
END
for box in to cc bcc; do
	check "bsd-mailx' mail arrives ($box)" mailed bsd.$box <<-'END'
	Return-Path: <alice@client.example>
	From: alice's Name <alice@client.example>
	To: bsd.to@example.org
	Cc: bsd.cc@example.org
	Subject: from mailx
	X-Mine: yes
	MIME-Version: 1.0
	Content-Type: text/plain; charset="*"
	Content-Transfer-Encoding: 8bit

	first
	.. second
	Grüße
	END
done

check "s-nail sends" as alice s-nail -r "Else <else@example.org>" \
	-s "from s-nail" -b snail.bcc@example.org snail.to@example.org <<'END'
one
.
two
END
for box in to bcc; do
	check "s-nail's mail arrives ($box)" mailed snail.$box <<-'END'
	Return-Path: <else@example.org>
	From: Else <else@example.org>
	To: snail.to@example.org
	Subject: from s-nail
	User-Agent: s-nail *

	one
	.
	two
	END
done

mailutils() {
	as alice mail.mailutils -E 'set nodot' -r mu@example.org "$@"
}
check "GNU mailutils' mail sends" mailutils -s "from mailutils" \
	-a "X-Mine: yes" mu.to@example.org mu.more@example.org <<'END'
one
..two
END
for box in to more; do
	check "GNU mailutils' mail arrives ($box)" mailed mu.$box <<-'END'
	Return-Path: <mu@example.org>
	From: mu@example.org
	To: <mu.to@example.org>,<mu.more@example.org>
	Subject: from mailutils
	X-Mine: yes
	User-Agent: mail (GNU Mailutils *)

	one
	..two
	END
done
check "GNU mailutils' mail -t sends" mailutils -t <<'END'
To: mu.t.to@example.org
Bcc: mu.t.bcc@example.org
Subject: from mailutils

text
END
for box in to bcc; do
	check "GNU mailutils' mail -t arrives ($box)" mailed mu.t.$box <<-'END'
	Return-Path: <mu@example.org>
	From: mu@example.org
	To: <mu.t.to@example.org>
	Subject: from mailutils
	User-Agent: mail (GNU Mailutils *)

	text
	END
done
