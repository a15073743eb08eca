#!/bin/sh
# What is refused: the exit status, one line that says why, nothing queued,
# and a caller that is not killed by a broken pipe.
. "${srcdir:-.}/t/submission.sh"

# refused NAME STATUS PATTERN
refused() {
	is "$STATUS" "$2" "$1: exit $2"
	is "$(printf '%s\n' "$ERR" | wc -l | tr -d ' ')" 1 "$1: says one line"
	like "$ERR" "^sendmail: .*$3" "$1: it says why"
	is "$OUT" "" "$1: nothing on standard output"
	is "$(queued)" 0 "$1: nothing is queued"
	empty_queue
}

given 'x\n'
submit
refused "no recipients" 64 "no recipients"
given 'Subject: x\n\nTo: a@b\n'
submit -t
refused "-t without recipients" 64 "no recipients"
given 'To: undisclosed-recipients:;\n\n'
submit -t
refused "-t with an empty group" 64 "no recipients"
given 'x\n'
submit -z root
refused "an unknown option" 64 "unknown option -z"
given 'x\n'
submit root -i
refused "an option behind a recipient" 64 "option -i after"
given 'x\n'
submit -bd
refused "-bd" 64 "not supported"
given 'x\n'
submit 'a b'
refused "a recipient that is none" 65 '"a b"'
given 'To: a@b, c d\n\nx\n'
submit -t
refused "a header recipient that is none" 65 '"c d"'
given 'x\n'
submit "$(printf 'a@b\r\nDATA')"
refused "a line end in a recipient" 65 "not an address"
given 'x\n'
submit "$(printf '"a\001"@b')"
refused "a control byte in a recipient" 65 "not an address"
given 'x\n'
submit -f "$(printf 'a@b\nRCPT TO:<c@d>')" root
refused "a line end in the sender" 65 "not a sender"
given 'x\n'
submit -f 'a b' root
refused "a sender that is none" 65 "not a sender"
given 'x\n'
submit -f 'a@b, c@d' root
refused "two senders" 65 "not a sender"
given 'x\n'
submit "$(head -c 600 /dev/zero | tr '\0' a)@b"
refused "an endless address" 65 "not an address"
IN=$dir
submit root
refused "standard input is a directory" 74 "cannot read the message"
yes 'X: y' | head -n 300000 >"$dir/input"
IN=$dir/input
submit root
refused "an endless header" 65 "header of the message is longer"

# hops N: a message that has passed so many servers
hops() {
	yes 'Received: from here' | head -n "$1"
	printf '\nx\n'
}
hops 99 >"$dir/input"
submit root
is "$STATUS $(queued)" "0 1" "99 servers: queued"
empty_queue
hops 100 >"$dir/input"
submit root
refused "a message that goes round in a circle" 65 "goes round in a circle"

conf
sed -i 's/^min_free = 0$/min_free = 0\nmax_size = 10K/' "$dir/conf"
given '%s' "$(head -c 20000 /dev/zero | tr '\0' a)"
submit root
refused "a message over max_size" 65 "larger than max_size"
given '%s' "$(head -c 9000 /dev/zero | tr '\0' a)"
submit root
is "$STATUS $(queued)" "0 1" "one below it is queued"
empty_queue
conf
sed -i 's/^min_free = 0$/min_free = 1000G/' "$dir/conf"
given 'x\n'
submit root
refused "too little free space" 73 "min_free"

conf
mv "$dir/spool/queue" "$dir/spool/moved"
given 'x\n'
submit root
is "$STATUS" 73 "no queue: exit 73"
mv "$dir/spool/moved" "$dir/spool/queue"
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 "$dir/spool/queue"
	given 'x\n'
	submit root
	chmod 700 "$dir/spool/queue"
	refused "not permitted" 77 "Permission denied: with -C sendmail has \
the rights of its caller only, and the file sets no submit_socket"
	chmod 500 "$dir/spool/queue"
	given 'x\n'
	submit root
	chmod 700 "$dir/spool/queue"
	refused "a queue that cannot be written" 73 "Permission denied"
else
	skip "not permitted" "root is permitted everything"
fi

conf "[nonsense]" "x = y"
printf 'lifetime = never\n' >>"$dir/conf"
given 'x\n'
submit root
is "$STATUS" 78 "a broken configuration: exit 78"
is "$(queued)" 0 "... nothing is queued"
like "$ERR" 'conf:[0-9]+: unknown section' "... the line of each error"
submit -bp
is "$STATUS" 78 "mailq has exit 78 too"
printf '[queue]\ndirectory = %s\nfoo = 1\nbar = 2\nlifetime = x\n' "$dir/spool" \
	>"$dir/conf"
given 'x\n'
submit root
is "$(printf '%s\n' "$ERR" | grep -c '^sendmail: .*conf:[345]: ')" 3 \
	"every error of the file is said"
printf 'x\n' | "$BUILD/sendmail/sendmail" -C "$dir/missing" root 2>"$dir/err"
is "$?" 78 "a configuration that is not there: exit 78"
conf

# A caller that writes more than a pipe holds lives on.
wrote() {
	{
		{ head -c 1000000 /dev/zero || echo broken >"$dir/broken"; } |
			tr '\0' 'a' || echo broken >"$dir/broken"
	} 2>/dev/null
}
for bad in "" "-z" "root -i" "-C $dir/missing root"; do
	rm -f "$dir/broken"
	wrote | sendmail $bad >/dev/null 2>&1
	is "$(count "$dir/broken")" 0 "standard input is drained: sendmail $bad"
done

# A signal in the middle leaves nothing.
mkfifo "$dir/pipe"
"$BUILD/sendmail/sendmail" -C "$dir/conf" root <"$dir/pipe" &
pid=$!
exec 9>"$dir/pipe"
head -c 300000 /dev/zero | tr '\0' 'a' >&9
kill -9 "$pid"
wait "$pid" 2>/dev/null
exec 9>&-
is "$(queued)" 0 "killed in the middle: nothing is queued"

done_testing
