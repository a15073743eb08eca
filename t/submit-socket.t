#!/bin/sh
# The submit socket: mail of those who cannot write to the queue, with the
# same promise, and whoever talks nonsense there changes nothing.
. "${srcdir:-.}/t/delivery.sh"

extra_queue="submit_socket = $dir/submit
max_size = 10K"
smarthost
configure_clear
# As in a chroot: there is no queue, only the socket.
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"

outside() {
	"$BUILD/sendmail/sendmail" -C "$dir/chroot" "$@"
}

# Without clean(): who serves clients may use this directory, and no other one
# of its name.
empty() {
	rm -f "$dir"/spool/queue/*
}

client() {
	python3 "$srcdir/t/submit_client.py" "$dir/submit" "$1" 2>&1
}

err=$(echo hi | outside bob@example.net 2>&1)
is $? 73 "without flush it fails"
is "$(echo "$err" | wc -l)" 1 "... in one line"
like "$err" "cannot open $dir/none: .*cannot be reached at $dir/submit: " \
    "... that names both ways"
like "$(echo hi | "$BUILD/sendmail/sendmail" -C "$dir/chroot" -bp 2>&1)" \
    "cannot open $dir/none" "the queue itself is not shown by the socket"

daemon
submit one@example.net
await "status=sent"
is "$(stat -c %a "$dir/submit")" 666 "everyone may connect"

printf 'Subject: t\n\nhello\n' | outside -f alice@example.org bob@example.net
is $? 0 "it is taken"
await "status=sent"
is "$(got)" "bob one" "... and arrives"
like "$(cat "$dir/flush.log")" \
    "uid=$(id -u) from=<alice@example.org>, nrcpt=1, size=[0-9]+, by socket" \
    "... with a line in the log"
id=$(sed -n 's/^.*: \([0-9A-F]*\): uid=[0-9]* from=<.*/\1/p' "$dir/flush.log")
like "$(cat "$dir"/in/0002.msg)" "id $id;" "... under the ID that Received: has"

printf 'EHLO me\r\nMAIL FROM:<alice@example.org>\r\nRCPT TO:<carol@example.net>\r\nDATA\r\nSubject: t\r\n\r\nhi\r\n.\r\nQUIT\r\n' |
    outside -bs >"$dir/out"
await "to=<carol@example.net>"
like "$(cat "$dir/out")" "^250 .*queued|^250 2.0.0" "-bs: 250"
is "$(got)" "bob carol one" "... and it arrives"
sed 's/^tls = none/tls = starttls/' "$dir/chroot" >"$dir/chroot-tls"
echo hi | "$BUILD/sendmail/sendmail" -C "$dir/chroot-tls" -f alice@example.org \
    -Orequiretls=yes dave@example.net
await "to=<dave@example.net>"
like "$line" "dsn=5.7.10, status=bounced" "REQUIRETLS goes along"
await "to=<alice@example.org>"

yes 0123456789 | head -n 2000 | outside eve@example.net 2>"$dir/err"
is $? 65 "too large: the status of flush"
like "$(cat "$dir/err")" "larger than max_size" "... and its reason"

# What is left of nonsense is nothing.
empty
script 'mail * reply 450 4.2.0 not now'
refused() {
	like "$(client $1)" "$2" "$3"
	is "$(queued)" 0 "... and nothing is queued"
}
refused nothing '^-74 the client went away' "a client that says nothing"
refused garbage '^-76 not an envelope' "another protocol"
refused huge '^-76 not an envelope' "an endless envelope"
refused talker '^-76 not an envelope' "an endless origin"
refused cut '^-74 the client went away' "a cut envelope"
refused damaged '^-76 damaged envelope' "a damaged envelope"
refused control '^-76 damaged envelope' "a control character in an address"
refused marked '^-76 a recipient is not to do' "a recipient that is done"
refused unsealed '^\+.* -74 ' "no seal"
refused unfit '^\+.* -76 the seal does not fit' "a seal of another message"
refused gone '^\+' "a client that goes away"
refused large '^\+.* -65 .*larger than max_size' "more than max_size"
like "$(client crowd)" '^-73 too many clients' "a crowd is told to come back"

# others HOW: clients that stay until go().
others() {
	rm -f "$dir/stay" "$dir/told"
	mkfifo "$dir/stay" "$dir/told"
	client $1 <"$dir/stay" >"$dir/told" &
	crowd=$!
	exec 8>"$dir/stay"
	read -r full <"$dir/told"
}
go() {
	exec 8>&-
	wait $crowd
}
others full
err=$(echo hi | outside bob@example.net 2>&1)
is "$? $(echo "$err" | wc -l)" "73 1" "... and sendmail fails, in one line"
like "$err" "^sendmail: too many clients.* at once: try again$" \
    "... that says so"
go
is "$(queued)" 0 "... and nothing is queued"
others busy
printf 'Subject: t\n\nhello\n' >"$dir/message"
"$BUILD/sendmail/sendmail" -C "$dir/chroot" -f alice@example.org \
    turn@example.net <"$dir/message" 8>&- &
waiting=$!
track $waiting
go
wait $waiting
is $? 0 "as many as are served: one more waits its turn"
is "$(queued)" 1 "... and its message is queued"
empty

# queue_id SAID: that in the second reply of flush.
queue_id() {
	queue_id=${1##*+}
	echo "${queue_id%% *}"
}

# Who does not wait for the answer says that it failed.
said=$(client impatient)
like "$said" '^\+' "a client goes before the last answer"
await "$(queue_id "$said"): withdrawn"
like "$line" "not queued: .* since the client went away" \
    "... its message is withdrawn"
# Its name may stay until flush looks.
until [ "$(queued)" -eq 0 ]; do
	continue
done
ok 0 "... and not in the queue"
like "$(client forged)" '^\+.* \+' "a forged user"
is "$(sed -n 's/^U//p' "$dir"/spool/queue/*)" "$(id -u)" \
    "... is the one who connects"
said=$(client good)
like "$said" '^\+.* \+' "a good one after all"
is "$(queued)" 2 "... is queued"
await "$(queue_id "$said"): uid="
like "$line" ', by socket, by its own account pid=1\\x0auid=0$' \
    "... and what it says of itself is marked as that, on one line"
said=$(client quiet)
await "$(queue_id "$said"): uid="
like "$line" ', by socket$' "one that says nothing of itself"

# Nobody answers who could.
door=$(ps -o pid= --ppid $daemon | tr -d ' ')
kill -STOP $door
echo hi | timeout 60 "$BUILD/sendmail/sendmail" -C "$dir/chroot" \
    bob@example.net 2>"$dir/err"
is "$? $(wc -l <"$dir/err")" "73 1" \
    "who listens is stopped: sendmail fails, in one line"
like "$(cat "$dir/err")" \
    "cannot be reached at $dir/submit: it does not answer: is it stopped\?$" \
    "... that says so"
kill -CONT $door
kill -STOP $daemon
said=$(client good)
like "$said" '^\+.* \+' "the scheduler is stopped: mail is taken all the same"
kill -CONT $daemon
kill -KILL $door
await "ended: starting another"
said=$(client good)
like "$said" '^\+.* \+' "another one listens in place of one that was killed"

stop
is $? 0 "flush ends"
[ ! -e "$dir/submit" ]
ok $? "... and its socket"

# Where it cannot listen, it does so when it can.
clean
extra_queue="submit_socket = $dir/later/submit"
configure_clear
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"
daemon
like "$(cat "$dir/flush.log")" \
    "no mail from programs .* cannot listen at $dir/later/submit: No such" \
    "no place for the socket: the log says so"
mkdir "$dir/later"
await "mail is taken at $dir/later/submit now"
is "$(grep -c "no mail from programs" "$dir/flush.log")" 1 "... once"
echo hi | outside late@example.net
is $? 0 "... when there is one, clients are served"
stop
done_testing
