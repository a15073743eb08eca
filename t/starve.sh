# For tests in which memory runs out (sh), after lib.sh or what includes it:
#
#	. "${srcdir:-.}/t/starve.sh"
#	arm 17			# the 17th allocation of the next one fails
#	starved sendmail "$BUILD/sendmail/sendmail" -t; echo "$? $(hit)"
#
# See starve.c.  Nothing can be made to fail under a sanitizer, which has an
# allocator of its own: the test ends here, then, and has nothing to say.

export LC_ALL=C

# arm N|N+|0: what fails from now on, also in what runs with that file.
starve=$dir/starve
arm() {
	printf 'miss\n%507s\0\0\0\0\0\0\0\0%504s%-32s\n%3072s' '' '' "$1" '' \
	    1<>"$starve"
}

# starved PROGRAM COMMAND...: what processes of that name allocate counts.
starved() {
	who=$1
	shift
	STARVE=$starve:$who LD_PRELOAD=$BUILD/t/starve.so \
	    timeout -k 1 60 "$@"
}

# The allocation that failed: "hit N PROGRAM BYTES", or "miss".
hit() {
	read -r hit <"$starve"
	echo "$hit"
}

# sweep STEP PLUS COMMAND...: for every STEP-th n, until there is no n-th
# allocation: arm it, and run the command, which sets $hit and does its own
# account.  The number that failed is $faults.
sweep() {
	step=$1 plus=$2
	shift 2
	n=1 faults=0
	while
		arm $n$plus
		"$@"
		[ "$hit" != miss ]
	do
		faults=$((faults + 1))
		n=$((n + step))
		[ $faults -lt 20000 ] || break
	done
}

# bad WORD...: an account that does not balance.
bad() {
	wrong=$((wrong + 1))
	[ $wrong -le 20 ] || return 0
	echo "# $variant: $hit: $*"
}

# variant NAME STEP COMMAND...: both sweeps.  STARVE_STEP in the environment is
# the least that STEP can be.
variant() {
	variant=$1 every=$2 wrong=0
	[ "$every" -ge "${STARVE_STEP:-1}" ] || every=$STARVE_STEP
	shift 2
	sweep $every "" "$@"
	one=$faults
	variant="$variant, and no more memory"
	sweep $every + "$@"
	[ $wrong -eq 0 ] && [ $one -gt 0 ]
	ok $? "${variant%,*}: $one allocations fail, and $faults times" \
	    "all after one"
}

arm 0
if ! starved sendmail "$BUILD/sendmail/sendmail" --version \
    >/dev/null 2>&1 ||
    [ "$(od -An -t u8 -j 512 -N 8 "$dir/starve")" -eq 0 ]; then
	ok 0 "memory does not run out: this build has an allocator of its own"
	done_testing
fi
