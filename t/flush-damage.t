#!/bin/sh
# Whatever lies in the queue directory, the mail beside it goes: what is no
# message is put aside in failed/, each with a line in the log, or removed where
# it is the rest of a crash that nobody was promised anything about.
. "${srcdir:-.}/t/delivery.sh"

q=$dir/spool/queue
n=0

# A name that stands between those of the good messages.
next() {
	n=$((n + 1))
	id=$(printf '%016X%08X' 1000 $n)
}

smarthost
configure_clear
submit r0000@example.net
copies 2
# One before all others, one behind them.
mv "$q"/*200000002 "$q/00FFFFFFFFFFFFFF00000001"
good=$q/000000000000000100000001
save good

# removed NAME, parked NAME PATTERN: what was made as $id goes there.
try() {
	flush
	is "$? $(got)" "0 r0001 r0002" "$1: the mail beside it goes"
	is "$(grep -c "${id#????????????????}.*$3" "$dir/flush.log")" 1 \
	    "$1: one line says what it was"
	case $2 in
	removed) is "$(queued) $(parked)" "0 0" "$1: removed" ;;
	parked)
		[ -e "$dir/spool/failed/$id" ] || [ -h "$dir/spool/failed/$id" ]
		ok $? "$1: put aside"
		;;
	esac
	flush
	is "$? $(said)" "0 " "$1: and that is all"
	restore good
	next
}

next
: >"$q/$id"
try "an empty file" removed "cut short"
head -c 20 "$good" >"$q/$id"
try "less than a head" removed "cut short"
head -c 100 "$good" >"$q/$id"
try "less than an envelope" removed "cut short"
sed '$d' "$good" >"$q/$id"
try "a message cut short" removed "cut short"
{ head -c 29 /dev/zero | tr '\0' 0; cat "$good"; } |
    sed '1s/^0*/OB1 00000000 000000000000000\n/' >"$q/$id"
try "a message that was never sealed" removed "cut short"
head -c 500 /dev/zero >"$q/$id"
try "zeros" removed "zeros, of a message that was lost in a crash"
{ head -c 5000 /dev/zero; echo; } >"$q/$id"
try "zeros, and then something" parked "not a queue file"
yes garbage | head -n 100 >"$q/$id"
try "garbage" parked "not a queue file"
{ cat "$good"; echo; } >"$q/$id"
try "a message that is too long" parked "longer than it says"
sed 's/^Salice/Xalice/' "$good" >"$q/$id"
try "a record of no kind" parked "damaged envelope"
sed 's/^R-r0001/R?r0001/' "$good" >"$q/$id"
try "a mark of no kind" parked "damaged envelope"
sed 's/^Salice/S\x01lice/' "$good" >"$q/$id"
try "a control character" parked "damaged envelope"
sed 's/^OB1 0*\([0-9]*\) /OB1 33554433 /' "$good" >"$q/$id"
try "an envelope of 32 MiB" parked "not a queue file"
ln -s "$good" "$q/$id"
try "a link to a message" parked "cannot open"
ln -s /dev/zero "$q/$id"
try "a link to /dev/zero" parked "cannot open"
yes garbage | head -n 100 >"$dir/elsewhere"
ln "$dir/elsewhere" "$q/$id"
try "a second name of a file" parked "not a regular file with one link"
mkfifo "$q/$id"
try "a fifo" parked "not a regular file"
mkdir "$q/$id"
try "a directory" parked "cannot open"
perl -MSocket -e 'chdir $ARGV[0]; socket S, AF_UNIX, SOCK_STREAM, 0;
    bind S, pack_sockaddr_un($ARGV[1])' "$q" "$id"
try "a socket" parked "cannot open"
for id in README core "$(printf 'new\nline')" "0000.0000" \
    "000000000000000G00000001" "$(printf '\303\251')" "-rf"; do
	: >"$q/$id"
	flush
	is "$? $(got)" "0 r0001 r0002" "a foreign name: the mail goes"
	[ -f "$dir/spool/failed/$id" ]
	ok $? "a foreign name: put aside"
	unlike "$(said)" "[[:cntrl:]]" "a foreign name: the log is printable"
	restore good
done
: >"$q/.hidden"
mkdir "$q/.directory"
flush
is "$? $(got) $(said | grep -Evc 'status=sent|queue active')" "0 r0001 r0002 0" \
    "dot files of others are let alone"
rmdir "$q/.directory"

# All at once, and many of them.
restore good
for n in $(seq 100 199); do
	next
	: >"$q/x$n"
	echo garbage garbage garbage garbage garbage >"$q/$id"
done
flush
is "$? $(got) $(queued) $(parked)" "0 r0001 r0002 0 200" "a hundred of each"

# failed/ does not do.
restore good
echo garbage garbage garbage garbage garbage >"$q/$id"
mkdir "$dir/spool/failed/$id"
flush
is "$? $(got)" "75 r0001 r0002" "a name that is taken in failed/: the mail goes"
like "$(said)" "not a queue file; cannot move .* to failed/: File exists" "and the log says so"
is "$(cat "$q/$id")" "garbage garbage garbage garbage garbage" "nothing is lost"
restore good
echo garbage garbage garbage garbage garbage >"$q/$id"
rmdir "$dir/spool/failed"
: >"$dir/spool/failed"
flush
is "$? $(got)" "75 r0001 r0002" "failed/ is a file: the mail goes"
is "$(cat "$q/$id")" "garbage garbage garbage garbage garbage" "nothing is lost"
rm "$dir/spool/failed" "$q/$id"
submit -N never bob@example.net
flush
is "$?" 0 "no failed/: it is made"
[ -d "$dir/spool/failed" ]
ok $? "failed/ is there"

# The other parts of the directory.
restore good
rm -f "$dir/spool/wake"
: >"$dir/spool/wake"
flush
is "$? $(queued)" "72 2" "wake is no fifo: it says so and ends"
like "$(said)" "wake is not a fifo" "it says so"
rm "$dir/spool/wake" "$dir/spool/lock"
ln -s "$dir/elsewhere" "$dir/spool/lock"
flush
is "$? $(queued)" "72 2" "lock is a link: it ends"
rm "$dir/spool/lock"
flush
is "$? $(got)" "0 r0001 r0002" "and then all goes"

done_testing
