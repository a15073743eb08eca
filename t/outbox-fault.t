#!/bin/sh
# outbox when something fails: each system call of a verb gives one of the
# errors that it can give or moves one byte, in turn, and the process is killed
# there.  Whatever happens, a message is there as it was, or what the verb makes
# of it, and nothing else; with exit 0 it is the latter.
#
# By default every call gets one of the errors and a kill in turn.  FAULT_FULL=1
# in the environment: each gets all of them.
. "${srcdir:-.}/t/delivery.sh"

FAULT=$BUILD/t/fault
# Under a sanitizer: the leak checker wants to be the only tracer.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
"$FAULT" -- true 2>"$dir/err" || skip_all "$(cat "$dir/err")"

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

# once OPTION...: the verb under these options of fault.
once() {
	restore "$variant"
	[ -z "$parked" ] || mv "$dir/spool/queue/$id" "$dir/spool/failed/"
	# The verb's words have no blanks.
	# shellcheck disable=SC2086
	"$FAULT" -t 20 -c "$dir/report" "$@" -- "$BUILD/queue/outbox" \
	    -C "$dir/conf" $verb >"$dir/out" 2>"$dir/err"
	status=$?
	hit=
	read -r hit <"$dir/report"
	case $hit in
	hit*)	faults=$((faults + 1)) ;;
	miss*)	return ;;
	esac
	now=$(account)
	case $status in
	0)	# it is not there, or readdir(3) takes it for the end
		[ "$now" = "$after" ] ||
		    { [ "${hit% ENOENT}" != "$hit" ] && possible; }
		;;
	137)	[ "${hit% kill}" != "$hit" ] && possible ;;
	6[469]|7[0-8])
		possible && { [ -s "$dir/err" ] ||
		    [ "${hit#* write}" != "$hit" ]; }
		;;
	1)	# the start of a sanitizer failed, and not what it looks for
		possible && grep -Eq 'AddressSanitizer:? .*(failed|FAILED)' \
		    "$dir/err"
		;;
	*)	false ;;
	esac && return
	bad=$((bad + 1))
	[ $bad -le 20 ] || return
	echo "# $verb, $*: $hit: status $status; $now"
	tail -n 4 "$dir/err" | sed 's/^/#   /'
}

# What may be there when it did not end well.
possible() {
	case "|$before|$after|$between|" in
	*"|$now|"*)	true ;;
	*)		false ;;
	esac
}

# Call $n gets all that it can show, or one thing that changes with n.
faults() {
	if [ -n "$FAULT_FULL" ]; then
		i=1
		while once -n $n -i $i; [ "${hit#hit}" != "$hit" ]; do
			i=$((i + 1))
		done
		once -n $n -e kill
		return
	fi
	once -n $n -i $((n % 3 + 1))
	[ "${hit#pass}" = "$hit" ] || once -n $n -i 1
	case $hit in
	*open*|*write*|*link*|*rename*|*sync*|*lock*|*exit*)
		once -n $n -e kill
		;;
	esac
}

# verb WHAT AFTER BETWEEN VERB...: AFTER is what is there then, BETWEEN is what
# may be there on the way, with | between the cases.
try() {
	what=$1 after=$2 between=$3
	shift 3
	verb=$* bad=0 faults=0 n=1 hit=
	restore "$variant"
	[ -z "$parked" ] || mv "$dir/spool/queue/$id" "$dir/spool/failed/"
	before=$(account)
	once -n 100000 -e kill
	is "$status $(account)" "0 $after" "$what: without a fault"
	while [ $n -lt 3000 ]; do
		faults
		[ "${hit#miss}" = "$hit" ] || break
		n=$((n + 1))
	done
	[ $bad -eq 0 ] && [ $n -lt 3000 ] && [ $faults -gt 20 ]
	ok $? "$what: $faults faults in $((n - 1)) system calls"
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
