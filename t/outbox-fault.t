#!/bin/sh
# outbox when something fails: each system call of a verb gives one of the
# errors that it can give or moves one byte, in turn, and the process is killed
# there.  Whatever happens, a message is there as it was, or what the verb makes
# of it, and nothing else; with exit 0 it is the latter.
. "${srcdir:-.}/t/delivery.sh"
. "${srcdir:-.}/t/fault.sh"

configure "host = 127.0.0.1" "port = 1" "tls = none"
submit bob@example.net carol@example.net
save one
id=$(basename "$dir"/spool/queue/*)

# Each message in queue/ or failed/, without what can change: its recipients
# and their marks, "h" when it is held, and the number of its lines.
account() {
	for f in "$dir"/spool/queue/* "$dir"/spool/queue/.[!.]* \
	    "$dir"/spool/failed/*; do
		[ -f "$f" ] || continue
		awk '/^$/ { exit }
		    /^R/ { printf "%s%s ", substr($0, 3, 1), substr($0, 2, 1) }
		    /^E/ { held = $4 ~ /h/ }
		    END { printf "%s", held ? "held " : "" }' "$f"
		case $f in
		*/failed/*)	echo "failed, $(wc -l <"$f")" ;;
		*/"$id")	echo "$(wc -l <"$f")" ;;
		*)		echo "report" ;;
		esac
	done | LC_ALL=C sort | paste -s -d ';' -
}

# The verb, and what became of the queue.
once() {
	restore "$variant"
	[ -z "$parked" ] || mv "$dir/spool/queue/$id" "$dir/spool/failed/"
	# The verb's words have no blanks.
	# shellcheck disable=SC2086
	faulted "$BUILD/queue/outbox" -C "$dir/conf" $verb >"$dir/out" \
	    2>"$dir/err"
	now=$(account)
	case $status in
	0)	# it is not there, or readdir(3) takes it for the end
		[ "$now" = "$after" ] ||
		    { [ "${hit% ENOENT}" != "$hit" ] && possible; }
		;;
	6[469]|7[0-8])
		possible && { [ -s "$dir/err" ] ||
		    [ "${hit#* write}" != "$hit" ]; }
		;;
	*)	{ is_killed || is_sanitizer; } && possible ;;
	esac || bad "status $status; $now: $(tail -n 4 "$dir/err")"
}

# What may be there when it did not end well.
possible() {
	case "|$before|$after|$between|" in
	*"|$now|"*)	true ;;
	*)		false ;;
	esac
}

# try WHAT AFTER BETWEEN VERB...: AFTER is what is there then, BETWEEN is what
# may be there on the way, with | between the cases.
try() {
	title=$1 after=$2 between=$3
	shift 3
	verb=$*
	restore "$variant"
	[ -z "$parked" ] || mv "$dir/spool/queue/$id" "$dir/spool/failed/"
	before=$(account)
	calls "$title" 1 once
}

variant=one parked=
lines=$(wc -l <"$dir/spool/queue/$id")
waits="b- c- $lines"
try hold "b- c- held $lines" "" hold --all
try delete "" "" delete "$id"
try retry "$waits" "" retry --all
try bounce "a- report" "$waits;a- report|b! c- $lines;a- report|\
b! c! $lines;a- report|a- report;$waits|a- report;b! c- $lines|\
a- report;b! c! $lines" bounce --all
outbox_hold() {
	"$BUILD/queue/outbox" -C "$dir/conf" hold --all >/dev/null
}
restore one
outbox_hold
save held
variant=held
try release "$waits" "" release "$id"
variant=one parked=1
# It has two names on the way, of which flush takes one.
try "retry from failed/" "$waits" "b- c- failed, $lines|\
$waits;b- c- failed, $lines" retry --failed --all
try "delete from failed/" "" "" delete --failed --all

done_testing
