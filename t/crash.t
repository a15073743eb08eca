#!/bin/sh
# Power cuts: what sendmail, flush, its socket and the operator's tool do to
# the queue is recorded, and replayed into every state that a power cut can
# leave on the disk at every point of it: see crash.py.  From each the
# scheduler recovers, and all acknowledged mail must be accounted for.
. "${srcdir:-.}/t/delivery.sh"

FAULT=$BUILD/t/fault
# Under a sanitizer: the leak checker wants to be the only tracer.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
"$FAULT" -- true 2>"$dir/err" || skip_all "$(cat "$dir/err")"

export BUILD dir srcdir
dir=$(cd "$dir" && pwd -P)
traces=

# What the commands of a trace can use.
cat >"$dir/commands" <<'EOC'
sendmail() {
	"$BUILD/sendmail/sendmail" -C "$dir/conf" "$@"
}
flush() {
	"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once --all \
	    2>>"$dir/flush.log"
}
outbox() {
	"$BUILD/queue/outbox" -C "$dir/conf" "$@" >/dev/null
}
# submit FROM RCPT...
submit() {
	printf 'Subject: t\n\nhello\n' | sendmail -i -f "$@"
}
# many N NAME: addresses
many() {
	awk -v n="$1" -v name="$2" 'BEGIN {
		for (i = 1; i <= n; i++)
			print name i "@many-recipients-of-one.example.net"
	}'
}
# 230 bytes, as labels of a domain
long() {
	awk 'BEGIN {
		for (i = 1; i < 24; i++)
			printf "bad-label%s", i < 23 ? "." : ""
	}'
}
EOC

# trace NAME,OPTION... [FAULT-OPTION...] <COMMANDS: record them.
trace() {
	name=${1%%,*}
	{
		cat "$dir/commands"
		cat
	} >"$dir/run"
	traces="$traces $name=$dir/$1"
	shift
	rm -rf "$dir/in"
	mkdir "$dir/in"
	"$FAULT" -f -t 300 "$@" -r "$dir/$name" -d "$dir/spool" -w "$dir/in" -- \
	    sh "$dir/run" >"$dir/out" 2>&1
	status=$?
	case $status in
	0|75)	;;
	*)	cat "$dir/flush.log" "$dir/out"
		echo "$name: status $status"
		exit 99 ;;
	esac
	mv "$dir/in" "$dir/$name.in"
	rm -rf "$dir/spool"
	mkdir "$dir/spool" "$dir/spool/queue" "$dir/spool/failed" "$dir/in"
}

smarthost
configure_clear
refuse='rcpt * match=bad reply 550 5.1.1 no such user'
script "$refuse"

# Each comma starts an option of crash.py: "mistake:NAME" for one that it must
# notice, "still" when there is nothing left to send at the end, "small" when
# each message is one block of a file system.
all=mistake:file,mistake:name,mistake:directory
trace delivered,small,still,$all,mistake:early,mistake:again <<'EOC'
submit alice@example.org one@example.net
submit alice@example.org two@example.net bad@example.net
flush
EOC
# An envelope of several blocks, in which marks and flags are far apart.
trace many,still <<'EOC'
submit alice@example.org $(many 60 good) $(many 60 bad) last@example.net
flush
EOC
trace large,still,whole,mistake:seal <<'EOC'
{
	printf 'Subject: large\n\n'
	yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde |
	    head -n 3000
} | sendmail -f alice@example.org large@example.net
flush
EOC
# Nobody can be told: it goes to failed/, and back.
trace parked,still <<'EOC'
submit root@localhost good@example.net $(many 90 bad)
submit root@localhost $(many 90 bad_two)
submit alice@example.org three@example.net
flush
EOC
# The flag that says so is in another block than what is marked as done.
trace flagged,still,mistake:flag <<'EOC'
submit root@localhost $(many 91 bad) "bad@$(long).example.net"
flush
EOC
trace again,small,mistake:late <<'EOC'
submit root@localhost bad@example.net
submit root@localhost bad2@example.net
flush
outbox retry --failed --all
flush
submit alice@example.org three@example.net
EOC
trace no-tmpfile,still -a openat:O_TMPFILE=EOPNOTSUPP <<'EOC'
submit alice@example.org one@example.net
flush
EOC
# A new volume of a container: the queue itself has to be there afterwards.
rm -rf "$dir/spool/queue" "$dir/spool/failed"
trace bare,bare,still <<'EOC'
flush
submit root@localhost bad@example.net one@example.net
flush
EOC
trace damaged,still <<'EOC'
echo garbage >"$dir/spool/queue/0006597d9d3e5f00.00000001"
echo garbage >"$dir/spool/queue/garbage"
submit alice@example.org one@example.net
flush
submit alice@example.org two@example.net
flush
EOC
trace operator,small <<'EOC'
submit alice@example.org one@example.net
submit alice@example.org two@example.net
outbox hold --to one@example.net
outbox bounce --to two@example.net
outbox release --to one@example.net
outbox hold --all
EOC
trace deleted,small,delete,still <<'EOC'
submit alice@example.org one@example.net
outbox delete --all --yes
EOC

script 'rcpt * match=later reply 450 4.2.0 not now' "$refuse"
trace deferred <<'EOC'
submit alice@example.org $(many 60 later) one@example.net $(many 60 bad)
flush
flush
EOC

extra_queue="submit_socket = $dir/submit"
configure_clear
script "$refuse"
sed "s|^directory = .*|directory = $dir/none|" "$dir/conf" >"$dir/chroot"
trace socket,small,$all <<'EOC'
mkfifo "$dir/events"
exec 7<>"$dir/events"
"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr 2>&7 7>&- &
while read -r line <&7; do
	case $line in
	*": daemon started "*) break ;;
	esac
done
printf 'Subject: t\n\nhello\n' |
    "$BUILD/sendmail/sendmail" -C "$dir/chroot" -f alice@example.org \
    one@example.net
printf '%s\r\n' 'EHLO me' 'MAIL FROM:<alice@example.org>' \
    'RCPT TO:<carol@example.net>' DATA 'Subject: t' '' hi . QUIT |
    "$BUILD/sendmail/sendmail" -C "$dir/chroot" -bs
kill -TERM $!
wait $!
EOC

mkdir "$dir/world"
echo secret >"$dir/world/password"
chmod 600 "$dir/world/password"
cat >"$dir/world/conf" <<EOC
[smarthost]
host = smtp.example.com
user = me
password_file = $dir/world/password
[sender]
domain = example.org
[recipients]
aliases = $dir/aliases
[queue]
directory = $dir/world/spool
submit_socket =
lifetime = 300d
min_free = 0
EOC
sed "s|^directory = .*|directory = $dir/world/spool|
    s|^submit_socket = .*|submit_socket =|" "$dir/conf" >"$dir/real"
# Each trace is one word.
python3 -B "$srcdir/t/crash.py" "$BUILD/t/recover" "$dir/world" \
    "$BUILD/queue/outbox-flush" "$dir/real" "$dir/in" $traces
