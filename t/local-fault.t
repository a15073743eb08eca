#!/bin/sh
# outbox-local when something fails: each of its system calls gives one of the
# errors that it can give or moves one byte only, and it is killed there.  Then
# a run without a fault follows.  A message is delivered once, and twice only
# where the end of the first delivery could not be told; a mailbox has whole
# messages, but for one at whose end outbox-local was killed.
. "${srcdir:-.}/t/delivery.sh"
. "${srcdir:-.}/t/fault.sh"
. "${srcdir:-.}/t/local.sh"

# The first one of a run is started by way of fault; the next ones come so much
# later that the lock of one that was killed is an old one.
cat >"$dir/outbox-local" <<-EOT
	#!/bin/sh
	if read -r options <"$dir/options"; then
		: >"$dir/options"
		exec "$FAULT" -t 60 -c "$dir/report" \$options -- \
		    "$BUILD/queue/outbox-local" "\$@"
	fi
	rm -f "$dir/mbox.lock"
	exec "$BUILD/queue/outbox-local" "\$@"
EOT
chmod 755 "$dir/outbox-local"

once() {
	restore two
	rm -f "$dir/mbox" "$dir/took"
	echo "$now_fails" >"$dir/options"
	pass "$dir/err"
	first=$status hit=
	read -r hit <"$dir/report"
	case $hit in
	hit*)	faults=$((faults + 1)) ;;
	esac
	case $hit in
	*" kill")	;;
	*)	is_all_whole || bad "half a message: $(cat "$dir/mbox")" ;;
	esac
	: >"$dir/options"
	due_now
	pass "$dir/flush.log"
	case $first in
	0 | 75)	;;
	*)	bad "flush ends with $first" ;;
	esac
	is_once || is_repeated ||
	    bad "then $status: $(whole), $(queued) queued, $(parked) parked:" \
	    "$(cat "$dir/err" "$dir/flush.log")"
}

is_once() {
	[ "$status $(whole) $(queued) $(parked) $(reports)" = \
	    "0 daemon root 0 0 0" ]
}
# It could not tell of it.
is_repeated() {
	case $hit in
	*" kill" | *" sendto "*) ;;
	*)	return 1 ;;
	esac
	[ "$status $(whole | tr ' ' '\n' | uniq | words) $(queued)" = \
	    "0 daemon root 0" ] && [ "$(parked) $(reports)" = "0 0" ]
}

by "local_mbox = $dir/mbox"
calls "a mailbox" 2 once
by "local_command = $dir/take"
calls "a command" 3 once

done_testing
