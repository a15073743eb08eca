#!/bin/sh
# sendmail when something fails: each of its system calls gives each error
# that it can give or moves one byte only, and the process is killed before
# and after each.  Whatever happens, either it exits 0 and the queue has the
# one whole message, or it says why not and the queue has nothing.  A killed
# one promised nothing: it may have left the message, or part of it, or none.
#
# By default the first variant gets all of that and the others get one error
# per call, short transfers, and a kill before each call that does something.
# FAULT_FULL=1 in the environment: all get all, and those with a short message
# also each error as one that stays (a disk that remains full).
. "${srcdir:-.}/t/lib.sh"
. "${srcdir:-.}/t/fault.sh"
export LC_ALL=C
short=yes
kills="kill kill-after"

# One message is one variant: its input, the arguments, what must arrive.

# world NAME: an empty queue and a configuration for it, in a directory of its
# own: two variants run at once.
world() {
	dir=$dir/$1
	mkdir -m 0700 "$dir" "$dir/spool" "$dir/spool/queue" "$dir/spool/failed"
	mkfifo -m 0600 "$dir/spool/wake"
	: >"$dir/spool/lock"
	chmod 0600 "$dir/spool/lock"
	configure
}

# body LINES: text of that many lines
body() {
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++)
			printf "%05d the quick brown fox jumps\n", i
	}'
}

# message LINES RECIPIENTS: $dir/in, and in $dir/body what its end will be
message() {
	{
		echo "From: Alice <alice@example.org>"
		awk -v n="$2" 'BEGIN {
			for (i = 1; i <= n; i++)
				printf "%s rcpt%d@example.net%s\n",
				    i == 1 ? "To:" : "", i, i < n ? "," : ""
		}'
		echo "Subject: fault"
		echo
		body "$1"
	} >"$dir/in"
	# The blank line before it belongs to what must not be cut, too.
	{ echo; body "$1"; } | awk '{ printf "%s\r\n", $0 }' >"$dir/body"
}

# Count what a reader would see: $messages, whole and with all recipients;
# $broken, any other file with such a name; $drafts, files with a dot.
look() {
	messages=0 broken=0 drafts=0
	set --
	for f in "$dir"/spool/queue/* "$dir"/spool/queue/.[!.]*; do
		case $f in
		*/\*|*/.\[*)	# the pattern itself: there is none
			;;
		*/.*)
			drafts=$((drafts + 1))
			;;
		*)
			set -- "$@" "$f"
			;;
		esac
	done
	[ $# -gt 0 ] || return
	for f; do
		if now=$(wc -c <"$f" | awk -v recipients="$recipients" \
		    "$whole" - "$dir/body" "$f") &&
		    [ "$now" = "${lines:-$now}" ]
		then
			lines=$now
			messages=$((messages + 1))
		else
			broken=$((broken + 1))
		fi
	done
}

# Is a file a message that a reader accepts, with all its recipients, and does
# it end with the body?  Input: its size, the body, the file.  It prints the
# number of lines: as many as without a fault, or a header is missing.
whole='
FNR == 1 { input++ }
input == 1 { size = $1 }
input == 2 { body[++lines] = $0 }
input == 3 && FNR == 1 {
	if (length($0) != 28 || $1 != "OB1" || $2 !~ /^[0-9]+$/ ||
	    $3 !~ /^[0-9]+$/ || $3 == 0 || $2 + $3 != size)
		exit
	end = $2		# the envelope counts its first line
}
input == 3 {
	at += length($0) + 1
	if (at <= end && /^R-/)
		n++
	tail[FNR] = $0
	last = FNR
}
END {
	for (i = 1; i <= lines; i++)
		if (body[i] != tail[last - lines + i])
			exit 1
	print last
	exit !(last > 0 && at == size && n == recipients)
}'

# The promise, for an exit status and what was hit.
kept() {
	case $status in
	0)
		[ $messages -eq 1 ] && [ $broken -eq 0 ] &&
		    [ $drafts -eq 0 ] && [ "${hit#hit * f*sync }" = "$hit" ]
		;;
	6[456]|69|7[012346]|7[78])
		[ $((messages + broken + drafts)) -eq 0 ] &&
		    { [ -s "$dir/err" ] || [ "${hit#* write}" != "$hit" ]; }
		;;
	137)
		is_killed && [ $((messages + broken)) -le 1 ]
		;;
	*)	# else a crash, a hang, or what callers take for success
		is_sanitizer && [ $((messages + broken + drafts)) -eq 0 ]
		;;
	esac && [ ! -s "$dir/out" ]
}

# One submission.
once() {
	[ $((messages + broken + drafts)) -eq 0 ] ||
	    rm -f "$dir"/spool/queue/* "$dir"/spool/queue/.[!.]*
	# The variant's arguments are words without blanks.
	# shellcheck disable=SC2086
	faulted "$BUILD/sendmail/sendmail" -C "$dir/conf" $arguments \
	    <"$dir/in" >"$dir/out" 2>"$dir/err"
	look
	kept || bad "status $status, $messages messages, $broken broken," \
	    "$drafts drafts: $(cat "$dir/err" "$dir/out" | head -n 5)"
}

# Are file and directory synced, both after the name is there and that after
# the last byte?  What cannot be seen by killing.
synced() {
	awk '$2 ~ /^(pwrite64|writev?)$/ { if (!named) wrote = NR }
	    $2 ~ /^(link|linkat|rename|renameat|renameat2)$/ { named = NR }
	    $2 == "fsync" && named { syncs++ }
	    END { exit !(wrote && named > wrote && syncs >= 2) }' "$dir/report"
}

# variant KINDS NAME LINES RECIPIENTS RULES ARGUMENT...
variant() {
	[ -n "$FAULT_FULL" ] || kinds=$1
	recipients=$4 always=$5 size=$3
	world "$2"
	message "$3" "$4"
	what=$2
	shift 5
	arguments=$*
	wrong=0 faults=0 messages=0 broken=0 drafts=0 lines=
	once
	synced
	ok $? "$what: named, then synced with the directory"
	calls "$what" 1 once
	# One byte at a time takes too long for a large one.
	[ -n "$FAULT_FULL" ] && [ "$size" -lt 1000 ] || return
	kinds=stay
	calls "$what, faults that stay" 1 once
}

# Two at a time; what they print is put in order afterwards.
variant all small 3 1 "" -t -i >"$dir/1" &
variant some no-body 0 2 "" -i rcpt1@example.net rcpt2@example.net \
    >"$dir/2" &
wait
variant some large 6500 1 "" -t -i >"$dir/3" &
variant some many 3 200 "" -t >"$dir/4" &
wait
variant some no-tmpfile 3 1 "-a openat:O_TMPFILE=EOPNOTSUPP" -t -i \
    >"$dir/5" &
variant some no-proc 3 1 "-a faccessat@/proc=ENOENT" -t -i >"$dir/6" &
wait
cat "$dir"/[1-6] >"$dir/all"
while read -r line; do
	case $line in
	"ok "*)		ok 0 "${line#* - }" ;;
	"not ok "*)	ok 1 "${line#* - }" ;;
	*)		printf '%s\n' "$line" ;;
	esac
done <"$dir/all"
[ -n "$FAULT_FULL" ] && all=28 || all=18
is "$tests" $all "all variants came to their end"
done_testing
