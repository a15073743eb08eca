#!/bin/sh
# -bs: SMTP on standard input and output.
. "${srcdir:-.}/t/submission.sh"
CR=$(printf '\r')

# say LINE...: a session of these lines, with $EOL behind each.
say() {
	: >"$dir/input"
	for line; do
		printf "%s$EOL" "$line" >>"$dir/input"
	done
	IN=$dir/input
	submit -bs
	OUT=$(printf '%s\n' "$OUT" | tr -d '\r')
}

# The codes of the replies, one word.
codes() {
	printf '%s\n' "$OUT" | sed -n 's/^\([0-9]*\) .*/\1/p' | tr '\n' ' '
}

for EOL in '\r\n' '\n'; do
	say 'EHLO x' 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'RCPT TO:<root>' \
	    'DATA' 'Subject: x' '' 'hello' '..dot' '.' 'QUIT'
	is "$STATUS $(codes)$ERR" "0 220 250 250 250 250 354 250 221 " \
		"$EOL: a session"
	is "$(queued)" 1 "$EOL: the message is queued"
	is "$(printf '%s\n' "$OUT" |
		sed -n 's/^250 2.0.0 Ok: queued as //p')" \
		"$(basename "$(the_file)")" "$EOL: the reply has its ID"
	is "$(from) $(rcpts)" "a@b c@d root@example.org" \
		"$EOL: sender and recipients"
	is "$(body)" "hello
.dot" "$EOL: the dot is unstuffed"
	is "$(header | grep -c \
		'^From: a@b$\|^Date: \|^Message-ID: \|^Received: ')" 4 \
		"$EOL: the header is completed"
	empty_queue
done

EOL='\r\n'
say 'EHLO x'
is "$(tr -d '\n' <"$dir/out" | tr -dc '\r' | wc -c | tr -d ' ')" \
	"$(wc -l <"$dir/out" | tr -d ' ')" \
	"every line of a reply ends with CRLF"
for ext in PIPELINING 'SIZE 52428800' 8BITMIME SMTPUTF8 DSN \
	ENHANCEDSTATUSCODES HELP; do
	is "$(printf '%s\n' "$OUT" |
		grep -c "^250[- ]$ext$")" 1 "EHLO offers $ext"
done
say 'HELO x'
is "$(printf '%s\n' "$OUT" | grep -c '^250')" 1 "HELO has one line"

# many messages
say 'HELO x' 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'DATA' '' 'one' '.' \
    'MAIL FROM:<>' 'RCPT TO:<e@f>' 'DATA' '' 'two' '.' 'NOOP' \
    'mail from: g@h' 'rcpt to: i@j' 'data' '' 'three' '.' 'quit'
is "$STATUS $(queued)" "0 3" "three messages in a session"
is "$(grep -ah '^R-' "$dir/spool"/queue/* | tr '\n' ' ')" "R-c@d R-e@f R-i@j " \
	"no recipient of one is in another"
is "$(grep -ah '^S' "$dir/spool"/queue/* | tr '\n' ' ')" "Sa@b S Sg@h " \
	"no sender either"
empty_queue

# what RSET and a new greeting forget
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'RSET' 'DATA'
is "$(codes)" "220 250 250 250 503 " "RSET forgets the message"
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'EHLO x' 'DATA'
is "$(codes)" "220 250 250 250 503 " "EHLO does"
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'HELO x' 'RCPT TO:<c@d>'
is "$(codes)" "220 250 250 250 503 " "HELO does"

# order and syntax
say 'RCPT TO:<a@b>' 'DATA' 'MAIL FROM:<a@b>' 'DATA' 'MAIL FROM:<a@b>'
is "$(codes)" "220 503 503 250 554 503 " "commands have an order"
say 'MAIL' 'MAIL TO:<a@b>' 'MAIL FROM:' 'MAIL FROM:<a@b' 'MAIL FROM:<a b>' \
    'MAIL FROM:<a@b>x' 'MAIL FROM:<a@b>,<c@d>'
is "$(codes)" "220 501 501 501 501 501 501 501 " "MAIL has a form"
say 'MAIL FROM:<a@b>' 'RCPT' 'RCPT TO:<>' 'RCPT TO:<a b>' 'RCPT TO:x:;' \
    'RCPT TO:<a@b>,<c@d>' 'RCPT TO:<a@b' 'RCPT TO:<"a>b"@c>' \
    'RCPT TO:<@x,@y:a@b>'
is "$(codes)" "220 250 501 501 501 501 501 501 250 250 " "RCPT has a form"
say 'NOOP' 'VRFY root' 'EXPN root' 'HELP' 'STARTTLS' 'AUTH PLAIN' ''
is "$(codes)" "220 250 252 500 214 500 500 500 " "the other commands"
is "$(queued)" 0 "nothing of all that was queued"

# parameters
say 'MAIL FROM:<a@b> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+20y' \
    'RCPT TO:<c@d> NOTIFY=DELAY,SUCCESS ORCPT=rfc822;z@z' 'RCPT TO:<e>' \
    'DATA' '' '.'
is "$(codes)" "220 250 250 250 354 250 " "parameters are taken"
is "$(envelope | grep '^[BI]' | tr '\n' ' ')" "Ix+20y Bhdrs " "RET and ENVID"
is "$(envelope | grep '^[RNO]' | grep -v '^OB1' | tr '\n' ' ')" \
	"R-c@d Nsuccess,delay Orfc822;z@z R-e@example.org Orfc822;e@example.org " \
	"NOTIFY and ORCPT belong to a recipient"
empty_queue
say 'MAIL FROM:<a@b> SMTPUTF8' 'RCPT TO:<ö@d> ORCPT=utf-8;ä@d' \
    'RCPT TO:<e@f> ORCPT=utf-8;\x{E4}@d' 'RCPT TO:<g@h> ORCPT=rfc822;ä@d' \
    'RCPT TO:<i@j> NOTIFY=never' DATA '' .
is "$(codes)" "220 250 250 250 555 250 354 250 " "ORCPT may be UTF-8: RFC 6533"
is "$(envelope | sed -n 's/^O\(.*;.*\)/\1/p' | tr '\n' ' ')" \
	'utf-8;\x{E4}@d utf-8;\x{E4}@d rfc822;i@j ' "... and is ASCII in the queue"
empty_queue
say 'MAIL FROM:<a@b> FOO' 'MAIL FROM:<a@b> SIZE' 'MAIL FROM:<a@b> SIZE=x' \
    'MAIL FROM:<a@b> BODY=BINARYMIME' 'MAIL FROM:<a@b> RET=x' \
    'MAIL FROM:<a@b> ENVID=a=b' 'MAIL FROM:<a@b> AUTH=<>' \
    'MAIL FROM:<a@b> SIZE=99999999999' 'MAIL FROM:<a@b>' \
    'RCPT TO:<a@b> NOTIFY=x' 'RCPT TO:<a@b> ORCPT=x' 'RCPT TO:<a@b> FOO=1'
is "$(codes)" "220 555 555 555 555 555 555 555 552 250 555 555 555 " \
	"others are refused"

say 'MAIL FROM:<a@b> SIZE=9223372036854775808' \
    'MAIL FROM:<a@b> SIZE=1 SIZE=2' 'MAIL FROM:<a@b> ENVID=a envid=b' \
    'MAIL FROM:<a@b>' 'RCPT TO:<a@b> NOTIFY=never NOTIFY=never'
is "$(codes)" "220 552 501 501 250 501 " "so are sizes beyond all and repeats"
say 'MAIL FROM:<a@b> REQUIRETLS' 'EHLO x'
is "$(codes)" "220 555 250 " \
	"REQUIRETLS is refused where mail leaves without TLS"
unlike "$OUT" "^250.REQUIRETLS" "... and is not offered"
configure "host = 127.0.0.1" "tls = starttls"
say 'EHLO x' 'MAIL FROM:<a@b> REQUIRETLS=yes' \
    'MAIL FROM:<a@b> REQUIRETLS REQUIRETLS' 'MAIL FROM:<a@b> requiretls' \
    'RCPT TO:<c@d>' 'DATA' '' '.' \
    'MAIL FROM:<a@b>' 'RCPT TO:<e@f>' 'DATA' '' '.'
is "$(codes)" "220 250 555 501 250 250 354 250 250 250 354 250 " \
	"REQUIRETLS is taken where it leaves with TLS"
like "$OUT" "^250.REQUIRETLS" "... and is offered"
is "$(grep -al '^Lrequiretls$' "$dir/spool"/queue/* |
    xargs sed -n 's/^R-//p')" "c@d" "... and kept for that message alone"
empty_queue
conf

# the end of the data
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'DATA' '' 'one'
is "$STATUS $(queued)" "74 0" "no end: nothing is queued"
like "$ERR" "went away" "... it says so"
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'DATA' '' "x
.
MAIL FROM:<evil@x>
RCPT TO:<evil@x>
DATA

evil
." '.' 'QUIT'
is "$(queued) $(rcpts) $(codes)" "1 c@d 220 250 250 354 250 221 " \
	"with CRLF a LF . LF does not end it"
is "$(body | sed -n 2p)" "." "... and stays a line of the message"
empty_queue

# in a circle
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'DATA' \
    "$(yes 'Received: x' | head -n 100)" '' 'x' '.' 'QUIT'
is "$(codes)$(queued)" "220 250 250 354 554 221 0" "a loop ends"
like "$OUT" "^554 5\.4\.6 " "... and says why"

# size
sed -i 's/^min_free = 0$/min_free = 0\nmax_size = 10K/' "$dir/conf"
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'DATA' '' \
    "$(head -c 20000 /dev/zero | tr '\0' a)" '.' 'MAIL FROM:<a@b>' \
    'RCPT TO:<c@d>' 'DATA' '' 'small' '.' 'QUIT'
is "$(codes)$(queued)" "220 250 250 354 552 250 250 354 250 221 1" \
	"one that is too large is refused, the next is taken"
empty_queue
conf
sed -i 's/^min_free = 0$/min_free = 1000G/' "$dir/conf"
say 'MAIL FROM:<a@b>' 'RCPT TO:<c@d>' 'DATA' '' 'x' '.' 'QUIT'
is "$STATUS $(codes)$(queued)" "0 220 250 250 354 452 221 0" \
	"too little space"
conf

# clients that mean harm
say "$(head -c 5000 /dev/zero | tr '\0' a)" 'NOOP'
is "$(codes)" "220 500 250 " "a line that is too long"
printf 'NOOP\0\r\nNOOP\r\n' >"$dir/input"
submit -bs
OUT=$(printf '%s\n' "$OUT" | tr -d '\r')
is "$(codes)" "220 500 250 " "a NUL"
say 'POST / HTTP/1.1' 'Host: x' '' 'MAIL FROM:<a@b>'
is "$(codes)" "220 421 " "a browser"
set --
while [ $# -lt 30 ]; do
	set -- "$@" "FOO"
done
say "$@"
is "$(printf '%s\n' "$OUT" | tail -n 1 | cut -c 1-3)" 421 "too many errors"
is "$(codes | wc -w | tr -d ' ')" 21 "... end the session"
say "MAIL FROM:<a${CR}b@c>" "MAIL FROM:<$(printf 'a\001')@c>"
is "$(codes)" "220 501 501 " "control bytes"
is "$(printf '%s\n' "$OUT" | grep -vc '^[0-9][0-9][0-9][ -]')" 0 \
	"a reply is one line"
: >"$dir/input"
submit -bs
is "$STATUS $(printf '%s\n' "$OUT" | cut -c 1-3)$ERR" "0 220" \
	"no session at all"
submit -bs -odb -oem -i
is "$STATUS$ERR" 0 "options of callers"
sendmail -bs <"$dir/input" >&-
is "$?" 0 "no standard output"

done_testing
