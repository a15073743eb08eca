#!/bin/sh
# QUIT goes out when it is on disk what became of the messages of the session:
# the worker asks for that and waits, and the scheduler answers when it is so.
. "${srcdir:-.}/t/delivery.sh"

notifications

# The worker, with a scheduler that does not answer.
smarthost --notify "$dir/notify"
configure_clear "messages_per_connection = 1"
submit bob@example.net
message=$(echo "$dir"/spool/queue/*)
partner() {
	: >"$dir/transcript"
	"$BUILD/t/partner" "$message" "$BUILD/queue/outbox-smtp" \
	    -C "$dir/conf" --stderr 2>"$dir/flush.log"
	partner=$?
	hear closed
	return $partner
}
partner
is "$? $(got)" "0 bob" "a scheduler dies when the message is sent"
unlike "$(client)" "QUIT" "there is no QUIT before it has recorded that"
rm -f "$dir"/in/*
PARTNER_ANSWER=yes
export PARTNER_ANSWER
partner
is "$? $(got)" "0 bob" "one that answers"
like "$(client)" "QUIT" "then there is"

# The scheduler, with a worker that asks after each recipient.
mkdir "$dir/bin"
cp "$BUILD/queue/outbox-flush" "$dir/bin"
cp "$BUILD/t/partner" "$dir/bin/outbox-smtp"
PARTNER_QUEUE=$dir/spool/queue
export PARTNER_QUEUE
clean
submit bob@example.net carol@example.net
"$dir/bin/outbox-flush" -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
is "$? $(queued)" "0 0" "both recipients have it"
is "$(sed -n 's/^partner: //p' "$dir/flush.log" | head -n 1)" \
    "left: +bob@example.net -carol@example.net." \
    "when the scheduler answers, the first is marked"
is "$(sed -n 's/^partner: //p' "$dir/flush.log" | tail -n 1)" "left:." \
    "and after the last the file is gone"

done_testing
