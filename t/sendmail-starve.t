#!/bin/sh
# sendmail when memory runs out: at each allocation, and at each and all that
# follow.  Either it exits 0 and the queue has the message, byte for byte what
# it would be, or it says why not in one line, with status 71, and the queue
# has nothing.
. "${srcdir:-.}/t/submission.sh"
. "${srcdir:-.}/t/starve.sh"

# reference COMMAND...: what comes of it while there is memory.
reference() {
	empty_queue
	arm 0
	"$@" <"$IN" >"$dir/want.out" 2>"$dir/err"
	ok $? "$variant: without a fault"
	contents "$dir"/spool/queue/* >"$dir/want"
	empty_queue
}

# What is said is one line.
is_told() {
	[ "$(wc -l <"$dir/err")" -eq 1 ] && [ ! -s "$dir/out" ]
}

program() {
	starved sendmail "$BUILD/sendmail/sendmail" -C "$conf" "$@"
}
conf=$dir/conf
other=		# status for "not queued", as a pattern

# one COMMAND...: a submission.
one() {
	"$@" <"$IN" >"$dir/out" 2>"$dir/err"
	status=$?
	read -r hit <"$starve"
	case $status in
	0)
		contents "$dir"/spool/queue/* | cmp -s - "$dir/want" && [ ! -s "$dir/err" ]
		;;
	71 | $other)
		[ "$(queued)" -eq 0 ] && is_told
		;;
	*)
		false
		;;
	esac || bad "status $status, $(queued) queued: $(cat "$dir/err")"
	empty_queue
}

# submission NAME ARGUMENT...
submission() {
	variant=$1
	shift
	reference program "$@"
	variant "$variant" 1 one program "$@"
}

cat >"$dir/aliases" <<-'EOT'
	bob: robert@example.net, eve
	eve: e@example.net
	list: a@example.net, b@example.net, c@example.net, d@example.net, bob
EOT
given '%s\n' 'From: Alice <alice@example.org>' 'To: bob, carol@example.net,' \
    ' list' 'Cc: "D. D." <dave@example.net>' 'Bcc: hidden@example.net' \
    'Subject: x' '' 'hello' '.' 'there'
submission "-t with aliases" -t -i
given 'Subject: x\n\nhello\n'
submission "recipients, a sender and a name" -f alice -F 'Alice B.' \
    -N failure,delay -R hdrs -V id bob carol@example.net
submission "a local user" -f '' root "\\$(id -un)" nobody@example.org

# A user of a machine with the domain as its name is found in passwd.
conf "[sender]" "from = site@example.org"
sed '/^domain = /d' "$dir/conf" >"$dir/conf.new"
mv "$dir/conf.new" "$dir/conf"
submission "mail as one sender" root
conf

# A large one goes through several buffers.
{ printf 'Subject: x\n\n'; yes 'hello there' | head -n 20000; } >"$dir/input"
submission "a large one" bob

# session: of -bs.  What is acknowledged is queued, and nothing else; what is
# refused first is refused for now.
session() {
	program -bs <"$IN" >"$dir/out" 2>"$dir/err"
	status=$?
	read -r hit <"$starve"
	accepted=$(grep -c '^250 2.0.0 Ok: queued' "$dir/out")
	refusal=$(grep -m 1 '^[45]' "$dir/out")
	{ [ $status -eq 0 ] || { [ $status -eq 71 ] &&
	    [ -s "$dir/err" ]; }; } &&
	    [ "$accepted" -eq "$(queued)" ] &&
	    ! grep -qv '^[2-5][0-9][0-9][- ].' "$dir/out" &&
	    [ "${refusal#5}" = "$refusal" ] &&
	    { [ $status -ne 0 ] || [ -n "$refusal" ] ||
		contents "$dir"/spool/queue/* | cmp -s - "$dir/want"; } &&
	    [ "$(contents "$dir"/spool/queue/* | grep -cx "$(printf 'one\r\\|two\r')")" -eq \
		"$accepted" ] ||
		bad "status $status, $(queued) queued: $(grep -v ^25 "$dir/out")"
	empty_queue
}
given '%s\r\n' 'EHLO x' 'MAIL FROM:<a@b> SIZE=100 RET=HDRS ENVID=x' \
    'RCPT TO:<c@d> NOTIFY=FAILURE ORCPT=rfc822;x@y' 'RCPT TO:<bob>' DATA \
    'Subject: x' '' one . 'MAIL FROM:<>' 'RCPT TO:<e@f>' DATA \
    '' 'two' . NOOP QUIT
variant=-bs
reference program -bs
variant -bs 1 session

# list: what is printed is all of it, or it is an error.
list() {
	program "$@" </dev/null >"$dir/out" 2>"$dir/err"
	status=$?
	read -r hit <"$starve"
	case $status in
	0)	cmp -s "$dir/out" "$dir/want.out" && [ ! -s "$dir/err" ] ;;
	71 | 74) [ "$(wc -l <"$dir/err")" -eq 1 ] ;;
	*)	false ;;
	esac || bad "status $status: $(cat "$dir/err")"
}

# listing NAME ARGUMENT...
listing() {
	name=$1
	shift
	arm 0
	program "$@" </dev/null >"$dir/want.out"
	ok $? "$name: without a fault"
	variant "$name" 1 list "$@"
}
for _ in 1 2 3; do
	submit -f "someone-with-a-long-name@example.org" \
	    bob carol@example.net "$(printf 'j\303\266rg@example.net')"
done
listing mailq -bp
listing "the number of messages" -bP
listing "-bv" -bv bob carol@example.net list
empty_queue

# By the socket of flush, which keeps what it gets: there is no smarthost.
extra_queue="submit_socket = $dir/submit"
conf
sed -i '/^host = /d' "$dir/conf"
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"
mkfifo "$dir/events"
exec 7<>"$dir/events"
starve=$dir/starve.flush
arm 0
starve=$dir/starve
# Without timeout: what is started is what is ended.
STARVE=$dir/starve.flush:outbox-flush LD_PRELOAD=$BUILD/t/starve.so \
    "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr 2>"$dir/events" 7>&- &
daemon=$!
track $daemon
while read -r line <&7; do
	case $line in
	*": daemon started "*) break ;;
	esac
done
# What it says goes nowhere.
cat <&7 >"$dir/flush.log" &
track $!

given 'From: a@example.org\nSubject: x\n\nhello\n'
conf=$dir/chroot
submission "by the socket" -t bob carol@example.net

conf=$dir/conf
listing "-q" -q

# In flush: the client is told, and the next one is served.  A process that has
# not even a log goes away, which is another error.
other='7[34]'
starve=$dir/starve.flush
served() {
	one "$BUILD/sendmail/sendmail" -C "$dir/chroot" -t bob carol@example.net
	arm 0
	kill -0 $daemon &&
	    "$BUILD/sendmail/sendmail" -C "$dir/chroot" bob \
	    <"$IN" 2>"$dir/err" ||
		bad "the next one: $(cat "$dir/err")"
	empty_queue
}
variant "in flush, for the socket" 1 served
kill -TERM $daemon
wait $daemon
is $? 0 "flush has survived all of that"
done_testing
