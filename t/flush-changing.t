#!/bin/sh
# A queue file that becomes another one while it is read, before each read of
# it in turn, by outbox-flush and its worker, or by what lists the queue: no
# program crashes, the mail beside it goes, once and as it was, and no byte of
# it becomes a part of the other, nor is a byte of the other a command.
. "${srcdir:-.}/t/delivery.sh"

q=$dir/spool/queue
forged=$q/000000000000000000000001
CHANGING=$dir/control:$forged:$dir/new
export CHANGING
# A sanitizer in a library of its own wants to be the first.
ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
export ASAN_OPTIONS

# changing N COMMAND...: the file is another one before its N-th read.
changing() {
	printf '\0\0\0\0\0\0\0\0%-24s' "$1" >"$dir/control"
	shift
	LD_PRELOAD=$BUILD/t/changing.so timeout -k 1 60 "$@"
}
# Was it?
changed() {
	[ "$(od -An -t u8 -N 8 "$dir/control")" -ge $n ]
}
bad() {
	wrong=$((wrong + 1))
	[ $wrong -gt 9 ] || echo "# $pair, at read $n: $*"
}

# each PAIR COMMAND...: until the file is not read so often.
each() {
	pair=$1 n=1 wrong=0
	shift
	while
		restore honest
		cp "$dir/$pair.old" "$forged"
		cp "$dir/$pair.new" "$dir/new"
		"$@"
		changed && [ $n -lt 200 ]
	do
		n=$((n + 1))
	done
	[ $wrong -eq 0 ] && [ $n -gt 1 ] && [ $n -lt 200 ]
}

# One pass of flush, and what has become of the honest mail.
pass() {
	changing $n "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr \
	    --once 2>"$dir/flush.log"
	status=$?
	case $status in
	0 | 75)	;;
	*)	bad "status $status" ;;
	esac
	[ "$(got | tr ' ' '\n' | grep -v evil | words)" = "bob carol" ] ||
		bad "it went to $(got)"
	! grep -q "right mind" "$dir/flush.log" ||
		bad "$(grep "right mind" "$dir/flush.log")"
	! LC_ALL=C grep -q '[^ -~]' "$dir/flush.log" || bad "the log"
	for env in "$dir"/in/*.env; do
		msg=${env%.env}.msg
		if grep -q '^rcpt <\(bob\|carol\)' "$env"; then
			tail -n 2 "$msg" | tr -d '\r' | cmp -s - "$dir/text" ||
				bad "a message is not as it was"
		elif grep -q honest "$msg"; then
			bad "a message is in another one"
		fi
	done
}

smarthost
configure_clear "connections = 1" "recipients_per_message = 1000"
printf 'honest\nmail\n' >"$dir/text"
for to in bob carol; do
	{ printf 'Subject: t\n\n'; cat "$dir/text"; } |
	    sendmail -f alice@example.org $to@example.net
done
save honest
set -- "$saved"/*
pairs=$(python3 "$srcdir/t/changing.py" "$1" "$dir")
for pair in $pairs; do
	each $pair pass
	ok $? "it becomes \"$pair\": $n times"
done

# A server that takes no 8-bit bytes, and is told how many come; and others.
for offers in SIZE,CHUNKING,PIPELINING PIPELINING,8BITMIME SIZE; do
	smarthost --ehlo $offers
	configure_clear "connections = 1" "recipients_per_message = 1000"
	for pair in less more 7bit 8bit; do
		each $pair pass
		ok $? "$offers: it becomes \"$pair\": $n times"
	done
done

# What lists: it ends, and says nothing that is not fit for a terminal.
list() {
	changing $n "$@" >"$dir/out" 2>&1
	status=$?
	[ $status -le 78 ] || bad "status $status"
	[ "$(wc -c <"$dir/out")" -lt 1000000 ] || bad "it says too much"
	! tr -d '\r' <"$dir/out" | grep -q '[^	 -~]' || bad "it is not printable"
}
id=${forged##*/}
for pair in fewer envelope cut garbage; do
	each $pair list "$BUILD/queue/outbox" -C "$dir/conf" list --json &&
	    each $pair list "$BUILD/queue/outbox" -C "$dir/conf" show $id &&
	    each $pair list "$BUILD/queue/outbox" -C "$dir/conf" bounce $id &&
	    each $pair list "$BUILD/sendmail/sendmail" -C "$dir/conf" -bp
	ok $? "outbox and mailq while it becomes \"$pair\""
done
done_testing
