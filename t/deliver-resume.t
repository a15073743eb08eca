#!/bin/sh
# Sessions go on where others ended, of the same worker and of another, when
# the smarthost has it so.  Nothing is sent early, and nothing depends on it.
. "${srcdir:-.}/t/tls.sh"

# The sessions of the log: "new resumed".
sessions() {
	sed -n 's/.*TLS connection established to .*: TLS1\.[23] [^ ,]*\( resumed\)\{0,1\}\(,.*\)*$/new\1/p' \
	    "$dir/flush.log" | sed 's/new resumed/resumed/' | paste -s -d ' ' -
}

# One worker, a session for each message.
server good
client_of implicit "messages_per_connection = 1" "connections = 1"
submit r0000@example.net
submit r0000@example.net
submit r0000@example.net
save three
while read -r version tickets want; do
	for kind in implicit starttls; do
		server good --stats "$dir/stats" --tickets $tickets \
		    --tls-priority "NORMAL:-VERS-ALL:+VERS-$version"
		restore three
		client_of $kind "messages_per_connection = 1" "connections = 1"
		flush
		is "$? $(got)" "0 r0000 r0000 r0000" \
		    "$version, $tickets: $kind: all arrived"
		is "$(sessions)" "$want" "$version, $tickets: $kind: sessions"
		kill "$server_pid"
		wait "$server_pid"
		is "$(awk '/^tls_resumed/ { print $2 }' "$dir/stats")" \
		    "$(echo "$want" | grep -o resumed | grep -c .)" \
		    "$version, $tickets: $kind: so the smarthost says"
		like "$(cat "$dir/stats")" '^tls_early 0$' \
		    "$version, $tickets: $kind: nothing is sent early"
	done
done <<EOM
TLS1.3 auto new resumed resumed
TLS1.2 auto new resumed resumed
TLS1.3 off new new new
TLS1.2 off new new new
EOM

# A login that is bound to the channel is bound to a resumed one, too.
for version in TLS1.3 TLS1.2; do
	server good --auth SCRAM-SHA-256-PLUS \
	    --tls-priority "NORMAL:-VERS-ALL:+VERS-$version"
	restore three
	client_of implicit "messages_per_connection = 1" "connections = 1"
	flush
	is "$? $(got)" "0 r0000 r0000 r0000" "$version, bound: all arrived"
	is "$(sessions)" "new resumed resumed" "$version, bound: sessions"
	is "$(grep -c 'auth=SCRAM-SHA-256-PLUS$' "$dir/flush.log")" 3 \
	    "$version, bound: each login"
done

# Another worker, and what ends it.
clean
server good
client_of implicit "idle = 0s"
daemon
# one: a message, and the end of its worker.
one() {
	submit bob@example.net
	await "connection established to "
	await "status=sent"
}
for n in 1 2 3; do
	one
done
is "$(sessions)" "new resumed resumed" "workers go on from one another"
kill -HUP $daemon
await ": reload "
one
is "$(sessions)" "new resumed resumed new" "a new configuration: a new session"
stop

# A worker that dies may have died of it.
script
clean
client_of implicit "idle = 0s"
daemon
one
script 'mail * stall'
submit carol@example.net
await "connection established to "
kill -KILL "$(pid)"
await "killed by signal 9"
script
due_now
"$BUILD/sendmail/sendmail" -C "$dir/conf" -q
await "connection established to "
await "status=sent"
stop
is "$(sessions)" "new resumed new" "the ticket of a worker that was killed"

done_testing
