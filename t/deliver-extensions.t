#!/bin/sh
# A server that offers PIPELINING and CHUNKING and gets them wrong is noticed,
# gets its mail in the classic way, and is spoken to so from then on; and what
# it does with a refused BDAT never brings a message to the wrong people.
. "${srcdir:-.}/t/delivery.sh"

news='offers PIPELINING or CHUNKING and gets it wrong'
ways() { sed -n 's/^how //p' "$dir"/in/*.env | words; }

# noticed NAME RULE...: three messages arrive once, by DATA, with one line.
noticed() {
	name=$1
	shift
	clean
	submit a@example.net
	submit b@example.net
	submit c@example.net
	script "$@"
	flush
	is "$? $(got) $(queued) $(reports)" "0 a b c 0 0" "$name: all arrive, once"
	is "$(ways)" "DATA DATA DATA" "$name: in the classic way"
	is "$(said | grep -c "$news")" 1 "$name: one line says so"
}

smarthost
configure_clear "connections = 1"
for code in 500 502 504; do
	noticed "BDAT gets a $code" "bdat * reply $code 5.5.1 what is this"
done
smarthost --ehlo PIPELINING,8BITMIME
configure_clear "connections = 1"
noticed "one reply too many" 'rcpt * once reply 250 2.1.5 ok\r\n250 2.0.0 ok'
noticed "354 for RCPT" 'rcpt * once reply 354 go'

# It breaks one connection after the other: each costs a message its turn.
smarthost --ehlo PIPELINING,8BITMIME
configure_clear "connections = 1"
clean
submit a@example.net
submit b@example.net
submit c@example.net
script 'mail * conn=1-2 close'
flush
is "$? $(queued) $(ways)" "75 2 DATA" "after two lost connections it is tried"
is "$(said | grep -c "$news")" 1 "and one line says so"

# Any other refusal is one of the message.
smarthost
configure_clear "connections = 1"
clean
submit a@example.net
script 'dot * match=<a@ reply 554 5.6.0 no'
flush
is "$? $(reports)" "0 1" "another refusal of BDAT is one of the message"
unlike "$(said)" "$news" "and says nothing of the server"

# Later workers know.
clean
extra_queue=
configure_clear "connections = 1" "idle = 0"
script 'bdat * reply 502 5.5.1 what is this'
daemon
submit a@example.net
await 'status=sent'
script
submit b@example.net
await 'status=sent'
stop
is "$(got) $(ways)" "a b DATA DATA" "a later worker is told"
is "$(grep -c "$news" "$dir/flush.log")" 1 "and says it no more"

# It hangs up on each BDAT, and each attempt is by another worker.
again() {
	clean
	extra_queue='retry_min = 1s
retry_max = 1s'
	configure_clear "connections = 1" "idle = 0"
	script "$@"
	daemon
}
again 'bdat * close'
submit a@example.net
await 'status=sent'
submit b@example.net
await 'status=sent'
stop
is "$(got) $(ways)" "a b DATA DATA" "it hangs up on BDAT: then it gets DATA"
is "$(grep -c 'status=unknown' "$dir/flush.log")" 2 "after two attempts"
is "$(grep -c "$news" "$dir/flush.log")" 1 "and one line says so"

# One lost connection, or one now and then, says nothing.
again 'bdat * match=<a@ once close' 'bdat * match=<b@ once close'
for rcpt in a b c; do
	submit $rcpt@example.net
	await 'status=sent'
done
stop
is "$(got) $(ways)" "a b c BDAT BDAT BDAT" "it hangs up now and then: BDAT stays"
is "$(grep -c 'status=unknown' "$dir/flush.log")" 2 "it did hang up"
unlike "$(cat "$dir/flush.log")" "$news" "and nothing is said of it"

extra_queue=
# SIZE without a number says nothing of one, whatever comes next.
smarthost --ehlo SIZE,8BITMIME
configure_clear
clean
submit a@example.net
flush
is "$? $(got)" "0 a" "SIZE without a number"

# The transaction of a refused BDAT stays open.
smarthost --need-rset
configure_clear "connections = 1"
clean
submit r0000@example.net
copies 6
script 'dot * match=r0002 reply 554 5.6.0 no' 'dot * match=r0004 reply 451 4.3.0 later'
flush
is "$? $(told)" "75 r0002" "an open transaction: the refusal is reported"
is "$(cat "$dir"/in/*.env | sed -n 's/^rcpt <\(r.*\)@.*/\1/p' | words)" \
    "r0001 r0003 r0005 r0006" "each of the others has one message"
is "$(grep -c '^rcpt' "$dir"/in/*.env | grep -cv ':1$')" 0 \
    "and none went to more than its recipient"

done_testing
