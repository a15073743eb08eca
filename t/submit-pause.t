#!/bin/sh
# outbox-flush without a descriptor for a client of the submit socket: the
# client waits and loses nothing, and outbox-flush, which poll() would wake at
# once, asks again once a second.
. "${srcdir:-.}/t/delivery.sh"

extra_queue="submit_socket = $dir/submit"
smarthost
configure_clear
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"

# limit N: of new descriptors it may have those below N only.
limit() {
	prlimit --pid $daemon --nofile="$1:"
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
    -f alice@example.org bob@example.net >"$dir/out" 2>&1 &
client=$!
track $client
for n in 1 2 3; do
	await "cannot take a client of the submit socket"
done
like "$line" ": Too many open files$" "the log says why it takes no client"
[ $(($(uptime) - began)) -ge 190 ]
ok $? "... three times in no less than two seconds"
[ -d /proc/$client ]
ok $? "the client waits"

limit 1024
await "by socket"
await "status=sent"
wait $client
is "$? $(cat "$dir/out")" "0 " "with descriptors again, the client is served"
is "$(got) $(queued)" "bob 0" "... and its message arrives"
stop
is $? 0 "flush ends"
done_testing
