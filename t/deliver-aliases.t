#!/bin/sh
# Reports for a sender of this machine go where mail for it would go: by the
# aliases, to recipients.local, else to bounce_to; and a report that fails too
# is kept, whoever it was for.
. "${srcdir:-.}/t/delivery.sh"

# Who got reports: the recipients of each, in order.
readers() {
	awk '/^mail / { report = $2 == "<>" }
	    /^rcpt / && report { print substr($2, 2, length($2) - 2) }' \
	    "$dir"/in/*.env 2>/dev/null | words
}
# The one report.
report() {
	report=$(grep -l '^mail <>' "$dir"/in/*.env)
	echo "${report%.env}.msg"
}
# fails SENDER: a message of it is refused.
fails() {
	clean
	sendmail -f "$1" bob@example.net <"$dir/aliases"
	flush
	status=$?
}
smarthost
script 'rcpt * match=bob@ reply 550 5.1.1 no such user'
cat >"$dir/aliases" <<'EOM'
root: admin@example.com
team: a@example.com, b@example.com
command: "|/bin/false"
dead: bob@example.com
ring: ring2
ring2: ring
EOM
configure_clear

fails root@localhost
is "$status $(readers) $(parked)" "0 admin@example.com 0" "an alias gets the report"
like "$(tr -d '\r' <"$(report)")" "^To: admin@example.com$" \
    "and is named in it"
like "$(tr -d '\r' <"$(report)")" \
    "^X-Outbox-Sender: rfc822; root@localhost$" "the sender stands below"
fails root
is "$status $(readers)" "0 admin@example.com" "also for a name in the mail name"
fails root@example.com
is "$status $(readers)" "0 root@example.com" "not for one elsewhere"
fails team@localhost
is "$status $(readers) $(arrived)" "0 a@example.com b@example.com 1" \
    "an alias for two: one report to both"
is "$(tr -d '\r' <"$(report)" | sed -n '/^To:/,/^Subject:/p' | sed '$d' |
    tr -d '\t' | paste -s -d ' ' -)" "To: a@example.com, b@example.com" \
    "that names both"
fails joe@localhost
is "$status $(readers) $(parked)" "0  1" "no alias and nobody else: it is kept"
fails command@localhost
is "$status $(readers) $(parked)" "0  1" "so with an alias that mail cannot reach"
like "$(said)" "aliases:3: alias command: .* is ignored" "and the log says why"
fails dead@localhost
is "$status $(readers) $(parked) $(queued)" "0  1 0" \
    "a report that the alias refuses is kept, and makes no report"
fails ring@localhost
is "$status $(readers)" "0 ring@example.org" "aliases in a ring come to an end"

extra_queue="bounce_to = boss@example.com"
configure_clear
fails joe@localhost
is "$status $(readers)" "0 boss@example.com" "no alias: bounce_to"
fails command@localhost
is "$status $(readers)" "0 boss@example.com" "an alias that mail cannot reach: bounce_to"
fails root@localhost
is "$status $(readers)" "0 admin@example.com" "an alias comes before bounce_to"
sed -i "s|^aliases = .*|&\nlocal = ops@example.com|" "$dir/conf"
fails joe@localhost
is "$status $(readers)" "0 ops@example.com" "so does recipients.local"

# What else is told to a sender.
age() {
	then=$(($(date +%s) - $1))
	for f in "$dir"/spool/queue/*; do
		sed -i "s/^T[0-9]\{10\}$/T$then/" "$f"
	done
}
clean
script 'rcpt * match=bob@ reply 450 4.2.0 not yet'
sendmail -f root@localhost bob@example.net <"$dir/aliases"
age 15000
flush
is "$? $(readers) $(waiting)" "75 admin@example.com bob" "a delay"
due_now
flush
is "$? $(readers)" "75 admin@example.com" "is told once"
"$BUILD/queue/outbox" -C "$dir/conf" bounce --all >"$dir/out"
flush
is "$? $(readers)" "0 admin@example.com admin@example.com" "what outbox bounces"
smarthost --ehlo SIZE
configure_clear
clean
sendmail -N success -f root@localhost carol@example.net <"$dir/aliases"
flush
is "$? $(readers)" "0 admin@example.com" "success, where the server does not say"
done_testing
