#!/bin/sh
# The processes at the submit socket, taken over: the one that serves a client
# can add to the queue and do no more, and the one that takes them has nothing
# but the queue.
. "${srcdir:-.}/t/hijacked.sh"

# hijacked WHO: what came of it is in the log.
hijacked() {
	: >"$dir/flush.log"
	HIJACKED=$1 "$BUILD/t/hijacked_door" -C "$dir/conf" --stderr \
	    2>"$dir/events" 7>&- 9>&- &
	daemon=$!
	track $daemon
	await ": daemon started "
	echo hi | "$BUILD/sendmail/sendmail" -C "$dir/chroot" \
	    bob@example.net 2>/dev/null
	is $? 74 "$who is taken over: its client fails"
	await "hijacked: end: "
	landlock=$(sed -n 's/^hijacked: Landlock //p' "$dir/flush.log")
	landlock=${landlock:-0}
	stop
	is $? 0 "... and flush ends as it should"
}

# Mail is kept: there is no smarthost for it.
smarthost
HIJACKED_PORT=$port
extra_queue="submit_socket = $dir/submit"
configure
cp "$dir/conf" "$HIJACKED_CONF"
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"
submit bob@example.net
HIJACKED_OTHER=$(echo "$dir"/spool/queue/*)
sum=$(cksum <"$HIJACKED_OTHER")
mkfifo "$dir/events"
exec 7<>"$dir/events"

who="who serves a client"
hijacked client
echo "# Landlock $landlock"
may_not "leave a core"
may_not "gain privileges"
like "$(cat "$dir/flush.log")" "^hijacked: core: at most 0\$" "no core file"
like "$(cat "$dir/flush.log")" "^hijacked: processes: at most 0\$" \
    "no processes"
for what in "read the password" "read /etc/hosts" "read /etc/passwd" \
    "read a configuration" "list the queue" "read another message" \
    "write another message" "remove another message" \
    "rename another message" "link another message" "make a message" \
    "make a nameless one" "make a directory" "make a fifo" "make a link" \
    "take the lock" "write the state" "trace the scheduler" \
    "run a program" "make a file elsewhere"; do
	where_known 1 "$what"
done
where_known 3 "truncate another message"
where_known 4 "connect elsewhere"
where_known 6 "signal the scheduler"
if [ "$landlock" -ge 3 ]; then
	is "$(cksum <"$HIJACKED_OTHER")" "$sum" "the mail is as it was"
	is "$(find "$dir/spool/queue" "$dir/spool/failed" -type f -size +0 |
	    wc -l)" 1 "... and there is no more of it"
fi

who="who takes clients"
hijacked door
may_not "leave a core"
may_not "gain privileges"
like "$(cat "$dir/flush.log")" "^hijacked: core: at most 0\$" "no core file"
for what in "read the password" "read /etc/hosts" "read /etc/passwd" \
    "read a configuration" "make a directory" "make a fifo" "make a link" \
    "take the lock" "write the state" "trace the scheduler" \
    "run a program" "make a file elsewhere"; do
	where_known 1 "$what"
done
where_known 4 "connect elsewhere"
where_known 6 "signal the scheduler"
done_testing
