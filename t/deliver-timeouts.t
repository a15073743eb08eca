#!/bin/sh
# A smarthost that goes silent, or no longer reads, is given up after the
# timeout; the mail stays.  In each way to send.
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

done_testing
