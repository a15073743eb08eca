# For tests in which system calls fail (sh), after lib.sh or what includes it:
#
#	. "${srcdir:-.}/t/fault.sh"
#	once() {	# puts things in order, runs a command, does the account
#		faulted "$BUILD/sendmail/sendmail" -t <in >out 2>"$dir/err"
#		[ ... ] || bad "status $status"
#	}
#	calls "the name of the test" 1 once
#
# By default a call gets one of the errors that it can give, in turn, or moves
# one byte, and the process is killed before those that change something.
# FAULT_FULL=1 in the environment: each call gets all of them.

FAULT=$BUILD/t/fault
# Under a sanitizer: the leak checker wants to be the only tracer.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
"$FAULT" -- true 2>"$dir/err" || skip_all "$(cat "$dir/err")"

always=	# options for all turns: -f, or -a RULE
starter=	# the words before, when another program starts it

# faulted COMMAND...: with the fault of this turn; $status, and $hit, which is
# what fault reports.
faulted() {
	# The options have no blanks.
	# shellcheck disable=SC2086
	$starter "$FAULT" -t 60 -c "$dir/report" $always $now_fails -- "$@"
	status=$?
	hit=
	read -r hit <"$dir/report"
	case $hit in
	hit*)	faults=$((faults + 1)) ;;
	esac
}
now_fails=

# bad WORD...: an account that does not balance.
bad() {
	wrong=$((wrong + 1))
	[ $wrong -le 20 ] || return 0
	echo "# ${what:-?}: $now_fails: $hit: $*"
}

# Was the process to be killed?
is_killed() {
	[ "$status" -eq 137 ] && [ "${hit% kill}" != "$hit" ]
}

# Did the start of a sanitizer fail, and not what is tested?
is_sanitizer() {
	[ "$status" -eq 1 ] && grep -Eq \
	    'AddressSanitizer:? .*(failed|FAILED)' "$dir/err"
}

# turn COMMAND OPTION...
turn() {
	command=$1
	shift
	now_fails=$*
	$command
}

# Call $n gets one thing, or two, or all.
at_call() {
	if [ -n "$FAULT_FULL" ]; then
		i=1
		while turn "$1" -n $n -i $i; [ "${hit#hit}" != "$hit" ]; do
			i=$((i + 1))
		done
		turn "$1" -n $n -e kill
		return
	fi
	turn "$1" -n $n -i $((n % 3 + 1))
	[ "${hit#pass}" = "$hit" ] || turn "$1" -n $n -i 1
	case $hit in
	*open*|*write*|*link*|*rename*|*sync*|*lock*|*send*|*recv*|\
	*truncate*|*exit*|*ch[mo]*)
		turn "$1" -n $n -e kill
		;;
	esac
}

# calls NAME STEP COMMAND [STATUS]: without a fault, where it ends with STATUS,
# then for every STEP-th call, and each of the last $dense ones, until a run is
# over before it.
dense=0
calls() {
	what=$1 step=$2 n=1 wrong=0 faults=0
	[ -z "$FAULT_FULL" ] || step=1
	turn "$3" -n 1000000 -e kill
	is "$status $wrong" "${4:-0} 0" "$what: without a fault"
	last=$((${hit#miss } - dense))
	while [ $n -lt 5000 ]; do
		at_call "$3"
		[ "${hit#miss}" = "$hit" ] || break
		n=$((n + (dense > 0 && n >= last ? 1 : step)))
	done
	[ $wrong -eq 0 ] && [ $n -lt 5000 ] && [ $faults -gt 10 ]
	ok $? "$what: $faults faults in $((n - 1)) system calls"
}
