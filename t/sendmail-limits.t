#!/bin/sh
# Large, long, odd and broken input: what is kept as it is, what is made
# harmless, what is refused, and how much memory that takes.
. "${srcdir:-.}/t/submission.sh"
command -v python3 >/dev/null || skip_all "no python3"

# 10,000 recipients in a message, each way to name them.
list() {
	awk -v sep="$1" 'BEGIN { for (i = 0; i < 10000; i++)
		printf "%suser%d@example.net", i ? sep : "", i
		print "" }'
}
{
	printf 'To: '
	list ',\n\t'
	printf 'Subject: x\n\nhello\n'
} >"$dir/in10k"
IN=$dir/in10k
submit -t
is "$STATUS $(envelope | grep -c '^R-user')" "0 10000" \
    "10,000 recipients in a header"
is "$(body)" "hello" "... the message is whole"
empty_queue
given 'x\n'
# shellcheck disable=SC2046
submit $(list ' ')
is "$STATUS $(envelope | grep -c '^R-user')" "0 10000" \
    "10,000 recipients in words"
empty_queue
{
	printf 'EHLO x\r\nMAIL FROM:<a@b>\r\n'
	list '\n' | sed "s/.*/RCPT TO:<&>$(printf '\r')/"
	printf 'RCPT TO:<one@more>\r\nDATA\r\n\r\nhello\r\n.\r\nQUIT\r\n'
} >"$dir/session"
IN=$dir/session
submit -bs
is "$(printf '%s\n' "$OUT" | grep -c '^250 2.1.5')" 10000 \
    "10,000 recipients by SMTP"
like "$OUT" "^452 4.5.3 too many" "... one more is refused, for now"
is "$STATUS $(envelope | grep -c '^R-user')" "0 10000" \
    "... and the others get the message"
empty_queue

# Lines that SMTP cannot carry are kept: the delivery encodes them.
for size in 998 2000 1000000; do
	{
		printf 'Subject: x\n\n'
		head -c $size /dev/zero | tr '\0' a
		printf '\nend\n'
	} >"$dir/long"
	IN=$dir/long
	submit root
	is "$STATUS $(body | awk '{ print length }' | paste -s -d ' ' -)" \
	    "0 $size 3" "a line of $size octets is kept"
	empty_queue
done

# CR and NUL, the same way in body and header, given by pipe and by SMTP.
given 'Subject: a\rb\0c\n\none\rtwo\r\r\rthree\r\n\0four\0\n\rfive\r'
submit root
want="one two three
four
 five"
is "$(body)" "$want" "a lone CR becomes a blank, NUL nothing"
is "$(header | grep Subject)" "Subject: a bc" "... in the header too"
is "$(message | tr -dc '\000' | wc -c | tr -d ' ')" 0 "... no NUL is left"
is "$(tr -d '\n' <"$(the_file)" | grep -c "$(printf '\r.')x")" 0 \
    "... and no lone CR"
empty_queue
given 'HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: a\rb\0c\r\n\r\none\rtwo\r\r\rthree\r\n\0four\0\r\n\rfive\r\r\n.\r\n'
submit -bs
is "$(body)" "$want" "the same by SMTP"
empty_queue

# One message stays one, whatever it holds.
evil='MAIL FROM:<e@x>\r\nRCPT TO:<e@x>\r\nDATA\r\n\r\nevil\r\n.\r\n'
for end in '\n.\n' '\n.\r\n' '\r\n.\n' '\r.\r' '\r\n.\r' '\r.\r\n' '\n.\r' \
	'\r\n\0.\r\n' '\r\n.\0\r\n'; do
	given "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n\r\nx$end$evil"'QUIT\r\n'
	submit -bs
	is "$STATUS $(queued) $(rcpts)" "0 1 c@d" \
	    "by SMTP $end ends no message"
	empty_queue
done

# 50 MiB take no more memory than a few bytes.
cat >"$dir/peak.py" <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdin=sys.stdin)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
END
peak() {
	python3 -S "$dir/peak.py" "$BUILD/sendmail/sendmail" \
	    -C "$dir/conf" "$@" root
}
extra_queue="max_size = 100M"
conf
small=$(printf 'x\n' | peak)
empty_queue
large=$({
	printf 'Subject: x\n\n'
	yes "$(head -c 75 /dev/zero | tr '\0' b)" | head -c 52428800
} | peak -i)
like "$small $large" '^[0-9]+ [0-9]+$' "50 MiB are taken"
[ "$large" -lt $((small + 2048)) ]
ok $? "... in $large KiB of memory, where two bytes take $small"
[ "$(wc -c <"$(the_file)")" -gt 52428800 ]
ok $? "... all of them"
empty_queue
large=$(head -c 20000000 /dev/zero | tr '\0' b | peak -i)
[ "$large" -lt $((small + 2048)) ]
ok $? "20 MB in a single line take $large KiB"
empty_queue

# Input that breaks off with an error: the other side of a terminal is gone.
cat >"$dir/broken.py" <<'END'
import os, pty, subprocess, sys, tty
master, slave = pty.openpty()
tty.setraw(slave)
p = subprocess.Popen(sys.argv[1:], stdin=master)
os.write(slave, b"Subject: x\n\nhalf of it\n")
os.close(slave)
sys.exit(p.wait())
END
for options in -i -bs; do
	python3 "$dir/broken.py" "$BUILD/sendmail/sendmail" -C "$dir/conf" \
	    $options root >"$dir/out" 2>"$dir/err"
	status=$?
	is "$(queued)" 0 "a read error, $options: nothing is queued"
	[ $options = -bs ] || is "$status $(cat "$dir/err")" \
	    "74 sendmail: cannot read the message: Input/output error" \
	    "... exit 74, and it says why"
done

done_testing
