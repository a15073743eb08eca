#!/bin/sh
# The main job: from sendmail to a smarthost with TLS and AUTH, byte for byte.
. "${srcdir:-.}/t/lib.sh"

printf 'From: Alice <alice@example.org>\r\nTo: bob@example.net\r\n' \
    >"$dir/message"
printf 'Subject: t\r\nDate: Tue, 24 Nov 2026 00:00:00 +0000\r\n' \
    >>"$dir/message"
printf 'Message-ID: <1@example.org>\r\n\r\nhello\r\n.\r\n..dots\r\n' \
    >>"$dir/message"

for tls in implicit starttls; do
	rm -f "$dir"/in/*
	tls_smarthost --tls $tls
	tls_configure $tls
	sendmail -i bob@example.net <"$dir/message"
	is $? 0 "$tls: sendmail takes it"
	flush
	is $? 0 "$tls: flush delivers it"
	is "$(queued)" 0 "$tls: the queue is empty"
	sed '/^Received:/,/^[^\t]/{/^Received:/d;/^\t/d;}' "$dir/in/0001.msg" \
	    >"$dir/got"
	cmp -s "$dir/got" "$dir/message"
	ok $? "$tls: it arrives byte for byte"
	like "$(cat "$dir/in/0001.env")" "^tls TLS1\.[23]" "$tls: over TLS"
	like "$(cat "$dir/in/0001.env")" "^auth alice" "$tls: with AUTH"
	like "$(cat "$dir/flush.log")" \
	    "to=<bob@example.net>, relay=localhost\[[^]]*\]:$port, delay=[0-9]+, dsn=2\.0\.0, status=sent \(250 " \
	    "$tls: the log line has the form of mail logs"
	unlike "$(grep ' clear ' "$dir/transcript")" "AUTH PLAIN|MAIL" \
	    "$tls: nothing goes out in the clear"
done
unlike "$(cat "$dir/flush.log")" "secret" "the log holds no secret"

# An extension that the server has is used when the message needs it.
mail_from() {
	rm -f "$dir"/in/*
	sendmail -i "$1" <"$dir/message"
	flush
	is "$? $(arrived)" "0 1" "mail to $1"
	grep '^mail ' "$dir"/in/*.env
}
unlike "$(mail_from bob@example.net)" "SMTPUTF8" "... needs no SMTPUTF8"
like "$(mail_from jörg@example.net)" "SMTPUTF8" "... needs SMTPUTF8"

done_testing
