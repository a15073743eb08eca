#!/bin/sh
# A smarthost that goes silent, or no longer reads, is given up after the
# timeout, and one that always moves a little, too; the mail stays.  In each way
# to send.
. "${srcdir:-.}/t/delivery.sh"

smarthost --ehlo 8BITMIME,SIZE
configure_clear "timeout = 1s"
submit_large 2048 bob@example.net
save large
for way in classic pipelining chunking; do
	case $way in
	classic) phases="mail rcpt data dot" ;;
	pipelining)
		smarthost --ehlo PIPELINING,8BITMIME,SIZE
		phases="data dot"
		;;
	chunking)
		smarthost
		phases="ehlo dot"
		;;
	esac
	configure_clear "timeout = 1s"
	restore large
	for phase in $phases; do
		script "$phase * stall"
		kept "$way: silent: $phase"
		like "$(said)" "the server does not answer: Connection timed out" \
		    "$way: silent: $phase: a reason"
	done
	script 'body * stall'
	kept "$way: it stops reading"
	script
	due_now
	flush
	is "$? $(got) $(queued)" "0 bob 0" "$way: then it goes, once"
done

# Slow is not silent.
configure_clear "timeout = 60s"
restore large
script 'dot * slow 30 250 2.0.0 it took long'
flush
is "$? $(got) $(queued)" "0 bob 0" "a slow reply is waited for"

# Nor is a server on the move that never gets there: a byte or a line of a reply
# at a time, each in time.
lines=$(yes '250-x\r\n' | head -n 100 | tr -d '\n')
configure_clear "timeout = 1s"
for rule in "greeting * slow 100 ${lines}220 x" "ehlo * slow 100 ${lines}250 x" \
    "mail * slow 100 ${lines}250 x" "dot * slow 100 250 $lines"; do
	restore large
	script "$rule"
	kept "a byte at a time: ${rule%% *}"
	like "$(said)" "the server does not answer: Connection timed out" \
	    "a byte at a time: ${rule%% *}: a reason"
done

# And one that reads all the time, but little; smtp_slow tells how long that is
# borne.
for way in classic chunking; do
	case $way in
	classic) smarthost --narrow --ehlo 8BITMIME,SIZE ;;
	chunking) smarthost --narrow ;;
	esac
	configure_clear "timeout = 1s"
	restore large
	script 'body * drip 2000'
	kept "$way: it reads slowly"
	like "$(said)" "does not answer|takes the message too slowly" \
	    "$way: it reads slowly: a reason"
done

# Such a server costs its own connection only: the others go on.
own_slot() {
	clean
	smarthost --narrow
	configure_clear "timeout = 60s" "connections = 2" "window = 1"
	script "$2"
	daemon
	submit_large 200 slow@example.net
	await "connection established to "
	submit two@example.net
	await "to=<two@example.net>"
	like "$line" "status=sent" "$1: another message goes"
	while [ "$(queued)" -gt 1 ]; do
		:	# it is removed after that line
	done
	kill -KILL $daemon
	wait $daemon 2>/dev/null
	is "$(got) $(queued)" "two 1" "$1: it stays itself"
}
own_slot "a byte at a time" "mail 1 slow 1000 250 ${lines}"
own_slot "a slow reader" "body 1 drip 1"
own_slot "no reader" "body 1 stall"

# A connection that was used before and then gives no answer: it may have taken
# what was sent, unlike one that was closed in the pause.
smarthost
clean
script
extra_queue='retry_min = 1s'
configure_clear "idle = 60s" "timeout = 5s"
daemon
submit before@example.net
await "status=sent"
script 'mail * once stall'
submit after@example.net
await "to=<after@example.net>"
like "$line" "status=unknown" "no answer after a pause: it may have arrived"
await "to=<after@example.net>"
like "$line" "status=sent" "... and goes later"
stop

done_testing
