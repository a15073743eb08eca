#!/bin/sh
# "outbox test": each step with its time, the one that failed with its hint,
# and with an address a message that goes the way of all mail.
. "${srcdir:-.}/t/tls.sh"

# try ARGUMENT...: $said is what it prints, $status how it ends.
try() {
	said=$("$BUILD/queue/outbox" -C "$dir/conf" test "$@" 2>&1)
	status=$?
}

# fails STEP PATTERN HINT
fails() {
	try
	is $status 75 "$1: fails"
	like "$said" "^$1 +FAILED +[0-9]+ ms +.*($2)" "... and says why"
	like "$(printf '%s\n' "$said" | tail -n 1)" "^ +hint: .*$3" "... with a hint"
	unlike "$said" "secret|$(printf '\0alice\0secret word' | base64)" \
	    "... and no secret"
}

who=$(id -un)@example.org
server good
for mode in implicit starttls; do
	client_of $mode
	try
	is $status 0 "$mode: it works"
	starttls_steps=
	[ $mode = implicit ] || starttls_steps="greeting EHLO STARTTLS "
	[ $mode = implicit ] && rest="greeting EHLO" || rest=EHLO
	is "$(printf '%s\n' "$said" | sed -n 's/^\(MAIL FROM\|[A-Za-z]\{1,\}\) *ok *[0-9]\{1,\} ms .*/\1/p' | paste -s -d ' ' -)" \
	    "DNS connect ${starttls_steps}TLS $rest AUTH MAIL FROM RSET" \
	    "... step by step"
	like "$said" "^DNS .*localhost\[127\.0\.0\.1\]:$port" "... addresses"
	like "$said" "^connect .*localhost\[.*\]:$port" "... the one in use"
	like "$said" "^TLS .*  TLS1\.3 AES-[0-9]+-GCM" "... version, cipher"
	like "$said" "^ +CN=good, by CN=ca, valid 2020-01-01 to 2049-12-31" \
	    "... the chain"
	like "$said" "^ +fingerprint sha256:[0-9a-f]{64}$" "... the pin"
	like "$said" "^ +AUTH PLAIN LOGIN" "... what is offered"
	like "$said" "^AUTH .*  auth=(PLAIN|LOGIN)" "... what is chosen"
	like "$said" "^MAIL FROM .*  <$who>: 250" "... who it would be from"
done
client_of implicit "[sender]" "from = robot@example.com"
try
like "$said" "^MAIL FROM .*  <robot@example.com>: 250" "a forced sender"
is "$(arrived)" 0 "nothing was sent"
like "$(client | tail -n 2 | paste -s -d ' ' -)" "RSET QUIT" \
    "the server is left in peace"

# With an address.
try carol@example.net
is $status 0 "with an address"
like "$said" "carol@example.net is in the queue" "... it says so"
is "$(queued)" 1 "... and it is"
flush
is "$(got)" carol "... as all mail"
like "$(cat "$dir"/in/*.msg)" "^Subject: Test of outbox" "... it says what it is"

# Failures.
configure "host = nowhere.invalid" "tls = implicit" \
    "ca_file = $dir/certs/ca.pem"
fails DNS "cannot find host nowhere.invalid" "spelling"
configure "host = 127.0.0.1" "port = 1" "tls = none"
fails connect "refused" "nothing listens"
client_of implicit "ca_file = $dir/certs/foreign-ca.pem"
fails TLS "issuer is unknown.*fingerprint sha256:" "ca_file"
client_of implicit "tls_name = elsewhere.example"
fails TLS "does not match" "tls_name"
client_of implicit "ca_file = $dir/nowhere"
try
like "$said" "^TLS +FAILED .*no certificates in ca_file" "no ca_file"
port=$implicit
tls_configure starttls "timeout = 1s"
fails greeting "does not answer" "waits for TLS"
port=$starttls
tls_configure implicit "timeout = 60s"
fails TLS "does not speak TLS" "plain text"
client_of starttls
script 'ehlo * reply 250-smarthost.example\r\n250 AUTH PLAIN LOGIN'
fails STARTTLS "not offered" "465"
client_of implicit
script 'ehlo * reply 550 5.7.1 who are you'
fails EHLO "550 5.7.1 who are you" "helo"
script 'auth * reply 535 5.7.8 bad credentials'
fails AUTH "535 5.7.8 bad credentials" "wrong"
script 'mail * reply 553 5.7.1 not owned by user'
fails "MAIL FROM" "553 5.7.1 not owned by user" "may not send"
script 'greeting * reply 220 \x1b[2J\x07\xc2\x9b2J\x9b2J h\xc3\xa9'
try
like "$said" "^greeting .*  \?\[2J\?\?2J\?2J h$(printf '\303\251')$" \
    "nothing that a terminal obeys"
script
chmod 644 "$dir/password"
try
like "$status $said" "^AUTH +FAILED .*can be read or changed by others" \
    "a password that others can read"
try a b
is "$status $said" "64 outbox: test takes one address or nothing" \
    "two addresses"
try --json
is $status 64 "an option"
configure
try
is "$status $said" "78 outbox: no smarthost is configured: mail is kept in \
the queue until \"outbox setup\" has named one" "no host"

done_testing
