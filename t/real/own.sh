# shellcheck shell=sh
# outbox for ordinary users, to whom its set-group-ID bit gives their own mail
# and nothing else, whatever they do.  Sourced by real.t.

settle host=	# mail waits

# put USER [FILE]: a message of that user; its ID in $id.
put() {
	before=$(in_client ls $spool/queue)
	if [ -n "${2-}" ]; then
		as "$1" sendmail "own-$1@example.org" <"$2"
	else
		echo "text of $1" | as "$1" sendmail "own-$1@example.org"
	fi
	id=$(in_client ls $spool/queue | grep -vxF "${before:-none}")
}
# says STATUS TEXT USER COMMAND...: all that it prints.
says() {
	want="$1 $2" user=$3
	shift 3
	is "$(as "$user" "$@" 2>&1; echo $?)" "${want#* }
${want%% *}"
}
refused='is for root and the owner of the queue'

put alice
hers=$id
put bob
his=$id
in_client cp -p $spool/queue/"$hers" /tmp/hers
untouched() {
	in_client cmp /tmp/hers $spool/queue/"$hers" &&
		is "$(in_client stat -c '%U:%G %a' $spool/queue/"$hers")" \
			'alice:outboxdrop 606'
}

listed() {
	is "$(as "$1" outbox list --json | sed 's/.*"id":"\([^"]*\)".*/\1/' |
		xargs)" "$2"
}
check "a user's outbox lists own mail only" listed bob "$his"
check "... does not count that of others" eval \
	'as bob outbox list | grep "^1 message, [0-9]* bytes\.$"'
check "the owner of the queue sees all, whose group it would be" \
	listed outbox "$hers $his"
check "root sees all" eval 'is "$(in_client outbox list --json | wc -l)" 2'
check "a user shows own mail" eval \
	'as bob outbox show "$his" | grep "text of bob"'
check "... its header" eval \
	'! as bob outbox show --header "$his" | grep "text of"'
for verb in show retry hold release delete; do
	check "... cannot $verb that of others" says 77 \
		"outbox: $hers is not yours" bob outbox $verb "$hers"
done
check "... holds own mail" says 0 "held 1 message" bob outbox hold --all
check "... which root can release" eval \
	'is "$(in_client outbox release "$his")" "released 1 message"'
check "... retries it" says 0 "retried 1 message" bob outbox retry --all
check "--wait: a scheduler runs" eval \
	'! as bob outbox retry --all --wait | grep "does not run"'
check "status is of own mail" eval \
	'as bob outbox status | grep "; of your own mail only"'
check "... and of the scheduler" eval \
	'as bob outbox status --json |
		grep "\"queued\":1,.*\"failed\":null,.*\"stopped\":0"'
for verb in "list --failed" "bounce --all" test "status --prometheus"; do
	# The words of a verb are separate.
	# shellcheck disable=SC2086
	check "$verb is not for users" eval \
		"as bob outbox $verb; test \$? -eq 77"
done
check "mail of others stays as it was" untouched

# The group is used for nothing else.
check "a configuration of one's own ends it" eval \
	'as bob outbox -C /etc/outbox/outbox.conf list; test $? -eq 77'
check "the environment does not configure it" eval \
	'! as bob env OUTBOX_SMARTHOST_HOST=elsewhere outbox status |
		grep elsewhere'
check "no file is put into the queue" eval \
	'as bob outbox status --output $spool/queue/x; test $? -eq 73'
check "no_new_privs ends it" says 77 "outbox: cannot open $spool/queue: \
Permission denied: outbox must be set-group-ID, and its caller must let it be" \
	bob setpriv --no-new-privs outbox list
# glibc opens what cannot be written to in their places.
check "no descriptors: it works, and what it cannot print is an error" eval \
	'as bob sh -c "outbox hold --all <&- >&- 2>&-"; test $? -eq 74 &&
		as bob outbox list --json | grep "\"state\":\"held\""'
as bob outbox release --all >/dev/null

# While it prints: who it is, and who may look at it.
{
	printf 'Subject: large\n\n'
	yes 0123456789abcdef0123456789abcdef0123456789abcdef | head -n 10000
} >"$stage/large"
put bob "$stage/large"
drop=$(in_client getent group outboxdrop | cut -d: -f3)
bob=$(in_client id -u bob)
as bob outbox show "$id" | {
	read -r _
	pid=$(pgrep -x -u "$bob" outbox)
	sed -n 's/^Gid:\t//p' "/proc/$pid/status"
	stat -c %u "/proc/$pid/mem"
	sed -n 's/^Max core file size *\([^ ]* *[^ ]*\) .*/\1/p' \
		"/proc/$pid/limits"
} | xargs >"$stage/process"
check "it is in the group for a moment only, not dumpable, without a core" \
	is "$(cat "$stage/process")" "$bob $bob $drop $bob 0 0 0"
as bob outbox delete "$id" >/dev/null

# Each of its system calls fails: own mail is there or deleted, never else.
# Those of setpriv come first.
faults() {
	n=1 hits=0
	while :; do
		[ -n "$(as bob outbox list --json)" ] || put bob
		rm -f "$client/tmp/report"
		in_client "$PWD/t/fault" -s -t 20 -c /tmp/report -n $n \
			-i $((n % 2 + 1)) -- setpriv --reuid=bob --regid=bob \
			--clear-groups outbox "$@" >/dev/null 2>&1 </dev/null
		status=$?
		hit=
		read -r hit <"$client/tmp/report"
		case $hit in
		miss*)	break ;;
		'')	echo "no report"; break ;;
		hit*)	hits=$((hits + 1)) ;;
		esac
		left=$(as bob outbox list --json |
			sed 's/.*"state":"\([a-z]*\)","arrival.*/\1/')
		case $1,$status,$left in
		delete,0, | hold,0,held)	;;
		delete,0,due | hold,0,due)
			# it is not there, or of another user
			[ "${hit% ENOENT}" != "$hit" ] ||
				[ "${hit% EACCES}" != "$hit" ] ||
				echo "$hit: $status"
			;;
		*,0,* | *,1[3-9]?,*)	echo "$hit: $status $left" ;;
		*,*,due | *,*,held | delete,*,)	;;
		*)	echo "$hit: $status $left" ;;
		esac
		n=$((n + 1))
	done >"$stage/faults"
	cat "$stage/faults"
	[ ! -s "$stage/faults" ] && [ $hits -gt 50 ] && untouched
}
check "delete: faults in every system call" faults delete --all
check "hold: faults in every system call" faults hold --all
as bob outbox release --all >/dev/null

check "own mail is deleted" eval 'as bob outbox delete --all && listed bob ""'
check "and no other" listed alice "$hers"
check "mode 0755: it is a tool for root" eval '
	in_client chmod 755 /usr/sbin/outbox
	in_client outbox list | grep "^1 message" &&
		! as alice outbox list'
in_client chmod 2755 /usr/sbin/outbox
as alice outbox delete --all >/dev/null
settle
