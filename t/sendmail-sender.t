#!/bin/sh
# sender.from and sender.allowed, every way that mail comes in and all the way
# to the smarthost.
. "${srcdir:-.}/t/submission.sh"
me=$(id -un)
smarthost --tls none
host=$("$BUILD/sendmail/sendmail" -C "$dir/conf" -bs </dev/null |
	sed -n 's/^220 \([^ ]*\).*/\1/p')
forced() {
	configure "host = 127.0.0.1" "port = $port" "tls = none" \
	    "[sender]" "from = alerts@example.com" "$@"
}

# the fields of the header that say who it is from
who() {
	header | grep -i '^\(from\|sender\|reply-to\|resent-from\): '
}
via='<alerts@example.com>'

forced
given 'From: root (Cron Daemon)\nTo: root\n\nx\n'
submit -t
is "$STATUS$OUT$ERR $(from)" "0 alerts@example.com" "the envelope is forced"
is "$(who)" "From: \"Cron Daemon (root@example.org) via $host\" $via
Reply-To: root@example.org (Cron Daemon)" "the header with it"
is "$(rcpts)" "root@example.org" "recipients are not"
empty_queue
submit -f other@example.net root
is "$(from)" "alerts@example.com" "it beats -f"
empty_queue
submit -r other@example.net root
is "$(from)" "alerts@example.com" "it beats -r"
empty_queue
for f in '' '<>'; do
	submit -f "$f" root
	is "$(from)" "" "-f '$f' stays nobody"
	like "$(who)" "^From: .* $via\$" "... From: is forced all the same"
	empty_queue
done
given 'no header\n'
submit -F 'A B' root
is "$(who)" "From: \"A B ($me@example.org) via $host\" $via
Reply-To: A B <$me@example.org>" "a missing From: has user and host"
empty_queue
submit -f app@example.net root
is "$(who)" "From: \"app@example.net via $host\" $via
Reply-To: app@example.net" "or the sender that was given"
empty_queue
given 'From: a@example.net\nResent-To: b@example.net\nSender: s\n\nx\n'
submit -t
is "$(who | grep -c "via $host\" $via")" 3 "From:, Sender: and Resent-From:"
empty_queue

given 'MAIL FROM:<a@example.net>
RCPT TO:<b@example.net>
DATA
From: A <a@example.net>

x
.
MAIL FROM:<>
RCPT TO:<c@example.net>
DATA
From: A <a@example.net>

x
.
'
submit -bs
is "$(cat "$dir"/spool/queue/* | grep -a '^S\|^R-' | words)" \
	"R-b@example.net R-c@example.net S Salerts@example.com" "-bs"
is "$(cat "$dir"/spool/queue/* | tr -d '\r' | grep -ac \
	"^From: \"A (a@example.net) via $host\" $via\$")" 2 "... the header"
empty_queue

forced "allowed = *@ok.example, root@*.example.org"
given 'From: A <a@ok.example>\n\nx\n'
submit -f root@web1.example.org b@example.net
is "$(from) $(who)" "root@web1.example.org From: A <a@ok.example>" \
	"what is allowed stays"
empty_queue
submit -f a@ok.example.net b@example.net
is "$(from) $(who)" "alerts@example.com From: A <a@ok.example>" \
	"envelope and header have each their own"
empty_queue

# reports
forced
submit b@example.net c@ok.example
printf '%s\n' 'rcpt * match=b@ reply 550 5.1.1 nobody' >"$dir/script"
flush
flush
is "$(sed -n 's/^mail //p' "$dir"/in/*.env | sort | cut -d ' ' -f 1 | words)" \
	"<> <alerts@example.com>" "the smarthost sees the forced sender"
is "$(grep -h '^rcpt' "$dir"/in/*.env | cut -d ' ' -f 2 | words)" \
	"<alerts@example.com> <c@ok.example>" "it gets the report"
is "$(tr -d '\r' <"$(grep -l '^mail <>' "$dir"/in/*.env |
	sed 's/env$/msg/')" | grep '^From: ' | head -n 1)" \
	"From: Mail Delivery System $via" "which is from there, too"

done_testing
