#!/bin/sh
# outbox-flush as a service: mail goes as soon as it is submitted, what was put
# off goes when someone asks or the cause is mended, and an orderly end leaves
# nothing half done.
. "${srcdir:-.}/t/delivery.sh"

notifications

certificates
smarthost --notify "$dir/notify" --user alice --password "secret word" \
    --auth-clear
first=$port
printf 'secret word\n' >"$dir/password"
chmod 600 "$dir/password"
login() {
	configure_clear "user = alice" "password_file = $dir/password" "$@"
}

login "idle = 60s"
submit one@example.net
daemon
hear accepted
await "status=sent"
is "$(got)" "one" "what was there goes at the start"
submit two@example.net
hear accepted
await "status=sent"
is "$(got)" "one two" "what is submitted goes at once"
is "$(connections)" 1 "over the same connection"

# Another one.
"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr 2>"$dir/err"
is $? 75 "a second one refuses"
like "$(cat "$dir/err")" "cannot lock the queue" "and says why"
"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once 2>"$dir/err"
is "$? $(cat "$dir/err")" "0 " "a pass leaves the work to it"

# An idle connection that the server closes.
script 'dot * reply-close 250 2.0.0 last one'
submit three@example.net
hear accepted
hear closed
await "status=sent"
script
submit four@example.net
await "status="
like "$line" "status=sent" "a connection that was closed in a pause is no fault"

# Put off, and asked for.
script 'rcpt * reply 450 4.2.0 not now'
submit five@example.net
await "status=deferred"
script
sendmail -q
await "status=sent"
is "$(got)" "five four one three two" "sendmail -q: it goes now"
script 'rcpt * reply 450 4.2.0 not now'
submit six@example.net
await "status=deferred"
id=$(basename "$dir"/spool/queue/*)
script
sendmail -qI"$id"
await "status=sent"
is "$(got | tr ' ' '\n' | grep -c six)" 1 "sendmail -qI: this one does"
kill -USR1 $daemon
stop
is "$? $(queued)" "0 0" "it ends with 0"

# A reply in flight.
daemon
script 'dot * slow 20 250 2.0.0 this reply takes a while'
rm -f "$dir"/in/*
submit seven@example.net
hear "accepted 0007"
stop
is "$? $(got) $(queued)" "0 seven 0" "SIGTERM: the reply in flight is read"
daemon
script 'greeting * silent'
submit eight@example.net
rm -f "$dir"/in/*
sendmail -q
kill -TERM $daemon
wait $daemon
is "$? $(queued)" "0 1" "and where none is, it does not wait for one"

# The configuration.
script
smarthost
second=$port port=$first
script 'greeting * reply-close 421 4.3.2 not now'
login
daemon
await "mail waits"
port=$second
configure_clear
script
kill -HUP $daemon
await ": reload "
await "status=sent"
like "$line" ":$second," "SIGHUP: the new configuration is used"
submit nine@example.net
await "status=sent"
like "$line" ":$second," "from then on"
echo "nonsense" >>"$dir/conf"
kill -HUP $daemon
await "going on with the old one"
sed -i '$d' "$dir/conf"
submit ten@example.net
await "status=sent"
like "$line" ":$second," "a broken one changes nothing"
stop
is "$? $(queued)" "0 0" "and it ends"
wrong() {
	: >"$dir/err"
	"$BUILD/queue/outbox-flush" -C "$dir/wrong" --once "$@" 2>"$dir/err"
	echo "$? $(sed 's/\[[0-9]*\]//' "$dir/err")"
}
echo "nonsense" >"$dir/wrong"
is "$(wrong)" "$(wrong --stderr)" "a broken one at the start: it says so"
like "$(wrong)" "^78 outbox-flush: $dir/wrong:1: [^:]*$" "... once"
: >"$dir/err"
is "$(export JOURNAL_STREAM="$(stat -c %d:%i "$dir/err")"; wrong)" "78 " \
    "... and not where the journal, which has it, would read it again"

# The password.
port=$first
login
printf 'wrong\n' >"$dir/password"
daemon
submit eleven@example.net
await "mail waits"
like "$line" "535.*next attempt in 1[4-8][0-9][0-9]s" "a wrong password: a long wait"
submit twelve@example.net
printf 'secret word\n' >"$dir/password"
await "answers again"
await "status=sent"
await "status=sent"
is "$(got)" "eight eleven nine ten twelve" "a changed password ends it"
is "$(client | grep -c '^AUTH')" 5 "no login was tried twice with the wrong one"

# Users have asked, and are granted the next attempt in five minutes.
stop
printf 'wrong\n' >"$dir/password"
daemon
submit asked@example.net
await "mail waits"
kill -HUP $daemon
await ": reload "
await "mail waits"
sendmail -q
until [ "$(sed -n 's/^asked //p' "$dir/spool/state")" -gt $(($(date +%s) + 60)) ]
do
	:
done
printf 'secret word\n' >"$dir/password"
await "status=sent"
ok $? "a changed password does not wait for that"

# Old mail, put off once, while the site is down.
stop
extra_queue='lifetime = 2s
retry_min = 1s
retry_max = 1s'
login "idle = 0s"
script 'rcpt * reply 450 4.2.0 not now'
daemon
submit thirteen@example.net
await "status=deferred"
script 'greeting * reply-close 421 4.3.2 not now'
await "status=expired"
ok 0 "what is too old ends while the site is down"
stop
is $? 0 "the end"

limit=$(
	ulimit -Sn 50 && ulimit -Hn 200 && open_flush
	awk '/^Max open files/ { print $4 }' "/proc/$daemon/limits"
	close_flush
)
is "$limit" 200 "it can have as many files open as it may"

done_testing
