#!/bin/sh
# failed/ is bounded: what is too old, or the oldest of what is too much, is
# removed, and the log says what and why.  All else stays.
. "${srcdir:-.}/t/delivery.sh"

# A message in failed/ that was moved there so long ago: failed NAME AGE KIB
n=0
failed() {
	submit_large $3 bob@example.net
	n=$((n + 1))
	id=$(printf '0006442BB47AD9%02X00000001' $n)
	mv "$dir"/spool/queue/* "$dir/spool/failed/$id"
	touch -d "$2 ago" "$dir/spool/failed/$id"
	eval "$1=$id"
}

# Which of them are there: there NAME...
there() {
	for name; do
		eval "[ -e \"\$dir/spool/failed/\$$name\" ] && echo $name"
	done | words
}

smarthost
queue_of() {
	clean
	extra_queue=$(printf '%s\n' "$@")
	configure_clear
}

# Age.
queue_of
failed old '31 days' 1
failed young '29 days' 1
flush
is "$? $(there old young)" "0 young" "after 30 days it is removed"
like "$(said)" "$old: removed from failed/: from=<alice@example.org>, \
size=[0-9]+, it was there for failed_lifetime" "... the log has it"
unlike "$(said)" "$young" "... and nothing of what stays"

queue_of 'failed_lifetime = 1h'
failed old '61 minutes' 1
failed young '10 minutes' 1
flush
is "$(there old young)" "young" "failed_lifetime is another age"

queue_of 'failed_lifetime = 0' 'failed_size = 0'
failed old '4000 days' 1
flush
is "$(there old) $(said)" "old " "0 is for ever"

# Size.
queue_of 'failed_size = 100K'
failed second '2 days' 40
failed first '3 days' 40
failed third '1 day' 40
failed fourth '1 hour' 40
flush
is "$(there first second third fourth)" "fourth third" \
    "what is too much is removed, the oldest first"
like "$(said)" "$first: removed .*size=4[0-9]{4}, it was the oldest, and all \
were larger than failed_size" "... the log has it"
is "$(said | sed 's/.*: \([0-9A-F]*\): removed.*/\1/' | paste -s -d ' ' -)" \
    "$first $second" "... one line for each, in this order"

queue_of
failed first '3 days' 300
failed second '2 days' 300
flush
is "$(there first second)" "first second" "by default there is room for much"

queue_of
failed old '3 days' 40
truncate -s 1T "$dir/spool/failed/sparse"
flush
is "$(there old) $(parked)" "old 2" "what takes no room pushes nothing out"

# What is no message.
queue_of
mkdir "$dir/spool/failed/folder"
echo mine >"$dir/spool/failed/folder/file"
echo precious >"$dir/precious"
ln -s "$dir/precious" "$dir/spool/failed/link"
echo junk >"$dir/spool/failed/junk"
echo junk >"$dir/spool/failed/0006442BB47AD9FF00000001"
echo junk >"$dir/spool/failed/new"
touch -h -d '40 days ago' "$dir/precious" "$dir/spool/failed/junk" \
    "$dir/spool/failed/link" "$dir/spool/failed/0"* "$dir/spool/failed/folder"
flush
is "$? $(ls "$dir/spool/failed" | words)" "0 folder new" \
    "files that are no messages are removed as well"
like "$(said)" "junk: removed from failed/: no message, size=5, it was there" \
    "... the log has it"
is "$(cat "$dir/spool/failed/folder/file" "$dir/precious" | words)" \
    "mine precious" "... directories and what links point to stay"

# The age begins when it is moved there.
queue_of
echo junk >"$dir/spool/queue/junk"
touch -d '40 days ago' "$dir/spool/queue/junk"
flush
flush
is "$? $(parked)" "0 1" "what was old before it failed stays its time"

# What is moved there is on the disk before it is gone from the queue.
queue_of
script 'rcpt * reply 550 5.1.1 unknown'
sendmail -f '<>' bob@example.net </dev/null
"$BUILD/t/fault" -c "$dir/calls" -- "$BUILD/queue/outbox-flush" \
    -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
if [ $? -ne 125 ]; then
	is "$(parked) $(grep -c '^[0-9]* fsync ' "$dir/calls")" "1 2" \
	    "failed/ is synced, and then the queue"
else
	skip "failed/ is synced" "system calls cannot be watched"
fi
script

# Someone is at it.
queue_of
failed old '31 days' 1
exec 8<"$dir/spool/failed/$old"
flock 8
flush
is "$? $(there old)" "0 old" "a locked message stays"
exec 8<&-
flush
is "$? $(there old)" "0 " "... and goes the next time"

# The scheduler was away: gone DAYS, as its last pass has it.
gone() {
	sed -i "s/^pass .*/pass $(($(date +%s) - $1 * 86400))/
	    s/^opened .*/opened 0/; s/^interval .*/interval 60/" \
	    "$dir/spool/state"
}
for days in 16 -16; do
	case $days in
	-*)	what="the clock was set back" ;;
	*)	what="nobody was there to look" ;;
	esac
	queue_of
	flush
	failed old '31 days' 1
	gone $days
	flush
	is "$? $(there old)" "0 old" "$what: the time begins anew"
	like "$(said)" "failed_lifetime begins anew" "... the log has it"
	flush
	is "$? $(there old)" "0 old" "... and holds"
done
queue_of
flush
failed old '31 days' 1
gone 14
flush
is "$? $(there old)" "0 " "some days do not count"

# Many are removed in several steps, and a reload is another occasion.
queue_of
failed old '31 days' 1
mv "$dir/spool/failed/$old" "$dir/old"
i=0
while [ $i -lt 1100 ]; do
	i=$((i + 1))
	echo "$dir/spool/failed/$i"
done | xargs touch -d '40 days ago'
daemon
while [ "$(parked)" -gt 0 ]; do
	await "removed from failed/"
done
is "$(parked)" 0 "many are removed as well"
mv "$dir/old" "$dir/spool/failed/$old"
kill -HUP $daemon
await "$old: removed from failed/"
is "$(parked)" 0 "a reload looks again"
stop
is $? 0 "flush ends well"

done_testing
