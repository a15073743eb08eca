#!/bin/sh
# outbox-flush and its workers when something fails: each of their system calls
# gives an error or moves one byte only, and the process that makes it is
# killed there.  Then a flush without a fault follows.  Whatever happens,
# nothing is lost, nothing good is parked, and nothing hangs or crashes; mail
# goes twice only where the end of the first delivery could not be noted.
. "${srcdir:-.}/t/delivery.sh"
. "${srcdir:-.}/t/fault.sh"
always=-f	# the workers as well

# Whoever has the mail, also of this machine, if all of it is there.
got() {
	{
		awk '/^mail / { report = $2 == "<>" }
		    /^rcpt / && !report {
			sub(/@.*/, "", $2); print substr($2, 2) }' \
		    "$dir"/in/*.env
		awk '/^Delivered-To: / { sub(/@.*/, "", $2); to = $2 }
		    /^hello$/ { print to; to = "" }' "$dir/mbox"
	} 2>/dev/null | words
}

once_each() {
	printf '%s\n' "$@" | uniq | words
}

# What became of the mail after both flushes, as one line.
account() {
	echo "$(once_each $(got)), $(once_each $(told)), $(waiting), $(parked)"
}

# What a process that goes away, or cannot write what it knows, repeats.
repeats() {
	case $hit in
	*" kill"*|*pwrite64*|*write*|*fsync*|*fdatasync*|*unlink*|*sendmsg*|\
	*recvmsg*|*sendto*|*recvfrom*|*read*|*poll*|*sendfile*|*splice*)
		return 0
		;;
	esac
	return 1
}

# A flush in which something fails, then those without.
once() {
	restore "$variant"
	rm -f "$dir/mbox" "$dir/mbox.lock"
	faulted "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once \
	    >"$dir/out" 2>"$dir/err"
	first=$(account)
	now=$first
	for _ in delivery report; do
		[ "$(queued)" -gt 0 ] || break
		due_now
		rm -f "$dir/mbox.lock"	# as if it was five minutes later
		flush
		now=$(account)
	done
	case $status in
	0)	# another has the lock, or we, still
		[ "${first#*, *, }" = "${want#*, *, }" ] ||
		    [ "${hit% EAGAIN}" != "$hit" ] ||
		    [ "${hit#*close }" != "$hit" ]
		;;
	69|7[0-8])	;;
	*)	is_killed || is_sanitizer ;;
	esac &&
	    [ "$now" = "$want" ] &&
	    { [ "$(got), $(told | words)" = "$goes" ] || repeats; } &&
	    [ ! -s "$dir/out" ] || bad "status $status; got $(got)," \
		"$(told | words); $first; $now: $(tail -n 4 "$dir/err")"
}

# variant NAME WANT [STATUS]: what is queued ends as WANT, an account.
variant() {
	variant=$1 want=$2 goes=${2%, *, *}
	save "$variant"
	calls "$variant" 3 once $3
}

extra_queue='retry_min = 1s'
smarthost
configure_clear
submit one@example.net two@example.net
submit three@example.net
variant delivered "one three two, , , 0"

clean
script 'rcpt * match=bad@ reply 550 5.1.1 no such user' \
    'rcpt * match=later@ reply 450 4.2.0 not now'
submit one@example.net bad@example.net later@example.net
variant refused "one, bad, later, 0" 75

clean
script
configure_clear "[recipients]" "local_mbox = $dir/mbox"
submit root one@example.net
submit daemon
variant local "daemon one root, , , 0"

clean
configure_clear
submit odd@example.net
sed -i 's/^Salice/Xalice/' "$dir"/spool/queue/*
submit one@example.net
variant parked "one, , , 1"

# stays NAME RULE N: N messages stay, and the status says so.
stays() {
	restore "$variant"
	always="-f -a $2" now_fails=
	faulted "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once \
	    2>"$dir/err"
	is "$status $(queued)" "75 $3" "$1: a pass ends with 75"
}
stays "failed/ cannot be opened" openat@failed=EDQUOT 1
stays "the queue cannot be listed" getdents64=EIO 2

# Once the lock is gone, which is when the queue is listed a second time.
clean
"$FAULT" -c "$dir/calls" -- "$BUILD/queue/outbox-flush" -C "$dir/conf" \
    --stderr --once 2>"$dir/err"
is "$? $(sed -n 's/^[0-9]* \(rename\|getdents\).*/\1/p' "$dir/calls" |
    uniq | paste -s -d ' ' -)" "0 getdents rename getdents" \
    "the next run has the state of this one"

# connects OPTION...: how often, with a configuration that is wrong.
connects() {
	"$FAULT" -c "$dir/calls" -- "$BUILD/queue/outbox-flush" \
	    -C "$dir/wrong" --once "$@" 2>"$dir/err"
	echo "$? $(grep -c '^[0-9]* connect' "$dir/calls")"
}
echo "nonsense" >"$dir/wrong"
like "$(connects)" "^78 [1-9]" "no configuration: it is in the log"
is "$(connects --stderr)" "78 0" "... or, with --stderr, not"

done_testing
