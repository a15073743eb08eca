#!/bin/sh
# outbox-local when memory runs out, at each allocation and for good: what it
# could not deliver waits, is delivered with the next run, and once; a mailbox
# has whole messages only.
#
# By default every third allocation fails.  STARVE_FULL=1 in the environment:
# each.
. "${srcdir:-.}/t/delivery.sh"
. "${srcdir:-.}/t/starve.sh"
. "${srcdir:-.}/t/local.sh"
ln -s "$BUILD/queue/outbox-local" "$dir/outbox-local"

once() {
	restore two
	rm -f "$dir/mbox" "$dir/took"
	STARVE=$starve:outbox-local LD_PRELOAD=$BUILD/t/starve.so \
	    pass "$dir/err"
	first=$status
	read -r hit <"$starve"
	is_all_whole || bad "half a message: $(cat "$dir/mbox")"
	arm 0
	due_now
	pass "$dir/flush.log"
	case "$first $status $(whole) $(queued) $(parked) $(reports)" in
	"0 0 daemon root 0 0 0" | "75 0 daemon root 0 0 0")
		! grep -qE 'killed by signal|starve:' "$dir/err"
		;;
	*)	false ;;
	esac || bad "$first, then $status: $(whole), $(queued) queued:" \
	    "$(cat "$dir/err" "$dir/flush.log")"
}

step=3
[ -z "$STARVE_FULL" ] || step=1
by "local_mbox = $dir/mbox"
variant "a mailbox" $step once
by "local_command = $dir/take"
variant "a command" $step once
done_testing
