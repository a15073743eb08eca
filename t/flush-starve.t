#!/bin/sh
# outbox-flush and its worker when memory runs out, at each allocation and for
# good: nothing is lost, nothing good is parked, nobody is told of a failure
# that is none, nothing crashes or hangs.  What is put off goes with the next
# run.  Mail goes twice only where a worker could not say what it had heard.
#
# The session of the worker has TLS and a login, and what GnuTLS allocates
# fails, too.  That takes long: by default only every so many-th allocation
# fails.  STARVE_FULL=1 in the environment: each.
. "${srcdir:-.}/t/delivery.sh"
. "${srcdir:-.}/t/starve.sh"

once_each() {
	printf '%s\n' "$@" | uniq | words
}

# What became of the mail, as one line.
account() {
	echo "$(once_each $(got)), $(once_each $(told)), $(waiting), $(parked)"
}

# Does the log say that something of ours went wrong?  GMP ends the program that
# it is in, and libtasn1 looks into what it did not get.
is_crash() {
	case $hit in
	*" outbox-smtp") ;;
	*" outbox-smtp "*)
		grep -E 'killed by signal|hangs|right mind|starve:' "$1" |
		    grep -qv 'killed by signal \(6\|11\)$'
		return
		;;
	esac
	grep -qE 'killed by signal|hangs|right mind|starve:' "$1"
}

# run: a flush in which it fails, then as many as it takes without.
run() {
	restore "$variant_of"
	starved "$who" "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr \
	    --once >"$dir/out" 2>"$dir/first.log"
	status=$?
	read -r hit <"$starve"
	first=$(account)
	left=$(queued)
	arm 0
	now=$first
	for _ in delivery report report; do
		[ "$(queued)" -eq 0 ] || { due_now; flush; now=$(account); }
	done
	case $status in
	0)	[ "$left $first" = "0 $want" ] ;;
	71 | 72 | 75) ;;
	*)	false ;;
	esac && [ "$now" = "$want" ] && [ ! -s "$dir/out" ] &&
	    ! is_crash "$dir/first.log" &&
	    { [ "$(got)" = "${want%%,*}" ] || [ "$who" = outbox-smtp ]; } ||
		bad "status $status: $(got), $(told | words): $first; $now:" \
		    "$(tail -n 3 "$dir/first.log")"
}

# both NAME WANT STEP STEP: in flush, and in the worker.
both() {
	variant_of=$1 want=$2
	save "$1"
	arm 0
	who=outbox-flush run
	is "$now" "$want" "$1: without a fault"
	[ -z "$STARVE_FULL" ] || set -- "$1" "$2" 1 1
	for who in outbox-flush outbox-smtp; do
		[ $who = outbox-flush ] && every=$3 || every=$4
		variant "$1, $who" $every run
	done
}

extra_queue='retry_min = 1s'
tls_smarthost --tls implicit
tls_configure implicit "connections = 1"
submit one@example.net two@example.net
submit three@example.net
both delivered "one three two, , , 0" 3 97

clean
script 'rcpt * match=bad@ reply 550 5.1.1 no such user' \
    'rcpt * match=later@ reply 450 4.2.0 not now'
tls_configure implicit "connections = 1"
submit one@example.net bad@example.net later@example.net
both refused "one, bad, later, 0" 3 211
done_testing
