#!/bin/sh
# A worker that is taken over by what it talks to: what it can still do on this
# machine, and what it can make the scheduler believe or do.
. "${srcdir:-.}/t/hijacked.sh"

who=it

sanitized=
! grep -q __asan "$BUILD/queue/outbox-smtp" || sanitized=yes

# What flush starts in place of its worker, beside a copy of flush.
mkdir "$dir/bin"
cp "$BUILD/queue/outbox-flush" "$dir/bin"
worker() {
	printf '#!/bin/sh\n%s\n' "$1" >"$dir/bin/outbox-smtp.new"
	chmod 755 "$dir/bin/outbox-smtp.new"
	mv "$dir/bin/outbox-smtp.new" "$dir/bin/outbox-smtp"
}
hijacked() {
	worker "HIJACKED=$1 exec '$BUILD/t/hijacked' \"\$@\""
	"$dir/bin/outbox-flush" -C "$dir/conf" --stderr --once \
	    2>"$dir/flush.log"
}

# What it can do here.
smarthost
spare=$port
smarthost
HIJACKED_PORT=$spare
cp "$dir/script" "$HIJACKED_CONF"
configure_clear "user = alice" "password_file = $HIJACKED_PASSWORD" \
    "window = 5"
submit bob@example.net
save bob
# A message that it is not given: it is still being written.
HIJACKED_OTHER=$dir/spool/queue/.00000000000000FF00000001
cp "$dir/spool/queue"/* "$HIJACKED_OTHER"
sum=$(cksum <"$HIJACKED_OTHER")
hijacked files
is "$?" 75 "a worker is taken over: mail waits"
landlock=$(sed -n 's/^hijacked: Landlock //p' "$dir/flush.log")
echo "# Landlock $landlock"
may_not "leave a core"
may_not "gain privileges"
like "$(cat "$dir/flush.log")" "^hijacked: core: at most 0\$" "no core file"
like "$(cat "$dir/flush.log")" "^hijacked: descriptors: at most 138\$" \
    "descriptors for what it is given, and some"
may "read its own message"
may_not "write its own message"
may_not "cut its own message"
may "read the password"
may "read /etc/hosts"
may "connect to the smarthost"
for what in "open its own message to write" "list the queue" \
    "read another message" "write another message" "remove another message" \
    "rename another message" "link another message" "make a message" \
    "make a nameless one" "make a directory" "make a fifo" "make a link" \
    "wake the scheduler" "take the lock" "write the state" \
    "read /etc/passwd" "read a configuration" "trace the scheduler"; do
	where_known 1 "$what"
done
where_known 3 "truncate another message"
where_known 4 "connect elsewhere"
where_known 6 "signal the scheduler"
if [ "${landlock:-0}" -ge 1 ]; then
	may_not "run a program"
	is "$(cksum <"$HIJACKED_OTHER") $(queued)" "$sum 2" \
	    "the queue is as it was"
fi
if [ "$(id -u)" -ne 0 ] && [ -z "$sanitized" ]; then
	like "$(cat "$dir/flush.log")" "^hijacked: processes: at most 0\$" \
	    "no processes"
	may_not fork
fi

# What it can make the scheduler believe: what is lawful of its own messages,
# and with the first lie more it ends.
lies() {
	restore two
	hijacked "$1"
	is "$? $(queued) $(waiting) $(reports)" "75 1 $3 0" "$2: the mail stays"
	is "$(grep -c 'is not in its right mind: killed' "$dir/flush.log")" 1 \
	    "$2: it is killed"
}
configure_clear "connections = 1"
clean
submit bob@example.net carol@example.net
save two
lies Ox "a recipient that is not there" "bob carol"
lies OVV "a recipient twice" "carol"
lies O7 "a job that is not there" "bob carol"
lies Od2 "the next job" "bob carol"
lies Odd "a job twice" "bob carol"
lies OO "a session without opening one" "bob carol"
lies ss "the site twice" "bob carol"
lies sO "a session after there was none" "bob carol"
lies so "another after there was none" "bob carol"
is "$(grep -c "mail waits" "$dir/flush.log")" 1 "the site is down once"

# Of two workers each speaks of its own message and the other's.
configure_clear "window = 1"
clean
submit bob@example.net
submit bob@example.net
hijacked O12
is "$? $(grep -c "right mind" "$dir/flush.log")" "75 2" \
    "the job of another worker: both are killed"
is "$(queued) $(grep -c status=sent "$dir/flush.log")" "1 1" \
    "... and only its own counts"

# The first worker does what $1 says; the others are as they should be.
first_worker() {
	rm -rf "$dir/first"
	worker "if mkdir '$dir/first' 2>/dev/null; then
		echo \$\$ >'$dir/first/pid.new'
		mv '$dir/first/pid.new' '$dir/first/pid'
		$1
	fi
	exec '$BUILD/queue/outbox-smtp' \"\$@\""
}
start_daemon() {
	[ -p "$dir/events" ] || {
		mkfifo "$dir/events"
		exec 7<>"$dir/events"
	}
	"$dir/bin/outbox-flush" -C "$dir/conf" --stderr 2>"$dir/events" \
	    7>&- 9>&- &
	daemon=$!
	track $daemon
}
# field NAME: of the daemon's status, such as VmHWM.
field() {
	sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$daemon/status"
}

# Reports without end.
extra_queue="retry_min = 1s
retry_max = 1s
submit_socket = $dir/submit"
configure_clear "window = 1"
clean
submit bob@example.net
submit bob@example.net
first_worker "export HIJACKED=flood; exec '$BUILD/t/hijacked' \"\$@\""
start_daemon
await "status=sent"
ok 0 "a worker talks without end: mail goes by the other one"
memory=$(field VmHWM)
: >"$dir/spool/enough"
await "hijacked: "
like "$line" "hijacked: [0-9]{7,} reports" "a million reports"
# A sanitizer keeps what was freed.
most=2048
[ -z "$sanitized" ] || most=400000
is "$(($(field VmHWM) - memory < most))" 1 "... take no memory"
while [ "$(grep -c status=sent "$dir/flush.log")" -lt 2 ]; do
	await "status=sent"
done
gone
is "$(got) $(queued)" "bob bob 0" "... and its own mail goes later"
is "$(($(wc -l <"$dir/flush.log") < 20))" 1 "... with a few lines in the log"
stop
is $? 0 "... and flush ends as it should"

# One that reads nothing: the socket is full long before it has what it may.
configure_clear "window = 1000"
clean
submit r0000@example.net
copies 700
first_worker "export HIJACKED=deaf; exec '$BUILD/t/hijacked' \"\$@\""
start_daemon
await "status=sent"
unlike "$(cat "$dir/flush.log")" "hangs" \
    "a worker does not read: mail goes by another one at once"
kill -KILL "$(cat "$dir/first/pid")"
while [ "$(grep -c status=sent "$dir/flush.log")" -lt 700 ]; do
	await "status=sent"
done
gone
is "$(got | tr ' ' '\n' | sort -u | wc -l | tr -d ' ') $(arrived) $(queued)" \
    "700 700 0" "... and all of it in the end, once"
stop
is $? 0 "... and flush ends as it should"

# A file that the worker reads again is another one now.
tls_smarthost --tls implicit
tls_configure implicit "connections = 1" "messages_per_connection = 1" \
    "idle = 5m"
clean
submit bob@example.net
daemon
await "status=sent"
old=$(grep -c "connection established to" "$dir/flush.log")
cp -p "$dir/password" "$dir/password.new"
mv "$dir/password.new" "$dir/password"
submit bob@example.net
await "status=sent"
gone
is "$old $(got) $(queued)" "1 bob bob 0" "the password file is replaced: mail goes"
is "$(said | grep -Evc 'status=sent|queue active|daemon started|terminating')" 0 \
    "... and nothing is said"
is "$(sed -n 's/.*smtp\[\([0-9]*\)\]: .*connection established to .*/\1/p' "$dir/flush.log" |
    sort -u | wc -l | tr -d ' ')" "$((1 + (landlock > 0)))" \
    "... by a new worker, where the old one cannot see it"
stop
is $? 0 "flush ends as it should"

done_testing
