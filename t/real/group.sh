# shellcheck shell=sh
# The group of the queue: what sendmail does with it, and what someone could do
# who has taken sendmail over.  Sourced by real.t.
#
# Packages: apparmor python3 strace

settle host=	# mail waits

# traced NAME=VALUE...: alice's sendmail with these in its environment, traced
# by root, so that the set-group-ID bit counts; the trace is in /tmp/trace.
traced() {
	for variable; do
		set -- "$@" -E "$variable"
		shift
	done
	printf 'Subject: t\n\nx\n' | in_client strace -f -u alice "$@" \
		-e trace=openat,open,linkat,unlinkat,connect,setresgid,execve \
		-o /tmp/trace sendmail traced@example.org
}
# What it opened while it had the group; of libraries, which no caller can name,
# also before it gave that up for the first time.
privileged() {
	gid=$(in_client getent group outboxdrop | cut -d: -f3)
	awk -v gid="$gid" '
	/setresgid\(-1, / { split($0, part, ", "); raised = part[2] == gid
		lowered += !raised }
	/ENOENT|setresgid|execve|^[0-9]+ +[+]/ { next }
	!lowered && !/"\/(etc\/ld.so|lib|usr\/lib)/ { print }
	lowered && raised { print }
	END { if (!lowered) print "never given up" }' "$client/tmp/trace"
}
# In the queue, and the nameless file that gets its name.
foreign() {
	privileged | grep -vE \
		-e 'openat\(AT_FDCWD, "/var/spool/outbox", O_RDONLY' \
		-e 'openat\([0-9]+, "(queue|\.|wake|\.usage)", ' \
		-e 'openat\([0-9]+, "\.", O_RDWR\|.*O_TMPFILE' \
		-e 'linkat\((AT_FDCWD, "/proc/self/fd/[0-9]+"|[0-9]+, ""), '
}
only_the_queue() {
	traced "$@" || return
	grep -c 'O_TMPFILE' "$client/tmp/trace" || return
	! foreign
}
check "with the group it opens the queue and nothing else" only_the_queue
check "... whatever the environment names" only_the_queue \
	TZ=/tmp/tz TZDIR=/tmp LOCPATH=/tmp LC_ALL=x LANG=/tmp/x \
	NLSPATH=/tmp/%N GCONV_PATH=/tmp HOSTALIASES=/tmp/h RES_OPTIONS=x \
	LD_PRELOAD=/tmp/x.so LD_LIBRARY_PATH=/tmp LD_AUDIT=/tmp/x.so \
	MALLOC_TRACE=/tmp/m TMPDIR=/tmp HOME=/tmp MAIL=/tmp/x MAILCONFIG=/tmp/c

# Files that only the group could read.
cp "$client/etc/outbox/outbox.conf" "$client/tmp/group.conf"
in_client chown root:outboxdrop /tmp/group.conf
chmod 640 "$client/tmp/group.conf"
sed '/^.recipients/d; /^aliases/d' "$client/etc/outbox/outbox.conf" \
	>"$client/tmp/aliases.conf"
printf '[recipients]\naliases = /tmp/group.aliases\n' \
	>>"$client/tmp/aliases.conf"
check "a configuration that the group can read is not read for a user" denied \
	sh -c 'echo x | sendmail -C /tmp/group.conf x@example.org'
echo 'root: leaked@example.org' >"$client/tmp/group.aliases"
in_client chown root:outboxdrop /tmp/group.aliases
chmod 640 "$client/tmp/group.aliases"
check "... nor an aliases file" eval \
	'! as bob sendmail -C /tmp/aliases.conf -bv root | grep leaked'
check "... nor the queue, with -C" denied sendmail -C /tmp/aliases.conf -bp

# A process of bob's that runs, and waits for its input.
running() {
	rm -f "$client/tmp/input" "$client/tmp/pid"
	mkfifo "$client/tmp/input"
	exec 6<>"$client/tmp/input"
	as bob sh -c 'ulimit -c unlimited; echo $$ >/tmp/pid.new &&
		mv /tmp/pid.new /tmp/pid; exec sendmail held@example.org' \
		<"$client/tmp/input" 6<&- >/dev/null 2>&1 &
	held=$!
	await test -e "$client/tmp/pid"
	pid=$(cat "$client/tmp/pid")
	await waits
}
waits() {
	grep -q '^Name:.sendmail' "/proc/$pid/status" &&
		grep -q '^State:.S' "/proc/$pid/status"
}
in_client touch /tmp/x
running
for file in environ mem maps fd/0 cwd auxv; do
	check "its user cannot open /proc/PID/$file" denied \
		head -c 1 "/proc/$pid/$file"
done
check "... list its descriptors" denied ls "/proc/$pid/fd"
check "... trace it" denied python3 -c '
import ctypes, sys
sys.exit(ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), 0, 0) != 0)' "$pid"
check "... change its limits" denied prlimit --pid "$pid" --nofile=3
check "... nor get a core of it" eval 'kill -SEGV "$pid"
	wait "$held"; is "$(ls "$client"/tmp/core* 2>/dev/null)" ""'
exec 6<&-
rm -f "$client/tmp/input" "$client/tmp/pid"

# Limits, users and names.
as_nobody_known() {
	chroot "$client" env -i -C /tmp PATH=$client_path LC_ALL=C \
		setpriv --reuid=54321 --regid=54321 --clear-groups "$@"
}
messages() {
	in_client ls $spool/queue | wc -l
}
# sound COMMAND...: exit 0 and one message more, or neither.
sound() {
	before=$(messages)
	"$@" >/dev/null 2>&1 </dev/null
	status=$?
	after=$(messages)
	echo "status $status, $before messages before, $after after"
	if [ "$status" -eq 0 ]; then
		[ "$after" -eq $((before + 1)) ]
	else
		[ "$after" -eq "$before" ]
	fi
}
check "a user without an entry in passwd sends" eval \
	'sound as_nobody_known sendmail x@example.org &&
	is "$status" 0 && in_client grep -rq "^Suid54321@" $spool/queue'
in_client usermod -c "$(printf 'B\303\266b & <x@y>\" \\ (, %%n')" bob
check "a GECOS with anything is one name" eval \
	'sound as bob sendmail gecos@example.org && is "$status" 0 &&
	file=$(in_client grep -rl "^R-gecos@" $spool/queue) &&
	is "$(in_client grep -c "^From: .*<bob@.*>" "$file")" 1'
for limit in fsize=0 fsize=1 fsize=45 fsize=300 nofile=3 nofile=4 nofile=5 \
	nofile=6 nofile=7 nofile=8 as=1000000 as=4000000 as=8000000 \
	as=16000000 cpu=1 core=unlimited stack=65536 nproc=0 data=100000
do
	check "prlimit --$limit: all or nothing" sound \
		as bob prlimit "--$limit" sendmail limit@example.org
done

# faults I KEPT: each of its system calls fails, those of setpriv first, with the
# I-th errno that it can have: there is a message or an error.  KEPT: what it
# ends with where that call changes the group.  With a group that it could not
# give up it goes on only once the message is accepted; with one that it could
# not have for want of permission, by the socket.
faults() {
	n=1 hits=0 kept=
	while :; do
		rm -f "$client/tmp/report"
		printf 'Subject: f\n\nx\n' | in_client "$PWD/t/fault" -s -t 20 \
			-c /tmp/report -n $n -i "$1" -- \
			setpriv --reuid=bob --regid=bob --clear-groups \
			sendmail -f bob@example.org fault@example.org \
			>/dev/null 2>&1
		status=$?
		hit=
		read -r hit <"$client/tmp/report"
		files=$(in_client grep -rl '^R-fault@' $spool/queue)
		for file in $files; do
			in_client rm -f "$file"
		done
		case $hit in
		miss*)	break ;;
		hit*setresgid*)	kept="$kept $status" ;;
		esac
		case $status,$files in
		0,*/queue/*/queue/* | 0, | [!0]*,?*)
			echo "$hit: $status, $files" ;;
		esac
		hits=$((hits + 1)) n=$((n + 1))
	done >"$stage/faults"
	cat "$stage/faults"
	echo "$hits faults, of the group:$kept"
	[ ! -s "$stage/faults" ] && [ $hits -gt 50 ] || return
	case $kept in
	*" $2")	;;
	*)	return 1 ;;
	esac
}
check "faults in every system call: all or nothing" \
	faults 1 "71 0 71 0 71 71 0 0 0"
check "... and with another errno" faults 2 "71 0 71 71 71 71 0 0 0"

# Taken over.
echo "hers" | as alice sendmail "hers@example.org"
victim=$(in_client grep -rl '^R-hers@' $spool/queue)
in_client cp -p "$victim" /tmp/victim
cat >"$stage/expected" <<END
may list the queue
may write to the fifo
may make a file
may make a nameless one
may make a directory
may make a fifo
may make a socket
may make a link
may make a name of any kind
may remove its own
END
chroot "$client" env -i -C /tmp PATH=$client_path LC_ALL=C setpriv \
	--reuid=bob --regid=outboxdrop --clear-groups \
	python3 - $spool "${victim##*/}" <"$here/intruder.py" >"$stage/intruder"
grep -v '^may not ' "$stage/intruder" >"$stage/seen"
check "whoever has the group can add to the queue, and no more" same_bytes \
	"$stage/expected" "$stage/seen"
check "... which was tried" is "$(grep -c '^may not ' "$stage/intruder")" 28
check "the message of another user is as it was" in_client cmp \
	/tmp/victim "$victim"
check "... and its owner and mode" is \
	"$(in_client stat -c '%U:%G %a %h' "$victim")" 'alice:outboxdrop 606 1'
in_client sh -c 'cd /tmp &&
	rm -f group.conf group.aliases aliases.conf x trace'

settle
as alice sendmail -q	# nobody told of what was planted
check "what was planted goes out of the way of her message" \
	body_is hers 'hers\n'
planted() {
	in_client find $spool/queue ! -path $spool/queue \
		'(' ! -type f -o -size 0 ')'
}
check "... and nothing of it is left" await eval '[ -z "$(planted)" ]'

cp "$source/config/packaging/apparmor" "$client/tmp/apparmor"
check "the AppArmor profiles are in order" in_client apparmor_parser -Q -K \
	/tmp/apparmor
