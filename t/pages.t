#!/bin/sh
# The manual pages can be read: mandoc finds nothing to complain of, each is
# rendered, and no mark of configure is left in it.  And the page that has the
# names of the log has all.
. "${srcdir:-.}/t/lib.sh"

back=$(printf '\b')
for page in config/outbox.conf.5 queue/outbox.8 queue/outbox-flush.8 \
	queue/outbox-local.8 queue/outbox-smtp.8 sendmail/mailq.1 \
	sendmail/newaliases.1 sendmail/sendmail.8; do
	is "$(grep -n '@[A-Za-z_]*@' "$BUILD/$page")" '' \
	    "$page: every path is filled in"
	if ! command -v mandoc >/dev/null; then
		skip "$page: mandoc" "there is no mandoc"
		continue
	fi
	is "$(mandoc -T lint -W warning "$BUILD/$page" 2>&1)" '' \
	    "$page: mandoc finds nothing"
	like "$(mandoc -T ascii "$BUILD/$page" | sed "s/.$back//g" |
	    tr '\n' ' ')" '^ *[a-zA-Z.-]+\([158]\) .*NAME .*SEE ALSO' \
	    "$page: it is rendered to its end"
done

named=0
for part in $(sed -n 's/^	{ "[a-z-]*", "\([a-z]*\)" },$/\1/p' \
	"${srcdir:-.}/queue/log.c"); do
	named=$((named + 1))
	is "$(grep -cx "\.B $part" "$BUILD/queue/outbox-flush.8")" 1 \
	    "outbox-flush.8 has outbox/$part"
done
ok $((named < 4)) "... of all programs"
done_testing
