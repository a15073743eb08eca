#!/bin/sh
# Clients of the submit socket whose standard input takes its time, as that of
# a backup that mails what it does: the message waits with the client, for as
# long as it takes, and then goes at once.
. "${srcdir:-.}/t/delivery.sh"

extra_queue="submit_socket = $dir/submit"
smarthost
configure_clear
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"
mkfifo "$dir/go" "$dir/told"

# slow N COMMAND...: so many, which pause until go().
slow() {
	python3 "$srcdir/t/submit_slow.py" "$@" <"$dir/go" >"$dir/told" \
	    7>&- 9>&- &
	clients=$!
	track $clients
	exec 8>"$dir/go" 6<"$dir/told"
	read -r paused <&6
}
go() {
	echo >&8
	exec 8>&-
	read -r taken <&6
	exec 6<&-
	wait $clients
}
outside() {
	"$BUILD/sendmail/sendmail" -C "$dir/chroot" -f alice@example.org "$@"
}

# More than are served at once.
most=17
[ "$(id -u)" -ne 0 ] || most=65
daemon
slow $most "$BUILD/sendmail/sendmail" -C "$dir/chroot" \
    -f alice@example.org slow@example.net
door=$(ps -o pid= --ppid $daemon | tr -d ' ')
is "$paused $(ps -o pid= --ppid $door | wc -l)" "paused 0" \
    "$most clients whose input pauses: none of them is served"
printf 'Subject: t\n\nhello\n' | outside quick@example.net 8>&- 6<&-
is $? 0 "another one is, at once"
await "to=<quick@example.net>"
like "$line" "status=sent" "... and its message arrives"
go
is "$taken" $most "their input goes on, and ends: all are taken"
n=0
while [ $n -lt $most ]; do
	await "to=<slow@example.net>"
	n=$((n + 1))
done
is "$(got)" "$({ echo quick; yes slow | head -n $most; } | words)" \
    "... and arrive"
is "$(grep -l '^begins' "$dir"/in/*.msg | wc -l) $(grep -l '^ends' \
    "$dir"/in/*.msg | wc -l)" "$most $most" "... from beginning to end"
is "$(cat "$dir"/in/*.msg | grep -c '^0123456789abcdef')" $((most * 5000)) \
    "... with all between"
is "$(queued)" 0 "... and nothing else is queued"

# Whoever listened when the input began need not be there when it ends.
clean
slow 1 "$BUILD/sendmail/sendmail" -C "$dir/chroot" -f alice@example.org \
    slow@example.net
stop
is $? 0 "flush ends meanwhile"
daemon
go
is "$taken" 1 "... and another one runs: the message is taken"
await "to=<slow@example.net>"
is "$(got) $(grep -c '^0123456789abcdef' "$dir"/in/*.msg)" "slow 5000" \
    "... and arrives whole"

# No file can be written: it is handed over as it comes.
{
	printf 'Subject: t\n\n'
	yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef |
	    head -n 10000
} >"$dir/large"
(
	ulimit -f 0
	outside large@example.net <"$dir/large" 2>/dev/null
)
is $? 0 "a large message where no file can be made: it is taken"
await "to=<large@example.net>"
is "$(got) $(cat "$dir"/in/*.msg | grep -c '^0123456789abcdef')" \
    "large slow 15000" \
    "... and arrives whole"

stop
is $? 0 "flush ends"

# And without one.
slow 1 "$BUILD/sendmail/sendmail" -C "$dir/chroot" slow@example.net \
    2>"$dir/err"
go
is "$taken $(wc -l <"$dir/err")" "0 1" \
    "nobody listens in the end: it fails, in one line"
like "$(cat "$dir/err")" "outbox-flush cannot be reached at $dir/submit: " \
    "... that says so"
done_testing
