#!/bin/sh
# Recipients have separate fates: those that the smarthost takes get the
# message once, those that it refuses are told to the sender in one report,
# those that it puts off are tried again, alone.  In each way to send.
. "${srcdir:-.}/t/delivery.sh"

# The fate of a recipient is the first word of its address.
rules='rcpt * match=<later reply 450 4.2.0 not now
rcpt * match=<no reply 550 5.1.1 no such user
rcpt * match=<many reply 452 4.5.3 too many recipients
rcpt * match=<lost close'

# A message for three recipients of these fates.
sent=
n=0
fates() {
	n=$((n + 1))
	sent="$sent $1.a.$n $2.b.$n $3.c.$n"
	submit "$1.a.$n@example.net" "$2.b.$n@example.net" \
	    "$3.c.$n@example.net"
}

# Recipients of these fates: "ok|later".
with() {
	printf '%s\n' $sent | grep -E "^($1)\." | words
}

# Many messages in one session: no reply may be taken for another's.
matrix() {
	restore all
	script "$rules"
	flush
	is "$?" 75 "$way: some wait"
	is "$(got)" "$(with ok)" "$way: those that were taken have it"
	is "$(waiting)" "$(with 'later|many')" \
	    "$way: those that were put off wait, alone"
	is "$(told)" "$(with no | tr ' ' '\n' | awk -F. '
	    { line[$3] = line[$3] " " $0 }
	    END { for (i in line) print substr(line[i], 2) }' | sort)" \
	    "$way: one report for each message, on all that was refused"
	script
	due_now
	flush
	is "$?" 0 "$way: later they go"
	is "$(got)" "$(with 'ok|later|many')" "$way: nobody got it twice"
	is "$(queued) $(parked)" "0 0" "$way: nothing is left"
}

# lost FATE FATE FATE: the connection breaks at one of them.  What was refused
# before that is certain.
lost() {
	name="$way: $*"
	sent= n=0
	clean
	fates "$@"
	script "$rules"
	flush
	is "$? $(got)" "75 " "$name: it waits"
	script
	due_now
	flush
	no=$(told)
	is "$? $(printf '%s\n' $(got) $no | words)" "0 $(with '.*')" \
	    "$name: all got it once, or were reported"
	unlike "$no" "ok|lost|later|many" "$name: for the loss none was"
}

# Some refuse a message for too many recipients at its end, those whom they
# accepted, too: it goes to fewer at a time then.
too_many() {
	clean
	crowd=$(printf 'r%02d ' 1 2 3 4 5 6 7 8 9 10 11 12 13)
	crowd=${crowd% }
	script 'dot * once reply 554 Too many recipients' \
	    'dot * once reply 554 5.5.3 too many recipients, still'
	submit $(printf '%s@example.net ' $crowd)
	flush
	is "$? $(got)" "0 $crowd" "$way: refused for too many: all get it, once"
	is "$(reports) $(queued)" "0 0" "... and nobody is told of a failure"
	clean
	script "dot * once reply 554 Too many recipients, once" \
	    'rcpt * match=<r1 reply 552 too many recipients'
	submit $(printf '%s@example.net ' $crowd)
	flush
	is "$(got) $(reports)" "r01 r02 r03 r04 r05 r06 r07 r08 r09 0" \
	    "$way: the same, and some are refused as they come"
	script
	due_now
	flush
	is "$? $(got) $(reports)" "0 $crowd 0" "... all get it, once"
	clean
	script 'dot * reply 554 too many recipients'
	submit r1@example.net r2@example.net r3@example.net
	flush
	is "$(got) $(queued) $(parked)" " 0 1" "$way: one is too many: it fails"
}

# Parameters that are refused are left out, however many transactions of the
# message were under way by then.
parameters() {
	clean
	configure_clear "recipients_per_message = 1"
	submit a@example.net b@example.net c@example.net
	script 'mail * match=SIZE= reply 555 5.5.4 what is this'
	flush
	is "$? $(got) $(reports)" "0 a b c 0" "$way: without parameters"
}

smarthost --ehlo 8BITMIME
configure_clear
for a in ok later no; do
	for b in ok later no; do
		for c in ok later no; do
			fates $a $b $c
		done
	done
done
fates many ok no
fates ok many many
fates many many many
fates no many later
save all
all=$sent

for way in classic pipelining chunking; do
	case $way in
	classic) ;;
	pipelining) smarthost --ehlo PIPELINING,8BITMIME,ENHANCEDSTATUSCODES ;;
	chunking) smarthost ;;
	esac
	configure_clear
	sent=$all
	matrix
	lost ok no lost
	lost lost ok no
	lost no lost later
	lost many ok lost
	too_many
	parameters
done

# What a server has against one address that came without any changes nothing
# for the others.
smarthost --ehlo 8BITMIME,SMTPUTF8
clean
configure_clear "recipients_per_message = 1"
submit no@example.net jörg@example.net
script 'rcpt * match=<no@ reply 501 5.1.3 no address'
flush
is "$? $(got) $(told)" "0 jörg no" "one address is refused"
is "$(client | grep -c '^RCPT TO:<no@')" 1 "... once"

done_testing
