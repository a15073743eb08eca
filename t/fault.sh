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
# FAULT_FULL=1 in the environment: each call gets all of them.  See also $kinds.

FAULT=$BUILD/t/fault
# Under a sanitizer: the leak checker wants to be the only tracer.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
"$FAULT" -- true 2>"$dir/err" || skip_all "$(cat "$dir/err")"

always=	# options for all turns: -f, or -a RULE
starter=	# the words before, when another program starts it

kinds=some	# what a call gets: some, all, or all as errors that stay
[ -z "$FAULT_FULL" ] || kinds=all
kills=kill	# what else it gets with "all"
short=		# not empty: also one byte, with "some"

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
	[ "$status" -eq 137 ] || return
	case $hit in
	*" kill" | *" kill-after") ;;
	*)	return 1 ;;
	esac
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

# each COMMAND OPTION...: call $n gives all that it can.
each() {
	i=1
	while turn "$@" -n $n -i $i; [ "${hit#hit}" != "$hit" ]; do
		i=$((i + 1))
	done
}

# Call $n gets one thing, or a few.
some() {
	turn "$1" -n $n -i $((n % 3 + 1))
	[ "${hit#pass}" = "$hit" ] || turn "$1" -n $n -i 1
	call=$hit
	case $call in
	*" short")	;;
	*read*|*write*|*recv*|*send*|*copy*)
		[ -z "$short" ] || turn "$1" -n $n -e short
		;;
	esac
	case $call in
	*open*|*write*|*link*|*rename*|*sync*|*lock*|*connect*|*send*|*recv*|\
	*truncate*|*exit*|*ch[mo]*)
		turn "$1" -n $n -e kill
		;;
	esac
	hit=$call
}

at_call() {
	case $kinds in
	some)	some "$1" ;;
	stay)	each "$1" -p ;;
	all)
		each "$1"
		for kill in $kills; do
			turn "$1" -n $n -e $kill
		done
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
