#!/bin/sh
# outbox-flush and its workers when something fails: each of their system calls
# gives an error or moves one byte only, and the process that makes it is
# killed there.  Then a flush without a fault follows.  Whatever happens,
# nothing is lost, nothing good is parked, and nothing hangs or crashes; mail
# goes twice only where the end of the first delivery could not be noted.
#
# By default every second call gets one of the errors that it can give or a
# kill, in turn.  FAULT_FULL=1 in the environment: each call gets all of them.
. "${srcdir:-.}/t/delivery.sh"

FAULT=$BUILD/t/fault
# Under a sanitizer: the leak checker wants to be the only tracer.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
"$FAULT" -- true 2>"$dir/err" || skip_all "$(cat "$dir/err")"

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

# once OPTION...: a flush under these options of fault, then one without.
once() {
	restore "$variant"
	rm -f "$dir/mbox" "$dir/mbox.lock"
	"$FAULT" -f -t 60 -c "$dir/report" "$@" -- \
	    "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once \
	    >"$dir/out" 2>"$dir/first.log"
	status=$?
	hit=
	read -r hit <"$dir/report"
	case $hit in
	hit*)	faults=$((faults + 1)) ;;
	miss*)	return ;;
	esac
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
	0|69|7[0-8])	;;
	137)		[ "${hit% kill}" != "$hit" ] ;;
	1)	# the start of a sanitizer failed, and not what it looks for
		grep -Eq 'AddressSanitizer:? .*(failed|FAILED)' \
		    "$dir/first.log"
		;;
	*)		false ;;
	esac &&
	    [ "$now" = "$want" ] &&
	    { [ "$status" -ne 0 ] || [ "${first#*, *, }" = "${want#*, *, }" ] ||
		[ "${hit% EAGAIN}" != "$hit" ] ||	# another has the lock,
		[ "${hit#*close }" != "$hit" ]; } &&	# or we, still
	    { [ "$(got), $(told | words)" = "$goes" ] || repeats; } &&
	    [ ! -s "$dir/out" ] && return
	bad=$((bad + 1))
	[ $bad -le 20 ] || return
	echo "# $variant, $*: $hit: status $status; got $(got), $(told | words); $first; $now"
	tail -n 4 "$dir/first.log" | sed 's/^/#   /'
}

# Call $n gets all that it can show, or one thing that changes with n, or none.
faults() {
	if [ -n "$FAULT_FULL" ]; then
		i=1
		while once -n $n -i $i; [ "${hit#hit}" != "$hit" ]; do
			i=$((i + 1))
		done
		once -n $n -e kill
	elif [ $((n % 2)) -ne $parity ]; then
		return
	elif [ $((n / 2 % 2)) -eq 0 ]; then
		once -n $n -e kill
	else
		once -n $n -i $((n % 5 + 1))
		[ "${hit#pass}" = "$hit" ] || once -n $n -i 1
	fi
}

# sweep: for all n, until a run is over before the n-th call.
sweep() {
	n=0 hit=
	while [ $n -lt 5000 ] && [ "${hit#miss}" = "$hit" ]; do
		n=$((n + 1))
		faults
	done
	[ $n -lt 5000 ] && [ $bad -eq 0 ]
}

# variant NAME PARITY WANT: what is queued ends as WANT, an account.
variant() {
	variant=$1 parity=$2 want=$3 goes=${3%, *, *} bad=0 faults=0
	save "$variant"
	once
	is "$now" "$want" "$variant: without a fault"
	sweep
	ok $? "$variant: $faults faults in $((n - 1)) system calls"
}

extra_queue='retry_min = 1s'
smarthost
configure_clear
submit one@example.net two@example.net
submit three@example.net
variant delivered 0 "one three two, , , 0"

clean
script 'rcpt * match=bad@ reply 550 5.1.1 no such user' \
    'rcpt * match=later@ reply 450 4.2.0 not now'
submit one@example.net bad@example.net later@example.net
variant refused 1 "one, bad, later, 0"

clean
script
configure_clear "[recipients]" "local_mbox = $dir/mbox"
submit root one@example.net
submit daemon
variant local 0 "daemon one root, , , 0"

done_testing
