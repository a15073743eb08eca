#!/bin/sh
# What the configuration and the smarthost say of how much goes out: the rate,
# also after a restart; the sender that is refused; the meaning of replies; and
# what a run knows of the one before.
. "${srcdir:-.}/t/delivery.sh"

from() {
	sender=$1
	shift
	sendmail -f "$sender" "$@" <<-'EOM'
	Subject: t

	hello
	EOM
}

# The rate.
smarthost
configure_clear "rate = 2/1h"
for n in one two three; do
	submit $n@example.net
done
daemon
# In either order.
await "status=sent"
line=$(grep "mail waits for the rate" "$dir/flush.log") ||
    await "mail waits for the rate"
like "$line" "next message in 1(8|7)[0-9][0-9]s" "rate: the second waits its half hour"
is "$(got)" "one" "... the first is out"
stop
: >"$dir/flush.log"
daemon
await "mail waits for the rate"
like "$line" "next message in 1(8|7)[0-9][0-9]s" "a restart changes nothing"
is "$(got)" "one" "... nothing more went"
stop
# What went before costs what it costs now.
configure_clear "rate = 1/7d"
: >"$dir/flush.log"
daemon
await "mail waits for the rate"
like "$line" "next message in [0-9]{6}s" "a restart with a lower rate"
stop
configure_clear "rate = 60/1h"
: >"$dir/flush.log"
daemon
await "status=sent"
await "status=sent"
stop
is "$? $(got)" "0 one three two" "... and with a higher one"
submit four@example.net five@example.net
submit six@example.net
configure_clear "rate = 1/7d"
: >"$dir/flush.log"
daemon
await "mail waits for the rate"
stop
configure_clear
flush
is "$? $(got)" "0 five four one six three two" "without a rate it goes"

# A sender that is refused does not touch others, and waits as one.
clean
script 'mail * match=<mallory@ reply 550 5.7.60 not as this sender' \
    'mail * match=<trudy@ reply 501 mail from address must be same as authorization user'
from mallory@example.org a@example.net
from alice@example.org b@example.net
flush
is "$? $(got) $(waiting)" "75 b a" "a refused sender waits, others go"
like "$(said)" "does not accept the sender <mallory@example.org> of user $(id -u)" \
    "... the log tells"
clean
script 'mail * match=<mallory@ reply 550 5.7.60 not as this sender'
for n in 1 2 3 4 5 6; do
	from mallory@example.org m$n@example.net
done
configure_clear "window = 1" "connections = 1"
daemon
for n in 1 2 3 4 5 6; do
	await "status=deferred"
done
from alice@example.org b@example.net
await "status=sent"
tried=$(client | grep -c 'MAIL FROM:<mallory')
ok $((tried > 3)) "one refusal is enough for six messages: $tried"
script
sendmail -q
from alice@example.org c@example.net
await "status=sent"
is "$(got)" "b c" "no user ends that"
kill -USR1 $daemon
for n in 1 2 3 4 5 6; do
	await "status=sent"
done
gone
is "$(got) $(queued)" "b c m1 m2 m3 m4 m5 m6 0" "the administrator does"
stop

# Replies.
clean
configure_clear "[replies]" "retry = 550 5.1.1 *not yet*" \
    "bounce = 450 *never*" "bounce = 451 *never*"
script 'rcpt * match=<early@ reply 550 5.1.1 not yet' \
    'rcpt * match=<late@ reply 450 4.2.0 never' \
    'rcpt * match=<later@ reply 451 4.2.0 Never'
submit early@example.net late@example.net later@example.net
flush
is "$(waiting)" "early" "[replies]: what is to be tried again waits"
is "$(told)" "late later" "... what is to be returned is"
clean
configure_clear
extra_queue='soft_bounce = yes'
configure_clear
script 'rcpt * reply 550 5.1.1 no such user'
submit bob@example.net
flush
is "$? $(waiting) $(reports)" "75 bob 0" "soft_bounce: nothing is returned"
extra_queue='soft_bounce = yes
lifetime = 0'
configure_clear
due_now
flush
is "$(waiting)" "" "... before its time"
extra_queue=

# What a run knows of the one before.
clean
script
smarthost --user alice --password "secret word" --auth-clear
printf 'wrong word\n' >"$dir/password"
chmod 600 "$dir/password"
configure_clear "user = alice" "password_file = $dir/password"
submit bob@example.net
flush
is "$? $(client | grep -c ^AUTH)" "75 1" "a refused login"
submit carol@example.net
flush
is "$? $(client | grep -c ^AUTH)" "75 1" "is not tried again by the next run"
like "$(sendmail -bp)" "\(535 " "mailq says why new mail waits"
is "$(sendmail -bp | grep -c '(535 ')" 2 "... of each"
flush --all
is "$? $(client | grep -c ^AUTH)" "75 2" "--all tries it"
printf 'broken' >"$dir/spool/state"
flush
is "$? $(client | grep -c ^AUTH)" "75 3" "a broken state is none"
printf 'secret word\n' >"$dir/password"
flush
is "$? $(got) $(queued)" "0 bob carol 0" "a changed password ends that, for all"
like "$(cat "$dir/spool/state")" "^down 0" "then nothing is wrong any more"
"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --all 2>/dev/null
is $? 64 "--all goes with --once"
script 'rcpt * reply 450 4.2.0 not now'
submit frank@example.net
flush
script
flush
is "$? $(queued)" "0 1" "what is not due is not tried"
flush --all
is "$? $(queued)" "0 0" "--all: it is"
script 'greeting * reply-close 421 4.3.2 not now'
submit dave@example.net
flush
: >"$dir/transcript"
submit eve@example.net
flush
flush
is "$(connections)" 1 "new mail is tried at once, but once"

done_testing
