#!/bin/sh
# mailq, newaliases and the other names and modes that queue nothing.
. "${srcdir:-.}/t/submission.sh"
IN=/dev/null

# The program under another name.
as() {
	ln -sf "$BUILD/sendmail/sendmail" "$dir/$1"
	name=$1
	shift
	"$dir/$name" -C "$dir/conf" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	STATUS=$?
	OUT=$(cat "$dir/out")
	ERR=$(cat "$dir/err")
}

for how in "mailq" "mailq -v" "mailq -Ac" "sendmail -bp" "newaliases -bp"; do
	as $how
	is "$STATUS $OUT$ERR" "0 Mail queue is empty" "$how: an empty queue"
done
submit -bP
is "$STATUS $OUT" "0 0" "-bP: an empty queue"

printf 'Subject: x\n\nhello\n' >"$dir/input"
IN=$dir/input
submit -f a@b root c@d
submit -f '<>' e@f
as mailq
is "$STATUS$ERR" "0" "mailq: exit 0"
is "$(printf '%s\n' "$OUT" | head -n 1)" \
	"---------Queue ID--------- --Size-- ---Arrival Time---- --Sender/Recipient------" \
	"the heading"
like "$OUT" '^[0-9A-F]{24} +[0-9]+ [A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} a@b$' \
	"a row for each message"
is "$(printf '%s\n' "$OUT" | grep -c ' MAILER-DAEMON$')" 1 "the null sender"
is "$(printf '%s\n' "$OUT" |
	grep -c '^ \{56\}\(root@example.org\|c@d\|e@f\)$')" 3 "the recipients"
is "$(printf '%s\n' "$OUT" | tail -n 1)" "-- 0 Kbytes in 2 Requests." \
	"the trailer"
submit -bP
is "$OUT" "2" "-bP counts"
is "$(queued)" 2 "nothing was changed"
sendmail -bp >/dev/full 2>"$dir/err"
is "$?" 74 "a list that cannot be written: exit 74"
mkfifo "$dir/pipe"
exec 8<>"$dir/pipe"
exec 7>"$dir/pipe" 8>&-
is "$(sendmail -bp 2>&1 >&7)" "" "who reads no more is not told"
exec 7>&-
empty_queue

for how in "newaliases" "newaliases -v" "hoststat" "purgestat" \
	"sendmail -bi" "sendmail -I" "sendmail -bh" "sendmail -bH" \
	"sendmail -q15m"; do
	as $how
	is "$STATUS$OUT$ERR" "0" "$how: exit 0, silent"
done
for how in "mailq joe" "sendmail -bp a@b" "newaliases joe" "sendmail -bi a@b"
do
	as $how
	is "$STATUS$OUT $ERR" "64 sendmail: a recipient is for a message, and \
this takes none: leave it out" "$how: a message is not taken for this"
done
as sendmail --version
like "$OUT" '^outbox [0-9]' "--version"
as sendmail --help
is "$STATUS$ERR" "0" "--help: exit 0"
like "$OUT" '^usage: sendmail' "--help"
sendmail -bm --help >/dev/full 2>"$dir/err"
is "$?" 74 "--help that cannot be written"
like "$(cat "$dir/err")" "cannot write the text: No space" "... and why"

printf 'root: admin@x\n' >"$dir/aliases"
printf 'never read' >"$dir/input"
submit -bv root 'a@b, joe'
is "$STATUS$ERR" "0" "-bv: exit 0"
is "$OUT" \
	"root@example.org... deliverable: mailer smarthost, host 127.0.0.1, user admin@x
a@b... deliverable: mailer smarthost, host 127.0.0.1, user a@b
joe@example.org... deliverable: mailer smarthost, host 127.0.0.1, user joe@example.org" \
	"-bv: where each would go"
is "$(queued)" 0 "-bv: nothing is queued"
sendmail -bv root >/dev/full 2>"$dir/err"
is "$?" 74 "-bv: an answer that cannot be written"
submit -bv
is "$STATUS" 64 "-bv without recipients: exit 64"
mv "$dir/spool" "$dir/moved"
submit -bv root
is "$STATUS$ERR" 0 "-bv needs no queue"
mv "$dir/moved" "$dir/spool"
submit -bv 'a b'
is "$STATUS" 65 "-bv with what is none: exit 65"

done_testing
