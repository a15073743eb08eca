#!/bin/sh
# Thousands of files of every kind that someone with the queue's group could
# have put there (t/forge.py): all go out of the way, with a few lines in the
# log, some memory and some descriptors, and honest mail goes.
#
#	FORGED=3000	files of them; with more it is a measurement
#
# As root they are another user's, whose turn comes beside that of the others.
. "${srcdir:-.}/t/delivery.sh"
forged=${FORGED:-3000}
q=$dir/spool/queue

sanitized=
! grep -q __asan "$BUILD/queue/outbox-flush" || sanitized=yes
as= owner=
if [ "$(id -u)" -eq 0 ]; then
	as="setpriv --reuid=12346 --regid=12346 --clear-groups"
	owner=12345
	chmod 755 "$dir"
	touch "$dir/flush.log" "$dir/peak"
	chown -R 12346 "$dir/spool" "$dir/flush.log" "$dir/peak"
	chmod 1777 "$q"
fi

smarthost
# One connection, which is given little ahead: descriptors can be counted.
configure_clear "connections = 1" "window = 1"
submit bob@example.net
cp "$q"/* "$dir/good"
[ -z "$as" ] || chmod 606 "$q"/*
python3 "$srcdir/t/forge.py" "$q" "$dir/good" "$forged" $owner
submit carol@example.net
[ -z "$as" ] || find "$q" -user 0 -type f -exec chmod 606 {} +
others=$(find "$q" -name '.*' | wc -l)

(
	ulimit -n 40
	# What looks for leaks cannot be traced.
	[ -n "$sanitized" ] || as="$as $BUILD/t/peak -o $dir/peak --"
	exec $as "$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once \
	    2>"$dir/flush.log"
)
is "$? $(got)" "0 bob carol" "$forged forged files: the mail beside them goes"
is "$(find "$q" ! -name '.*' ! -path "$q" | head -n 3)" "" \
    "none of them is left in the queue"
is "$(find "$q" -name '.*' | wc -l)" "$others" "dot files are let alone"
is "$(($(ls "$dir/spool/failed" | wc -l) > forged * 3 / 4))" 1 \
    "most are put aside"
unlike "$(cat "$dir/flush.log")" "Too many open files" \
    "40 descriptors are enough"
lines=$(grep -c "moved to failed/\|, removed$" "$dir/flush.log")
minutes=$(grep -c "more times a file" "$dir/flush.log")
is "$((lines >= 100 && lines <= 100 * minutes))" 1 \
    "a hundred of them have a line in the log, each minute"
more=$(sed -n 's/.*: \([0-9]*\) more times a file .*/\1/p' "$dir/flush.log" |
    awk '{ n += $1 } END { print n }')
# What is left are those of a good form, which are too large.
is "$((more > forged * 3 / 4))" 1 "and then the log has their number"
unlike "$(cat "$dir/flush.log")" "[^ -~]" "the log is printable"
# 100 bytes for each file, beside what a few messages take; a sanitizer keeps
# what was freed.
if [ -z "$sanitized" ]; then
	memory=$(awk '/outbox-flush/ { print $3 }' "$dir/peak")
	echo "# outbox-flush had $memory KiB at most"
	is "$((memory < 10000 + forged / 10))" 1 "memory is bounded"
fi

done_testing
