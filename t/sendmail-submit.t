#!/bin/sh
# What a submission puts into the queue.
. "${srcdir:-.}/t/submission.sh"
me=$(id -un)

given 'Subject: x\n\nhello\n'
submit root
is "$STATUS" 0 "exit 0"
is "$OUT$ERR" "" "silent on success"
is "$(queued)" 1 "one file"
is "$(stat -c %a "$(the_file)")" 600 "for the owner only, as the queue is his"
is "$(from)" "$me@example.org" "the sender is the user"
is "$(rcpts)" "root@example.org" "the recipient is qualified"
is "$(body)" "hello" "the body"
like "$(header)" '^Received: by .* \(outbox, from userid [0-9]+\)' "Received:"
is "$(header | grep -c '^Date: \|^Message-ID: <.*@example.org>$')" 2 \
	"Date: and Message-ID: are added"
like "$(header)" "^From: .*$me@example.org" "From: has the user's address"
is "$(envelope | grep '^U')" "U$(id -u)" "the envelope has the user"
len=$(head -c 28 "$(the_file)" | cut -c 14-28 | sed 's/^0*//')
all=$(wc -c <"$(the_file)")
env=$(envelope | wc -c)
is "$len" "$((all - env))" "the seal is the size of the message"
empty_queue

# line ends
for kind in LF CRLF mixed; do
	case $kind in
	LF) given 'To: a@b\nBcc: c@d\nX: y\n\none\ntwo\n' ;;
	CRLF) given 'To: a@b\r\nBcc: c@d\r\nX: y\r\n\r\none\r\ntwo\r\n' ;;
	mixed) given 'To: a@b\r\nBcc: c@d\nX: y\n\r\none\ntwo' ;;
	esac
	submit -t
	is "$(rcpts)" "a@b c@d" "$kind: the recipients"
	is "$(body)" "one
two" "$kind: the body"
	is "$(message | grep -ci '^bcc')" 0 "$kind: no Bcc"
	is "$(tail -c 5 "$(the_file)" | od -An -c | tr -d ' ')" 'two\r\n' \
		"$kind: every line ends with CR LF"
	is "$(tr -d '\n' <"$(the_file)" | grep -c "$(printf '\r\r')x")" 0 \
		"$kind: no CR CR"
	empty_queue
done

# no header, nothing at all
given 'just text\nand more\n'
submit root
is "$(body)" "just text
and more" "no header: all is body"
empty_queue
given ''
submit root
is "$STATUS $(queued)" "0 1" "an empty message is one"
empty_queue
given 'Subject: only a header'
submit root
is "$(header | grep -c '^Subject: only a header$')" 1 "a header only"
empty_queue
given 'From root Mon Jan  1 00:00:00 2024\nSubject: x\n\nb\n'
submit root
is "$(message | grep -c '^From root')" 0 "the postmark is eaten"
empty_queue

# dots
given 'a\n.\nb\n'
submit root
is "$(body)" "a" "a lone dot ends the message"
empty_queue
for i in -i -oi -ti; do
	given 'To: x@y\n\na\n.\n..b\n'
	submit $i root
	is "$(body)" "a
.
..b" "$i: dots are data"
	empty_queue
done

# recipients
given 'To: a@b, Name <c@d>\nCc: a@b\nBcc: e@f\n\n'
submit -t g@h a@b
is "$(rcpts)" "g@h a@b c@d e@f" "-t adds to the command line, each once"
empty_queue
given 'To: a@b\nBcc: e@f\n\n'
submit g@h
is "$(rcpts)" "g@h" "without -t the header has no recipients"
is "$(message | grep -c '^Bcc')" 0 "but Bcc is removed"
empty_queue
given 'To: a@b\nResent-To: c@d\nResent-Bcc: e@f\n\n'
submit -t
is "$(rcpts)" "c@d e@f" "a resent message goes to the new recipients"
is "$(header | grep -c '^Resent-')" 4 "Resent- fields are added"
empty_queue
given 'To: undisclosed-recipients:;\nBcc: e@f\n\n'
submit -t
is "$(rcpts)" "e@f" "an empty group"
empty_queue
given 'x\n'
submit 'a@b, c@d' 'Name <e@f>' g
is "$(rcpts)" "a@b c@d e@f g@example.org" "a word may be a list"
empty_queue
given 'To: (nobody\nReply-To: <<\nCc: a b c\n\nx\n'
submit a@b
is "$STATUS" 0 "headers that cannot be read refuse nothing"
is "$(header | grep -c '^To: (nobody$\|^Reply-To: <<$\|^Cc: a b c$')" 3 \
	"and pass as they are"
empty_queue

# the sender
for f in '' '<>' "'<>'" "''"; do
	given 'x\n'
	submit -f "$f" root
	is "$STATUS [$(from)]" "0 []" "-f \"$f\" is nobody"
	is "$(header | grep -c "^From: .*$me@example.org")" 1 \
		"-f \"$f\": From: is the user"
	empty_queue
done
given 'x\n'
submit -f 'Name <a@b>' root
is "$(from)" "a@b" "-f with a name"
is "$(header | grep '^From:')" "From: a@b" "-f makes a missing From:"
empty_queue
given 'From: x@y\n\nx\n'
submit -fa@b -r c@d root
is "$(from)" "c@d" "the last of -f and -r counts"
is "$(header | grep '^From:')" "From: x@y" "From: is not changed by it"
empty_queue
given 'x\n'
submit -f me root
is "$(from)" "me@example.org" "-f without a domain"
empty_queue
given 'x\n'
submit -F 'A "B", C' -f a@b root
is "$(header | grep '^From:')" 'From: "A \"B\", C" <a@b>' \
	"-F names the missing From:"
empty_queue
given 'x\n'
NAME='Env Name'
export NAME
submit root
unset NAME
is "$(header | grep '^From:')" "From: Env Name <$me@example.org>" \
	"NAME names the user"
empty_queue

# reports
given 'x\n'
submit -N failure,success -R hdrs -V 'my id' a@b c
is "$(envelope | grep -c '^Nsuccess,failure$')" 2 "-N"
is "$(envelope | grep '^B')" "Bhdrs" "-R"
is "$(envelope | grep '^I')" "Imy+20id" "-V as xtext"
is "$(envelope | grep '^Or' | tr '\n' ' ')" \
	"Orfc822;a@b Orfc822;c@example.org " \
	"the recipients as they were named"
empty_queue
given 'x\n'
submit -N rubbish -R rubbish a@b
is "$STATUS $(envelope | grep -c '^[NBIO]r')" "0 0" "bad values are ignored"
empty_queue

# facts
given 'Subject: x\n\n.dot\n%s' "$(head -c 2000 /dev/zero | tr '\0' a)"
submit -i root
is "$(envelope | sed -n 2p)" "F0000002000 --." "the longest line and a dot"
empty_queue
given 'Subject: %s\n\nx\n' "$(head -c 300 /dev/zero | tr '\0' a)"
submit root
is "$(envelope | sed -n 2p)" "F0000000309 ---" \
	"the longest line may be in the header"
empty_queue
given 'Subject: \303\251\n\nx\n'
submit root
is "$(envelope | sed -n 2p | cut -c 13-15)" "-h-" "8 bits in the header"
empty_queue
given 'Subject: x\n\n\303\251\n'
submit root
is "$(envelope | sed -n 2p | cut -c 13-15)" "8--" "8 bits in the body"
empty_queue
given 'x\0y\rz\n'
submit root
is "$(body)" "xy z" "NUL is removed, a lone CR becomes a space"
empty_queue

done_testing
