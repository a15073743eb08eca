#!/bin/sh
# Each reply has its meaning where it comes: a message that is put off waits, a
# message that is refused is reported, what speaks of the site keeps all mail
# in the queue, and no reply touches another message.  In each way to send.
. "${srcdir:-.}/t/delivery.sh"

# Messages by what becomes of them.
goes="ok-1 bare-555 bare-504 ok-2 short-250 ok-3"
waits="mail-451 mail-550 mail-503 rcpt-450 data-451 dot-451 dot-552 rset-451"
fails="mail-552 rcpt-550 rcpt-501 data-554 none-354 dot-554 dot-550 rset-554"

rules='mail * match=<mail-451@ reply 451 4.3.0 later
mail * match=<mail-550@ reply 550 5.7.1 not you
mail * match=<mail-503@ reply 503 5.5.1 not now
mail * match=<mail-552@ reply 552 5.3.4 too much
mail * match=<bare-555@example.org>\x20 reply 555 5.5.4 parameters
rcpt * match=<bare-504@example.net>\x20 reply 504 5.5.4 parameters
rcpt * match=<rcpt-450@example.net reply 450 4.2.1 busy
rcpt * match=<rcpt-550@example.net reply 550 5.1.1 unknown
rcpt * match=<rcpt-501@example.net reply 501 5.1.3 syntax
data * match=<data-451@example.net reply 451 4.3.0 later
bdat * match=<data-451@example.net reply 451 4.3.0 later
data * match=<data-554@example.net reply 554 5.6.0 no
bdat * match=<data-554@example.net reply 554 5.6.0 no
rcpt * match=<none-354@example.net reply 550 5.1.1 unknown
data * match=<none-354@ reply 354 go on
dot * match=<short-250@example.net reply 250
dot * match=<dot-451@example.net reply 451 4.3.0 later
dot * match=<dot-552@example.net reply 552 5.2.2 over quota
dot * match=<dot-554@example.net reply 554 5.6.0 spam
dot * match=<dot-550@example.net reply 550-5.7.1 two\r\n550 5.7.1 lines
bdat * match=<rset-451@example.net reply 451 4.3.0 later
dot * match=<rset-451@example.net reply 451 4.3.0 later
bdat * match=<rset-554@example.net reply 554 5.6.0 no
dot * match=<rset-554@example.net reply 554 5.6.0 no
rcpt * match=@example.org reply 250 a report'

all() {
	printf '%s\n' $* | words
}

together() {
	restore all
	script "$rules"
	flush
	is "$?" 75 "$way: some wait"
	is "$(got)" "$(all $goes)" "$way: what was taken arrives"
	is "$(waiting)" "$(all $waits)" "$way: what was put off waits"
	is "$(told)" "$(printf '%s\n' $fails | sort)" \
	    "$way: what was refused is reported"
	unlike "$(said)" "worker|unexpected" "$way: nothing went wrong here"
	script
	due_now
	flush
	is "$?" 0 "$way: later all goes"
	is "$(got)" "$(all $goes $waits)" "$way: everything once"
	is "$(queued) $(parked)" "0 0" "$way: nothing is left"
}

keeps() {
	script "$@"
	kept "$way: $*"
}

# Replies that end the session.
apart() {
	clean
	submit bob@example.net
	save bob
	keeps 'mail * reply 421 4.7.0 too busy'
	keeps 'mail * reply 432 4.3.2 too many connections'
	keeps 'mail * reply 530 5.7.0 authentication required'
	keeps 'mail * reply 999 large'
	keeps 'mail * reply 000 zero'
	keeps 'rcpt * reply 421 4.7.0 too busy'
	keeps 'rcpt * reply 999 large'
	keeps 'rcpt * reply 25 short'
	keeps 'data * reply 421 4.7.0 too busy' \
	    'bdat * reply 421 4.7.0 too busy'
	keeps 'data * reply 250 thanks' 'bdat * reply 600 high'
	keeps 'data * reply 000 zero' 'bdat * reply 000 zero'
	keeps 'dot * reply 421 4.7.0 too busy'
	keeps 'dot * reply 550 5.4.5 daily quota used up'
	keeps 'dot * reply 999 large'
	keeps 'dot * reply ok'
	keeps 'dot * reply 550-5.6.0 one\r\n250 2.0.0 another'
	is "$(got)" "" "$way: so far it did not arrive"
	# These took it, for all that we know.
	keeps 'dot * reply 354 go on'
	keeps 'dot * reply-close 221 2.0.0 closing'
	keeps 'dot * reply 2500 ok'
	rm -f "$dir"/in/*
	script
	due_now
	flush
	is "$? $(got) $(queued)" "0 bob 0" "$way: then it goes"
}

smarthost --ehlo 8BITMIME,SIZE
configure_clear
for name in $(printf '%s\n' $goes $waits $fails | sort -t- -k2); do
	sendmail -f $name@example.org -N failure $name@example.net <<-'EOM'
	Subject: t

	hello
	EOM
done
save all

for way in classic pipelining chunking rset; do
	case $way in
	classic) ;;
	pipelining) smarthost --ehlo PIPELINING,SIZE,DSN,ENHANCEDSTATUSCODES ;;
	chunking) smarthost ;;
	rset) smarthost --need-rset ;;
	esac
	configure_clear
	together
	[ $way = rset ] || apart
done

done_testing
