#!/bin/sh
# The account: while worker and flush are killed again and again, at moments
# that a seed chooses, every message arrives, and one arrives twice only where a
# connection broke after its content was complete and before its reply counted.
. "${srcdir:-.}/t/delivery.sh"

messages=${MESSAGES:-200}
window=8
seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"

# random N: $random is below N.
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	random=$((seed / 65536 % $1))
}

mkfifo "$dir/notify"
exec 6<>"$dir/notify"

# A pass in the background; its end is told where the smarthost tells what it
# accepts.
pass() {
	due_now
	(
		exec 9>&- 2>/dev/null
		"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once \
		    2>>"$dir/flush.log" &
		echo "started $!" >&6
		wait $!
		echo "ended $?" >&6
	) 2>/dev/null &
	pass=$!
}

# Of the processes at work, one in three times flush.
victim() {
	random 3
	victim=$flush
	[ $random = 0 ] ||
	    victim=$(sed -n 's/^outbox-smtp\[\([0-9]*\)\]: connected.*/\1/p' \
	    "$dir/flush.log" | tail -n $((random)) | head -n 1)
}

# Is that process still flush, or a child of it, and not another one that has
# its number by now?
is_ours() {
	tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF "$dir/conf" ||
	    grep -q ") [A-Z] $flush " "/proc/$1/stat" 2>/dev/null
} 2>/dev/null

# A smarthost that takes its time: on a fast machine all would be sent before
# anything could be killed.
smarthost --notify "$dir/notify" --delay-ms 20
configure_clear "window = $window"
submit r0000@example.net
copies $messages
cp -Rp "$dir/spool/queue" "$dir/all"

passes=0 kills=0 status=75
while [ $status != 0 ] && [ $passes -lt $((messages / 5 + 20)) ]; do
	passes=$((passes + 1))
	pass
	random 20
	more=$((random + 1))
	while read -r word value rest <&6; do
		case $word in
		started) flush=$value ;;
		ended)
			status=$value
			break
			;;
		accepted)
			more=$((more - 1))
			[ $more = 0 ] || continue
			victim
			echo kill >>"$dir/transcript"
			is_ours ${victim:-$flush} &&
			    kill -KILL ${victim:-$flush} 2>/dev/null &&
			    kills=$((kills + 1))
			random 20
			more=$((random + 1))
			;;
		esac
	done
	wait $pass
done
echo "# $passes passes, $kills kills, $(arrived) messages arrived"
is "$status $(queued) $(parked)" "0 0 0" "in the end all is done"
[ $kills -gt 3 ]
ok $? "processes were killed"
is "$(got | tr ' ' '\n' | uniq | wc -l | tr -d ' ')" $messages \
    "every message arrived"

# A copy comes only from a connection that was there when something was killed,
# and only of what it had accepted last: the scheduler may not have heard.
awk -v room=$((2 * window)) '
    FNR == 1 { inside = FILENAME ~ /transcript$/ }
    inside && / event connected$/ { open[$1] = 1 }
    inside && / event closed$/ { delete open[$1] }
    inside && /^kill$/ { for (c in open) broken[c] = 1 }
    inside { next }
    /^connection / { c = $2 }
    /^message / { m = $2; if (m > last[c]) last[c] = m }
    /^rcpt / { n = ++copies[$2]; where[$2, n] = c; number[$2, n] = m }
    END {
	for (r in copies)
		for (i = 1; i < copies[r]; i++) {
			all++
			c = where[r, i]
			if (c in broken && number[r, i] > last[c] - room)
				continue
			bad++
			print "# " r ": connection " c ", message " \
			    number[r, i] " of " last[c]
		}
	printf "# %d copies\n", all
	exit bad > 0
    }' "$dir/transcript" "$dir"/in/*.env
ok $? "copies only of what was in doubt"

# Without a kill there are none.
clean
rm -rf "$dir/spool/queue"
mv "$dir/all" "$dir/spool/queue"
cat <&6 >/dev/null &	# or the smarthost waits when the FIFO is full
track $!
flush
is "$? $(got | wc -w) $(got | tr ' ' '\n' | uniq | wc -l)" \
    "0 $messages $messages" "without a kill each arrives once"

done_testing
