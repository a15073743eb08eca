#!/bin/sh
# outbox setup when something fails: each of its system calls gives one of the
# errors that it can give or moves one byte only, and it is killed there.  The
# configuration and the password are the old ones or the new ones, whole; both
# change, or none, unless it was killed between the two; the password is never
# for others to read, and an old one never lost.  A message of another program
# is in its queue or in ours, and in both only where that is said.
. "${srcdir:-.}/t/lib.sh"
. "${srcdir:-.}/t/fault.sh"
. "${srcdir:-.}/t/setup.sh"

once() {
	before
	# Words without blanks.
	# shellcheck disable=SC2086
	faulted "$BUILD/queue/outbox" -C "$dir/etc/conf" setup $words \
	    </dev/null >"$dir/out" 2>"$dir/err"
	if is_killed; then
		is_safe || bad "killed: $(state)"
	elif [ $status -eq 0 ]; then
		is_done || is_missing ||
		    bad "exit 0: $(state): $(cat "$dir/err")"
	else
		{ is_told || is_sanitizer; } && is_safe && is_settled ||
		    bad "status $status: $(state): $(cat "$dir/err")"
	fi
}

# A file that is not there, as it may be, is the other program's business.
is_missing() {
	[ "${hit% ENOENT}" != "$hit" ] && is_kept
}
both() {
	calls "$1" "$2" once ${running:-0}
}

dense=60	# the last calls are those that write
sweeps 23
done_testing
