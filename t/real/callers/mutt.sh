# shellcheck shell=sh
# mutt; Postfix answers what dsn_notify and dsn_return ask for.
# Packages: mutt

check "mutt sends" as alice mutt -e 'set charset=utf-8 send_charset=utf-8 from=mutt@example.org
	use_envelope_from=yes dsn_notify=success,failure dsn_return=hdrs' \
	-s "from mutt" -b mutt.bcc@example.org -- mutt.to@example.org <<'END'
Grüße
.
..end
END
for box in to bcc; do
	check "mutt's mail arrives ($box)" mailed mutt.$box <<-'END'
	Return-Path: <mutt@example.org>
	From: alice's Name <mutt@example.org>
	To: mutt.to@example.org
	Subject: from mutt
	MIME-Version: 1.0
	Content-Type: text/plain; charset=utf-8
	Content-Disposition: inline
	Content-Transfer-Encoding: 8bit

	Grüße
	.
	..end
	END
done

check "mutt gets the report that it asked for" mailed mutt <<'END'
Return-Path: <>
From: *
Subject: Successful Mail Delivery Report
To: mutt@example.org
Auto-Submitted: *
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary=*
Content-Transfer-Encoding: 8bit

...
Original-Recipient: rfc822;mutt.bcc@example.org
Action: delivered
...
Original-Recipient: rfc822;mutt.to@example.org
Action: delivered
...
Content-Type: text/rfc822-headers
...
END
