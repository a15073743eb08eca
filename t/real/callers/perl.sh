# shellcheck shell=sh
# Perl: Email::Sender, MIME::Lite and Mail::Mailer.
# Packages: libemail-sender-perl libmime-lite-perl libmailtools-perl

check "Email::Sender sends" as alice perl - <<'END'
use Email::Sender::Simple;
use Email::Sender::Transport::Sendmail;
Email::Sender::Simple->send("From: Bugs <bugs\@example.org>\n" .
	"To: sender.to\@example.org\nSubject: Email::Sender\n\none\n.\n..two\n", {
	transport => Email::Sender::Transport::Sendmail->new,
	from => 'bounces@example.org',
	to => ['sender.to@example.org', 'sender.more@example.org'],
});
END
for box in to more; do
	check "Email::Sender's mail arrives ($box)" mailed sender.$box <<-'END'
	Return-Path: <bounces@example.org>
	From: Bugs <bugs@example.org>
	To: sender.to@example.org
	Subject: Email::Sender

	one
	.
	..two
	END
done

check "MIME::Lite sends" as alice perl - <<'END'
use MIME::Lite;
my $mail = MIME::Lite->new(
	From => 'Lite <lite@example.org>', To => 'lite.to@example.org',
	Bcc => 'lite.bcc@example.org', Subject => 'MIME::Lite',
	Type => 'multipart/mixed');
$mail->attach(Type => 'TEXT', Data => "one\n.\n..two\n");
$mail->attach(Type => 'application/octet-stream', Encoding => 'base64',
	Filename => 'a.bin', Data => "\0\r\n\377");
$mail->send or die;
END
for box in to bcc; do
	check "MIME::Lite's mail arrives ($box)" mailed lite.$box <<-'END'
	Return-Path: <lite@example.org>
	Content-Transfer-Encoding: binary
	Content-Type: multipart/mixed; boundary="*"
	MIME-Version: 1.0
	X-Mailer: MIME::Lite *
	From: Lite <lite@example.org>
	To: lite.to@example.org
	Subject: MIME::Lite

	This is a multi-part message in MIME format.

	--*
	Content-Disposition: inline
	Content-Length: *
	Content-Transfer-Encoding: binary
	Content-Type: text/plain

	one
	.
	..two

	--*
	Content-Disposition: inline; filename="a.bin"
	Content-Transfer-Encoding: base64
	Content-Type: application/octet-stream; name="a.bin"

	AA0K/w==

	--*--
	END
done

check "Mail::Mailer sends" as alice perl - <<'END'
use Mail::Mailer;
my $mail = Mail::Mailer->new('sendmail');
$mail->open({ From => 'mailer@example.org', To => 'mailer.to@example.org',
	Bcc => 'mailer.bcc@example.org', Subject => 'Mail::Mailer' });
print $mail "one\ntwo\n";
$mail->close or die;
END
for box in to bcc; do
	check "Mail::Mailer's mail arrives ($box)" mailed mailer.$box <<-'END'
	Return-Path: <alice@client.example>
	From: mailer@example.org
	To: mailer.to@example.org
	Subject: Mail::Mailer

	one
	two
	END
done
