#!/bin/sh
# outbox-flush without a descriptor for a client of the submit socket: the
# client is not left waiting, and outbox-flush, which poll() would wake at
# once, asks again once a second.
. "${srcdir:-.}/t/delivery.sh"

extra_queue="submit_socket = $dir/submit"
smarthost
configure_clear
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"

# limit N: of new descriptors its doorkeeper may have those below N only.
limit() {
	prlimit --pid "$(ps -o pid= --ppid $daemon | tr -d ' ')" --nofile="$1:"
}

# Seconds since the start of the machine, in hundredths.
uptime() {
	read -r now rest </proc/uptime
	echo "$now" | tr -d .
}

# It listens when it puts aside what is no message.
yes garbage | head -n 10 >"$dir/spool/queue/000000000000000100000001"
daemon
await "moved to failed/"
# poll() takes no more than these either.
limit 4
is $? 0 "it gets no descriptor any more"

began=$(uptime)
printf 'Subject: t\n\nhello\n' | "$BUILD/sendmail/sendmail" -C "$dir/chroot" \
    -f alice@example.org bob@example.net >"$dir/out" 2>&1
is $? 73 "sendmail fails"
like "$(cat "$dir/out")" "it does not answer" "... and says why"
for n in 1 2 3; do
	await "cannot take a client of the submit socket"
done
like "$line" ": Too many open files$" "the log says why it takes no client"
[ $(($(uptime) - began)) -ge 190 ]
ok $? "... three times in no less than two seconds"

limit 1024
# It may look a second later only.
until printf 'Subject: t\n\nhello\n' | "$BUILD/sendmail/sendmail" \
    -C "$dir/chroot" -f alice@example.org bob@example.net 2>"$dir/out"; do
	continue
done
ok 0 "with descriptors again, a client is served"
await "status=sent"
gone
is "$(got) $(queued)" "bob 0" "... and its message arrives"
stop
is $? 0 "flush ends"
done_testing
