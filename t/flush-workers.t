#!/bin/sh
# A process that dies, hangs or talks nonsense with mail in its hands costs
# another attempt, never the mail: a worker, or flush, which takes its workers
# along.
. "${srcdir:-.}/t/delivery.sh"

notifications

extra_queue='retry_min = 1s
retry_max = 1s'
smarthost --notify "$dir/notify"
configure_clear

# A worker is killed.
daemon
script 'dot * stall'
submit one@example.net
await "connection established to "
kill -KILL "$(pid)"
await "was killed by signal 9"
hear "closed 1"
script
await "status=sent"
gone
is "$(got) $(queued)" "one 0" "a worker is killed: the mail goes a second later"
stop
is $? 0 "flush itself goes on"

# flush is killed.
daemon
script 'dot * stall'
submit two@example.net
await "connection established to "
kill -KILL $daemon
wait $daemon 2>/dev/null
hear "closed 3"
ok 0 "flush is killed: its worker ends, too"
is "$(queued)" 1 "the mail stays"
script
daemon
await "status=sent"
gone
is "$(got) $(queued)" "one two 0" "the next one sends it"
stop

# A worker stops.
configure_clear "timeout = 1s"
daemon
submit three@example.net
await "connection established to "
worker=$(pid)
kill -STOP $worker
submit four@example.net
submit five@example.net
await "hangs: killed"
while [ "$(grep -c "status=sent" "$dir/flush.log")" -lt 5 ]; do
	await "status=sent"
done
is "$(got | tr ' ' '\n' | uniq | words)" "five four one three two" \
    "a worker stops: the mail goes some seconds later"
stop
is "$? $(queued)" "0 0" "nothing is left"

# Workers that are none: next to a copy of flush.
mkdir "$dir/bin"
cp "$BUILD/queue/outbox-flush" "$dir/bin"
with_worker() {
	printf '#!/bin/sh\n%s\n' "$1" >"$dir/bin/outbox-smtp"
	chmod 755 "$dir/bin/outbox-smtp"
	kept=$(queued)
	"$dir/bin/outbox-flush" -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
	is "$? $(queued) $(reports)" "75 $kept 0" "$2: the mail stays"
	like "$(said)" "$3" "$2: the log says so"
}
clean
submit six@example.net
with_worker 'exit 1' "a worker that ends" "ended with status 1"
with_worker 'kill -SEGV $$' "a worker that crashes" "killed by signal 11"
# It may be gone before it is given the mail.
"$BUILD/t/fault" -a sendmsg=EPIPE -- "$BUILD/queue/outbox-flush" \
    -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
status=$?
if [ $status -ne 125 ]; then
	is "$status $(queued)" "75 1" \
	    "a worker that ends before it gets the mail: the mail stays"
	like "$(said)" "ended before it had a session" "... the log says so"
else
	skip "a worker that ends before it gets the mail" "no ptrace"
fi
with_worker 'echo nonsense >&0; sleep 100' "a worker that talks nonsense" \
    "ended before it had a session"
with_worker 'perl -e "open my \$o, q(>&=0); syswrite \$o, q(x) x 100000"' \
    "a worker that talks too much" "ended before it had a session"
rm "$dir/bin/outbox-smtp"
printf '#!/no/such/interpreter\n' >"$dir/bin/outbox-smtp"
chmod 755 "$dir/bin/outbox-smtp"
"$dir/bin/outbox-flush" -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
is "$? $(queued)" "75 1" "a worker that cannot be started: the mail stays"
like "$(said)" "status 127" "and the log says so"
flush
is "$? $(got)" "0 six" "then it goes"

# More messages than fit into the socket of a worker that begins.
clean
smarthost
configure_clear "window = 1000" "connections = 1" \
    "messages_per_connection = 2000"
submit r0000@example.net
copies 500
flush
is "$? $(queued) $(arrived)" "0 0 500" "a large window: --once sends all"
unlike "$(said)" "flush.*cannot|status=deferred" "... and nothing is said"

# Whoever starts it may hear nothing of children, and have closed its standard
# descriptors.  It is killed, should it wait for ever.
odd() {
	timeout -k 1 60 python3 -c 'if 1:
		import os, signal, sys
		signal.signal(signal.SIGCHLD, signal.SIG_IGN)
		os.closerange(0, 3)
		os.execv(sys.argv[1], sys.argv[1:])' "$@"
}
clean
submit seven@example.net
odd "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once
is "$? $(got) $(queued)" "0 seven 0" "SIGCHLD is ignored: --once ends"
is "$(cat "$dir/spool/lock")" "" "its log goes to no file of its own"

done_testing
