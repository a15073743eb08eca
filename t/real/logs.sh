# shellcheck shell=sh
# What programs for mail logs make of ours, as they are: pflogsumm and logwatch
# count, and fail2ban, whose business is who connects from elsewhere, finds
# nothing, whatever a client has put there.  Sourced by real.t.
#
# Packages: pflogsumm logwatch fail2ban

plain=$client/var/log/plain/mail.log

# said_since PATTERN
said_since() {
	tail -n "+$((seen + 1))" "$plain" | grep -E -- "$1"
}

# log_settings NAME [LINE...]: under that name; more lines of [queue].
tls_name=
log_settings() {
	name=$1
	shift
	# shellcheck disable=SC2086
	client_settings $tls_name
	{
		printf '%s\n' "$@" '[log]' "name = $name"
		printf '%s\n' '[replies]' 'retry = 550 *@wait.example*'
	} >>"$client/etc/outbox/outbox.conf"
	seen=$(wc -l <"$plain")
	kill -HUP "$flush"
	await said_since "^[^/]* $name/master.*: reload --"
}

# send WHO RECIPIENT...
send() {
	who=$1
	shift
	printf 'Subject: log\n\ntext\n' | as "$who" sendmail "$@"
}

forged='x[192.0.2.9]: SASL LOGIN authentication failed: y'

# a_day_of_trouble NAME: and what people do about it.
a_day_of_trouble() {
	client_password wrong
	log_settings "$1" >/dev/null
	for what in five held gone back; do
		send alice "$1-$what@example.org"
	done
	await said_since "smarthost .*: 535"
	in_client outbox hold --to "$1-held@example.org" >/dev/null
	in_client outbox delete --to "$1-gone@example.org" >/dev/null
	in_client outbox bounce --to "$1-back@example.org" >/dev/null
	echo junk >"$client/var/spool/outbox/queue/$junk"
	client_password "$smarthost_password"
	tls_name=tls_name=wrong.example
	log_settings "$1" >/dev/null
	await said_since "smarthost .*: .*certificate"
	tls_name=
	log_settings "$1" >/dev/null
	await arrived "$1-five"
	in_client sendmail -q
	await said_since "moved to failed/"
	in_client outbox release --all >/dev/null
	await arrived "$1-held"
	await empty
}

# new_day NAME JUNK: a scheduler that begins with it, and the name of a file that
# will be no message.
new_day() {
	junk=$2
	log_settings "$1"
	began=$(wc -l <"$plain")
	kill "$flush"
	wait "$flush"
	client_flush
}

# a_day NAME: what there is to log, with log.name = NAME, into /tmp/NAME.log.
a_day() {
	send alice "$1-one@example.org" "$1-two@example.org"
	send root "$1-three@example.org"
	send alice unknown@example.org
	send alice unknown@wait.example
	send alice "$forged" 2>/dev/null
	send alice -f "\"$forged\"@client.example" "$1-four@example.org"
	printf '%s\r\n' 'EHLO x' 'MAIL FROM:<alice@client.example>' \
		"RCPT TO:<\"$forged\"@>" QUIT |
		as alice sendmail -bs >/dev/null
	await arrived "$1-one"
	await arrived "$1-two"
	await arrived "$1-three"
	await arrived "$1-four"
	await said_since "to=<unknown@example.org>, .*status=bounced"
	await said_since "to=<unknown@wait.example>, .*status=deferred"
	log_settings "$1" 'lifetime = 1s' >/dev/null
	await said_since "from=<alice@.*>, status=expired"
	await empty
	a_day_of_trouble "$1"
	tail -n "+$((began + 1))" "$plain" >"$client/tmp/$1.log"
}

# counts NUMBER WHAT: a line of pflogsumm's totals.
counts() {
	grep -Eq "^ +$1k? +$2" "$stage/report"
}

new_day outbox 0006600000000000AAAAAAAA
day="$(a_day outbox 2>&1)"
check "a day's work is logged as outbox" is "$(echo "$day" |
	grep 'waited in vain')" ''
in_client pflogsumm --syslog-name=outbox /tmp/outbox.log >"$stage/report" 2>&1
sed 's/^/# /' "$stage/report"
check "pflogsumm: received" counts 9 received
# Six recipients, and the reports of what was refused, expired, returned.
check "pflogsumm: delivered" counts 9 delivered
check "pflogsumm: deferred" counts 1 'deferred  \([0-9]+ +deferrals\)'
check "pflogsumm: bounced" counts 3 bounced
check "pflogsumm: rejected" counts 1 rejected
check "pflogsumm: bytes received" counts '[1-9][0-9]*' 'bytes received'
check "pflogsumm: bytes delivered" counts '[1-9][0-9]*' 'bytes delivered'
check "pflogsumm: senders" counts 3 senders
check "pflogsumm: a sender" counts 5 'alice@client.example$'
check "pflogsumm: a recipient" counts 1 'outbox-one@example.org$'
check "pflogsumm: why it was deferred" grep -Eq \
	'[1-9]   Recipient address rejected: User unknown' "$stage/report"
check "pflogsumm: the refused login is a warning" grep -Eq \
	'\[outbox-flush\] smarthost smarthost.example: 535' "$stage/report"
check "pflogsumm: the certificate is one" grep -Eq \
	'\[outbox-flush\] smarthost smarthost.example: smarthost.example' \
	"$stage/report"
check "pflogsumm: a file that is no message is one" grep -Eq \
	'\[outbox-flush\] 0006600000000000AAAAAAAA: ' "$stage/report"
check "pflogsumm: start, end and configurations" eval \
	'grep -Eq "^ +1 +daemon started -- version" "$stage/report" &&
	grep -Eq "^ +1 +terminating on signal 15" "$stage/report" &&
	grep -Eq "^ +4 +reload -- version" "$stage/report"'

new_day postfix 0006600000000000BBBBBBBB
day="$(a_day postfix 2>&1)"
check "a day's work is logged as postfix" is "$(echo "$day" |
	grep 'waited in vain')" ''
in_client pflogsumm /tmp/postfix.log >"$stage/report" 2>&1
check "pflogsumm, which knows nothing of outbox" counts 9 delivered
in_client mkdir -p /var/cache/logwatch /etc/logwatch/conf/logfiles \
	/etc/logwatch/conf/services
printf '%s\n' 'LogFile =' 'Archive =' 'LogFile = /tmp/day.log' \
	>"$client/etc/logwatch/conf/logfiles/maillog.conf"

watch_logs() {
	cp "$client/tmp/$1.log" "$client/tmp/day.log"
	in_client logwatch --service postfix --range all --detail 10 \
		--output stdout >"$stage/report" 2>&1 </dev/null
	sed 's/^/# /' "$stage/report"
}
# watched NUMBER WHAT: a line of logwatch's summary.
watched() {
	grep -Eq "^ +$1 +$2 " "$stage/report"
}
# What Postfix has no line for, and who did it, is shown as it is.
unmatched() {
	sed '1,/Unmatched Entries/d; /Postfix End/,$d' "$stage/report" |
		grep '[^ ]' | grep -Ev 'by uid=0$|answers again$' || return 0
	return 1
}
logwatch_counts() {
	check "logwatch, $1: accepted" watched 9 Accepted
	check "logwatch, $1: sent" watched 9 'Sent via SMTP'
	check "logwatch, $1: deferred" watched 1 Deferred
	check "logwatch, $1: expired" watched 1 'Expired and returned to sender'
	check "logwatch, $1: bounced, by the server" watched 1 'Bounced \(remote\)'
	check "logwatch, $1: bounced, by outbox" watched 2 'Bounced \(local\)'
	check "logwatch, $1: rejected" watched 1 \
		'5xx Reject recipient address'
	check "logwatch, $1: sessions with TLS" watched '[1-9]' \
		'TLS connections \(client\)'
	check "logwatch, $1: held" watched 1 'Placed on hold'
	check "logwatch, $1: warnings" watched '[1-9]' 'Miscellaneous warnings'
	check "logwatch, $1: all else is known" unmatched
}
watch_logs postfix
logwatch_counts 'as postfix'

# As outbox: what outbox-flush(8) says.
sed -n '/^\*OnlyService/,/^\$postfix/p' "$source/queue/outbox-flush.8.in" |
	sed 's/\\e/\\/g; s/\\-/-/g' >"$client/etc/logwatch/conf/services/postfix.conf"
watch_logs outbox
logwatch_counts 'as outbox'

# logcheck takes lines away as grep does.
grep -vE -f "$source/debian/outbox.logcheck.ignore.server" \
	"$client/tmp/outbox.log" >"$stage/report"
check "logcheck: not what is as usual" eval '! grep -E \
	"nrcpt=|status=sent|connection established|-- version|on signal" "$stage/report"'
for word in status=bounced status=deferred status=expired 'NOQUEUE: reject' \
	'not queued' '\[outbox-flush\] smarthost .*: 535'
do
	check "logcheck: $word" grep -q "$word" "$stage/report"
done

# bans FILE FILTER
bans() {
	in_client fail2ban-regex "$1" "$2" | sed -n 's/.* \([0-9]*\) matched.*/\1/p'
}
echo "$(LC_ALL=C date '+%b %e %T') client postfix/smtpd[1]: warning: $forged" \
	>"$client/tmp/line.log"
check "fail2ban would ban for a line of Postfix" is \
	"$(bans /tmp/line.log 'postfix[mode=aggressive]')" 1
for filter in 'postfix[mode=aggressive]' 'postfix[mode=extra]' \
	sendmail-auth sendmail-reject; do
	for name in outbox postfix; do
		check "fail2ban, $filter, as $name: nobody is banned" is \
			"$(bans "/tmp/$name.log" "$filter")" 0
	done
done
settle
