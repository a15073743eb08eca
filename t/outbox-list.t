#!/bin/sh
# outbox list and show: who waits, why, and what is in failed/; which messages
# the options choose; and who sees what.
. "${srcdir:-.}/t/delivery.sh"
export TZ=UTC0
smarthost
configure_clear

outbox() {
	"$BUILD/queue/outbox" -C "$dir/conf" "$@"
}
# The recipients of the messages that are listed with these options.
chosen() {
	outbox list --json "$@" |
	    sed -n 's/.*"recipients":\[{"address":"\([^@]*\)@.*/\1/p' | words
}
# qid NAME: of the message to NAME.
qid() {
	file=$(grep -la "^R.$1@" "$dir"/spool/queue/* "$dir"/spool/failed/* 2>/dev/null)
	echo "${file##*/}"
}

is "$(outbox list)" "No message is in the queue." "an empty queue"
is "$(outbox list --json)" "" "... for programs"
is "$(outbox list --failed)" "No message is in failed/." "an empty failed/"

for call in "list --json" --help --version; do
	# shellcheck disable=SC2086,SC2046
	[ "$call" != "list --json" ] || submit $(seq -f 'u%g@example.net' 200)
	outbox $call >/dev/full 2>"$dir/err"
	is "$? $(cat "$dir/err")" "74 outbox: not all could be written" \
	    "$call: a full disk is told of"
done
mkfifo "$dir/pipe"
exec 8<>"$dir/pipe"
exec 7>"$dir/pipe" 8>&-
is "$(outbox list --json 2>&1 >&7)" "" "who reads no more is not told"
exec 7>&-
rm "$dir"/spool/queue/*

submit bob@example.net carol@example.net
submit dave@example.net
sendmail -f 'x<y"@example.org' eve@example.net </dev/null 2>/dev/null ||
    sendmail -f '"x\"y"@example.org' eve@example.net </dev/null
sendmail -f '<>' frank@example.net </dev/null
script 'rcpt * match=carol reply 450 4.2.1 mailbox "busy"' \
    'rcpt * match=dave reply 451 4.7.1 greylisted' \
    'rcpt * match=frank reply 550 5.1.1 unknown' \
    'rcpt * match=eve reply 452 4.2.2 full'
flush
outbox hold "$(qid eve)" >/dev/null

said=$(outbox list)
is "$(printf '%s\n' "$said" | head -n 1)" \
    "ID                          AGE  SIZE STATE    SENDER -> RECIPIENTS" \
    "the heading"
like "$said" "^$(qid carol) +[0-9]+s +[0-9]+ deferred alice@example.org -> carol@example.net$" \
    "a message: who is left"
like "$said" '^    next try in [0-9]+[sm]: 450 4.2.1 mailbox "busy"$' \
    "... and why, and until when"
like "$said" "^$(qid eve) .* held  " "one that is held"
like "$said" "^3 messages, [0-9]+ bytes\.  1 in failed/: outbox list --failed$" \
    "how many, and that more is in failed/"
like "$(outbox list --failed)" "^$(qid frank) .* failed +<> -> frank@example.net$" \
    "what is in failed/"
like "$(outbox list --failed)" "^    550 5.1.1 unknown$" "... and why"
like "$(outbox list --json "$(qid carol)")" \
    "^\{\"schema\":1,\"id\":\"$(qid carol)\",\"state\":\"deferred\",\"arrival\":[0-9]{10},\"size\":[0-9]+,\"uid\":$(id -u),\"sender\":\"alice@example.org\",\"recipients\":\[\{\"address\":\"bob@example.net\",\"state\":\"delivered\"\},\{\"address\":\"carol@example.net\",\"state\":\"waiting\"\}\],\"attempts\":1,\"next\":[0-9]{10},\"reason\":\"450 4.2.1 mailbox \\\\\"busy\\\\\"\"\}$" \
    "JSON: every field"
outbox list --json >"$dir/lines"
outbox list --json --failed >>"$dir/lines"
is "$(wc -l <"$dir/lines")" 4 "... one line for each"
python3 -c 'import json, sys
for line in open(sys.argv[1]):
    assert json.loads(line)["schema"] == 1' "$dir/lines"
ok $? "... that parsers take"
like "$(outbox list --json --failed)" \
    '"state":"failed".*"state":"failed".*"reason":"550 5.1.1 unknown"' \
    "... those in failed/ too"

# Selection.
is "$(chosen)" "bob dave eve" "all, when nothing is chosen"
is "$(chosen --all)" "bob dave eve" "--all"
is "$(chosen --from alice@example.org)" "bob dave" "--from"
is "$(chosen --from 'ALICE@*')" "bob dave" "... a pattern, in any case"
is "$(chosen --from '<>')" "" "... nobody"
is "$(chosen --from '<>' --failed)" "frank" "... in failed/"
is "$(chosen --to carol@example.net)" "bob" "--to"
is "$(chosen --to bob@example.net)" "" "... not who has it"
is "$(chosen --reason GREY)" "dave" "--reason"
is "$(chosen --from 'alice@*' --reason busy)" "bob" "both have to fit"
is "$(chosen --older 1h)" "" "--older: none"
sed -i 's/^T.*/T1000000000/' "$dir/spool/queue/$(qid dave)"
is "$(chosen --older 1h)" "dave" "--older: one"
is "$(chosen "$(qid dave)")" "dave" "an ID"
is "$(chosen "$(qid frank)")" "frank" "an ID in failed/"
is "$(outbox list --reason nothing)" \
    "No message fits.  1 in failed/: outbox list --failed" "none fits"
outbox list 000000000000000000000000 >/dev/null
is $? 66 "an ID that is not there"
outbox list --older soon >"$dir/out" 2>&1
is "$? $(cat "$dir/out")" \
    "64 outbox: --older soon: not a time such as 30m or 2d" "a bad age"
outbox list --yes >/dev/null 2>&1
is $? 64 "an option of another verb"

# Show.
said=$(outbox show "$(qid carol)")
like "$said" "^Recipient: \+ <bob@example.net>" "show: who has it"
like "$said" "^Recipient: - <carol@example.net>" "... who waits"
like "$said" "^Attempts: 1$" "... how often it was tried"
like "$said" "^Next: 20" "... when next"
like "$said" "^Last-Reply: 450 4.2.1 mailbox" "... the last reply"
like "$said" "^hello" "... the message"
said=$(outbox show --header "$(qid carol)")
like "$said" "^Subject: t" "--header: the header"
unlike "$said" "^hello" "... and no body"
like "$(outbox show "$(qid frank)")" "^Parked: yes" "what is in failed/"
is "$(outbox show --to '*@example.net' | grep -c '^Queue-ID')" 3 \
    "show by selection"
outbox show >/dev/null 2>&1
is $? 64 "show what?"
outbox show x >"$dir/out" 2>&1
is "$? $(cat "$dir/out")" "64 outbox: x is not a queue ID: see outbox list" \
    "what is no ID"

# Damaged files in failed/ are there for a person.
echo junk >"$dir/spool/failed/junk"
cp "$dir/spool/failed/junk" "$dir/spool/failed/000000000000000100000001"
said=$(outbox list --failed)
like "$said" "^junk: damaged: not a message" "a file that is no message"
like "$said" "^000000000000000100000001: damaged: " "... with a good name"
outbox list --failed --json | grep -q '"id":"junk","state":"damaged"'
ok $? "... for programs"
is "$(chosen --failed --from '*')" "frank" "... has no sender"

# Who sees and deletes what: a message is its submitter's.
clean
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$dir" "$dir/spool"
	chmod 700 "$dir/spool/failed"
	chmod 644 "$dir/conf"
	chgrp 12 "$dir/spool/queue"
	chmod 1770 "$dir/spool/queue"
	as() {
		user=$1
		shift
		setpriv --reuid "$user" --regid 12 --clear-groups "$@"
	}
	own() {
		user=$1
		shift
		as "$user" "$BUILD/queue/outbox" -C "$dir/conf" "$@"
	}
	for user in 65531 65532; do
		echo x | as $user "$BUILD/sendmail/sendmail" -C "$dir/conf" \
		    to-$user@example.net
	done
	is "$(own 65531 list --json | sed 's/.*to-\([0-9]*\).*/\1/')" 65531 \
	    "a user sees own mail"
	like "$(own 65531 list)" "^1 message, [0-9]+ bytes\.$" "... and no number"
	is "$(own 65533 list)" "No message of yours is in the queue." \
	    "... nor who has none"
	other=$(qid to-65532)
	own 65531 show "$other" >"$dir/out" 2>&1
	is "$? $(cat "$dir/out")" "77 outbox: $other is not yours" \
	    "... cannot show that of others"
	own 65531 delete "$other" >"$dir/out" 2>&1
	is "$? $(queued)" "77 2" "... nor delete it"
	is "$(own 65531 delete --all)" "deleted 1 message" \
	    "... deletes own mail"
	is "$(own 65532 list --json | wc -l) $(queued)" "1 1" \
	    "... and no other"
	own 65531 list --failed >"$dir/out" 2>&1
	is "$? $(cat "$dir/out")" \
	    "77 outbox: failed/ is for root and the owner of the queue" \
	    "failed/ is not for users"
fi

done_testing
