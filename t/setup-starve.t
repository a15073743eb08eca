#!/bin/sh
# outbox setup when memory runs out, at each allocation and for good: it did
# all, or says why not, and then configuration and password are as they were,
# or the new ones, both whole; the mail of another program is in its queue or
# in ours.
#
# By default only every so many-th allocation fails.  STARVE_FULL=1 in the
# environment: each.
. "${srcdir:-.}/t/lib.sh"
. "${srcdir:-.}/t/starve.sh"
. "${srcdir:-.}/t/setup.sh"

once() {
	before
	# Words without blanks.
	# shellcheck disable=SC2086
	starved outbox "$BUILD/queue/outbox" -C "$dir/etc/conf" setup $words \
	    </dev/null >"$dir/out" 2>"$dir/err"
	status=$?
	read -r hit <"$starve"
	if [ $status -eq 0 ]; then
		is_done
	else
		{ is_told || is_of_library; } && is_safe && is_settled
	fi || bad "status $status: $(state): $(cat "$dir/err")"
}

# The C library, and who loads it, end a program for which they have no memory.
is_of_library() {
	case $hit in
	*" libc."* | *" ld-"*) [ $status -ge 127 ] && [ $status -ne 137 ] ;;
	*) return 1 ;;
	esac
}
both() {
	variant "$1" "$2" once
}

step=29
[ -z "$STARVE_FULL" ] || step=1
sweeps $step
done_testing
