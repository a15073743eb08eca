#!/bin/sh
# sendmail that is killed at moments that a seed chooses, while others submit
# and flush delivers: with arguments and by SMTP, to the queue and by the submit
# socket.  What it said that is queued arrives once, what it did not get whole
# never, and the rest once or not at all, and never half of it.
. "${srcdir:-.}/t/delivery.sh"

messages=${MESSAGES:-150}
seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"

extra_queue="submit_socket = $dir/submit"
smarthost
configure_clear
# As in a chroot: there is no queue, only the socket.
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"

open_flush
python3 "$srcdir/t/submit_killed.py" run "$BUILD/sendmail/sendmail" \
    "$dir/conf" "$dir/chroot" "$seed" "$messages" >"$dir/told"
is $? 0 "$(wc -l <"$dir/told") messages are submitted"
close_flush
is $? 0 "flush ends"
# A program that was killed did not wake it.
due_now
flush
is "$? $(count "$dir"/spool/queue/*) $(parked)" "0 0 0" "in the end all is done"
python3 "$srcdir/t/submit_killed.py" account "$dir/in" "$seed" <"$dir/told"
ok $? "each promise is kept"

done_testing
