#!/bin/sh
# Failures are told to the sender once, in a report that programs can read;
# where nobody can be told, the mail is kept in failed/.  Nothing is discarded,
# and reports make no reports.
. "${srcdir:-.}/t/delivery.sh"

refused='rcpt * match=bob@ reply 550 5.1.1 no such user'

# Fields of the part of a type in a report: part TYPE FIELD
field() {
	tr -d '\r' <"$report" | awk -v type="$1" -v field="$2:" '
	    /^--/ { inside = 0 }
	    tolower($0) == "content-type: " type { inside = 1 }
	    inside && index($0, field) == 1 { print substr($0, length(field) + 2) }'
}

# Of the header of the report itself.
head_field() {
	tr -d '\r' <"$report" | sed -n "1,/^\$/s/^$1: //p"
}

# The body of the report, from the part of a type.
part() {
	tr -d '\r' <"$report" | awk -v type="$1" '
	    /^--/ { inside = 0; body = 0 }
	    inside && /^$/ { body = 1 }
	    inside && body { print }
	    index(tolower($0), "content-type: " type) == 1 { inside = 1 }'
}

# The one report that arrived: $report.
find_report() {
	report=$(grep -l '^mail <>' "$dir"/in/*.env)
	report=${report%.env}.msg
}

# Recipients that failed for good, as they are counted for "outbox status".
failures() {
	sed -n 's/^failed_all //p' "$dir/spool/state"
}

# age SECONDS: what is in the queue is older, by its name too.
age() {
	then=$(($(date +%s) - $1))
	for f in "$dir"/spool/queue/*; do
		sed -i "s/^T[0-9]\{10\}$/T$then/" "$f"
		mv "$f" "$dir/spool/queue/$(printf %016X $((then * 1000000)))${f##*/????????????????}"
	done
}

smarthost
configure_clear

# The form: RFC 6522, RFC 3464.
sendmail -f alice@example.org -R hdrs -V id+2Bone \
    bob@example.net carol@example.net <<-'EOM'
	Subject: greetings

	a line of the body
EOM
script 'rcpt * match=bob@ reply 550-5.1.1 no such user\r\n550 5.1.1 \x07 \xc3\xa9 second line'
flush
is "$? $(got) $(told)" "0 carol bob" "a refused recipient is reported"
find_report
like "$(cat "${report%.msg}.env")" "^rcpt <alice@example.org>" "to the sender"
is "$(head_field From)" "Mail Delivery System <MAILER-DAEMON@example.org>" "From"
is "$(head_field To)" "alice@example.org" "To"
is "$(head_field Auto-Submitted)" "auto-replied" "Auto-Submitted"
like "$(head_field Subject)" "Undelivered" "Subject"
like "$(head_field Date)" "^[A-Z][a-z]{2}, [0-9 ]?[0-9] [A-Z][a-z]{2} 2[0-9]{3} " "Date"
like "$(head_field Message-ID)" "^<.*@example.org>$" "Message-ID"
like "$(head_field Content-Type)" \
    "^multipart/report; report-type=delivery-status;" "Content-Type"
is "$(tr -d '\r' <"$report" | grep -c '^Content-Type: ')" 4 "three parts"
like "$(part text/plain)" "<bob@example.net>: 550 5.1.1 no such user" "words"
status=message/delivery-status
like "$(field $status Reporting-MTA)" "^dns; [a-zA-Z0-9.-]+$" "Reporting-MTA"
is "$(field $status Original-Envelope-Id)" "id+one" "Original-Envelope-Id"
like "$(field $status Arrival-Date)" "^[A-Z][a-z]{2}, " "Arrival-Date"
is "$(field $status Final-Recipient)" "rfc822; bob@example.net" \
    "Final-Recipient, only those that failed"
is "$(field $status Action)" failed "Action"
is "$(field $status Status)" 5.1.1 "Status"
like "$(field $status Diagnostic-Code)" \
    "^smtp; 550 5.1.1 no such user 5?.*second line$" "Diagnostic-Code"
is "$(field text/rfc822-headers Subject)" greetings "the header of the message"
unlike "$(cat "$report")" "a line of the body" "and not its body"
unlike "$(tr -d '\r\n\t' <"$report")" "[^ -~]" "no control or 8-bit byte"
is "$(grep -c "$(printf '\r')\$" "$report")" "$(wc -l <"$report" | tr -d ' ')" \
    "each line ends in CRLF"
if python3 -c 'import email' 2>/dev/null; then
	is "$(python3 -c '
import email, email.policy, sys
m = email.message_from_file(open(sys.argv[1]), policy=email.policy.default)
p = list(m.iter_parts())
d = p[1].get_payload()
print(m.get_content_type(), m.get_param("report-type"), len(p), len(m.defects),
    [len(x.defects) for x in p], d[1]["Action"], len(d))' "$report")" \
	    "multipart/report delivery-status 3 0 [0, 0, 0] failed 2" \
	    "a mail program reads it"
else
	ok 0 "a mail program reads it # SKIP no python3"
fi

# What of the message comes back.
clean
sendmail -f alice@example.org -R full bob@example.net <<-'EOM'
	Subject: greetings

	a line of the body
	--=_
	é
EOM
script "$refused"
flush
find_report
like "$(part message/rfc822)" "a line of the body" "RET=FULL: with the body"
like "$(cat "${report%.msg}.env")" "BODY=8BITMIME" "and its 8-bit bytes are declared"

# NOTIFY.
clean
submit -N never bob@example.net
flush
is "$? $(reports) $(queued) $(parked)" "0 0 0 0" "NOTIFY=NEVER: no report"
like "$(said)" "status=bounced" "but the log has it"
submit -N success,delay bob@example.net
flush
is "$? $(reports) $(queued) $(parked)" "0 0 0 0" "without FAILURE: no report"
submit -N failure bob@example.net
flush
is "$? $(reports)" "0 1" "NOTIFY=FAILURE: a report"

# Nobody to tell.
clean
sendmail -f '<>' bob@example.net <"$dir/aliases"
flush
is "$? $(reports) $(queued) $(parked)" "0 0 0 1" "a failed report is parked"
like "$(said)" "parked in failed/: its sender cannot be told" "with a line"
flush
is "$? $(arrived)" "0 0" "and rests there"
clean
sendmail -f root@localhost bob@example.net carol@example.net <"$dir/aliases"
flush
is "$? $(got) $(reports) $(parked)" "0 carol 0 1" \
    "a sender that mail cannot reach: parked"
like "$(cat "$dir"/spool/failed/*)" "^R!bob" "it says who did not get it"
clean
extra_queue="bounce_to = postmaster@example.com"
configure_clear
sendmail -f root@localhost bob@example.net <"$dir/aliases"
flush
find_report
is "$? $(parked)" "0 0" "with bounce_to nothing is parked"
like "$(cat "${report%.msg}.env")" "^rcpt <postmaster@example.com>" \
    "it gets the report"
extra_queue=
configure_clear

# Everything is refused, reports too.
clean
submit bob@example.net carol@example.net
script 'rcpt * reply 550 5.7.0 nothing at all'
for pass in 1 2 3; do
	flush
done
is "$? $(arrived) $(queued) $(parked)" "0 0 0 1" \
    "a report that is refused ends there"

# A storm.
clean
extra_queue='reports_per_hour = 2
bounce_to = postmaster@example.com'
configure_clear
script 'rcpt * match=bob@ reply 550 5.7.0 nothing at all'
for n in 1 2 3 4; do
	submit bob@example.net
done
flush
is "$? $(parked) $(said | grep -c 'sender non-delivery')" "0 2 2" \
    "above reports_per_hour what fails is parked"
flush
summary=$(grep -l '^Subject: Undelivered Mail (summary)' "$dir"/in/*.msg)
like "$(cat "${summary%.msg}.env")" "^rcpt <postmaster@example.com>" \
    "bounce_to gets a summary"
for f in "$dir"/spool/failed/*; do
	like "$(cat "$summary")" \
	    "^${f##*/}: from <alice@example.org> to <bob@example.net>: 550 5.7.0" \
	    "it names a message that is parked"
done
is "$(reports) $(queued)" "3 0" "and that is all"
extra_queue='reports_per_hour = 1'
configure_clear
submit bob@example.net
submit bob@example.net
flush
like "$(said)" "1 messages failed without a report: they are in failed/" \
    "without bounce_to the log tells"
extra_queue=
configure_clear

# No answer, again and again.
clean
script 'dot * match=<bob accept-close'
submit bob@example.net
for n in 1 2 3 4; do
	flush
	due_now
done
is "$(waiting) $(reports)" "bob 0" "no answer four times: it waits"
flush
like "$(said)" "to=<bob@.*dsn=5\.4\.2, status=bounced" "the log has its end"
script
flush
is "$(waiting) $(told) $(said | grep -c status=unknown)" " bob 0" \
    "the fifth time it is returned"
find_report
like "$(field $status Diagnostic-Code)" "it may have arrived, more than once" \
    "and says that it may have arrived"
is "$(field $status Status)" 5.4.2 "as a bad connection"

# The same beside one who is to wait.
clean
script 'rcpt * match=<carol reply 450 4.2.0 later' \
    'dot * match=<bob accept-close'
submit bob@example.net carol@example.net
for n in 1 2 3 4 5; do
	flush
	due_now
done
is "$(waiting) $(reports)" "carol 1" \
    "the fifth time it is returned, whatever becomes of others"
script 'dot * match=<carol accept-close'
flush
is "$(waiting)" "carol" "for whom there is no answer for the first time then"

# Success.
clean
script
submit -N success bob@example.net
flush
is "$? $(got) $(reports)" "0 bob 0" "NOTIFY=SUCCESS: the smarthost reports"
hold=$port
smarthost --ehlo PIPELINING,8BITMIME
configure_clear
clean
sendmail -f alice@example.org -N success bob@example.net <"$dir/aliases"
sendmail -f alice@example.org -N failure carol@example.net <"$dir/aliases"
flush
is "$? $(got) $(told)" "0 bob carol bob" "if it does not, we do"
find_report
is "$(field $status Action) $(field $status Status)" "relayed 2.0.0" "as relayed"
like "$(said)" ": sender delivery status notification: [0-9A-F]{24}$" \
    "the log says so"
port=$hold
configure_clear

# Age.
clean
script 'rcpt * match=bob@ reply 450 4.2.0 not yet'
submit bob@example.net
save young
age 431000
flush
is "$? $(waiting) $(told)" "75 bob bob" "before the lifetime is over it waits"
clean
submit bob@example.net carol@example.net
age 433000
flush
is "$? $(got) $(told) $(queued)" "0 carol bob 0" "after it, it is returned"
find_report
like "$(field $status Diagnostic-Code)" \
    "^X-Outbox; not delivered in time; last: 450 4.2.0 not yet" "with the last reply"
is "$(field $status Status)" 5.4.7 "as expired"
is "$(said | grep -c 'status=expired') $(said | grep -c 'status=bounced')" "1 1" \
    "the log has it"
is "$(failures)" 1 "it is counted as failed"
extra_queue="lifetime = 0"
configure_clear
restore young
flush
is "$? $(reports) $(waiting)" "0 1 " "lifetime = 0: tried once"
clean
submit carol@example.net
flush
is "$? $(got) $(said | grep -c expired)" "0 carol 0" \
    "what is delivered has not expired"
extra_queue=
configure_clear

# While the site is down.
clean
script 'greeting * reply-close 554 5.7.1 go away'
submit bob@example.net
age 433000
submit carol@example.net
mkfifo "$dir/spool/queue/000000000000000100000001"	# this is in no one's way
flush
is "$? $(waiting) $(reports)" "75 carol 1" "the site does not keep it for ever"
script
flush
find_report
is "$? $(got)" "0 carol" "the others wait for it"
like "$(field $status Diagnostic-Code)" "not delivered in time; last: 554 5.7.1" \
    "and the report has the site's reason"
extra_queue="lifetime = 0"
configure "host = 127.0.0.1" "port = 1" "tls = none"
restore young
flush
is "$? $(reports) $(waiting)" "75 1 " "lifetime = 0: also where the site is down"
extra_queue=
configure_clear

# The warning.
clean
script 'rcpt * match=bob@ reply 450 4.2.0 not yet'
submit bob@example.net
submit -N failure bob@example.net
age 15000
flush
is "$? $(waiting) $(reports)" "75 bob bob 1" "after warn_after: a warning"
find_report
is "$(field $status Action)" delayed "it says so"
like "$(field $status Will-Retry-Until)" "^[A-Z][a-z]{2}, " "and until when"
due_now
flush
is "$(reports)" 1 "it comes once"
script "$refused"
due_now
flush
is "$? $(reports) $(queued)" "0 3 0" "and the failure later"

done_testing
