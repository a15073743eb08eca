# shellcheck shell=sh
# PHP's mail(), with its default for sendmail_path.  It ends the text with a
# line end of its own.
# Packages: php-cli

check "PHP's mail() returns true" as alice php <<'END'
<?php
exit(mail("php1@example.org", "from PHP", "one line\r\n.\r\nthe last") ? 0 : 1);
END
check "PHP's mail() arrives, from the user" mailed php1 <<'END'
Return-Path: <alice@client.example>
To: php1@example.org
Subject: from PHP
From: alice's Name <alice@client.example>

one line
.
the last
END

check "PHP's mail() with From: and -f returns true" as alice php <<'END'
<?php
exit(mail("php2@example.org", "Grüße", "a\nb\n",
	"From: Web <web@example.org>\r\nBcc: php2b@example.org\r\nX-A: b",
	"-fbounces@example.org") ? 0 : 1);
END
for box in php2 php2b; do
	check "PHP's mail() with From: and -f arrives ($box)" mailed $box <<-'END'
	Return-Path: <bounces@example.org>
	To: php2@example.org
	Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
	From: Web <web@example.org>
	X-A: b

	a
	b

	END
done

check "PHP's mail() with mixed line ends returns true" as alice php <<'END'
<?php
exit(mail("php3@example.org", "mixed",
	"one\r\ntwo\nthree\r\n\r\n\nTo: evil@example.org\r\nsix\n",
	"From: web@example.org\nX-LF: 1\r\nX-CRLF: 2\nX-Folded: a\n\tb")
	? 0 : 1);
END
check "PHP's mail() with mixed line ends arrives with one kind" mailed php3 <<'END'
Return-Path: <alice@client.example>
To: php3@example.org
Subject: mixed
From: web@example.org
X-LF: 1
X-CRLF: 2
X-Folded: a
	b

one
two
three


To: evil@example.org
six

END
check "a line of its body is no recipient" arrived evil 0

check "PHP's mail() with LF throughout returns true" \
	as alice php -d mail.mixed_lf_and_crlf=On <<'END'
<?php
exit(mail("php4@example.org", "LF", "x\ny", ["From" => "web@example.org"])
	? 0 : 1);
END
check "PHP's mail() with LF throughout arrives" mailed php4 <<'END'
Return-Path: <alice@client.example>
To: php4@example.org
Subject: LF
From: web@example.org

x
y
END

check "PHP's mail() to nonsense returns false" as alice php <<'END'
<?php
exit(mail("a b c@@", "no address", "x") ? 1 : 0);
END
