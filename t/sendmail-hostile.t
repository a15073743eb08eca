#!/bin/sh
# Callers that mean harm, or do it: descriptors, signals, limits, modes,
# environment, arguments.
. "${srcdir:-.}/t/submission.sh"
given 'Subject: x\n\nhello\n'
S=$BUILD/sendmail/sendmail

# descriptors
"$S" -C "$dir/conf" root <"$IN" >&- 2>&-
is "$? $(queued)" "0 1" "no standard output and error"
is "$(body)" "hello" "the message is whole"
empty_queue
"$S" -C "$dir/conf" root <&- >&- 2>&-
is "$? $(queued)" "0 1" "no standard input either: an empty message"
is "$(body)" "" "nothing was read from the queue itself"
empty_queue
"$S" -C "$dir/conf" -bp <&- >"$dir/out" 2>&-
is "$? $(cat "$dir/out")" "0 Mail queue is empty" "mailq without standard input"

# signals and limits
(trap '' PIPE; "$S" -C "$dir/conf" root <"$IN")
is "$? $(queued)" "0 1" "SIGPIPE ignored"
empty_queue
head -c 3000000 /dev/zero | tr '\0' a >"$dir/big"
(ulimit -f 1000; "$S" -C "$dir/conf" root <"$dir/big" 2>"$dir/err")
is "$? $(queued)" "74 0" "a file size limit: exit 74, nothing queued"
like "$(cat "$dir/err")" "cannot write to the queue" "... it says why"
sh -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 4; exec "$@"' - \
	"$S" -C "$dir/conf" root <"$IN" 2>"$dir/err"
is "$? $(queued)" "73 0" "no descriptors: exit 73, nothing queued"
(umask 777; "$S" -C "$dir/conf" root <"$IN")
is "$? $(stat -c %a "$(the_file)")" "0 600" "a hostile umask"
empty_queue

# beset CODE: sendmail after this Python; $STATUS.  All or nothing.
beset() {
	python3 -c "import os, resource, signal, sys
$1
os.execv(sys.argv[1], sys.argv[1:])" "$S" -C "$dir/conf" root <"$IN" \
	    >/dev/null 2>&1
	STATUS=$?
}
beset 'for fd in range(3, 256): os.dup2(0, fd)'
is "$STATUS $(queued)" "0 1" "descriptors 3 to 255 open"
empty_queue
beset 'd = os.open("/", os.O_RDONLY)
for fd in range(3, 256): os.dup2(d, fd)'
is "$STATUS $(queued)" "0 1" "... on a directory"
is "$(body)" "hello" "the message is whole"
empty_queue
beset 'for s in set(range(1, 65)) - {9, 19, 32, 33}:
    signal.signal(s, signal.SIG_IGN)'
is "$STATUS $(queued)" "0 1" "all signals ignored"
empty_queue
beset 'signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
for s in set(range(1, 65)) - {9, 19, 32, 33}: os.kill(os.getpid(), s)'
is "$STATUS $(queued)" "0 1" "all signals blocked, and pending"
empty_queue

# all_or_nothing NAME VALUE...: with this limit, and each of these values
all_or_nothing() {
	limit=$1 wrong=
	shift
	for value; do
		beset "resource.setrlimit(resource.RLIMIT_$limit, ($value,) * 2)"
		if [ $STATUS -eq 0 ]; then
			[ "$(queued) $(body)" = "1 hello" ] || wrong="$wrong $value"
		else
			[ "$(queued)" = 0 ] || wrong="$wrong $value"
		fi
		empty_queue
	done
	is "$wrong" "" "limit $limit: all or nothing"
}
all_or_nothing FSIZE 0 1 45 46 300 400
all_or_nothing NOFILE 3 4 5 6 7 8
all_or_nothing AS 1000000 4000000 8000000 16000000
all_or_nothing DATA 0 100000
all_or_nothing STACK 4096 65536
all_or_nothing CPU 1
# A sanitizer that looks for leaks wants a process.
saved=$ASAN_OPTIONS
export ASAN_OPTIONS="${saved:+$saved:}detect_leaks=0"
all_or_nothing NPROC 0
ASAN_OPTIONS=$saved

# environment
(
	NAME=$(printf 'x\r\nBcc: evil@x') TZ=/etc/shadow LANG=xx_YY
	HOSTNAME=evil.example MAILHOST=evil.example USER=evil LOGNAME=evil
	NULLMAILER_USER=evil QMAILUSER=evil EMAIL=evil@evil.example
	export NAME TZ LANG HOSTNAME MAILHOST USER LOGNAME NULLMAILER_USER
	export QMAILUSER EMAIL
	"$S" -C "$dir/conf" root <"$IN"
)
is "$? $(queued)" "0 1" "a hostile environment"
is "$(grep -c evil.example "$(the_file)")" 0 "decides nothing"
is "$(header | grep -c '^Bcc\|^evil')" 0 "and adds no field"
is "$(from)" "$(id -un)@example.org" "the sender is the user"
empty_queue

# arguments
crlf=$(printf 'a\r\nBcc: evil@x\r\n\r\nbody')
submit -F "$crlf" root
is "$STATUS $(header | grep -c '^Bcc')" "0 0" "-F cannot add a field"
empty_queue
submit -f "$crlf" root
is "$STATUS $(queued)" "65 0" "-f cannot"
submit -V "$crlf" -N "$crlf" -R "$crlf" root
is "$STATUS $(grep -c '^Bcc' "$(the_file)")" "0 0" "-V, -N and -R cannot"
empty_queue
submit -L "$crlf" -p "$crlf" -h "$crlf" root
is "$STATUS $(grep -c '^Bcc' "$(the_file)")" "0 0" "nor what is ignored"
empty_queue
submit -X "$dir/log" -OQueueDirectory="$dir/other" -oQ"$dir/other" root
is "$STATUS $(queued) $(ls "$dir/log" "$dir/other" 2>/dev/null)" "0 1 " \
	"no option writes a file or moves the queue"
empty_queue
submit "$(printf 'a@b>\r\nDATA\r\n')" 2>/dev/null
is "$STATUS $(queued)" "65 0" "no command in a recipient"
given 'To: a@b,\r\n "x\\\r\n y"@z\r\n\r\n'
submit -t
is "$STATUS $(queued)" "65 0" "nor in one of the header"
given 'x\n'
i=0
set --
while [ $i -lt 3000 ]; do
	set -- "$@" "user$i@example.net"
	i=$((i + 1))
done
submit "$@"
is "$STATUS $(envelope | grep -c '^R-')" "0 3000" "3,000 recipients"
empty_queue

# the queue itself
: >"$dir/elsewhere"
mkfifo "$dir/spool/queue/fifo"
submit -bp
is "$STATUS $OUT" "0 Mail queue is empty" \
	"strange files in the queue are not listed"
rm "$dir/spool/queue/fifo"
mkfifo "$dir/spool/queue/000000000000000100000001"
submit -bp
is "$STATUS $OUT" "0 Mail queue is empty" "nor waited for"
rm "$dir/spool/queue/000000000000000100000001"
ln -s "$dir/elsewhere" "$dir/spool/queue/000000000000000100000001"
submit -bp
is "$STATUS $OUT" "0 Mail queue is empty" "nor followed"
rm "$dir/spool/queue/000000000000000100000001"

done_testing
