# For tests of submission (sh), in place of lib.sh, which it includes: what is
# given to sendmail, and what it put into the queue.
#
#	. "${srcdir:-.}/t/submission.sh"
#	given 'To: bob@example.net\n\nhello\n'
#	submit -t; is "$STATUS $(rcpts)" "0 bob@example.net" "it is queued"
#	empty_queue

. "${srcdir:-.}/t/lib.sh"
chmod 700 "$dir/spool/queue"
TZ=UTC0
export TZ
unset NAME

# The configuration, with more lines as configure() has them.
conf() {
	configure "host = 127.0.0.1" "tls = none" "$@"
}
conf

# The message of the next submissions, as printf has it.
given() {
	IN=$dir/input
	printf "$@" >"$IN"
}

# Submit $IN with these arguments; $STATUS, $OUT and $ERR are what came of it.
submit() {
	sendmail "$@" <"$IN" >"$dir/out" 2>"$dir/err"
	STATUS=$?
	OUT=$(cat "$dir/out")
	ERR=$(cat "$dir/err")
}

# The one message in the queue.
the_file() {
	find "$dir/spool/queue" -type f | sort | head -n 1
}

# Its envelope and its message; lines end with LF.
envelope() {
	len=$(head -c 12 "$(the_file)" | cut -c 5-12 | sed 's/^0*//')
	head -c "$len" "$(the_file)"
}
message() {
	len=$(head -c 12 "$(the_file)" | cut -c 5-12 | sed 's/^0*//')
	tail -c "+$((len + 1))" "$(the_file)" | tr -d '\r'
}
header() {
	message | sed '/^$/q'
}
body() {
	message | sed '1,/^$/d'
}
rcpts() {
	envelope | sed -n 's/^R-//p' | tr '\n' ' ' | sed 's/ $//'
}
from() {
	envelope | sed -n 's/^S//p'
}

# Queue files, or none, but for what differs from one message to the next.
contents() {
	cat /dev/null "$@" 2>/dev/null |
	    sed -e 's/^T[0-9]*/T/' -e 's/^\(	id\) .*/\1/' \
	    -e 's/^Date: .*/Date:/' -e 's/^Message-ID: .*/Message-ID:/'
}

empty_queue() {
	find "$dir/spool/queue" -type f -exec rm -f {} +
}
