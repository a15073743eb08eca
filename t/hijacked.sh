# For tests of processes that are taken over (sh), in place of delivery.sh,
# which it includes.  They try what hijacked_try.h has, and tell flush.log.

. "${srcdir:-.}/t/delivery.sh"

HIJACKED_QUEUE=$dir/spool
HIJACKED_CONF=$dir/other.conf
HIJACKED_PASSWORD=$dir/password
export HIJACKED_QUEUE HIJACKED_CONF HIJACKED_PASSWORD HIJACKED_PORT \
    HIJACKED_OTHER

printf 'secret word\n' >"$HIJACKED_PASSWORD"
chmod 600 "$HIJACKED_PASSWORD"

# may WHAT; may_not WHAT: in the log of the last one, which is $who.
may() {
	like "$(cat "$dir/flush.log")" "^hijacked: $1: yes\$" "$who may $1"
}
may_not() {
	like "$(cat "$dir/flush.log")" "^hijacked: $1: [^y]" "$who may not $1"
}
# where_known ABI WHAT: the kernel has Landlock of this version.
where_known() {
	if [ "${landlock:-0}" -ge "$1" ]; then
		may_not "$2"
	else
		like "$(cat "$dir/flush.log")" "^hijacked: $2: " \
		    "no Landlock $1 here, which would forbid to $2"
	fi
}
