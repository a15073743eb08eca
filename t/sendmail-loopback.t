#!/bin/sh
# -bs on a connection, as systemd and inetd start it: who may speak, and whose
# the mail is.
. "${srcdir:-.}/t/lib.sh"
command -v python3 >/dev/null || skip_all "no python3"
configure "host = 127.0.0.1" "tls = none"

# connect OPTION... -- SESSION-LINE...: $out is what sendmail says, without CR,
# and $status how it ends.  $as: a command that runs it.
as=
connect() {
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	for line; do
		printf '%s\r\n' "$line"
	done >"$dir/session"
	# shellcheck disable=SC2086
	python3 "$srcdir/t/loopback.py" $options $as \
	    "$BUILD/sendmail/sendmail" -C "$dir/conf" -bs \
	    <"$dir/session" >"$dir/replies" 2>"$dir/err"
	status=$?
	out=$(tr -d '\r' <"$dir/replies")
}
codes() {
	echo "$out" | grep -v '^250-' | sed 's/ .*//' | paste -s -d ' ' -
}
mail() {
	connect "$@" -- 'EHLO x' 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' DATA \
	    'Subject: x' '' 'hello' . QUIT
}
record() {
	cat "$dir"/spool/queue/* 2>/dev/null | grep -a "^$1" | tr -d '\r'
}
new_queue() {
	rm -rf "$dir/spool/queue"
	mkdir "$dir/spool/queue"
}

for address in 127.0.0.1 127.0.0.2 ::1; do
	if [ $address = ::1 ] && ! python3 -c '
import socket
socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null; then
		ok 0 "$address: # SKIP no IPv6 here"
		continue
	fi
	mail --listen $address
	is "$status $(codes)" \
	    "0 220 250 250 250 354 250 221" "$address: a session"
	is "$(queued) $(record U)" "1 U$(id -u)" \
	    "$address: the message has the user of the client"
	is "$(cat "$dir/err")" "" "$address: silent"
	new_queue
done

# A peer elsewhere.  Of this machine's own addresses one serves.
own=$(python3 "$srcdir/t/loopback.py" --address)
if [ -z "$own" ]; then
	ok 0 "a peer elsewhere # SKIP no other address here"
else
	mail --listen "$own"
	is "$(codes)" \
	    "554 503 503 503 503 500 500 500 500 221" \
	    "a peer elsewhere gets 554 and may only leave"
	is "$status $(queued)" "0 0" "... and nothing is queued"
	set --
	while [ $# -lt 30 ]; do
		set -- "$@" NOOP
	done
	connect --listen "$own" -- "$@"
	is "$(codes | tail -c 4)" 421 \
	    "... soon it is made to"
fi

# What goes wrong is said in SMTP, not on what may be the connection.
echo "nonsense = 1" >>"$dir/conf"
mail --inetd
is "$status $(codes)" "78 421" \
    "a broken configuration is a 421, and no text of another kind"
unlike "$out" nonsense "... the client is not told more"
configure "host = 127.0.0.1" "tls = none"
rm -rf "$dir/spool/queue"
mail
is "$status $(codes)$(cat "$dir/err")" "73 421" "so is no queue"
mkdir "$dir/spool/queue"
connect --inetd -- 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' DATA 'half a'
is "$status $(codes) $(queued)" "74 220 250 250 354 421 0" \
    "a client that goes in the middle of a message"

# Root becomes the user who connects, where the queue is for many.
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$dir" "$dir/spool"
	chgrp 12 "$dir/spool/queue"
	chmod 1770 "$dir/spool/queue"
	mail --user 65534
	is "$status $(codes)" \
	    "0 220 250 250 250 354 250 221" "root serves a user"
	is "$(record U) $(stat -c '%u:%g %a' "$dir"/spool/queue/*)" \
	    "U65534 65534:12 606" "... and the message is that user's"
	rm -f "$dir"/spool/queue/*
	mail --user 65534 --gone
	is "$status $(queued)" "77 0" \
	    "who has closed already is not taken for root"
	mail --gone
	is "$status $(queued)" "77 0" "... root neither"
	# A service that repeats what it is told would speak for whoever runs it.
	as="$(command -v setpriv) --reuid=65533 --regid=12 --clear-groups"
	mail --user 65534
	is "$status $(record U) $(stat -c %u "$dir"/spool/queue/*)" \
	    "0 U65533 65533" "a user stays that user, whoever the client is"
	as=
	rm -f "$dir"/spool/queue/*
	chmod 700 "$dir/spool/queue"
	mail --user 65534
	is "$(record U) $(stat -c '%u %a' "$dir"/spool/queue/*)" \
	    "U65534 0 600" "a queue of root alone takes it as root's"
fi

done_testing
