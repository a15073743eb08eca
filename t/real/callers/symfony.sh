# shellcheck shell=sh
# Symfony's Mailer, by SMTP with "sendmail -bs" and through a pipe.  Without -i
# it doubles a dot at the start of a line, which nothing takes away: as those
# who do the same without -i do not double it.
# Packages: php-cli php-symfony-mailer

symfony() {
	as alice php -- "$@" <<'END'
<?php
require "/usr/share/php/Symfony/Component/Mailer/autoload.php";
use Symfony\Component\Mailer\{Mailer, Transport};
use Symfony\Component\Mime\Email;
$mailer = new Mailer(Transport::fromDsn($argv[2]));
for ($n = 1; $n <= 2; $n++)
	$mailer->send((new Email())
		->from("Web <web@example.org>")->sender("bounces@example.org")
		->to("$argv[1].to@example.org")->bcc("$argv[1].bcc@example.org")
		->subject("Symfony, $argv[1], $n")->text("Grüße\n.\n..b\nend"));
END
}

while read -r name dsn; do
	check "Symfony Mailer, $dsn, sends two" symfony "$name" "$dsn" </dev/null
	dots=
	[ "$name" != t ] || dots=.
	for box in to:1 to:2 bcc:1 bcc:2; do
		check "Symfony Mailer, $dsn, arrives ($box)" \
			mailed "$name.${box%:*}" <<-END
		Return-Path: <bounces@example.org>
		From: Web <web@example.org>
		Sender: bounces@example.org
		To: $name.to@example.org
		Subject: Symfony, $name, ${box#*:}
		MIME-Version: 1.0
		Content-Type: text/plain; charset=utf-8
		Content-Transfer-Encoding: quoted-printable

		Gr=C3=BC=C3=9Fe
		$dots.
		$dots..b
		end
		END
	done
done <<'END'
bs sendmail://default
t sendmail://default?command=/usr/sbin/sendmail%20-t
oi sendmail://default?command=/usr/sbin/sendmail%20-oi%20-t
native native://default
END
