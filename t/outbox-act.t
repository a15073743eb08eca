#!/bin/sh
# What outbox changes: retry, hold, release, delete and bounce, one by one and
# many at once, on a terminal, and beside a flush that runs.
. "${srcdir:-.}/t/delivery.sh"
smarthost
configure_clear

outbox() {
	"$BUILD/queue/outbox" -C "$dir/conf" "$@" 2>&1
}
qid() {
	file=$(grep -la "^R.$1@" "$dir"/spool/queue/* "$dir"/spool/failed/* 2>/dev/null)
	echo "${file##*/}"
}

# A flush that is stopped is not waited for for ever: seen at the end, as that
# takes its time.  It has a queue of its own.
mkdir -m 700 "$dir/other"
sed "s|^directory = .*|directory = $dir/other/spool|" "$dir/conf" \
    >"$dir/other/conf"
cp -R "$dir/spool" "$dir/other/spool"
daemon -C "$dir/other/conf"
kill -STOP $daemon
deaf=$daemon
"$BUILD/sendmail/sendmail" -C "$dir/other/conf" -f alice@example.org \
    bob@example.net <<EOM
Subject: t
EOM
"$BUILD/queue/outbox" -C "$dir/other/conf" retry --all --wait \
    >"$dir/other/waited" 2>&1 &
waiting_for=$!

submit ann@example.net
submit bob@example.net
submit carol@example.net

is "$(outbox hold; echo $?)" \
    "outbox: name the messages, or say --all
64" "it has to be said which"
is "$(outbox hold --to bob@example.net)" "held 1 message" "hold"
flush
is "$(got) $(waiting)" "ann carol bob" "what is held does not leave"
is "$(outbox release "$(qid bob)")" "released 1 message" "release"
flush
is "$(got)" "ann bob carol" "... lets it go"
is "$(outbox delete "000000000000000000000000"; echo $?)" \
    "outbox: 000000000000000000000000 is not in the queue
66" "what is not there"
is "$(outbox delete --all; echo $?)" "No message fits.
0" "all of nothing"

clean
script 'rcpt * reply 450 4.2.1 busy'
submit ann@example.net
submit bob@example.net
flush
script
flush
is "$(waiting)" "ann bob" "deferred"
is "$(outbox retry --to ann@example.net)" "retried 1 message" "retry"
flush
is "$(got) $(waiting)" "ann bob" "... sends it at once, and no other"
is "$(outbox delete --all --dry-run)" "$(qid bob)
would have deleted 1 message" "--dry-run"
is "$(queued)" 1 "... changes nothing"

# A terminal is asked.
is "$(terminal n delete --all; echo $?)" \
    "delete 1 message for good? [y/N] n
Nothing was changed.
1" "a terminal is asked; no"
is "$(queued)" 1 "... nothing is deleted"
is "$(terminal y delete --all; echo $?)" \
    "delete 1 message for good? [y/N] y
deleted 1 message
0" "... yes"
is "$(queued)" 0 "... it is deleted"
submit bob@example.net
is "$(terminal y delete --yes --all)" "deleted 1 message" "--yes"
submit bob@example.net
is "$(terminal y hold --all)" "held 1 message" \
    "what destroys nothing does not ask"
is "$(outbox delete --all; queued)" "deleted 1 message
0" "no terminal: no question"

# Locked for a moment, as when flush looks at it: by a process that lets go
# when the tool waits.
submit bob@example.net
is "$(CONF="$dir/conf" OUTBOX="$BUILD/queue/outbox" python3 - \
    "$dir/spool/queue/$(qid bob)" <<-'EOP'
	import fcntl, os, subprocess, sys
	f = open(sys.argv[1])
	fcntl.flock(f, fcntl.LOCK_EX)
	tool = subprocess.Popen([os.environ["OUTBOX"], "-C",
	    os.environ["CONF"], "hold", "--all"])
	while tool.poll() is None:
	    with open("/proc/%d/stat" % tool.pid) as stat:
	        if stat.read().split(") ")[1][0] == "S":
	            f.close()
	            break
	sys.exit(tool.wait())
	EOP
    echo $?)" "held 1 message
0" "locked for a moment: it is waited for"

# Bounce.
clean
submit bob@example.net carol@example.net
script 'rcpt * match=carol reply 450 4.2.1 busy'
flush
script
is "$(outbox bounce --reason busy)" "returned 1 message" "bounce"
is "$(queued) $(reports)" "1 1" "... a report takes its place"
flush
is "$(told)" "carol" "... on who did not have it"
like "$(cat "$dir"/in/*.msg)" "returned by the operator; last: 450 4.2.1 busy" \
    "... and why"
clean
sendmail -f '<>' bob@example.net </dev/null
like "$(outbox bounce --all)" "nobody can be told at <>; delete it instead" \
    "a report cannot be returned"
is "$(queued)" 1 "... and stays"

# failed/
script 'rcpt * reply 550 5.1.1 unknown'
flush
is "$(queued) $(parked)" "0 1" "parked"
like "$(outbox hold "$(qid bob)")" "is in failed/: retry or delete it" \
    "hold what is in failed/"
is "$(outbox retry --failed --all)" "retried 1 message" "retry from failed/"
is "$(queued) $(parked)" "1 0" "... moves it back"
script
flush
is "$(arrived)" 1 "... and sends it"
clean
sendmail -f '<>' bob@example.net </dev/null
script 'rcpt * reply 550 5.1.1 unknown'
flush
echo junk >"$dir/spool/failed/junk"
like "$(outbox retry --failed --all)" "junk is damaged: it can only be deleted" \
    "a damaged file stays"
is "$(queued) $(parked)" "1 1" "... alone"
is "$(outbox delete --failed --all)" "deleted 1 message" "... is deleted"
is "$(queued) $(parked)" "1 0" "... and nothing else"

# retry --wait
is "$(outbox retry --all --wait | tail -n 1)" \
    "outbox: outbox-flush does not run: the messages wait for it" \
    "--wait without a flush"
configure "host ="
daemon
is "$(outbox retry --all --wait | tail -n 1)" \
    "outbox: no smarthost is configured: mail is kept" \
    "--wait without a smarthost"
stop
configure_clear
clean
script 'rcpt * match=r0000 reply 450 4.2.1 busy'
submit r0000@example.net
submit ann@example.net
outbox hold --all >/dev/null
daemon
outbox release --all >/dev/null
await "status=deferred"
like "$(outbox retry --all --wait)" \
    "^0 gone, 1 deferred, 0 in failed/, 0 not tried
outbox: $(qid r0000) waits [0-9]+[sm]: 450 4\.2\.1 busy$" \
    "--wait: tried again, and why it waits"
script
is "$(outbox retry --all --wait | tail -n 1)" \
    "1 gone, 0 deferred, 0 in failed/, 0 not tried" "--wait: sent"

# What is held stays so when all is to be tried at once, and its release is
# heard of after that: flush has looked at it when it sends what is younger.
stop
clean
submit bob@example.net
outbox hold --all >/dev/null
daemon
kill -HUP $daemon
await ": reload "
submit carol@example.net
await "to=<carol@"
is "$(got) $(waiting)" "carol bob" "held, and flush was told to try everything"
outbox release --all >/dev/null
await "to=<bob@"
like "$line" "status=sent" "... released, it goes"

# What would be waited for in vain: the last line says why.
# changes RULE WANT: what $change does while the tool waits for a flush that
# does nothing.
changes() {
	clean
	daemon
	kill -STOP $daemon
	submit bob@example.net
	outbox retry --all --wait >"$dir/waited" &
	eval "$change"
	wait $!
	like "$(cat "$dir/waited")" "$2" "--wait: $1"
	# Once: its number may be that of another by now.
	case $change in
	kill*) ;;
	*) kill -KILL $daemon ;;
	esac
	wait $daemon
}
stop
change='outbox hold --all >/dev/null'
changes "held by another" "0 gone, 1 deferred, .*
outbox: ([0-9A-F]*) is held: outbox release [0-9A-F]* lets it go$"
change='kill -KILL $daemon'
changes "flush is killed" "0 gone, 0 deferred, .* 1 not tried
outbox: outbox-flush does not run: the messages wait for it$"
clean
script 'mail * reply 550 5.7.60 no right to send as this sender'
submit bob@example.net
flush
daemon
submit ann@example.net
await "to=<ann@example.net>"
like "$(outbox retry --to ann@example.net --wait)" \
    "^0 gone, 1 deferred, 0 in failed/, 0 not tried
outbox: $(qid ann) waits [0-9]+[mh]: 550 5\.7\.60 no right to send" \
    "--wait: its sender is not accepted"
stop
clean
script 'greeting * reply-close 554 5.7.1 go away'
submit bob@example.net
flush
sed -i 's/^probed .*/probed 1/' "$dir/spool/state"
daemon
like "$(outbox retry --all --wait)" "0 gone, 0 deferred, .* 1 not tried
outbox: the smarthost cannot be used, next attempt in [0-9]+[sm] \(\"sendmail -q\" asks at once\): 554 5\.7\.1 go away$" \
    "--wait: the smarthost is down since long"
stop
clean
script
configure_clear "rate = 1/h"
daemon
submit ann@example.net
await "status=sent"
submit bob@example.net
like "$(outbox retry --all --wait)" "0 gone, 0 deferred, .* 1 not tried
outbox: rate = 1/h lets the next message go in [0-9]+m$" "--wait: the rate"
stop
clean
configure "[recipients]" "local_mbox = $dir/mbox"
daemon
submit root
is "$(outbox retry --all --wait | grep -c "no smarthost")" 0 \
    "--wait: what stays here needs no smarthost"
stop
like "$(cat "$dir/mbox")" "^Delivered-To: root@localhost" "... it is there"
configure_clear
clean
script 'rcpt * reply 550 5.1.1 unknown'
sendmail -f '<>' bob@example.net </dev/null
flush
script 'rcpt * reply 450 4.2.1 busy'
daemon
is "$(outbox retry --failed --all --wait | sed -n 2p)" \
    "0 gone, 1 deferred, 0 in failed/, 0 not tried" "--wait: from failed/"

# Without a service.
stop
clean
extra_queue='flush = on-demand'
configure_clear
extra_queue=
script 'rcpt * match=r0000 reply 450 4.2.1 busy'
sendmail -odq r0000@example.net ann@example.net </dev/null
is "$(outbox retry --all --wait | sed -n 2p)" \
    "0 gone, 1 deferred, 0 in failed/, 0 not tried" "on-demand: one is started"
script
is "$(outbox retry --all --wait | tail -n 1)" \
    "1 gone, 0 deferred, 0 in failed/, 0 not tried" "... each time"
script 'greeting * reply-close 554 5.7.1 go away'
sendmail -odq r0000@example.net </dev/null
like "$(outbox retry --all --wait | tail -n 1)" \
    "^outbox: the smarthost cannot be used, .*: 554 5\.7\.1 go away$" \
    "... or it is told why not"
script
clean
configure_clear
daemon

# Beside it, all verbs at once: each message arrives or is deleted, once.
stop
clean
submit r0000@example.net
copies 200
daemon
deleted=0
while [ "$(queued)" -gt 0 ]; do
	outbox hold --to 'r0[0-9]*5@*' >/dev/null
	outbox retry --all >/dev/null
	n=$("$BUILD/queue/outbox" -C "$dir/conf" delete --to 'r0[0-9]*[1-3]@*' 2>/dev/null |
	    sed -n 's/^deleted \([0-9]*\) .*/\1/p')
	deleted=$((deleted + ${n:-0}))
	outbox release --all >/dev/null
done
stop
is "$(($(arrived) + deleted))" 200 "beside flush: the accounts balance"
is "$(got | tr ' ' '\n' | sort | uniq -d)" "" "... nothing is sent twice"

wait $waiting_for
is "$? $(cat "$dir/other/waited")" "75 retried 1 message
0 gone, 0 deferred, 0 in failed/, 1 not tried
outbox: outbox-flush does not answer for 20 seconds: it is stopped, or hangs; \
the messages wait for it" "--wait: a flush that is stopped"
kill -KILL $deaf
wait $deaf

done_testing
