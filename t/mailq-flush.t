#!/bin/sh
# mailq beside flush: while it delivers, between tries, and when none runs;
# and who sees what.
. "${srcdir:-.}/t/delivery.sh"
export TZ=UTC0
smarthost
configure_clear

heading='---------Queue ID--------- --Size-- ---Arrival Time---- --Sender/Recipient------'
mailq() {
	sendmail -bp
}
# The row of the one message that is queued, with this mark behind its ID.
row() {
	file=$(echo "$dir"/spool/queue/*)
	printf '%-26s %8d %-19s %s\n' "${file##*/}$1" \
	    "$(head -c 28 "$file" | cut -c 14-28 | sed 's/^0*//')" \
	    "$(date -u -d "@$(sed -n 's/^T//p' "$file")" \
		'+%a %b %e %H:%M:%S')" alice@example.org
}
to() {
	printf '%56s%s\n' '' "$1"
}

is "$(mailq)" "Mail queue is empty" "no flush, no mail"
submit bob@example.net carol@example.net
is "$(mailq)" "$heading
$(row)
$(to bob@example.net)
$(to carol@example.net)

-- 0 Kbytes in 1 Request." "no flush: what waits, to the column"

script 'rcpt * match=carol reply 450 4.2.1 mailbox busy'
flush
is "$(mailq)" "$heading
$(row)
$(printf '%54s(450 4.2.1 mailbox busy)' '')
$(to carol@example.net)

-- 0 Kbytes in 1 Request." "after a try: the reply ends at column 78, and who is left"

# In the middle of a delivery: the smarthost does not answer.
script 'data * silent' 'bdat * silent' 'dot * silent'
due_now
daemon
await "connection established to "
# The kernel's list of locks is read in parts: while other locks come and go,
# one may be missed.
seen= looks=0
while [ "$seen" != "$(row '*')" ] && [ $looks -lt 1000 ]; do
	seen=$(mailq | sed -n 2p)
	looks=$((looks + 1))
done
is "$seen" "$(row '*')" "while it is delivered it has a star"
is "$(sendmail -bP)" 1 "... and is counted"
kill -KILL $daemon
wait $daemon 2>/dev/null

# Who sees what: a message is its submitter's.  Only root can be several
# users.
clean
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$dir" "$dir/spool"
	chmod 644 "$dir/conf"
	chgrp 12 "$dir/spool/queue"
	chmod 1770 "$dir/spool/queue"
	as() {
		setpriv --reuid "$1" --regid 12 --clear-groups \
		    "$BUILD/sendmail/sendmail" -C "$dir/conf" "$2"
	}
	for user in 65531 65532; do
		echo x | as $user to-$user@example.net
	done
	is "$(as 65531 -bp | sed -n 's/.* to-//p')" "65531@example.net" \
	    "a user sees own mail"
	is "$(as 65532 -bp | sed -n 's/.* to-//p')" "65532@example.net" \
	    "... and so another"
	is "$(as 65533 -bp)" "Mail queue is empty" \
	    "who has none sees none"
	is "$(mailq | grep -c ' to-')" 2 "root sees all"
fi

done_testing
