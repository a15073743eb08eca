#!/bin/sh
# Mail for users of this machine stays here where the configuration says so,
# with or without a smarthost; neither is in the way of the other.
. "${srcdir:-.}/t/delivery.sh"

host=	# or where the rest goes
local_configure() {
	configure $host "[recipients]" "$@"
}

# What was appended: "root daemon".
kept_for() {
	[ ! -f "$dir/mbox" ] ||
	    sed -n 's/^Delivered-To: \(.*\)@localhost$/\1/p' "$dir/mbox" | words
}

# Nothing anywhere.
local_clean() {
	clean
	rm -f "$dir/mbox" "$dir/mbox.lock" "$dir/took"
}

# Without a smarthost.
local_configure
submit root bob@example.net
flush
is "$? $(waiting) $(reports)" "75 bob root 0" "by default nothing is local"
like "$(said)" "no smarthost is configured: mail is kept in the queue" \
    "... the log says so"

local_clean
local_configure "local_mbox = $dir/mbox"
printf 'Subject: t\n\nFrom here\n>From there\nend' |
    sendmail -f "alice@example.org" root
flush
is "$? $(kept_for) $(queued)" "0 root 0" "mail for a user is appended"
is "$(sed -n '/^$/,$p' "$dir/mbox")" "
>From here
>>From there
end" "with LF line ends, and lines quoted that begin a message"
is "$(tail -c 5 "$dir/mbox" | od -An -c | tr -d ' ')" 'end\n\n' \
    "an empty line is at its end"
like "$(head -n 1 "$dir/mbox")" \
    "^From alice@example\.org [A-Z][a-z]{2} [A-Z][a-z]{2} [ 123][0-9] [0-9:]{8} [0-9]{4}$" \
    "the first line says who and when"
is "$(sed -n 2,3p "$dir/mbox")" "Return-Path: <alice@example.org>
Delivered-To: root@localhost" "then from whom and to whom"
like "$(said)" \
    ": to=<root@localhost>, relay=local, delay=[0-9]+, dsn=2\.0\.0, status=sent \(delivered to mailbox $dir/mbox\)$" \
    "the log line has the form of mail logs"
is "$(ls -l "$dir/mbox" | cut -c 1-10)" "-rw-------" "for nobody else to read"
[ ! -e "$dir/mbox.lock" ]
ok $? "the lock is gone"

submit bob@example.net daemon nosuch
flush
is "$? $(kept_for) $(waiting)" "75 daemon root bob nosuch" \
    "what is for elsewhere is kept; a bare name of nobody is, too"
like "$(said)" "no smarthost is configured: mail for elsewhere is kept" \
    "... the log says so"
is "$(grep -c '^From ' "$dir/mbox")" 2 "a second message begins where one ends"
sendmail -f '' root </dev/null
flush
like "$(grep '^From ' "$dir/mbox" | tail -n 1)" "^From MAILER-DAEMON " \
    "mail from nobody"

# Who is local.
verify() {
	sendmail -bv "$1" | sed 's/.*mailer //'
}
is "$(verify root)" "local, user root@localhost" "a user is local"
is "$(verify root@localhost)" "local, user root@localhost" "... at localhost"
is "$(verify root@example.org)" \
    "smarthost, host (none), user root@example.org" "not at the mail name"
is "$(verify nosuch)" "smarthost, host (none), user nosuch@example.org" \
    "nor is a name that is no user"
is "$(verify nosuch@localhost)" "local, user nosuch@localhost" \
    "but at localhost it is"
printf 'root: bob@example.net, daemon\ndaemon: daemon\n' >"$dir/aliases"
is "$(verify root)" "smarthost, host (none), user bob@example.net
local, user daemon@localhost" "aliases come first"
: >"$dir/aliases"
local_configure "local_mbox = $dir/mbox" "local = root, bob@example.net"
is "$(verify nosuch)" "local, user root@localhost
smarthost, host (none), user bob@example.net" "local gets what is no user's"
is "$(verify daemon)" "local, user daemon@localhost" "... and nothing else"
like "$(sendmail -C /dev/null -bv daemon)" "mailer smarthost" \
    "without local mail none of this"

# A user that does not exist.
local_clean
local_configure "local_mbox = $dir/mbox"
sendmail -f root@localhost nosuch@localhost </dev/null
flush
is "$? $(kept_for) $(parked)" "0 root 0" "no such user: a sender here is told"
like "$(cat "$dir/mbox")" '^unknown user: "nosuch"|>: unknown user: "nosuch"' \
    "... of what was wrong"
local_clean
submit nosuch@localhost '"../x"@localhost' ..@localhost
flush
is "$(grep -c 'dsn=5\.1\.1, status=bounced (unknown user: ' \
    "$dir/flush.log") $(reports)" "3 1" "no such user: the sender is told"
[ ! -e "$dir/mbox" ]
ok $? "nothing is written for them"

# With a smarthost.
smarthost
host="host=127.0.0.1 port=$port tls=none"
local_clean
local_configure "local_mbox = $dir/mbox"
submit root bob@example.net daemon
submit carol@example.net
flush
is "$? $(kept_for), $(got), $(queued)" "0 daemon root, bob carol, 0" \
    "users here, the rest there"
is "$(grep -c "relay=local" "$dir/flush.log")" 2 "each by its own way"
submit nosuch@localhost bob@example.net
flush
is "$(told), $(got)" "nosuch, bob bob carol" "one that fails here is reported"

# NOTIFY=SUCCESS: action of each report, and for whom.
notified() {
	cat /dev/null "$dir/mbox" "$dir"/in/*.msg 2>/dev/null | tr -d '\r' |
	    sed -n 's/^Final-Recipient: rfc822; \(.*\)@.*/\1/p
		s/^Action: //p; s/^Status: //p' | words
}
local_clean
submit -N success root bob@example.net
flush
is "$? $(notified)" "0 2.0.0 delivered root" \
    "NOTIFY=SUCCESS: delivered here; the smarthost reports for the rest"
like "$(said)" ": sender delivery status notification: [0-9A-F]{24}$" \
    "the log says so"
local_clean
sendmail -f daemon@localhost -N success -V id+2Bone root </dev/null
flush
is "$? $(kept_for)" "0 daemon root" "a sender here is told here"
is "$(sed -n '/^Action:/p; /^Status:/p; s/^Original-Envelope-Id: //p
    s/^Subject: //p; s/^Diagnostic-Code: //p' "$dir/mbox")" \
    "Mail Was Delivered
id+one
Action: delivered
Status: 2.0.0
X-Outbox; delivered to mailbox $dir/mbox" "... with all that it is about"
local_clean
submit -N failure,delay root
submit -N never daemon
submit root
flush
is "$? $(kept_for) $(notified)" "0 daemon root root " \
    "nobody is told who did not ask"
local_clean
mkdir "$dir/mbox"
submit -N success root
flush
is "$? $(reports)" "75 0" "not before it is there"
rmdir "$dir/mbox"
due_now
flush
is "$? $(notified)" "0 2.0.0 delivered root" "... and once"

local_clean
script 'rcpt * match=bob@ reply 450 4.2.0 not now'
submit root bob@example.net
flush
is "$? $(kept_for) $(waiting)" "75 root bob" "one waits there"
flush
is "$? $(kept_for)" "0 root" "the other has it once"
script
due_now
flush
is "$? $(kept_for) $(got) $(queued)" "0 root bob 0" "then it goes"

local_clean
script 'greeting * reply-close 554 5.7.1 go away'
submit root bob@example.net
flush
submit root
flush
is "$? $(kept_for), $(waiting)" "75 root root, bob" "the site is down: local mail goes on"
script

# What is in the way here.
local_clean
mkdir "$dir/mbox"
submit root
submit bob@example.net
flush
is "$? $(got) $(waiting)" "75 bob root" "a mailbox that is none: it waits"
like "$(said)" "status=deferred \(cannot open $dir/mbox: Is a directory\)" \
    "the log says why"
rmdir "$dir/mbox"
flush
is "$? $(waiting)" "0 root" "as long as any other mail"
due_now
flush
is "$? $(kept_for)" "0 root" "mended, it goes"

# refuses RULE WHY: what stands in place of the mailbox is not written to.
refuses() {
	submit root
	flush
	is "$? $(waiting)" "75 root" "$1: it waits"
	like "$(said)" "status=deferred \($2\)" "$1: the log says why"
	"$BUILD/queue/outbox" -C "$dir/conf" delete --all --yes >"$dir/out" \
	    2>&1
}
rm "$dir/mbox"
: >"$dir/other"
ln -s other "$dir/mbox"
refuses "a symbolic link" "$dir/mbox is a symbolic link"
rm "$dir/mbox"
ln "$dir/other" "$dir/mbox"
refuses "a file with two names" "$dir/mbox has more than one name"
rm "$dir/mbox"
is "$(cat "$dir/other")" "" "nothing is written through them"
mkfifo "$dir/mbox"
refuses "a fifo" "$dir/mbox is not a file"
rm "$dir/mbox"
mkdir -m 777 "$dir/open"
local_configure "local_mbox = $dir/open/mbox"
refuses "a directory that all may write to" \
    "the directory of $dir/open/mbox is not safe: others can write to it"
local_configure "local_mbox = $dir/none/mbox"
refuses "no directory" "cannot open the directory of $dir/none/mbox: No such .*"
local_configure "local_mbox = $dir/mbox"
cp "$BUILD/queue/outbox-flush" "$dir"
ln -s "$BUILD/queue/outbox-smtp" "$dir/outbox-smtp"
printf '#!/bin/sh\nexit 3\n' >"$dir/outbox-local"
chmod 755 "$dir/outbox-local"
local_clean
submit root bob@example.net
"$dir/outbox-flush" -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
is "$? $(got) $(waiting)" "75 bob root" \
    "a process that ends with mail in its hands: it waits"

# One that was cut off.
local_clean
printf 'From x\nSubject: cut\n\nhel' >"$dir/mbox"
submit root
flush
is "$(grep -n '^From ' "$dir/mbox" | cut -d ' ' -f 1,2 | words)" \
    "1:From x 6:From alice@example.org" \
    "what is behind half a message is a message of its own"

# Another program has the mailbox: nobody else waits for that.
local_clean
mkfifo "$dir/go" "$dir/locked"
for how in lockf dot; do
	rm -f "$dir/mbox" "$dir/in"/*
	: >"$dir/mbox"
	if [ $how = lockf ]; then
		python3 -c 'if 1:
		    import fcntl, sys
		    f = open(sys.argv[1], "r+")
		    fcntl.lockf(f, fcntl.LOCK_EX)
		    open(sys.argv[2], "w").write("locked\n")
		    open(sys.argv[3]).read()' "$dir/mbox" "$dir/locked" \
		    "$dir/go" &
		track $!
		read -r answer <"$dir/locked"
	else
		: >"$dir/mbox.lock"
	fi
	daemon
	submit root
	submit bob@example.net
	await "to=<bob@example.net>"
	like "$line" "status=sent" "$how: other mail goes"
	is "$(cat "$dir/mbox")" "" "... and nothing is written"
	if [ $how = lockf ]; then
		echo go >"$dir/go"
	else
		rm "$dir/mbox.lock"
	fi
	await "to=<root@localhost>"
	like "$line" "status=sent" "... until it is free"
	stop
	is "$? $(kept_for) $(queued)" "0 root 0" "... then it is there"
done

# A mailbox for each.  The list is that of the kernel: user 1 may read.
mkdir "$dir/mail"
local_clean
local_configure "local_mbox = $dir/mail/%u"
submit root daemon
flush
status=$?
is "$(ls "$dir/mail" | words)" "daemon root" "%u is the user"
if grep -q 'cannot make the mailbox readable' "$dir/flush.log"; then
	is "$status $(waiting)" "75 daemon" "no access control lists: it waits"
	skip "its user can read it" "no access control lists here"
else
	is "$status" 0 "all have their mail"
	if [ "$(id -u)" -eq 0 ] && setpriv --reuid 1 --regid 1 --clear-groups \
	    true 2>/dev/null; then
		chmod 755 "$dir" "$dir/mail"
		like "$(setpriv --reuid 1 --regid 1 --clear-groups \
		    cat "$dir/mail/daemon")" "Delivered-To: daemon@localhost" \
		    "its user can read it"
		setpriv --reuid 2 --regid 2 --clear-groups \
		    cat "$dir/mail/daemon" >/dev/null 2>&1
		is $? 1 "... and no other"
	fi
fi

# A command.
local_clean
cat >"$dir/take" <<-EOC
	#!/bin/sh
	{ echo "\$@"; env | grep -v '^_\|^PWD\|^SHLVL\|^OLDPWD' | sort; cat; } \
	    >>"$dir/took"
EOC
chmod 755 "$dir/take"
local_configure "local_command = $dir/take to-%u a;b"
printf 'Subject: t\r\n\r\nFrom here\r\n' | sendmail -f "alice@example.org" root
flush
is "$? $(queued)" "0 0" "a command gets the mail"
is "$(sed -n '1,8p; /^$/,$p' "$dir/took")" "to-root a;b
LOGNAME=root
PATH=/usr/sbin:/usr/bin:/sbin:/bin
RECIPIENT=root@localhost
SENDER=alice@example.org
USER=root
Return-Path: <alice@example.org>
Delivered-To: root@localhost

From here" "with its words, a small environment and LF line ends"
like "$(said)" "relay=local, .*status=sent \(delivered to command $dir/take\)" \
    "the log says so"

# ends HOW WANT RULE: a command that does so; "WANT" is status and code.
ends() {
	local_clean
	local_configure "local_command = /bin/sh -c $1"
	submit root
	flush
	like "$(said)" "dsn=$2" "$3"
}
ends "exit 0" "2\.0\.0, status=sent" "it need not read the mail"
ends "echo no such user >&2; exit 67" \
    "5\.1\.1, status=bounced \(/bin/sh failed with status 67: no such user\)" \
    "67: no such user; the log has its words"
ends "exit 65" "5\.6\.0, status=bounced" "65: the content"
ends "exit 68" "5\.1\.2, status=bounced" "68: no such host"
ends "exit 69" "5\.3\.0, status=bounced" "69: it is not taken"
ends "exit 77" "5\.7\.1, status=bounced" "77: not allowed"
ends "echo full; exit 75" \
    "4\.3\.0, status=deferred \(/bin/sh failed with status 75: full\)" \
    "75: later"
ends "exit 1" "4\.3\.0, status=deferred" "1: later, since it may be mended"
ends 'kill -SEGV $$' \
    "4\.3\.0, status=deferred \(/bin/sh was killed by signal 11\)" \
    "a signal: later"
ends "yes 2>/dev/null | head -c 300000; exit 75" \
    "4\.3\.0, status=deferred \(/bin/sh failed with status 75: y\)" \
    "much that it writes does no harm"
local_clean
local_configure "local_command = $dir/missing"
submit root
flush
like "$(said)" "dsn=4\.3\.0, status=deferred .*No such file" \
    "one that is missing: later"

# A message for here and for elsewhere, which both put it off.  It is killed,
# should it wait for that.
local_clean
extra_queue="retry_min = 1h"
local_configure "local_mbox = $dir/missing/mbox"
script 'rcpt * reply 450 4.2.0 not yet'
submit root bob@example.net
flush
timeout -k 1 100 "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once \
    2>"$dir/flush.log"
is "$? $(waiting)" "75 bob root" "here and elsewhere later: a pass ends"
extra_queue=
script

# And one of which the disk does not take who has it.
local_clean
local_configure "local_mbox = $dir/mbox"
submit root bob@example.net
"$BUILD/t/fault" -a pwrite64=ENOSPC -- "$BUILD/queue/outbox-flush" \
    -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
status=$?
if [ $status -ne 125 ]; then
	is "$status $(kept_for) $(got)" "75 root " \
	    "no mark can be written: who has it gets it once"
else
	skip "no mark can be written" "no ptrace"
fi

# The configuration changes under a flush that runs.
local_clean
host=
local_configure
daemon
submit root
"$BUILD/queue/outbox" -C "$dir/conf" hold --all >/dev/null 2>&1
local_configure "local_mbox = $dir/mbox"
kill -HUP $daemon
await ": reload "
submit daemon
await "to=<daemon@localhost>"
is "$(kept_for)" daemon "local mail is switched on"
host="host=127.0.0.1 port=$port tls=none"
script 'rcpt * reply 450 4.2.0 not now'
rm "$dir/mbox"
mkdir "$dir/mbox"
submit root
await "to=<root@localhost>"
local_configure
kill -HUP $daemon
await "to=<root@localhost>, relay=127"
ok 0 "off: what waits is the smarthost's"
stop
rmdir "$dir/mbox"
script

# Mail that was kept for want of a smarthost does not get old by that.
local_clean
configure
submit bob@example.net
for f in "$dir"/spool/queue/*; do
	sed -i "s/^T[0-9]\{10\}$/T$(($(date +%s) - 500000))/" "$f"
done
flush
is "$? $(waiting) $(reports)" "75 bob 0" "without a smarthost it is kept"
configure_clear
script 'greeting * reply-close 554 5.7.1 go away'
flush
is "$? $(waiting) $(reports)" "75 bob 0" \
    "the first attempt fails: it is not returned at once"
script
flush --all
is "$? $(got)" "0 bob" "then it goes"

# What the operator hears of it.
local_clean
outbox() {
	"$BUILD/queue/outbox" -C "$dir/conf" "$@" 2>&1
}
configure
is "$(outbox check)" "The configuration has no errors.
No smarthost is configured: mail is kept in the queue." "check: kept"
configure "host = localhost"
is "$(outbox check)" "The configuration has no errors." "check: all is well"
sed -i 's/^domain = .*/domain = web1.lan/' "$dir/conf"
is "$(outbox check | sed 1d)" "Mail of this machine is from root@web1.lan, \
which servers may not accept: set domain, or from, in [sender]." \
    "check: a domain that others do not know"
sed -i '/^domain =/a\from = machines@example.com' "$dir/conf"
is "$(outbox check)" "The configuration has no errors." \
    "check: unless all mail is from a known one"
configure
chmod 600 "$dir/conf"
is "$(outbox check | sed -n 2p)" \
    "Users who cannot read it cannot send: chmod a+r $dir/conf" \
    "check: a file that others cannot read"
chmod 644 "$dir/conf"
host=
local_configure "local_mbox = $dir/mbox"
is "$(outbox check)" "The configuration has no errors.
No smarthost is configured: mail for elsewhere is kept in the queue.
Mail for users of this machine goes to $dir/mbox." "check: local"
like "$(outbox status)" \
    "; no smarthost is configured: mail for elsewhere is kept" "status"
like "$(outbox status)" "^local +$dir/mbox" "... has the mailbox"
like "$(outbox status --json)" "\"local\":\"$dir/mbox\"" "... and as JSON"
like "$(outbox test root)" "Mail for users of this machine goes to $dir/mbox" \
    "test: says where mail goes"
flush
is "$(kept_for)" root "... and sends"

done_testing
