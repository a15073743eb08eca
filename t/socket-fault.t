#!/bin/sh
# The submit socket when something fails, at either end: each system call of
# the client, then of flush, of who listens and of who serves a client, gives
# one of the errors that it can give or moves one byte only, and the process
# is killed there.  With exit 0 the message is in the queue, once and whole;
# otherwise the client says why not in one line, and nothing is there but
# where it says that it may be.  Whoever comes next is served.
. "${srcdir:-.}/t/submission.sh"
. "${srcdir:-.}/t/fault.sh"

extra_queue="submit_socket = $dir/submit"
conf
sed -i '/^host = /d' "$dir/conf"	# so flush keeps what it gets
# As in a chroot: there is no queue, only the socket.
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"

# text TOKEN: the next message.
text() {
	printf 'From: a@example.org\nSubject: %s\n\n%s\nend\n' "$1" "$filler"
}
filler=hello
client="$BUILD/sendmail/sendmail -C $dir/chroot -t bob carol"

# told TOKEN: what a client said of that message.
told() {
	case $status in
	0)	echo "$1" >>"$dir/sure" ;;
	6[4-9] | 7[0-8])
		[ "$(wc -l <"$dir/err")" -eq 1 ] ||
		    [ "${hit#* write}" != "$hit" ] || bad "not one line:" \
			"$(cat "$dir/err")"
		grep -q 'may have queued' "$dir/err" || echo "$1" >>"$dir/not"
		;;
	*)	is_killed || is_sanitizer || bad "status $status" ;;
	esac
	[ ! -s "$dir/out" ] || bad "said $(cat "$dir/out")"
}

# No process of flush is left: is all there that is to be, once and whole, and
# nothing that is not?
account() {
	find "$dir/spool/queue" -type f -size +0 >"$dir/files"
	while read -r f; do
		subject=$(sed -n "s/^Subject: \(.*\)$CR\$/\1/p" "$f")
		echo "$subject"
		contents "$f" | sed "s/$subject/TOKEN/" |
		    cmp -s - "$dir/want" || bad "$subject is not as it was"
	done <"$dir/files" | sort >"$dir/there"
	sort "$dir/sure" | comm -23 - "$dir/there" >"$dir/lost"
	sort "$dir/not" | comm -12 - "$dir/there" >"$dir/untold"
	[ -z "$(uniq -d "$dir/there")$(cat "$dir/lost" "$dir/untold")" ] &&
	    [ "$(parked)" -eq 0 ] ||
		bad "twice: $(uniq -d "$dir/there"), lost:" \
		    "$(cat "$dir/lost"), not told: $(cat "$dir/untold")," \
		    "parked: $(parked)"
	empty_queue
}
CR=$(printf '\r')

# fresh FILLER: nothing is known of any message, and how one looks.
fresh() {
	filler=$1
	text TOKEN | sendmail -t bob carol
	contents "$dir"/spool/queue/* >"$dir/want"
	empty_queue
	: >"$dir/sure"
	: >"$dir/not"
}

# The client.
submission() {
	sent=$((sent + 1))
	text "t$sent" >"$dir/input"
	# Words without blanks.
	# shellcheck disable=SC2086
	faulted $client <"$dir/input" >"$dir/out" 2>"$dir/err"
	told "t$sent"
}
sent=0
by_client() {
	fresh "$3"
	open_flush
	calls "$1" "$2" submission
	now_fails=
	submission
	is "$status" 0 "$1: the next one is served"
	close_flush
	is $? 0 "$1: flush ends as ever"
	wrong=0
	account
	ok $wrong "$1: $(wc -l <"$dir/sure") messages that were taken are there"
}
by_client "the client" 1 hello
by_client "the client with a large message" 4 \
    "$(yes 'hello there' | head -n 20000)"

# Flush and its children: a client tries until two were served, or flush is
# gone.  What is refused while nobody listens yet is no failure.
serving() {
	sent=$((sent + 1))
	text "t$sent" >"$dir/input"
	# shellcheck disable=SC2086
	$client <"$dir/input" >"$dir/out" 2>"$dir/err"
	status=$?
	told "t$sent"
	grep -q 'cannot be reached at [^:]*: \(No such\|Connection refused\)' \
	    "$dir/err" || tries=$((tries + 1))
	[ $status -ne 0 ] || served=$((served + 1))
}
by_server() {
	rm -f "$dir/ended" "$dir/submit"
	: >"$dir/sure"
	: >"$dir/not"
	mkfifo "$dir/pid"
	# shellcheck disable=SC2086
	{
		"$FAULT" -f -t 60 -c "$dir/report" $now_fails -- \
		    "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr \
		    2>"$dir/flush.log" &
		echo $! >"$dir/pid"
		wait $!
		echo $? >"$dir/ended"
	} &
	process=$!
	read -r fault <"$dir/pid"
	rm "$dir/pid"
	served=0 tries=0 hit=
	while [ $served -lt 2 ] && [ ! -e "$dir/ended" ]; do
		serving
	done
	daemon=$(ps -o pid= --ppid "$fault")
	[ -z "$daemon" ] || kill -TERM $daemon
	wait $process
	read -r status <"$dir/ended"
	read -r hit <"$dir/report"
	case $hit in
	hit*)	faults=$((faults + 1)) ;;
	esac
	case $status in
	0)	[ $tries -le 4 ] || bad "$tries tries" ;;
	6[4-9] | 7[0-8])
		;;
	*)	cp "$dir/flush.log" "$dir/err"
		is_killed || is_sanitizer || bad "flush ends with $status" ;;
	esac
	account
}
fresh hello
calls "flush" 5 by_server

done_testing
