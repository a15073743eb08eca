#!/bin/sh
# Where TLS is configured nothing of the mail and no password goes out before a
# peer has proved its name: whatever is wrong with it keeps the mail, the log
# says what, and when it is mended the mail goes.
. "${srcdir:-.}/t/tls.sh"

server good
good_implicit=$implicit good_starttls=$starttls
client_of implicit
submit bob@example.net
save bob

# Certificates.
while read -r cert why; do
	server $cert
	for mode in implicit starttls; do
		client_of $mode
		refused "$cert" "certificate is not accepted for localhost: .*$why"
	done
	[ $cert != wronghost ] || {
		client_of implicit "tls_name = elsewhere.example"
		goes "tls_name"
	}
done <<EOM
expired expired
notyet not yet (activated|valid)
wronghost name .*does not match|CN=elsewhere
clientonly purpose|key usage|not
foreign issuer is unknown|not trusted
selfsigned issuer is unknown|not trusted
EOM
implicit=$good_implicit starttls=$good_starttls
for mode in implicit starttls; do
	client_of $mode
	goes "a good one"
done

# What is trusted.
for mode in implicit starttls; do
	client_of $mode
	: >"$dir/none.pem"
	sed -i "s|^ca_file.*|ca_file = $dir/none.pem|" "$dir/conf"
	refused "an empty ca_file" "no certificates in ca_file .*none.pem"
	rm "$dir/none.pem"
	refused "no ca_file" "no certificates in ca_file .*none.pem"
	is "$(sed -n 's/^long //p' "$dir/spool/state")" 0 \
	    "$mode: no ca_file: asking often does no harm"
	cp "$dir/certs/foreign-ca.pem" "$dir/none.pem"
	refused "another CA" "certificate is not accepted"
	cp "$dir/certs/ca.pem" "$dir/none.pem"
	goes "the right CA"
done
mode=implicit
configure "host = 127.0.0.1" "port = $implicit" "ca_file = $dir/certs/ca.pem" \
    "user = alice" "password_file = $dir/password"
goes "an address in the certificate"
configure "host = 127.0.0.1" "port = $implicit" "ca_file = $dir/certs/ca.pem" \
    "user = alice" "password_file = $dir/password" "tls_name = example.com"
refused "another name" "certificate is not accepted for example.com"
server idn
configure "host = 127.0.0.1" "port = $implicit" "ca_file = $dir/certs/ca.pem" \
    "user = alice" "password_file = $dir/password"
refused "an address that is not in the certificate" \
    "certificate is not accepted for 127.0.0.1"
server good

# STARTTLS refused or tampered with.
client_of starttls
script 'ehlo * reply 250-smarthost.example\r\n250 AUTH PLAIN LOGIN'
refused "STARTTLS not offered" "STARTTLS is not offered"
script 'starttls * reply 454 4.7.0 not available'
refused "STARTTLS 454" "454 4.7.0 not available"
script 'starttls * reply 502 5.5.1 what'
refused "STARTTLS 502" "502 5.5.1 what"
script 'starttls * inject 250-smarthost\r\n250 AUTH PLAIN\r\n'
refused "injected plain text" "someone may be in the way|does not speak TLS"
script 'starttls * reply 220 go ahead\r\n250 ok'
refused "injected reply" "someone may be in the way|does not speak TLS"
script 'ehlo * reply 250-smarthost.example\r\n250 STARTTLS\r\n220 go ahead'
refused "an answer before the question" "replied before it was asked"
script 'starttls * close'
refused "STARTTLS closed" "the server closed the connection"
script 'handshake * raw 220 plain text\r\n'
refused "a handshake in plain text" "does not speak TLS|in the way"
script 'handshake * close'
refused "a handshake cut off" "TLS handshake: "
script 'ehlo * once reply 250-smarthost.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN' \
    'ehlo * reply 250-smarthost.example\r\n250 SIZE'
: >"$dir/transcript"
kept "AUTH only before TLS"
like "$(said)" "no usable AUTH mechanism is offered \(none\)" \
    "$mode: AUTH only before TLS: the log says why"
unlike "$(client)" "MAIL|AUTH" "$mode: AUTH only before TLS: nothing went out"
server good	# which counts from one
client_of starttls
script 'ehlo %2 reply 250-smarthost.example\r\n250 AUTH PLAIN'
due_now
flush
is "$? $(got)" "0 bob" "$mode: offers of before TLS: it goes"
like "$(cat "$dir"/in/*.env)" "^how DATA$" \
    "$mode: offers of before TLS are forgotten: CHUNKING"
like "$(cat "$dir"/in/*.env)" "^mail <alice@example.org>$" \
    "$mode: offers of before TLS are forgotten: SIZE"
rm -f "$dir"/in/*
cp -p "$saved"/* "$dir/spool/queue"
goes "STARTTLS"

# TLS where there is none, and the reverse.
client_of implicit
script 'handshake * raw 220 smarthost ESMTP\r\n'
refused "plain text" "does not speak TLS here: check port and tls"
script 'handshake * close'
refused "a handshake cut off" "TLS handshake: "
script
mode="plain port"
smarthost
tls_configure implicit
refused "TLS" "does not speak TLS here: check port and tls"
tls_configure starttls
refused "STARTTLS" "STARTTLS is not offered"
mode="TLS port"
port=$implicit
tls_configure starttls "timeout = 1s"
refused "STARTTLS" "the server does not answer"
configure "host = localhost" "port = $port" "tls = none" "timeout = 1s"
refused "plain text" "the server does not answer"

# What the session needs.
server good --tls-priority 'NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT'
client_of implicit
refused "TLS 1.1 only" "TLS handshake: "
server good --client-ca "$dir/certs/ca.pem" --client-cert-required
client_of implicit
refused "a client certificate is wanted" "TLS|closed|certificate"

# A stream that is cut off ends nothing.
implicit=$good_implicit starttls=$good_starttls
for mode in implicit starttls; do
	client_of $mode
	for rule in 'mail * raw 250 2.1.0 o ; truncate' \
	    'dot * raw 250 2.0.0 ok ; truncate' \
	    'dot * raw 250 2.0.0 ok\r ; truncate' \
	    'dot * reset' 'body * truncate'; do
		script "$rule"
		kept "$mode: $rule"
	done
	script 'dot * truncate'
	kept "$mode: cut off before the last reply"
	like "$(said)" "status=unknown \(.*may have arrived" \
	    "$mode: cut off before the last reply: the log says so"
	is "$(got)" "" "$mode: so far it did not arrive"
	script 'dot * reply 250 2.0.0 whole ; truncate'
	flush
	due_now
	flush
	is "$? $(got)" "0 bob" "$mode: a whole reply is one, even then"
	rm -f "$dir"/in/*
	cp -p "$saved"/* "$dir/spool/queue"
done
server good --no-close-notify --tickets late
for mode in implicit starttls; do
	client_of $mode
	goes "late tickets, no closure alert"
	unlike "$(said)" "smarthost .*:" "$mode: no closure alert is no fault"
done

# A worker that is stopped and goes on, again and again: each call that waits
# may end early.
clean
server good --tickets late
client_of implicit
daemon
submit_large 4096 bob@example.net
await "connection established to "
worker=$(pid)
n=0
while [ $n -lt 300 ] && kill -STOP "$worker" 2>/dev/null; do
	kill -CONT "$worker"
	n=$((n + 1))
done
await "status=sent"
stop
is "$n $(got)" "300 bob" "interrupted 300 times"

done_testing
