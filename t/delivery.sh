# For tests of delivery (sh), in place of lib.sh, which it includes: scripts
# for the smarthost, and what became of the mail.
#
#	. "${srcdir:-.}/t/delivery.sh"
#	smarthost; configure_clear
#	submit bob@example.net
#	script 'rcpt * reply 450 4.2.0 not now'
#	flush; is "$?" 75 "it waits"
#	script; due_now; flush
#	is "$(got)" "bob" "it arrives"

. "${srcdir:-.}/t/lib.sh"
export LC_ALL=C

# What was seen last, when it hangs and is ended.
hung() {
	for log in "$dir/flush.log" "$dir/transcript"; do
		echo "# hangs after test $tests; the end of ${log##*/}:"
		tail -n 20 "$log" | sed 's/^/# /'
	done
	exit 99
}
trap hung TERM

# The smarthost of smarthost(), without TLS: configure_clear LINE...
configure_clear() {
	configure "host = 127.0.0.1" "port = $port" "tls = none" "$@"
}

# smarthost_for WAY: one to which mail goes the "classic" way, with PIPELINING
# or with CHUNKING.
smarthost_for() {
	case $1 in
	classic) smarthost --ehlo 8BITMIME,SIZE ;;
	pipelining) smarthost --ehlo PIPELINING,8BITMIME,SIZE ;;
	chunking) smarthost ;;
	esac
}

# What a smarthost with "--notify $dir/notify" says can be read from
# descriptor 6.
notifications() {
	mkfifo "$dir/notify"
	exec 6<>"$dir/notify"
}

# Wait until it says this.
hear() {
	while read -r heard <&6; do
		case $heard in
		$1*) return ;;
		esac
	done
}

# The rules of the smarthost from now on; none: it behaves.
script() {
	printf '%s\n' "$@" >"$dir/script"
}

# submit RCPT...: a message of alice@example.org.
submit() {
	sendmail -f alice@example.org "$@" <<-'EOM'
	Subject: t

	hello
	EOM
}

# A message of so many KiB: submit_large KIB RCPT...
submit_large() {
	kib=$1
	shift
	{
		printf 'Subject: large\n\n'
		yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde |
		    head -n $((kib * 16))
	} | sendmail -f alice@example.org "$@"
}

# copies N: of the one message in the queue, which is for r0000@..., make N, for
# r0001 and so on.
copies() {
	original=$(echo "$dir"/spool/queue/*)
	copy=0
	while [ $copy -lt $1 ]; do
		copy=$((copy + 1))
		name=$(printf '%016X%08X' $copy $copy)
		sed "s/r0000@/r$(printf %04d $copy)@/" "$original" \
		    >"$dir/spool/queue/$name"
	done
	chmod 600 "$dir"/spool/queue/*
	rm "$original"
}

# Connections to the smarthost so far.
connections() {
	grep -c ' event connected$' "$dir/transcript"
}

# Nothing in the queue, nothing arrived, nothing said.
clean() {
	rm -rf "$dir/spool/queue" "$dir/spool/failed" "$dir/in"
	rm -f "$dir/spool/state"
	mkdir "$dir/spool/queue" "$dir/spool/failed" "$dir/in"
	: >"$dir/transcript"
	: >"$dir/flush.log"
}

# The same queue for several cases: "save NAME" once, then "restore NAME".
save() {
	saved=$dir/saved-$1
	rm -rf "$saved"
	cp -Rp "$dir/spool/queue" "$saved"
}

restore() {
	clean
	saved=$dir/saved-$1
	cp -p "$saved"/* "$dir/spool/queue"
}

# Is what was saved or restored still there, and nothing else?
stays() {
	for f in "$saved"/* "$dir"/spool/queue/*; do
		[ -f "$dir/spool/queue/${f##*/}" ] &&
		    [ -f "$saved/${f##*/}" ] || return 1
	done
}

# kept NAME: flush keeps the mail, and nothing is said to its sender.  It may
# have been lost before, but not so often that it is given up.
kept() {
	due_now
	LC_ALL=C sed -i 's/^\(E[0-9]\{4\}\) 0[3-9] /\1 02 /' \
	    "$dir"/spool/queue/*
	flush
	status=$?
	stays
	is "$status $?" "75 0" "kept: $1"
}

# The recipients of what arrived, reports aside, by their local part: one that
# got two copies is there twice.
got() {
	awk '/^mail / { report = $2 == "<>" }
	    /^rcpt / && !report { sub(/@.*/, "", $2); print substr($2, 2) }' "$dir"/in/*.env 2>/dev/null | words
}

# Recipients still to do, reports aside.
waiting() {
	awk 'FNR == 1 { over = 0 }
	    over || /^S$/ || /^E/ { over = 1; next }
	    /^R-/ { sub(/^R-/, ""); sub(/@.*/, ""); print }' \
	    "$dir"/spool/queue/* 2>/dev/null | words
}

# The number of reports that are queued or have arrived.
reports() {
	cat /dev/null "$dir"/spool/queue/* "$dir"/in/*.env 2>/dev/null |
	    grep -acE '^(S|mail <>.*)$'
}

# What arrived reports speak of, a line for each: "carol dave".
told() {
	awk 'FNR == 1 && line != "" { print line; line = "" }
	    /^Final-Recipient: / { sub(/@.*/, "", $3)
		line = line (line == "" ? "" : " ") $3 }
	    END { if (line != "") print line }' "$dir"/in/*.msg 2>/dev/null |
	    sort
}

# What the client said.
client() {
	sed -n 's/^[0-9]* [a-z]* C: //p' "$dir/transcript"
}

# The log of the last flush without what a session says of itself.
said() {
	grep -v 'connection established to ' "$dir/flush.log"
}

# A flush that keeps running, and listens by now: $daemon.  Its log goes
# through await.
daemon() {
	[ -p "$dir/events" ] || {
		mkfifo "$dir/events"
		exec 7<>"$dir/events"
	}
	"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr "$@" \
	    2>"$dir/events" 7>&- 9>&- &
	daemon=$!
	track $daemon
	await ": daemon started "
}

# Wait until the daemon's log has this; $line is the line.
await() {
	while IFS= read -r line <&7; do
		printf '%s\n' "$line" >>"$dir/flush.log"
		case $line in
		*"$1"*) return ;;
		esac
	done
}

# Wait until the queue is empty: what was sent is removed after the log has it.
gone() {
	while [ "$(queued)" -gt 0 ]; do
		continue
	done
}

# The process that wrote $line.
pid() {
	pid=${line#*[}
	echo "${pid%%]*}"
}

# End the daemon; its status.
stop() {
	kill -TERM $daemon
	wait $daemon
}

# outbox as on a terminal: terminal ANSWER ARGUMENT...
terminal() {
	OUTBOX="$BUILD/queue/outbox" CONF="$dir/conf" python3 - "$@" <<-'EOP'
	import os, pty, sys
	pid, fd = pty.fork()
	if pid == 0:
	    os.execv(os.environ["OUTBOX"], ["outbox", "-C",
	        os.environ["CONF"]] + sys.argv[2:])
	said = b""
	asked = False
	while True:
	    try:
	        data = os.read(fd, 4096)
	    except OSError:
	        break
	    if not data:
	        break
	    said += data
	    if b"[y/N]" in said and not asked:
	        asked = True
	        os.write(fd, sys.argv[1].encode() + b"\n")
	status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
	sys.stdout.write(said.decode().replace("\r\n", "\n"))
	sys.exit(status)
	EOP
}
