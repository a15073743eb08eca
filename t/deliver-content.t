#!/bin/sh
# What a server cannot take is encoded for it, and nothing else: 8-bit bytes
# where it lacks 8BITMIME, lines that are too long, a header that is not ASCII;
# SIZE is right, and no byte of a queue file gets out that SMTP does not allow.
. "${srcdir:-.}/t/delivery.sh"

# The one message that arrived: its bytes, and what is known of it.
message() { cat "$dir"/in/*.msg | tr -d '\r'; }
notes() { sed -n 's/^note //p' "$dir"/in/*.env | words; }
mail_line() { sed -n 's/^mail //p' "$dir"/in/*.env; }
bytes() { sed -n 's/^bytes //p' "$dir"/in/*.env; }

# passes NAME: it leaves, in a form that the server has nothing against.
passes() {
	flush
	is "$? $(queued) $(arrived) $(notes)" "0 0 1 " "$way: $1"
	declared=$(mail_line | sed -n 's/.* SIZE=\([0-9]*\).*/\1/p')
	is "$declared" "$(bytes)" "$way: $1: SIZE is right"
}

compose() {
	clean
	printf "$1" | sendmail -f alice@example.org bob@example.net
}

eight_bit='Subject: t\nMIME-Version: 1.0
Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit

.caf\303\251 is a word among many others of this long line\n.\n'
signed='Subject: t\nMIME-Version: 1.0
Content-Type: multipart/signed; boundary=s\n\n--s\n\n%s\n--s--\n'
long=$(printf %1500d 0)

for way in classic pipelining chunking; do
	case $way in
	classic) weak=SIZE strong=8BITMIME,SIZE,SMTPUTF8 ;;
	pipelining)
		weak=PIPELINING,SIZE,DSN
		strong=PIPELINING,8BITMIME,SIZE,SMTPUTF8
		;;
	chunking)
		weak=PIPELINING,CHUNKING,SIZE
		strong=PIPELINING,CHUNKING,8BITMIME,SIZE,SMTPUTF8
		;;
	esac
	smarthost --ehlo $weak
	configure_clear

	compose "$eight_bit"
	passes "8-bit to a server of 7 bits"
	like "$(message)" "^\.caf=C3=A9 is a word" "$way: quoted-printable"
	like "$(message)" "^Content-Transfer-Encoding: quoted-printable$" \
	    "$way: and labelled so"
	unlike "$(message)$(mail_line)" "8bit|BODY" "$way: nothing says 8bit"
	compose 'Subject: t\n\n\303\251\303\251\303\251\n'
	passes "mostly 8-bit"
	like "$(message | paste -s -d ' ' -)" \
	    "MIME-Version: 1.0 Content-Type: text/plain; charset=utf-8 Content-Transfer-Encoding: base64  w6nDqcOpDQo=$" \
	    "$way: base64 is smaller, and the charset is told"
	compose "$(printf "$signed" 'caf\303\251')"
	flush
	is "$? $(got) $(reports)" "0  1" "$way: 8-bit in a signed part: a report"
	like "$(said)" "dsn=5.6.3, status=bounced \(a signed or encrypted part" \
	    "$way: which says so"

	smarthost --ehlo $strong
	configure_clear
	compose "$eight_bit"
	passes "8-bit to a server that takes it"
	like "$(mail_line)" "BODY=8BITMIME" "$way: declared"
	like "$(message)" "^\.café" "$way: as it is"
	compose "Subject: t\n\nshort\n$long\n"
	passes "a long line"
	is "$(message | sed '1,/^$/d' | tr -d '\n' | sed 's/=//g')" "short$long" \
	    "$way: nothing of it is lost"
	compose "X-Long: $(yes word | head -n 400 | paste -s -d ' ' -)\n\na\n"
	passes "a long header line"
	is "$(message | grep -o word | grep -c .)" 400 "$way: it is folded"
	compose "$(printf "$signed" $long)"
	passes "a long line in a signed part"
	is "$(message | grep -c 0000)" 2 "$way: it is folded"

	compose 'Subject: caf\303\251\nFrom: J\303\266rg <j@example.org>\n\na\n'
	passes "a header that is not ASCII"
	like "$(message)" "^Subject: =\?utf-8\?Q\?caf=C3=A9\?=$" \
	    "$way: encoded words in text"
	like "$(message)" "^From: =\?utf-8\?Q\?J=C3=B6rg\?= <j@example.org>$" \
	    "$way: and names"
	unlike "$(mail_line)" "SMTPUTF8|BODY" "$way: SMTPUTF8 is not needed"
	compose 'Subject: caf\303\251\nTo: j\303\266rg@example.net\n\na\n'
	passes "an address of the header that is not ASCII"
	like "$(mail_line)" "SMTPUTF8" "$way: SMTPUTF8 is needed"
	like "$(message)" "^To: jörg@example.net$" "$way: and all is as it is"

	# The server changes its mind about a parameter.
	compose "$eight_bit"
	script 'mail * match=BODY reply 555 5.5.4 what is BODY'
	flush
	is "$? $(queued) $(arrived) $(notes)" "0 0 1 " "$way: BODY is refused"
	like "$(message)" "^\.caf=C3=A9" "$way: without it, 7 bits are safe"
	script

	# A file that sendmail did not write.
	compose 'Subject: t\n\nAxA B.\n\nCxC D\nEND\n'
	LC_ALL=C sed -i 's/AxA/A\rA/; s/B\./\x00./; s/CxC/C\nC/; s/D\r/DD/' \
	    "$dir"/spool/queue/*
	flush
	is "$? $(queued) $(arrived) $(notes)" "0 0 1 " \
	    "$way: NUL, lone CR, bare LF do not reach the wire"
	is "$(message | sed '1,/^$/d' | paste -s -d '|' -)" "A A .||C|C DD|ENDD" \
	    "$way: the rest does"
done

# Without SMTPUTF8 at the server.
smarthost --ehlo PIPELINING,8BITMIME,SIZE
configure_clear
way="no SMTPUTF8"
compose 'To: Ann <a@example.net>, J\303\266rg <j\303\266rg@example.net>\n\na\n'
passes "an address of the header"
is "$(message | sed -n '/^To:/,/^[A-SU-Z]/p' | grep -v '^[A-SU-Z]' |
    paste -s -d '' - | tr -d '\n')" \
    "To: Ann <a@example.net>, =?utf-8?Q?J=C3=B6rg_=3Cj=C3=B6rg=40example=2Enet=3E?= :;" \
    "$way: it is shown"
clean
submit jörg@example.net
flush
is "$? $(reports)" "0 1" "$way: a recipient: a report"
like "$(said)" "dsn=5.6.7" "$way: of the right kind"
clean
submit_large 1 ann@bücher.example bob@example.net
flush
is "$? $(reports)" "0 0" "$way: a domain alone is no reason for a report"
is "$(cat "$dir"/in/*.env | sed -n 's/^rcpt //p' | words)" \
    "<ann@xn--bcher-kva.example> <bob@example.net>" "$way: it goes in ASCII"
like "$(said)" "to=<ann@bücher.example>, .*status=sent" \
    "$way: the log has it as it was written"
clean
sendmail -f Ann@Bücher.example bob@example.net <"$dir/conf"
flush
is "$? $(sed -n 's/^mail \(<.*>\).*/\1/p' "$dir"/in/*.env)" \
    "0 <Ann@xn--bcher-kva.example>" "$way: a domain of the sender, too"
clean
submit_large 1 ann@a_ö--.example
flush
like "$(said)" "dsn=5.6.7" "$way: a domain that is none is reported"

# The limit is that of what goes.
smarthost --ehlo "PIPELINING,SIZE 3000"
configure_clear
way="SIZE"
clean
{
	printf 'Subject: t\n\n'
	yes 'éééééééééé' | head -n 110
} | sendmail -f alice@example.org bob@example.net
flush
is "$? $(got) $(reports)" "0  1" "what is too large only when encoded: a report"
like "$(said)" "dsn=5.3.4, .*the message has 3[0-9]* octets" "which says so"

# A large one, in little memory.
smarthost --ehlo PIPELINING,CHUNKING,SIZE
configure_clear "timeout = 60s"
clean
{
	printf 'Subject: t\n\n'
	yes 'a line of text with a café in it, sixty bytes or a few more' |
	    head -n 700000
} | sendmail -f alice@example.org bob@example.net
# A sanitizer maps more than any limit.
grep -q __asan_init "$BUILD/queue/outbox-smtp" && limit=unlimited || limit=40000
(ulimit -v $limit && flush)
is "$? $(queued) $(arrived)" "0 0 1" "42 MB are encoded in 40 MB of addresses"
is "$(grep -c 'caf=C3=A9' "$dir"/in/*.msg)" 700000 "all of it"

done_testing
