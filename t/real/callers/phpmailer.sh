# shellcheck shell=sh
# PHPMailer, by mail() and by sendmail.
# Packages: php-cli libphp-phpmailer

phpmailer() {
	as alice php -- "$1" <<'END'
<?php
require "/usr/share/php/libphp-phpmailer/autoload.php";
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->{$argv[1]}();
$mail->CharSet = "utf-8";
$mail->Encoding = "8bit";
$mail->setFrom("web@example.org", "Web, the site");
$mail->Sender = "bounces@example.org";
$mail->addAddress("$argv[1].to@example.org", "Zoë");
$mail->addCC("$argv[1].cc@example.org");
$mail->addBCC("$argv[1].bcc@example.org");
$mail->Subject = "PHPMailer, $argv[1]";
$mail->isHTML();
$mail->Body = "<p>Grüße</p>";
$mail->AltBody = "Grüße\n.\n..end";
$mail->send();
END
}

for by in isMail isSendmail; do
	check "PHPMailer sends with $by" phpmailer $by
	for box in to cc bcc; do
		{
			cat <<-END
			Return-Path: <bounces@example.org>
			To: =?utf-8?B?Wm/Dqw==?= <$by.to@example.org>
			Cc: $by.cc@example.org
			From: "Web, the site" <web@example.org>
			Subject: PHPMailer, $by
			X-Mailer: PHPMailer *
			MIME-Version: 1.0
			Content-Type: multipart/alternative;
			 boundary="b1_*"
			Content-Transfer-Encoding: 8bit

			This is a multi-part message in MIME format.

			--b1_*
			Content-Type: text/plain; charset=utf-8
			Content-Transfer-Encoding: 8bit

			Grüße
			.
			..end

			--b1_*
			Content-Type: text/html; charset=utf-8
			Content-Transfer-Encoding: 8bit

			<p>Grüße</p>


			--b1_*--
			END
			[ $by = isSendmail ] || echo	# mail() ends the text so
		} >"$stage/phpmailer"
		check "PHPMailer's mail with $by arrives ($box)" \
			mailed $by.$box <"$stage/phpmailer"
	done
done
