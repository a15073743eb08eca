#!/bin/sh
# Whatever the smarthost does, no mail is lost, none is bounced, and nothing
# hangs: it closes, resets, floods, stalls, talks nonsense or out of turn, at
# each point, in each way to send.
. "${srcdir:-.}/t/delivery.sh"

# keeps RULE...: the message stays.
keeps() {
	script "$@"
	kept "$way: $(printf %.60s "$*")"
}

# What became of it all: nothing arrived, then once.
finally() {
	is "$(got)" "" "$way: so far it did not arrive"
	script
	due_now
	flush
	is "$? $(got) $(queued) $(parked)" "0 bob 0 0" "$way: then it goes, once"
}

# goes RULE...: odd, but the message was taken.
goes() {
	restore large
	script "$@"
	flush
	is "$? $(got) $(queued)" "0 bob 0" "$way: taken: $*"
}

# doubt RULE...: it was taken, and we cannot know.
doubt() {
	restore large
	script "$@"
	flush
	is "$? $(got) $(queued) $(reports)" "75 bob 1 0" "$way: in doubt: $*"
	like "$(said)" "status=unknown \(.*may have arrived" \
	    "$way: and the log says so"
}

x=xxxxxxxxxxxxxxxx
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	x=$x$x
done	# 64 KiB
lines=$(yes '250-x\r\n' | head -n 1000 | tr -d '\n')
block=$(yes "250-$(printf %0400d 0)\\r\\n" | head -n 500 | tr -d '\n')	# 200 KB

closing() {
	restore large
	for phase in greeting ehlo mail rcpt data body bdat dot; do
		case $way$phase in
		*chunkingdata | classicbdat | pipeliningbdat) continue ;;
		esac
		keeps "$phase * close"
		keeps "$phase * reset"
	done
	keeps 'body * close-after 1000'
	keeps 'body * close-after 100000'
	finally
	doubt 'dot * accept-close'
	goes 'quit * close'
	goes 'quit * raw rubbish'
}

talking() {
	restore large
	keeps "greeting * flood 0"
	keeps "greeting * flood 10000000 ; raw 220 hi\r\n"
	keeps "greeting * raw 220 $x$x ; raw $x$x ; raw \r\n"
	keeps "ehlo * flood 0"
	keeps "ehlo * raw 250-$lines"
	keeps "mail * flood 0"
	keeps "rcpt * raw 250 $x\r\n"
	keeps "rcpt * raw ${lines}250 ok\r\n"
	keeps "rcpt * reply 250 ok ; reset"
	keeps "dot * flood 0"
	keeps "dot * flood 4000000 ; close"
	keeps 'dot * raw 250 ok ; close'
	keeps 'dot * raw 250 ; close'
	keeps 'dot * raw 25 ; close'
	keeps 'dot * raw 250-ok\r\n ; close'
	keeps 'dot * raw \r\n ; close'
	keeps 'dot * raw \0\r\n ; close'
	keeps 'rcpt * raw 250\0ok\r\n'
	keeps 'greeting * raw 220 hi\r\n220 hi\r\n'
	keeps 'ehlo * reply 250 ok\r\n250 ok'
	if [ $way != chunking ]; then
		keeps 'data * early 250 2.0.0 early\r\n'
		keeps 'data * early 554 5.0.0 early\r\n'
		keeps "data * early ${block}250 2.0.0 early\r\n" \
		    'dot * reply 554 5.0.0 no'
		keeps 'data * reply 354 go on\r\n250 2.0.0 early'
		keeps 'mail * reply 250 ok\r\n250 ok\r\n250 ok\r\n250 ok'
	fi
	rm -f "$dir"/in/*	# some took it after all
	finally
	goes 'dot * raw 250-ok\r\n250 o\0\xffk\r\n'
	goes 'dot * reply 250'
	goes 'dot * raw 250 ok\n'
	goes 'rcpt * slow 1 250 2.1.5 ok'
	unlike "$(said)" "[^ -~]" "$way: the log is printable"
}

smarthost
configure_clear "timeout = 60s"
submit_large 200 bob@example.net
save large
for way in classic pipelining chunking; do
	smarthost_for $way
	configure_clear "timeout = 60s"
	closing
	talking
done

done_testing
