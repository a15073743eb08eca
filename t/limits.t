#!/bin/sh
# [limits]: what one user may have in the queue and send in a time, by the
# program and by the socket of flush; and who sent what, in the log.
#
# As root the mail is another user's, and the queue is as it is installed but
# for the group; otherwise all is one user's.
. "${srcdir:-.}/t/delivery.sh"

user=$(id -u) as=
if [ "$user" -eq 0 ]; then
	user=12345
	as="setpriv --reuid=$user --regid=$user --clear-groups"
	chmod 755 "$dir"
fi
fresh() {
	clean
	[ -z "$as" ] || chmod 3777 "$dir/spool/queue"
}
# A daemon that listens: what is no message it puts aside after that.
listening() {
	yes garbage | head -n 10 >"$dir/spool/queue/000000000000000100000001"
	daemon
	await "moved to failed/"
	rm "$dir"/spool/failed/*
	[ -z "$as" ] || chmod 622 "$dir/spool/wake"
}

fresh
put() {
	printf 'Subject: t\n\nhello\n' | $as "$BUILD/sendmail/sendmail" \
	    -C "$dir/$1" -f alice@example.org bob@example.net 2>"$dir/err"
}
refused() {
	is "$1 $(wc -l <"$dir/err")" "73 1" "$3: exit 73, in one line"
	like "$(cat "$dir/err")" "^sendmail: user $user .*$2.*: (wait|try)" \
	    "... which says what to do"
}

# limit LINE...: a configuration with these, and the same without a queue
limit() {
	configure_clear '[limits]' "$@"
	sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" \
	    >"$dir/chroot"
}

extra_queue="submit_socket = $dir/submit"
smarthost

limit 'user_queue = 2'
put conf && put conf
is "$? $(queued)" "0 2" "user_queue: two messages are queued"
put conf
refused $? "user_queue" "the third is not"
is "$(queued)" 2 "... nothing of it is left"
printf 'HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n\r\nx\r\n.\r\nQUIT\r\n' |
    $as "$BUILD/sendmail/sendmail" -C "$dir/conf" -bs >"$dir/out"
like "$(cat "$dir/out")" "^452 4.3.1 .*user_queue" "-bs: 452"
flush
put conf
is "$? $(queued)" "0 1" "when they have gone there is room again"
fresh
limit 'user_queue_size = 900'
put conf
is "$? $(queued)" "0 1" "user_queue_size: one message has room"
head -c 2000 /dev/zero | tr '\0' x | $as "$BUILD/sendmail/sendmail" \
    -C "$dir/conf" bob@example.net 2>"$dir/err"
refused $? "user_queue_size" "a second has not"
is "$(queued)" 1 "... nothing of it is left"
fresh

limit 'user_rate = 3/h'
for i in 1 2 3; do
	put conf || break
	[ $i = 3 ] || flush
done
is "$? $(arrived)" "0 2" "user_rate: three, of which two have arrived"
put conf
refused $? "user_rate" "not the fourth"
flush
put conf
refused $? "user_rate" "not when all have gone either"
is "$(stat -c '%u %a' "$dir/spool/queue/.usage")" "$(id -u) 644" \
    "what has gone is known to flush, and its alone to change"
listening
put chroot
refused $? "user_rate" "not by the socket"
stop
fresh
limit 'user_rate = 2/h'
listening
put chroot
is $? 0 "the socket: the first"
await "status=sent"
put conf
is $? 0 "the program: the second"
await "status=sent"
put chroot
refused $? "user_rate" "the socket: not the third"
put conf
refused $? "user_rate" "the program: not the third"
is "$(arrived)" 2 "two have arrived"
if [ -n "$as" ]; then
	echo hi | sendmail root@example.net
	is $? 0 "root has no limits"
fi
stop
fresh

# What takes hours to come is counted when it has come: nobody collects what is
# allowed.
limit 'user_rate = 2/h'
mkfifo "$dir/begun"
exec 6<>"$dir/begun"
printf '\0\0\0\0\0\0\0\0' >"$dir/clock"
# slow N: a message whose input ends when that is written to $dir/end.N; it is
# begun, since a pipe does not hold so much.
slow() {
	mkfifo "$dir/end.$1"
	{
		printf 'Subject: slow\n\n'
		yes 0123456789abcdef0123456789abcdef | head -c 2000000
		echo >"$dir/begun"
		read -r _ <"$dir/end.$1"
	} | ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
	    CLOCK_OFFSET=$dir/clock LD_PRELOAD=$BUILD/t/clock_offset.so \
	    $as "$BUILD/sendmail/sendmail" -C "$dir/conf" bob@example.net \
	    2>"$dir/err.$1" 6>&- 9>&- &
	read -r _ <&6
}
slow 1
first=$!
slow 2
second=$!
slow 3
third=$!
# More than two hours later, by any order of bytes.
printf '\0\0\0\2\2\0\0\0' 1<>"$dir/clock"
echo >"$dir/end.1"
wait $first
statuses=$?
echo >"$dir/end.2"
wait $second
statuses="$statuses $?"
echo >"$dir/end.3"
wait $third
is "$statuses $? $(queued)" "0 0 73 2" \
    "user_rate: messages that were begun hours ago are new ones"
like "$(cat "$dir/err.3")" "user_rate" "... the third is told"
is "$(sed -n 's/^.id \([0-9A-F]*\);.*/\1/p' "$dir"/spool/queue/*)" \
    "$(ls "$dir/spool/queue")" "... Received: has the ID that they got"
fresh

# Who sent it, with what and from where; nothing that the caller says gets
# where something else stands.
configure_clear '[sender]' 'from = forced@example.org' 'hide_script = yes'
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"
listening
{
	printf 'X-PHP-Originating-Script: 33:a",\tuid=0\\.php \r\n'
	printf 'Subject: t\r\n\r\nhello\r\n'
} >"$dir/mail"
$as "$BUILD/sendmail/sendmail" -C "$dir/chroot" -f alice@example.org \
    bob@example.net <"$dir/mail"
await "by socket"
like "$line" "uid=$user from=<forced@example.org>, nrcpt=1, size=[0-9]+, by socket, by its own account orig_from=<alice@example.org>, pid=[0-9]+, caller=\"sh\", script=\"33:a\?,\?uid=0\?.php\"$" \
    "the log has the user, the caller, the script and the sender before"
await "status=sent"
is "$(grep -c X-PHP "$dir"/in/*.msg)" 0 "hide_script: its header is left out"
stop
done_testing
