#!/bin/sh
# One connection serves many messages, more than one only a backlog, and never
# more than configured; limits of messages and recipients split the work and
# lose nothing; a session that the server ends is no error.
. "${srcdir:-.}/t/delivery.sh"

# everything N: all N messages or recipients of the queue arrived, once.
everything() {
	is "$(got | wc -w | tr -d ' ') $(got | tr ' ' '\n' | uniq | wc -l |
	    tr -d ' ')" "$1 $1" "$way: $2: each once"
}

# one STATUS-OF-FLUSH NAME
passed() {
	flush
	is "$? $(queued)" "0 0" "$way: $1"
}

smarthost --ehlo 8BITMIME
configure_clear
submit r0000@example.net
copies 12
save twelve
clean
submit r0000@example.net
copies 80
save many
clean
submit a@example.net b@example.net c@example.net d@example.net e@example.net
save five

for way in classic pipelining chunking; do
	case $way in
	classic) options="--ehlo 8BITMIME" ;;
	pipelining) options="--ehlo PIPELINING,SIZE" ;;
	chunking) options= ;;
	esac
	smarthost $options

	configure_clear
	restore twelve
	passed "twelve messages"
	everything 12 "twelve messages"
	is "$(connections)" 1 "$way: they share a connection"

	configure_clear "connections = 1" "messages_per_connection = 5"
	restore twelve
	passed "five messages to a connection"
	everything 12 "five messages to a connection"
	is "$(connections)" 3 "$way: three connections"
	is "$(cat "$dir"/in/*.env | sed -n 's/^message //p' | sort -n |
	    tail -n 1)" 5 "$way: none had more"

	configure_clear "recipients_per_message = 2"
	restore five
	passed "two recipients to a message"
	everything 5 "two recipients to a message"
	is "$(arrived) $(connections)" "3 1" "$way: three messages"

	configure_clear
	for rule in 'dot * reply-close 250 2.0.0 last one' \
	    'dot * reply 250 2.0.0 last one\r\n421 4.4.2 bye ; close'; do
		restore twelve
		script "$rule"
		flush
		# What was streamed behind it is in doubt.
		[ $way != chunking ] || due_now
		[ $way != chunking ] || flush
		is "$(queued)" 0 "$way: closed after each: all are sent"
		everything 12 "closed after each"
	done
	script

	smarthost $options --max-recipients 2
	configure_clear
	restore five
	passed "the server takes two recipients"
	everything 5 "the server takes two recipients"
	is "$(arrived) $(connections)" "3 1" "$way: the rest goes at once"
done

way="connections"

# The second connection is for a backlog only, and there is no third.
smarthost
configure_clear "connections = 2" "window = 4"
restore many
passed "a backlog"
everything 80 "a backlog"
is "$(connections)" 2 "a backlog gets the second connection"
configure_clear "connections = 1" "window = 4"
restore many
passed "one connection"
everything 80 "one connection"
is "$(connections)" 1 "but not where one is configured"

# Too many connections at the server: the rest goes through the first.
smarthost --max-connections 1
configure_clear "connections = 4" "window = 4"
restore many
passed "a server that takes one connection"
everything 80 "a server that takes one connection"
like "$(said)" "Too many connections; going on with fewer" "and the log says so"
# The three others can be refused before it is known that the first is not:
# then the site is down for a moment, and each of them asks a second time.
like "$(connections)" "^[2-7]$" "without asking again and again"

# What a lost connection leaves in doubt has a bound, in messages and in bytes:
# the server takes them and says nothing.
in_doubt() {
	awk '$3 == "C:" && $4 == "BDAT" { n[$1]++ }
	    END { for (c in n) if (n[c] > most) most = n[c]; print most + 0 }' \
	    "$dir/transcript"
}
# bounded NAME MOST
bounded() {
	script 'mail * silent' 'rcpt * silent' 'bdat * silent' 'rset * silent'
	flush
	is "$? $(queued)" "75 8" "$1: all are kept"
	n=$(in_doubt)
	[ "$n" -le "$2" ]
	ok $? "$1: $n of at most $2 at once"
}
smarthost
clean
configure_clear "connections = 1" "window = 4" "timeout = 1s"
submit r0000@example.net
copies 8
bounded "messages" 4
clean
configure_clear "connections = 1" "timeout = 1s"
submit_large 300 r0000@example.net
copies 8
bounded "1 MiB" 3

done_testing
