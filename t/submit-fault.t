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

B=${BUILD:-.}
FAULT=$B/t/fault
SENDMAIL=$B/sendmail/sendmail
export LC_ALL=C
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

T=$(mktemp -d "${TMPDIR:-/tmp}/submit-fault.XXXXXX") || exit 99
trap 'rm -rf "$T"' EXIT
trap 'exit 99' HUP INT TERM

ok() {	# ok STATUS NAME; the numbers come later
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
	fi
}

# One message is one variant: its input, the arguments, what must arrive.

# spool DIR: an empty queue and a configuration for it
spool() {
	mkdir -m 0700 "$1" "$1/queue" "$1/failed"
	mkfifo -m 0600 "$1/wake"
	: >"$1/lock"
	: >"$1/aliases"
	chmod 0600 "$1/lock"
	cat >"$1/conf" <<-EOT
	[sender]
	domain = example.org
	[recipients]
	aliases = $1/aliases
	[queue]
	directory = $1
	min_free = 0
	EOT
}

# body LINES: text of that many lines
body() {
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++)
			printf "%05d the quick brown fox jumps\n", i
	}'
}

# message LINES RECIPIENTS: $D/in, and in $D/body what its end will be
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
	} >"$D/in"
	# The blank line before it belongs to what must not be cut, too.
	{ echo; body "$1"; } | awk '{ printf "%s\r\n", $0 }' >"$D/body"
}

# Count what a reader would see: $messages, whole and with all recipients;
# $broken, any other file with such a name; $drafts, files with a dot.
look() {
	messages=0 broken=0 drafts=0
	set --
	for f in "$D"/queue/* "$D"/queue/.[!.]*; do
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
		    "$whole" - "$D/body" "$f") &&
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
		    [ $drafts -eq 0 ]
		;;
	137)
		[ "${hit##* }" != "${hit##* kill}" ] &&
		    [ $((messages + broken)) -le 1 ]
		;;
	6[456]|69|7[012346]|7[78])
		[ $((messages + broken + drafts)) -eq 0 ] &&
		    { [ -s "$D/err" ] || [ "${hit#* write}" != "$hit" ]; }
		;;
	1)	# the start of a sanitizer failed, and not what it looks for
		[ $((messages + broken + drafts)) -eq 0 ] &&
		    grep -Eq 'AddressSanitizer:? .*(failed|FAILED)' "$D/err"
		;;
	*)	# a crash, a hang, or a status that callers take for success
		false
		;;
	esac && [ ! -s "$D/out" ]
}

# once OPTIONS: one submission under these options of fault
once() {
	[ $((messages + broken + drafts)) -eq 0 ] ||
	    rm -f "$D"/queue/* "$D"/queue/.[!.]*
	# The variant's options and arguments are words without blanks.
	"$FAULT" -t 20 -c "$D/report" $rules "$@" -- \
	    "$SENDMAIL" -C "$D/conf" $arguments \
	    <"$D/in" >"$D/out" 2>"$D/err"
	status=$?
	hit=
	read -r hit <"$D/report"
	look
	case $hit in
	hit*)
		faults=$((faults + 1))
		;;
	esac
	kept && return
	bad=$((bad + 1))
	[ $bad -le 20 ] || return
	echo "# $variant, ${*:-no fault}: $hit: status $status," \
	    "$messages messages, $broken broken, $drafts drafts"
	sed 's/^/#   /' "$D/err" "$D/out" | head -n 5
}

# The kinds of fault in call $n: all that it can show.
each_kind() {
	i=1
	while
		once $1 -n $n -i $i
		[ "${hit#hit}" != "$hit" ]
	do
		i=$((i + 1))
	done
	[ -z "$1" ] || return
	once -n $n -e kill
	once -n $n -e kill-after
}

# ... or some: one error, a short transfer, and a kill where that differs from
# one before the next call, which is where the call does something outside.
some_kinds() {
	once -n $n -i 1
	case $hit in
	"hit "*read*|"hit "*write*|"hit "*recv*|"hit "*send*|"hit "*copy*)
		call=$hit
		once -n $n -e short
		hit=$call
		;;
	esac
	case $hit in
	*open*|*write*|*link*|*rename*|*ch[mo]*|*sync*|*truncate*|*lock*|\
	*connect*|*send*|*exit*)
		once -n $n -e kill
		;;
	esac
}

# sweep COMMAND: for all n, until a run is over before the n-th call.
sweep() {
	n=1
	hit=
	while [ $n -lt 5000 ] && [ -d "$D" ]; do
		"$@"
		[ "${hit#miss}" = "$hit" ] || return 0
		n=$((n + 1))
	done
	return 1
}

# Are file and directory synced, both after the name is there and that after
# the last byte?  What cannot be seen by killing.
synced() {
	awk '$2 ~ /^(pwrite64|writev?)$/ { if (!named) wrote = NR }
	    $2 ~ /^(link|linkat|rename|renameat|renameat2)$/ { named = NR }
	    $2 == "fsync" && named { syncs++ }
	    END { exit !(wrote && named > wrote && syncs >= 2) }' "$D/report"
}

# variant HOW NAME LINES RECIPIENTS RULES ARGUMENT...
variant() {
	how=$1 variant=$2 recipients=$4 rules=$5
	D=$T/$variant
	spool "$D"
	message "$3" "$4"
	shift 5
	arguments=$*
	bad=0 faults=0 messages=0 broken=0 drafts=0 lines=
	once
	[ $bad -eq 0 ] && [ "$status" -eq 0 ]
	ok $? "$variant: accepted without a fault"
	synced
	ok $? "$variant: named, then synced with the directory"
	[ -z "$FAULT_FULL" ] || how=each_kind
	sweep $how && [ $bad -eq 0 ]
	ok $? "$variant: $faults faults ($how) in $((n - 1)) system calls"
	# One byte at a time takes too long for a large one.
	[ -n "$FAULT_FULL" ] && [ $(($(wc -l <"$D/in"))) -lt 1000 ] || return
	bad=0 faults=0
	sweep each_kind -p && [ $bad -eq 0 ]
	ok $? "$variant: $faults faults that stay"
}

if ! "$FAULT" -- true 2>"$T/err"; then
	echo "1..0 # SKIP $(cat "$T/err")"
	exit 0
fi
# Two at a time; what they print is put in order afterwards.
variant each_kind small 3 1 "" -t -i >"$T/1" &
variant some_kinds no-body 0 2 "" -i rcpt1@example.net rcpt2@example.net \
    >"$T/2" &
wait
variant some_kinds large 6500 1 "" -t -i >"$T/3" &
variant some_kinds many 3 200 "" -t >"$T/4" &
wait
variant some_kinds no-tmpfile 3 1 "-a openat:O_TMPFILE=EOPNOTSUPP" -t -i \
    >"$T/5" &
variant some_kinds no-proc 3 1 "-a faccessat@/proc=ENOENT" -t -i \
    >"$T/6" &
wait
cat "$T"/[1-9] | awk '
	/^(not )?ok - / { sub(/ok/, "ok " ++n) }
	{ print }
	END { print "1.." n }'
