#!/bin/sh
# outbox status: what it says of the queue and of the smarthost, to people,
# programs and Prometheus; the exit status for monitors; metrics_file.
. "${srcdir:-.}/t/delivery.sh"

# Without a service, that mail waits until the test says "flush".
mode=on-demand
status() {
	sed "s/^min_free.*/&\nflush = $mode/" "$dir/conf" >"$dir/conf.status"
	"$BUILD/queue/outbox" -C "$dir/conf.status" status "$@"
}
# The value of a field, in the text for people.
says() {
	status | sed -n "s/^$1  *//p"
}
# The same in JSON, as it stands there.
json() {
	status --json | python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin)[sys.argv[1]], sort_keys=True))' "$1"
}
metric() {
	status --prometheus | sed -n "s/^outbox_$1 //p"
}

tls_smarthost --tls implicit
tls_configure implicit

# Nothing there yet.
is "$(status | head -n 1; status >/dev/null; echo $?)" "OK: 0 queued
0" "an empty queue"
is "$(says queued) $(says oldest) $(says delivered) $(says down)" "0 - 0 -" \
    "... in numbers"
is "$(says last_success)$(says last_error)$(says tls)" "" \
    "what never was is not shown"
is "$(json last_success) $(json tls)" "null null" "... and null in JSON"
unlike "$(status)" "no smarthost is configured" "a smarthost is configured"

# Mail of every kind.
for who in bob carol dave eve frank; do
	submit $who@example.net
done
script 'rcpt * match=carol reply 450 4.2.1 mailbox "one" busy' \
    'rcpt * match=dave reply 450 4.2.1 mailbox two busy' \
    'rcpt * match=eve reply 451 greylisted' \
    'rcpt * match=frank reply 550 5.1.1 unknown'
"$BUILD/queue/outbox" -C "$dir/conf" hold --to bob@example.net >/dev/null
flush
script
submit gwen@example.net
rm -f "$dir"/spool/failed/*
: >"$dir/spool/failed/junk"
: >"$dir/spool/queue/junk"
is "$(says queued) $(says due) $(says deferred) $(says held)" "6 1 3 1" \
    "queued, due, deferred, held"
is "$(says unreadable) $(says failed)" "1 1" "unreadable, failed"
rm "$dir/spool/queue/junk"
: >"$dir/spool/queue/.usage"
is "$(says queued) $(says unreadable)" "5 0" "the record of user_rate is no mail"
rm "$dir/spool/queue/.usage"
like "$(status)" '^ +2 deferred: 450 4\.2\.1 mailbox "one" busy$' \
    "reasons: those with the same code are one"
like "$(status)" '^ +1 deferred: 451 greylisted$' "... and another"
is "$(json reasons)" '[{"example": "450 4.2.1 mailbox \"one\" busy", "messages": 2, "reason": "450 4.2.1"}, {"example": "451 greylisted", "messages": 1, "reason": "451"}]' \
    "... in JSON"
like "$(status --prometheus)" \
    '^outbox_deferred_reason_messages\{reason="450 4\.2\.1"\} 2$' \
    "... as metrics"
is "$(says deferrals) $(says deferrals_hour) $(says bounced) $(says bounced_hour)" \
    "3 3 1 1" "what was deferred and refused, and in the last hour"
is "$(says delivered)" 1 "... and delivered: the report"
like "$(says relay)" "^localhost\[[0-9a-f.:]+\]:$port\$" "the relay"
like "$(says tls)" "^TLS1\.3 AES|^TLS1\.3 CHACHA" "TLS of the last session"
like "$(says auth)" "^PLAIN\$" "AUTH of it"
like "$(says last_session)" "^[0-9]+s ago$" "... and when it was"

# Success.
due_now_keeping_state() {
	cp -p "$dir/spool/state" "$dir/state"
	due_now
	cp -p "$dir/state" "$dir/spool/state"
}
"$BUILD/queue/outbox" -C "$dir/conf" delete --yes --to bob@example.net \
    >/dev/null
due_now_keeping_state
flush
is "$(says delivered) $(says delivered_hour) $(says deferrals) $(says queued)" \
    "5 5 3 0" "what was delivered is counted, over runs"
like "$(says last_success)" "^[0-9]+s ago$" "the last success"

# The oldest; what is held does not count.
submit old@example.net
sed -i 's/^T.*/T1000000000/' "$dir"/spool/queue/*
like "$(says oldest)" "^[0-9]+d$" "the oldest"
"$BUILD/queue/outbox" -C "$dir/conf" hold --all >/dev/null
is "$(says oldest)" "-" "... of those that are not held"
clean

# The site.
printf 'wrong\n' >"$dir/password"
submit bob@example.net
flush
like "$(says down)" "^[0-9]+s$" "the site is down"
like "$(says error)" "^AUTH|^535|authentication|refused" "... why"
like "$(says last_error)" "^[0-9]+s ago$" "... since when"
like "$(says next_probe)" "^in [0-9]+[mh]$" "... and the next try"
is "$(says refused) $(metric site_refused)" "yes 1" "the login was refused"
is "$(status | head -n 1)" "WARNING: refused yes" "... which is a warning"
printf 'secret word\n' >"$dir/password"
flush
is "$(says down) $(says refused) $(says next_probe)" "- no " \
    "it can be used again"
like "$(says error)" "." "... the last error stays"
like "$(sendmail -bp)" "empty" "... and mailq does not tell of it"
submit bob@example.net
script 'rcpt * reply 450 4.2.1 busy'
flush
unlike "$(sendmail -bp)" "535|AUTH" "... of new mail either"

# Limits.
level() {
	status "$@" >"$dir/out" 2>&1
	echo "$? $(head -n 1 "$dir/out")"
}
is "$(level --warning queued=1)" "1 WARNING: queued 1 (limit 1)" \
    "a warning is 1"
is "$(level --critical queued=1)" "2 CRITICAL: queued 1 (limit 1)" \
    "critical is 2"
is "$(level --warning queued=2 --critical queued=2)" "0 OK: 1 queued" \
    "below the limit is 0"
is "$(level --warning queued=1,deferred=1)" \
    "1 WARNING: queued 1 (limit 1), deferred 1 (limit 1)" "two limits"
is "$(level --critical deferred=1 --warning queued=1)" \
    "2 CRITICAL: queued 1 (limit 1), deferred 1 (limit 1)" \
    "the worst counts"
sed -i "s/^T.*/T$(($(date +%s) - 5 * 3600))/" "$dir"/spool/queue/*
is "$(level)" "1 WARNING: oldest 5h (limit 4h)" "an age has a limit by default"
is "$(sed -n 2p "$dir/out")" 'hint: oldest: "outbox list" says why it waits' \
    "... and what to do stands below"
is "$(level --critical oldest=3h)" "2 CRITICAL: oldest 5h (limit 3h)" \
    "... another one"
is "$(level --warning oldest=0)" "0 OK: 1 queued" "... none"
: >"$dir/spool/failed/junk"
is "$(level --warning oldest=0)" "1 WARNING: failed 1 (limit 1)" \
    "failed/ is to be looked at"
like "$(sed -n 2p "$dir/out")" "^hint: failed: .outbox list --failed" \
    "... by this"
rm "$dir/spool/failed/junk"
status --warning oldest=0,queued=1 --prometheus >/dev/null
is $? 1 "the same with another form"
is "$(status --warning oldest=0,queued=1 --json | grep -c '"status":"warning","problems":\["queued"\]')" \
    1 "... and in it"
is "$(level --warning queue=1)" \
    "64 outbox: queue=1: not a field with a limit, such as queued=1000 or oldest=2h" \
    "a field that is none"
is "$(level --warning last_success=1)" \
    "64 outbox: last_success=1: not a field with a limit, such as queued=1000 or oldest=2h" \
    "... that has no limit"
is "$(level --critical oldest=soon,queued=1)" \
    "64 outbox: oldest=soon: not a time such as 30m or 2d" "a bad time"
is "$(level --critical queued=-1)" "64 outbox: queued=-1: not a number" \
    "a bad number"
is "$(level now)" "64 outbox: status takes options only" "an operand"

# For programs.
status --json >"$dir/out"
is "$(wc -l <"$dir/out")" 1 "JSON: one line"
is "$(json schema)" 1 "... with its schema"
is "$(metric delivered_recipients_total) $(metric queued_messages)" "1 1" \
    "metrics"
status --prometheus >"$dir/out"
is "$(grep -c '^# TYPE outbox_delivered_recipients_total counter$' "$dir/out")" 1 \
    "... a counter is one"
is "$(grep -Evc '^# (HELP outbox_[a-z_]+ [^ ].*|TYPE outbox_[a-z_]+ (gauge|counter))$|^outbox_[a-z_]+(\{reason="[^"]*"\})? [0-9]+$' "$dir/out")" \
    0 "... nothing else"
is "$(sed -n 's/^outbox_\([a-z_]*\).*/\1/p' "$dir/out" | sort | uniq -d)" "" \
    "... none twice"
is "$(for name in $(sed -n 's/^# TYPE \([a-z_]*\).*/\1/p' "$dir/out"); do
	grep -q "\.B.*$name" "$BUILD/queue/outbox.8" || echo $name
done)" "" "... all are in the manual"
is "$(status --json | python3 -c 'import json, sys
for name in json.load(sys.stdin): print(name.replace("_hour", ""))' |
    while read -r name; do
	grep -q "^\.B.*\<$name\>" "$BUILD/queue/outbox.8" || echo $name
done)" "" "... and all of JSON"
status --prometheus --output "$dir/prom"
is "$(grep -v oldest "$dir/prom")" "$(grep -v oldest "$dir/out")" \
    "--output: the same in a file"
is "$(stat -c %a "$dir/prom") $(count "$dir/prom.new")" "644 0" \
    "... for all to read, and no other"
status --output "$dir/none/prom" >"$dir/out" 2>&1
is "$? $(cat "$dir/out")" \
    "73 outbox: cannot write $dir/none/prom: No such file or directory" \
    "... that cannot be written"
ln -s "$dir/target" "$dir/prom.new"
status --prometheus --output "$dir/prom"
is "$(count "$dir/target")" 0 "... not through a link"

# Colour is for terminals.
unlike "$(status)" "$(printf '\033')" "no colour in a pipe"
like "$(terminal "" status --critical queued=1 || :)" \
    "^$(printf '\033')\[31mCRITICAL" "colour on a terminal"
unlike "$(NO_COLOR=1 terminal "" status || :)" "$(printf '\033')" \
    "... not with NO_COLOR"

# Does flush run?
clean
mode=daemon
tls_configure implicit "[log]" "metrics_file = $dir/metrics.prom"
is "$(level)" "2 CRITICAL: stopped yes" "flush does not run"
submit bob@example.net
script
daemon
await "status=sent"
gone
is "$(level | head -n 1)" "0 OK: 0 queued" "it runs"
stop
is "$(grep -c '^outbox_stopped 1' "$dir/metrics.prom")" 1 \
    "metrics_file: written at the end of a service"
is "$(sed -n 's/^outbox_delivered_recipients_total //p' "$dir/metrics.prom")" \
    1 "... with what it did"
is "$(says running) $(says last_pass) $(says stopped)" "no  yes" \
    "a service that ended is stopped"
rm "$dir/metrics.prom"
submit carol@example.net
flush
is "$(sed -n 's/^outbox_delivered_recipients_total //p' "$dir/metrics.prom")" \
    2 "... and of a single run"
# A pass now and then is no service.
like "$(says last_pass)" "^[0-9]+s ago$" "a single run: it is known when"
is "$(says stopped)" yes "... but one is no habit"
# pass AGE INTERVAL
pass() {
	sed -i "s/^pass .*/pass $(($(date +%s) - $1))/
	    s/^interval .*/interval $2/" "$dir/spool/state"
}
pass 300 300
is "$(level)" "0 OK: 0 queued" "every five minutes: it need not run"
is "$(says running) $(says last_pass)" "no 5m ago" "... and says since when"
pass 800 60
is "$(says stopped)" no "... not soon overdue"
pass 1000 60
is "$(says stopped)" yes "... but then"
pass 10000 3600
is "$(says stopped)" no "every hour: not overdue"
pass 11000 3600
is "$(level)" "2 CRITICAL: stopped yes" "... after three"
pass 200000 1000000
is "$(says stopped)" yes "... nor is there time without end"
pass 60 0
flush
like "$(sed -n 's/^interval //p' "$dir/spool/state")" "^([6-9][0-9]|[0-9]{3})$" \
    "the next one writes down the interval"
is "$(says stopped)" no "... and it is a habit"
mode=on-demand
pass 2000000 60
is "$(says running) $(says stopped)" "no no" "on demand: none has to run"
mode=daemon
daemon
is "$(says running) $(says stopped)" "yes no" "a service again"
stop
is "$(says last_pass) $(says stopped)" " yes" "... that ended"

tls_configure implicit "[log]" "metrics_file = $dir/none/metrics.prom"
flush
like "$(cat "$dir/flush.log")" \
    "$dir/none/metrics.prom was not written: as this user, try outbox status" \
    "... that cannot be written"
configure "host ="
like "$(status | head -n 1)" "no smarthost is configured: mail is kept until" \
    "no smarthost"

# Another user knows less.
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$dir" "$dir/spool"
	chmod 700 "$dir/spool/failed"
	chmod 644 "$dir/conf"
	submit dave@example.net
	chmod 600 "$dir"/spool/queue/*
	setpriv --reuid 65531 --regid 65531 --clear-groups \
	    "$BUILD/queue/outbox" -C "$dir/conf" status --json >"$dir/out"
	like "$(cat "$dir/out")" '"mail":"own","queued":0,.*"unreadable":0,"failed":null,.*"stopped":null' \
	    "what another user may not know is null, or of own mail"
fi

done_testing
