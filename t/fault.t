#!/bin/sh
# The fault injector itself: every kind of fault must be seen to happen, in
# the right call, and nothing else may change.

B=${BUILD:-.}/t
FAULT=$B/fault
PROBE=$B/fault_probe
export LC_ALL=C
# Under a sanitizer: the leak checker wants to be the only tracer.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

n=0
ok() {	# ok STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		[ -f "$T/out" ] && sed 's/^/# /' "$T/out" "$T/report" "$T/err"
	fi
}

T=$(mktemp -d "${TMPDIR:-/tmp}/fault.XXXXXX") || exit 99
trap 'rm -rf "$T"' EXIT
trap 'exit 99' HUP INT TERM
if ! "$FAULT" -- true 2>"$T/err"; then
	echo "1..0 # SKIP $(cat "$T/err")"
	exit 0
fi

# run OPTIONS -- COMMAND...: the status in $status, files out, err, report
run() {
	printf 'abcdefghijklmnopqrstuvwxyz' >"$T/in"
	"$FAULT" -c "$T/report" "$@" <"$T/in" >"$T/out" 2>"$T/err"
	status=$?
	read -r first <"$T/report" || first=
}

follow=	# or -f

# nth MODE CALL K: where the probe itself makes its K-th CALL: number in $at,
# name in $call, which is the one that this C library prefers (open for openat)
nth() {
	run $follow -- "$PROBE" "$1" "$T/file"
	set -- $(awk -v c="$2" -v k="$3" '
		$2 == "getppid" { own = 1 }
		own && ($2 == c || $2 "at" == c || c == "clone" && $2 == "fork") &&
		    ++i == k { print $1, $2 }' "$T/report")
	at=${1:-999} call=$2
}

# hits MODE CALL K KIND LINE...: that fault in that call makes the probe say
# these lines, and the report says what was hit
hits() {
	mode=$1 k=$3 kind=$4
	nth "$mode" "$2" "$k"
	shift 4
	run $follow -n "$at" -e "$kind" -- "$PROBE" "$mode" "$T/file"
	[ "$first" = "hit $at $call $kind" ] && for line; do
		grep -qxF "$line" "$T/out" || break
		line=
	done && [ -z "$line" ]
	ok $? "$mode: $call $k $kind"
}

# What is let through stays as it was.
run -- sh -c 'exit 7'
ok $((status != 7)) "the status of the command"
run -- sh -c 'kill -TERM $$'
ok $((status != 143)) "128 + the signal that ended it"
run -- "$T/missing"
ok $((status != 127)) "127 when the command does not exist"
run -- "$T"
ok $((status != 126)) "126 when it cannot be run"
run -- cat
cmp -s "$T/in" "$T/out"
ok $? "input and output pass"

# The report.
run -- "$PROBE" write "$T/file"
grep -qx '[0-9]* fsync EIO ENOSPC EDQUOT EINTR' "$T/report" &&
    grep -qx '[0-9]* write ENOSPC .* short' "$T/report"
ok $? "the list has calls and what they can give"
total=$(wc -l <"$T/report")
run -n $((total + 1)) -i 1 -- "$PROBE" write "$T/file"
[ "$first" = "miss $total" ] && [ "$status" -eq 0 ]
ok $? "past the last call: a clean run and a miss"
run -n "$total" -i 1 -- "$PROBE" write "$T/file"
[ "$first" = "pass $total exit_group" ] && [ "$status" -eq 0 ]
ok $? "a call that cannot fail is left alone"
run -l -- "$PROBE" write "$T/file"
ok $(($(wc -l <"$T/report") < total)) "-l leaves nothing out"

# Errnos, short transfers.
hits write openat 1 EMFILE 'open: EMFILE'
hits write write 2 ENOSPC 'write: ENOSPC' fsync
[ ! -s "$T/file" ]
ok $? "a write that failed wrote nothing"
hits write fsync 1 EIO 'fsync: EIO' 'write 10'
hits write close 1 EDQUOT 'close: EDQUOT'
hits write write 2 short 'write 1'
[ "$(cat "$T/file")" = 0 ]
ok $? "a short write wrote its first byte"
hits read read 1 EIO 'read: EIO' 'readv 10' abcdefghij
hits read read 1 short 'read 1' 'readv 10' bcdefghijk
hits read readv 1 short 'readv 1' kbcdefghij
hits pair socketpair 1 ENFILE 'pair: ENFILE'
hits pair sendto 1 short 'send 1' 'recv 1'
hits pair recvfrom 1 short 'send 4' 'recv 1'
hits wait read 1 short 'read 1'
nth record recvfrom 1
run -n "$at" -e short -- "$PROBE" record
[ "$first" = "pass $at recvfrom" ] && grep -qx 'recv 4' "$T/out"
ok $? "record: no part of a record"
hits memory mmap 1 ENOMEM 'mmap: ENOMEM' brk
hits memory brk 2 ENOMEM 'brk: ENOMEM' 'brk again'

# -i walks through all kinds of a call, the short one last.
nth write write 2
list=
i=1
while run -n "$at" -i $i -- "$PROBE" write "$T/file" &&
    [ "${first#hit}" != "$first" ]; do
	list="$list${first##* } "
	i=$((i + 1))
done
[ "$list" = "ENOSPC EIO EDQUOT EINTR EFBIG EPIPE short " ]
ok $? "-i: each kind of a call in turn"

# Kills.
nth write fsync 1
run -n "$at" -e kill -- "$PROBE" write "$T/file"
[ "$status" -eq 137 ] && [ "$first" = "hit $at fsync kill" ] &&
    grep -qx 'write 10' "$T/out" && ! grep -q fsync "$T/out"
ok $? "kill: it had come to the call"
nth write openat 1
rm -f "$T/file"
run -n "$at" -e kill -- "$PROBE" write "$T/file"
[ "$status" -eq 137 ] && [ ! -e "$T/file" ]
ok $? "kill: the call was not made"
run -n "$at" -e kill-after -- "$PROBE" write "$T/file"
[ "$status" -eq 137 ] && [ -e "$T/file" ] && [ ! -s "$T/out" ]
ok $? "kill-after: the call was made and nothing after it"

# Persistent faults, rules.
nth memory brk 2
run -p -n "$at" -e ENOMEM -- "$PROBE" memory
[ "$(grep -c 'brk.*ENOMEM' "$T/out")" -eq 2 ]
ok $? "-p: later calls fail as well"
nth read read 1
run -p -n "$at" -e short -- cat
cmp -s "$T/in" "$T/out"
ok $? "-p: a whole file, byte by byte"
mkdir "$T/dir"
run -a openat:O_TMPFILE=EOPNOTSUPP -- "$PROBE" name "$T/dir"
grep -q 'O_TMPFILE: EOPNOTSUPP' "$T/out" &&
    [ -e "$T/dir/named" ]
ok $? "-a: only calls with the flag fail"
run -a openat@"$T/f"=EACCES -- "$PROBE" write "$T/file"
grep -q 'open: EACCES' "$T/out"
ok $? "-a: a path that begins so"
run -a openat@"$T/g"=EACCES -- "$PROBE" write "$T/file"
ok $status "-a: a path that does not"

# Children.
follow=-f
nth fork fsync 1
run -n "$at" -e EIO -- "$PROBE" fork "$T/file"
[ "${first%% *}" = miss ] && grep -qx 'child well' "$T/out"
ok $? "children are left alone"
run -f -n "$at" -e EIO -- "$PROBE" fork "$T/file"
[ "$first" = "hit $at fsync EIO" ] && grep -qx 'child unwell' "$T/out"
ok $? "-f: unless they are followed"
run -f -n "$at" -e kill -- "$PROBE" fork "$T/file"
[ "$status" -eq 0 ] && grep -qx 'child unwell' "$T/out"
ok $? "-f: a kill ends the child only"
hits fork clone 1 EAGAIN 'fork: EAGAIN'
run -- "$PROBE" handler
grep -qx ours "$T/out" && grep -qx restarts "$T/out"
ok $? "a child that ends interrupts no call"

# Hangs end.
run -t 0 -- "$PROBE" hang
[ "$status" -eq 124 ] && grep -qx hung "$T/report"
ok $? "-t: a command that hangs is killed"
echo "1..$n"
