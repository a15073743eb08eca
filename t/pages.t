#!/bin/sh
# The manual pages can be read: mandoc finds nothing to complain of, each is
# rendered, and no mark of configure is left in it.
. "${srcdir:-.}/t/lib.sh"

back=$(printf '\b')
for page in config/outbox.conf.5 queue/outbox.8 queue/outbox-flush.8 \
	queue/outbox-smtp.8 sendmail/mailq.1 sendmail/newaliases.1 \
	sendmail/sendmail.8; do
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
done_testing
