#!/bin/sh
# A message that makes the smarthost hang up stops no other one: neither those
# behind it now, nor any when it is tried again.  In each way to send.
. "${srcdir:-.}/t/delivery.sh"

others="1 2 4 5 6 7 8 9 10"

# poison RULE...: with them, message 3 is never taken.
poison() {
	name="$way: $*"
	restore ten
	script "$@"
	flush
	is "$?" 75 "$name: it waits"
	first=$(got)
	# What went out behind it is in doubt, if anything did; now it is sent
	# with care.
	due_now
	flush
	is "$?" 75 "$name: it still waits"
	is "$(got)" "$(printf '%s\n' $others | words)" \
	    "$name: all the others arrive once"
	[ $way = chunking ] || is "$first" "$(got)" "$name: at once"
	is "$(waiting) $(reports)" "3 0" "$name: it stays"
	like "$(grep -c "<3@.*status=\(deferred\|unknown\)" "$dir/flush.log")" \
	    "^1$" "$name: with a reason"
	unlike "$(said)" "worker|unexpected" "$name: no process broke"
}

smarthost
configure_clear
for n in 1 2 3 4 5 6 7 8 9 10; do
	submit $n@example.net
done
save ten

for way in classic pipelining chunking; do
	smarthost_for $way
	configure_clear
	poison 'body * match=<3@ close'
	poison 'dot * match=<3@ close'
	poison 'dot * match=<3@ raw rubbish\r\n ; close'
	poison 'body * match=<3@ reset'

	# A 421 speaks of the site, and nothing behind it was taken.  The next
	# attempt, once it is due, is that of another message.
	restore ten
	script 'body * match=<3@ reply-close 421 4.3.0 choked'
	flush
	is "$? $(got)" "75 1 2" "$way: a 421 ends the pass"
	rm "$dir/spool/state"
	flush
	is "$? $(got)" "0 $(printf '%s\n' $others | words)" \
	    "$way: but the others go on"

	# So does a used-up quota, but the server answers what it has already.
	restore ten
	script 'dot * match=<3@ reply 550 5.4.5 quota used up'
	flush
	unlike "$(said)" "may have arrived" "$way: nothing is in doubt"
	rm "$dir/spool/state"
	flush
	is "$? $(got)" "0 $(printf '%s\n' $others | words)" \
	    "$way: the same after a quota"
done

# A server that has enough of recipients that it does not know hangs up: that is
# the matter of the message that has them.
fed_up() {
	clean
	script 'rcpt * match=<no reply 550 5.1.1 unknown' \
	    'rcpt * match=<relay reply 554 5.7.1 Relay access denied' \
	    'rcpt * match=<last reply-close 421 4.7.0 Error: too many errors'
	submit 1@example.net
	submit ok2@example.net no3@example.net no4@example.net \
	    last5@example.net ok6@example.net
	submit relay7@example.net relay8@example.net last9@example.net
	for n in 10 11 12; do
		submit $n@example.net
	done
	due_now
	flush
	is "$? $(got)" "75 1 10 11 12" "$way: fed up: the others arrive at once"
	is "$(told) $(waiting)" "no3 no4 last5 last9 ok2 ok6 relay7 relay8" \
	    "$way: who is unknown is told of, and nobody else"
	unlike "$(said)" "mail waits|may have arrived" \
	    "$way: it says nothing of the site, and nothing is in doubt"
	script
	due_now
	flush
	is "$? $(got)" \
	    "0 1 10 11 12 last5 last9 ok2 ok6 relay7 relay8" \
	    "$way: then all arrive, once"
}
for way in classic pipelining chunking; do
	smarthost_for $way
	configure_clear
	fed_up
done

# What was answered before it broke, while the next one was being sent.
clean
submit 1@example.net
submit_large 900 2@example.net
script 'body * match=<2@ reset'
flush
is "$(got) $(waiting)" "1 2" "the one before it is sent"
like "$(said)" "<1@.*status=sent" "and known to be"

# One that hangs.
configure_clear "timeout = 1s"
restore ten
script 'dot * match=<3@ stall'
flush
due_now
flush
is "$? $(got)" "75 $(printf '%s\n' $others | words)" \
    "stall: all the others arrive once"

done_testing
