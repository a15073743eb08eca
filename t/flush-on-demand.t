#!/bin/sh
# flush = on-demand: without a service, whoever submits starts a pass and does
# not wait for it; however many do at once, each message goes once, and no
# process stays.
. "${srcdir:-.}/t/delivery.sh"

notifications

# Wait for so many messages at the smarthost.
await_messages() {
	heard=0
	while [ $heard -lt $1 ]; do
		read -r word rest <&6
		[ "$word" != accepted ] || heard=$((heard + 1))
	done
}

# Wait for the end of all that was started with our configuration; the shell
# lists the processes before there is a grep.
alone() {
	while grep -qsz "$dir/conf" /proc/[0-9]*/cmdline; do
		:
	done
}

extra_queue='flush = on-demand'
smarthost --notify "$dir/notify"
configure_clear

submit one@example.net
is $? 0 "sendmail takes it"
await_messages 1
alone
is "$(got) $(queued) $(parked)" "one 0 0" "and it goes, without a service"

# A smarthost that does not answer is not the caller's business.
script 'greeting * stall'
configure_clear "timeout = 1s"
is "$(submit two@example.net 2>&1; echo $?)" 0 "sendmail does not wait"
alone
is "$(queued)" 1 "what cannot go now stays"
script
configure_clear
submit three@example.net
await_messages 2
alone
is "$(got) $(queued)" "one three two 0" "and goes with the next one"
submit -odq four@example.net
is "$(queued)" 1 "-odq: it is queued only"
sendmail -q
await_messages 1
alone
is "$(got) $(queued)" "four one three two 0" "sendmail -q: it goes"

# Its submitter has it still, while another one is sent; then it has not, but
# finds the queue locked.
clean
flush
submit -odq first@example.net
submit -odq second@example.net
script 'dot * slow 20 250 2.0.0 this reply takes a while'
mkfifo "$dir/locked" "$dir/unlock"
python3 - "$dir/locked" "$dir/unlock" \
    "$(grep -la second@ "$dir"/spool/queue/*)" <<-'EOP' &
	import fcntl, sys
	f = open(sys.argv[3])
	fcntl.flock(f, fcntl.LOCK_EX)
	open(sys.argv[1], "w").write("yes\n")
	open(sys.argv[2]).read()
	EOP
holder=$!
read -r word <"$dir/locked"
sed -i "s/^pass .*/pass $(($(date +%s) - 500))/" "$dir/spool/state"
flush &
first=$!
await_messages 1
: >"$dir/unlock"
wait $holder
"$BUILD/queue/outbox-flush" -C "$dir/conf" --once
is $? 0 "one pass leaves the work to another"
wait $first
script
is "$(got) $(queued)" "first second 0" \
    "... which takes what was locked before"
like "$(sed -n 's/^interval //p' "$dir/spool/state")" "^[5-9][0-9][0-9]$" \
    "... and is one run: the one before it was 500 seconds ago"
await_messages 1

# A new volume: whoever comes first makes the queue.
clean
rm -rf "$dir/spool"
mkdir "$dir/spool"
submit five@example.net
await_messages 1
alone
is "$(got) $(queued)" "five 0" "in an empty directory: it goes"
is "$(stat -c %a "$dir/spool/queue")" 700 "... from a queue of one user"
rm -rf "$dir/spool"
mkdir "$dir/spool"
flush
is "$? $(stat -c %a "$dir/spool/queue")" "0 700" "flush makes one, too"
rm -rf "$dir/spool"
flush
is $? 72 "but not the directory"
like "$(cat "$dir/flush.log")" "cannot open $dir/spool: No such" \
    "... and says so"
mkdir "$dir/spool"

# Many at once.
for round in 1 2 3; do
	clean
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		submit r$n@example.net &
		submitters="$submitters $!"
	done
	for p in $submitters; do
		wait $p || failed=1
	done
	submitters=
	is "$failed" "" "round $round: all twenty are taken"
	await_messages 20
	alone
	is "$(got | wc -w) $(got | tr ' ' '\n' | uniq | wc -l) $(queued)" \
	    "20 20 0" "round $round: each goes once"
done

done_testing
