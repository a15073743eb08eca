#!/bin/sh
# sendmail -bs when something fails: each of its system calls gives one of the
# errors that it can give or moves one byte only, and the process is killed
# there.  What was answered with 250 after its dot is in the queue; what was
# not is there, too, or is not.  Nothing in the queue is half a message, and
# nobody is let in who is not without a fault.
. "${srcdir:-.}/t/submission.sh"
. "${srcdir:-.}/t/fault.sh"

CR=$(printf '\r')

# message TEXT RCPT...: as it is given
message() {
	printf "%s$CR\n" 'MAIL FROM:<a@b> RET=HDRS ENVID=x'
	text=$1
	shift
	printf "RCPT TO:<%s>$CR\n" "$@"
	printf "%s$CR\n" DATA 'Subject: x' '' "$text" ..dot .
}
{
	echo "EHLO x$CR"
	message one c@d bob
	message two e@f
	echo "QUIT$CR"
} >"$dir/session"

# Each in the queue, without what differs from one to the next, as a line.
lines() {
	for f in "$dir"/spool/queue/* "$dir"/spool/queue/.[!.]*; do
		[ ! -f "$f" ] || contents "$f" | tr '\n' '|' | tr -s ' '
		[ ! -f "$f" ] || echo
	done
}

# What may be in the queue: all recipients, or those that were taken.
{
	message one c@d bob
	message one c@d
	message one bob
	message two e@f
} | sendmail -bs >"$dir/out"
lines >"$dir/possible"
is "$(wc -l <"$dir/possible")" 4 "what may be there"
empty_queue

# Is there what was acknowledged?  A reply is one with its last byte.
is_there() {
	sed -n "s/^250 2\.0\.0 Ok: queued as \(.*\)$CR\$/\1/p" "$dir/out" \
	    >"$dir/acknowledged"
	while read -r id; do
		[ -f "$dir/spool/queue/$id" ] || return 1
	done <"$dir/acknowledged"
}

# Nothing but such messages, none of them twice, with no more recipients than
# were taken; one that was killed may have left a draft, which has no name yet.
is_whole() {
	lines >"$dir/now"
	if is_killed; then
		rm -f "$dir"/spool/queue/.[!.]*
		lines >"$dir/now"
	fi
	! grep -qvxFf "$dir/possible" "$dir/now" &&
	    [ "$(grep -c '|one|' "$dir/now")" -le 1 ] &&
	    [ "$(grep -c '|two|' "$dir/now")" -le 1 ] || return
	# Replies that were not given are not seen.
	case $hit in
	*write* | *kill) ;;
	*) [ "$(grep -ao '|R-' "$dir/now" | wc -l)" -le \
	    "$(grep -c '^250 2\.1\.5 ' "$dir/out")" ] ;;
	esac
}

# Without a fault all are there; otherwise it says so, to whom it can.
is_told() {
	case $status in
	0)	[ "${hit#miss}" = "$hit" ] || [ "$(queued)" -eq 2 ] ;;
	6[4-9] | 7[0-8])
		[ -s "$dir/err" ] || grep -q '^4' "$dir/out" ||
		    [ "${hit#* write}" != "$hit" ]
		;;
	*)	is_killed || is_sanitizer ;;
	esac
}

# The replies have the form of replies.
is_smtp() {
	case $hit in
	*write* | *kill) ;;
	*) ! grep -qv "^[2-5][0-9][0-9][- ].*$CR\$" "$dir/out" ;;
	esac
}

account() {
	is_there && is_whole && is_told && is_smtp ||
	    bad "status $status, $(wc -l <"$dir/acknowledged") acknowledged:" \
	    "$(cat "$dir/err" "$dir/now")"
	empty_queue
}

pipe() {
	faulted "$BUILD/sendmail/sendmail" -C "$dir/conf" -bs \
	    <"$dir/session" >"$dir/out" 2>"$dir/err"
	account
}
calls "a pipe" 1 pipe
always="-a openat:O_TMPFILE=EOPNOTSUPP"
calls "without O_TMPFILE" 3 pipe
always=

# On a connection, as inetd starts it: the mail is that of the client.
if command -v python3 >/dev/null; then
	loopback="python3 $srcdir/t/loopback.py"
	starter="$loopback --listen 127.0.0.1"
	calls "a connection" 3 pipe
	own=$($loopback --address)
else
	own=
fi

# A peer elsewhere.  Of this machine's own addresses one serves.
stranger() {
	faulted "$BUILD/sendmail/sendmail" -C "$dir/conf" -bs \
	    <"$dir/session" >"$dir/out" 2>"$dir/err"
	[ "$(queued)" -eq 0 ] && ! grep -q '^[23]5' "$dir/out" &&
	    case $status in
	    0 | 6[4-9] | 7[0-8]) ;;
	    *)	is_killed || is_sanitizer ;;
	    esac || bad "status $status: $(cat "$dir/err" "$dir/out")"
}
if [ -n "$own" ]; then
	starter="$loopback --listen $own"
	calls "a peer elsewhere" 1 stranger
fi

done_testing
