#!/bin/sh
# A smarthost that says in the midst of a session that it takes no more: with
# 421, to anything, or with another reply that is about the site.  What it takes
# nevertheless it gets once, what it was not given goes later, and in doubt is
# only what may have been taken and had no reply.
. "${srcdir:-.}/t/delivery.sh"

all="1 1b 2 2b 3 3b 4 4b 5 5b 6 6b"
smarthost
configure_clear
for n in 1 2 3 4 5 6; do
	sendmail -f $n@example.org $n@example.net ${n}b@example.net <<-EOM
	Subject: t

	message $n
	EOM
done
save six

# leaves NAME RULE...: a flush with this, and one without.
leaves() {
	name="$way: $1"
	shift
	restore six
	script "$@"
	flush
	first=$?
	while_leaving=$(said)
	script
	due_now
	flush
	is "$first $? $(got) $(queued)" "$expected 0 $all 0" \
	    "$name: each message arrives once"
}

certain() {
	unlike "$while_leaving" "may have arrived" "$name: nothing is in doubt"
}

for way in classic pipelining chunking; do
	smarthost_for $way
	configure_clear "connections = 1"
	expected=75
	for reply in "421 4.3.2 leaving" "432 4.3.2 leaving" "550 5.4.5 quota"; do
		leaves "$reply to the first recipient" \
		    "rcpt * match=<3@ reply $reply"
		certain
		leaves "$reply to the second" "rcpt * match=<3b@ reply $reply"
		certain
		leaves "$reply to DATA or BDAT" "data * match=<3@ reply $reply" \
		    "bdat * match=<3@ reply $reply"
		certain
		leaves "$reply to the content" "dot * match=<3@ reply $reply"
		certain
	done
	# It is the end of the session, not of the site.
	expected=0
	leaves "421 to MAIL" 'mail * match=<3@ once reply 421 4.3.2 leaving'
	certain
	leaves "421 to RSET" 'rset * once reply 421 4.3.2 leaving'
	certain
	expected=75
	leaves "421 to all" 'rcpt * match=<3b@ reply 421 4.3.2 leaving' \
	    'mail * match=<4@ reply 421 4.3.2 leaving' \
	    'rcpt * match=<4 reply 421 4.3.2 leaving' \
	    'mail * match=<5@ reply 421 4.3.2 leaving' \
	    'rcpt * match=<5 reply 421 4.3.2 leaving' \
	    'rset * reply 421 4.3.2 leaving' \
	    'bdat * match=<4@ reply 421 4.3.2 leaving' \
	    'bdat * match=<5@ reply 421 4.3.2 leaving'
	certain

	# It closes: then it took nothing more.
	for phase in rcpt body dot; do
		leaves "421 and closed: $phase" \
		    "$phase * match=<3@ reply-close 421 4.3.2 leaving"
		certain
	done

	[ $way != chunking ] || continue

	# To a server that waits for the content QUIT is a part of it.
	leaves "421 before a 354" 'rcpt * match=<3b@ reply 421 4.3.2 leaving' \
	    'body * match=<3@ reply-close 550 5.6.0 there is content'
	unlike "$(grep -F "there is content" "$dir/transcript")" "." \
	    "$name: nothing is said behind DATA"
done

# It neither goes on nor closes.  What was sent behind may have been taken, and
# the wait for that is not that for the end of a message.
smarthost
configure_clear "connections = 1" "timeout = 1s"
restore six
script 'dot * match=<3@ reply 421 4.3.2 leaving ; stall'
flush
is "$? $(got) $(waiting)" "75 1 1b 2 2b 3 3b 4 4b 5 5b 6 6b" \
    "421 and silence: the others go later"
like "$(said)" "<3@.*status=deferred" "what it spoke of is not there"
like "$(said)" "<4@.*status=unknown" "what was sent behind may be"

done_testing
