#!/bin/sh
# How flush hears of a message: the fifo, or one that is started.
. "${srcdir:-.}/t/submission.sh"
given 'x\n'

# The fifo, held open: what is written is there when sendmail ends.
mkfifo "$dir/spool/wake"
exec 8<>"$dir/spool/wake"
submit root
is "$(head -c 25 <&8)" "$(basename "$(the_file)")" "the wake record is the ID"
submit -q
is "$STATUS$OUT$ERR" "0" "-q asks for all: exit 0"
is "$(head -c 25 <&8 | tr -d ' ')" "*" "... a record"
id=$(basename "$(the_file)")
submit -qI"$id"
is "$STATUS$OUT$ERR" "0" "-qI asks for one: exit 0"
is "$(head -c 25 <&8)" "$id" "... its record"
submit -odq root
submit -q
is "$(head -c 25 <&8 | tr -d ' ')" "*" "-odq does not wake"
exec 8<&-
empty_queue
submit root
is "$STATUS $(queued)" "0 1" "nobody reads the fifo: queued all the same"
rm "$dir/spool/wake"
: >"$dir/spool/wake"
submit root
is "$STATUS $(queued)" "0 2" "it is no fifo: queued all the same"
rm "$dir/spool/wake"
empty_queue

# What flush does with the message is logged after this.
"$BUILD/t/fault" -c "$dir/calls" -- "$BUILD/sendmail/sendmail" \
    -C "$dir/conf" root <"$IN" 2>/dev/null
if [ $? -ne 125 ]; then
	# To syslog or to the journal.
	like "$(sed -n 's/^[0-9]* \([a-z]*\).*/\1/p' "$dir/calls" |
		sed '1,/^linkat$/d' | grep -x 'fsync\|connect\|sendto\|close' |
		head -n 4 | tr '\n' ' ')" "^fsync fsync (connect|sendto) " \
		"it is logged when it is durable, before it is unlocked"
else
	skip "the order of log and lock" "system calls cannot be watched"
fi
empty_queue

# A build tree with a flush that tells what it got.
mkdir -p "$dir/build/sendmail" "$dir/build/queue"
cp "$BUILD/sendmail/sendmail" "$dir/build/sendmail/sendmail"
mkfifo "$dir/told"
cat >"$dir/build/queue/outbox-flush" <<X
#!/bin/sh
{
	echo "\$*"
	readlink /proc/self/fd/0 /proc/self/fd/2
	open=0
	for fd in 3 4 5 6 7 8 9; do
		[ ! -e /proc/\$\$/fd/\$fd ] || open=\$((open + 1))
	done
	echo \$open
	cut -d ' ' -f 6 /proc/\$\$/stat
} >"$dir/told"
X
chmod +x "$dir/build/queue/outbox-flush"
BUILD=$dir/build

submit root
is "$STATUS $(queued)" "0 1" "daemon: none is started"
sed -i 's/^directory/flush = on-demand\ndirectory/' "$dir/conf"
exec 7>"$dir/keep" 6<"$IN"
submit root
exec 7>&- 6<&-
is "$STATUS$OUT$ERR" "0" "on-demand: exit 0"
exec 5<"$dir/told"
read -r args <&5
read -r in <&5
read -r err <&5
read -r open <&5
read -r sid <&5
exec 5<&-
is "$args" "--once -C $dir/conf" "on-demand: --once with the same configuration"
is "$in $err" "/dev/null /dev/null" "... input and errors go nowhere"
is "$open" 0 "... nothing of the caller is open"
test "$sid" != "$(cut -d ' ' -f 6 /proc/$$/stat)"
ok $? "... in a session of its own"
submit -odq root
is "$STATUS" 0 "-odq starts none: exit 0"
submit -q
is "$STATUS$OUT$ERR" "0" "-q starts one: exit 0"
exec 5<"$dir/told"
read -r args <&5
exec 5<&-
is "$args" "--once -C $dir/conf" "... --once"
cat >"$dir/build/queue/outbox-flush" <<X
#!/bin/sh
echo "\$*" >"$dir/foreground"
exit 75
X
submit -qf
is "$STATUS $(cat "$dir/foreground")" "75 --once --all -C $dir/conf" "-qf waits for it"
rm "$dir/build/queue/outbox-flush"
for q in -q -qf; do
	submit $q
	is "$STATUS$OUT" 69 "$q, and none that can be run: exit 69"
	like "$ERR" '^sendmail: cannot run outbox-flush: ' "... it says so"
done
empty_queue
submit root
is "$STATUS $(queued)" "0 1" "one that cannot be started: queued all the same"

done_testing
