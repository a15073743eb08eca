#!/bin/sh
# REQUIRETLS (RFC 8689): mail of which its sender says so goes over TLS to a
# server that promises the same, or it comes back; and that is the fault of
# this message, not of the site.
. "${srcdir:-.}/t/tls.sh"

# What was said of the message to a recipient: mail_of RCPT
mail_of() {
	for env in "$dir"/in/*.env; do
		! grep -q "^rcpt <$1@" "$env" || sed -n 's/^mail //p' "$env"
	done
}
# The report that arrived: its content, and its envelope.
report() {
	cat "$(grep -l '^mail <>' "$dir"/in/*.env | sed 's/env$/msg/')" | tr -d '\r'
}
protected() {
	sendmail -f alice@example.org -Orequiretls=yes "$@" <<-'EOM'
	Subject: secret plans

	hello
	EOM
}

for ehlo in PIPELINING,CHUNKING,SIZE,8BITMIME,DSN,REQUIRETLS REQUIRETLS; do
	server good --ehlo $ehlo
	for mode in implicit starttls; do
		clean
		client_of $mode
		protected bob@example.net
		submit carol@example.net
		flush
		is "$? $(got) $(reports)" "0 bob carol 0" "$mode, $ehlo: all go"
		like "$(mail_of bob)" " REQUIRETLS( |$)" "$mode, $ehlo: with it"
		unlike "$(mail_of carol)" "REQUIRETLS" "$mode, $ehlo: only that"
	done
done

# What a program on this machine says in SMTP.
clean
printf '%s\r\n' 'EHLO x' 'MAIL FROM:<alice@example.org> REQUIRETLS' \
    'RCPT TO:<bob@example.net>' DATA '' . QUIT | sendmail -bs >"$dir/out"
flush
like "$(mail_of bob)" " REQUIRETLS$" "by -bs: with it"

# The report of another failure.
clean
script 'rcpt * match=bob@ reply 550 5.1.1 no such user'
protected -R full bob@example.net
flush
is "$? $(reports)" "0 1" "a refused recipient is reported"
like "$(mail_of alice)" "^<> REQUIRETLS$" "with REQUIRETLS for the report"
like "$(report)" "^Subject: secret plans$" "and the header of the message"
unlike "$(report)" "^hello" "and no more, though RET=FULL"

# It is never left out, whatever the server says of it.
clean
script 'mail * match=REQUIRETLS reply 555 5.5.4 what is this'
protected bob@example.net
flush
is "$? $(got) $(reports)" "0  1" "REQUIRETLS is refused: a report"
is "$(client | grep 'MAIL FROM:<alice' | grep -vc REQUIRETLS)" 0 \
    "and no attempt without"
is "$(mail_of alice)" "<>" "the report goes without it"
script
clean
script 'rcpt * match=bob@ reply 550 5.7.30 REQUIRETLS support required'
protected bob@example.net
submit carol@example.net
flush
is "$? $(got) $(told)" "0 carol bob" "the next hop has no REQUIRETLS: a report"
script

# A server without it.
for mode in implicit starttls; do
	server good --ehlo PIPELINING,DSN
	client_of $mode
	clean
	protected -R full bob@example.net dave@example.net
	submit carol@example.net
	flush
	is "$? $(got) $(told) $(reports)" "0 carol bob dave 1" \
	    "$mode: not offered: it comes back, and other mail goes"
	like "$(report)" "^Status: 5.7.30$" "$mode: not offered: the status"
	is "$(mail_of alice)" "<>" "$mode: not offered: the report goes anyway"
	unlike "$(client)" "(bob|dave)@" "$mode: not offered: no recipient is named"
	like "$(said)" "to=<bob@.*dsn=5.7.30, status=bounced \(REQUIRETLS" \
	    "$mode: not offered: the log"
done

# What is offered before TLS does not count; no TLS is a fault of the site.
clean
protected bob@example.net
save protected
like "$("$BUILD/queue/outbox" -C "$dir/conf" show "$(ls "$dir/spool/queue")")" \
    "^Require-TLS: yes$" "outbox shows it"
script 'ehlo 1 reply 250-smarthost.example\r\n250-REQUIRETLS\r\n250 STARTTLS'
server good
client_of starttls
flush
is "$? $(got) $(told)" "0  bob" "offered before STARTTLS only: it comes back"
restore protected
server good --ehlo REQUIRETLS
script 'ehlo * reply 250-smarthost.example\r\n250 REQUIRETLS'
client_of starttls
refused "no STARTTLS" "STARTTLS is not offered"
script
server foreign --ehlo REQUIRETLS
client_of starttls
refused "a certificate that is not trusted" "not trusted|issuer is unknown"

# The configuration gave up TLS.
clean
restore protected
smarthost --ehlo REQUIRETLS
script 'ehlo * reply 250-smarthost.example\r\n250 REQUIRETLS'	# it must not
configure_clear
submit carol@example.net
flush
is "$? $(got) $(told)" "0 carol bob" "tls = none: it comes back"
like "$(report)" "^Status: 5.7.10$" "tls = none: the status"
is "$(mail_of alice)" "<>" "tls = none: the report goes"
unlike "$(report)" "secret plans" "tls = none: and tells nothing of the message"
clean
protected bob@example.net 2>"$dir/err"
is "$? $(queued)" "69 0" "tls = none: sendmail refuses it"
like "$(cat "$dir/err")" "REQUIRETLS .*tls = none" "tls = none: and says why"

# The other wish of RFC 8689 does not weaken what is configured.
script
server foreign
client_of starttls
clean
sendmail -f alice@example.org bob@example.net <<-'EOM'
TLS-Required: No

EOM
save wish
refused "TLS-Required: No" "not trusted|issuer is unknown"
server good
client_of starttls
goes "TLS-Required: No"
done_testing
