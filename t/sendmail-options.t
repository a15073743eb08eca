#!/bin/sh
# The option table of the sendmail interface, every cell of it, with the
# program itself: exit status, silence, the message queued once or not at all,
# and standard input read.
. "${srcdir:-.}/t/submission.sh"
given 'Subject: x\n\none\n.\ntwo\n'
id=000000000000000100000001

# Options, then what becomes of "sendmail OPTIONS bob@example.net":
#   queued LINES   exit 0, silent, one message whose body has so many lines
#   silent         exit 0, silent, nothing queued
#   prints         exit 0, something on standard output, nothing queued
#   refused        exit 64, one line on standard error, nothing queued
# "-" for no recipient; "_" stands for a blank in an argument.
while read -r want lines options; do
	case $want in
	'' | '#'*) continue ;;
	esac
	to=bob@example.net
	set --
	for word in $options; do
		case $word in
		-) to= ;;
		*) set -- "$@" "$(printf %s "$word" | tr _ ' ')" ;;
		esac
	done
	submit "$@" $to
	case $want in
	queued) expected="0 out: err: 1 queued, $lines lines" ;;
	silent) expected="0 out: err: 0 queued, 0 lines" ;;
	prints) expected="0 out:yes err: 0 queued, 0 lines" ;;
	refused) expected="64 out: err:1 0 queued, 0 lines" ;;
	esac
	n=$(queued)
	[ "$n" -eq 0 ] || body >"$dir/body"
	[ "$n" -ne 0 ] || : >"$dir/body"
	is "$STATUS out:${OUT:+yes} err:$([ -z "$ERR" ] ||
		printf '%s\n' "$ERR" | grep -c '^sendmail: ') $n queued, $(wc \
		-l <"$dir/body" | tr -d ' ') lines" "$expected" \
		"$options: $want"
	empty_queue
done <<TABLE
queued 1 -Ac
queued 1 -Am
queued 1 -A c
queued 1 -B8BITMIME
queued 1 -B 8BITMIME
queued 1 -B7BIT
queued 1 -Bnonsense
queued 1 -ba
refused 0 -bd
refused 0 -bD
refused 0 -bl
silent 0 -bh -
silent 0 -bH -
silent 0 -bi -
queued 1 -bm
prints 0 -bp -
prints 0 -bP -
prints 0 -bs -
refused 0 -bS
refused 0 -bt
prints 0 -bv
refused 0 -bz
refused 0 -bC
refused 0 -b?
queued 1 -C $dir/conf
queued 1 -C$dir/conf
refused 0 -D $dir/file
refused 0 -D$dir/file
queued 1 -d
queued 1 -d0.1
queued 1 -E
queued 1 -Ex
queued 1 -J
queued 1 -Jx
queued 1 -em
queued 1 -ep
queued 1 -eq
queued 1 -ew
queued 1 -ee
queued 1 -e m
queued 1 -FName
queued 1 -F Full_Name
queued 1 -fa@b
queued 1 -f a@b
queued 1 -f a@b -fc@d
queued 1 -f<>
queued 1 -f <>
queued 1 -f '<>'
queued 1 -f Name_<a@b>
queued 1 -G
queued 1 -h 3
queued 1 -h3
silent 0 -I -
queued 3 -i
queued 3 -oi
queued 3 -oitrue
queued 3 -o i
queued 1 -oifalse
queued 1 -L tag
queued 1 -Ltag
refused 0 -M x
refused 0 -Mx
queued 1 -m
queued 1 -N failure,delay
queued 1 -Nnever
queued 1 -N nonsense
queued 1 -n
queued 3 -O IgnoreDots=true
queued 3 -OIgnoreDots
queued 1 -O QueueDirectory=$dir/other
queued 1 -Orequiretls=no
refused 0 -Orequiretls=maybe
queued 1 -ONonsense=1
queued 1 -odq
queued 1 -odb
queued 1 -odi
queued 1 -odf
queued 1 -oem
queued 1 -oep
queued 1 -oee
queued 1 -om
queued 1 -oo
queued 1 -o7
queued 1 -o8
queued 1 -or0s
queued 1 -oA$dir/aliases
queued 1 -p ESMTP
queued 1 -pESMTP:host
refused 0 -Q
refused 0 -Qreason
silent 0 -q -
silent 0 -q30m -
silent 0 -q1h30m -
silent 0 -qI$id -
refused 0 -qRexample
refused 0 -qSuser
refused 0 -qG
refused 0 -qp30m
queued 1 -R full
queued 1 -Rhdrs
queued 1 -R nonsense
queued 1 -r a@b
queued 1 -ra@b
refused 0 -S
refused 0 -Sx
queued 1 -s
refused 0 -T 3d
refused 0 -T3d
queued 1 -t
queued 1 -U
queued 1 -V id
queued 1 -Vid
queued 1 -v
queued 1 -X $dir/traffic
queued 1 -X$dir/traffic
queued 1 -x
queued 1 -c
queued 1 --
prints 0 --help -
prints 0 --version -
refused 0 --nonsense
queued 3 -ti
queued 3 -it
queued 3 -vim
queued 3 -tifa@b
queued 3 -oem -oi -odb -om
queued 3 -i -B8BITMIME -FCronDaemon -oem
refused 0 -z
refused 0 -iz
refused 0 -
TABLE
[ ! -e "$dir/file" ] && [ ! -e "$dir/traffic" ] && [ ! -e "$dir/other" ]
ok $? "no option has written a file"

# The table above has a row for every letter that the program knows.
for letter in A B C D E F G H I J K L M N O P Q R S T U V W X Y Z \
	a b c d e f g h i j k l m n o p q r s t u v w x y z; do
	# Those without a row are unknown; those that want more are not.
	grep -qE "^(queued|silent|prints|refused) .*-$letter" "$0" && continue
	submit -$letter x bob@example.net
	like "$STATUS $ERR" "^64 sendmail: unknown option -$letter" \
	    "-$letter is unknown"
done

# -f: what the envelope has.
me=$(id -un)@example.org
from_is() {
	want=$1
	shift
	submit "$@" bob@example.net
	is "$STATUS $(from)" "0 $want" "sendmail $*: from <$want>"
	empty_queue
}
from_is "$me"
for null in '' '<>' "''" "'<>'"; do
	from_is "" -f "$null"
done
from_is "" '-f<>'
from_is a@b -fa@b
from_is a@b -f 'Name <a@b>'
from_is a@b -f '"N, M" <a@b>'
from_is a@b -f 'a@b (Name)'
from_is me@example.org -f me
from_is c@d -f a@b -f c@d
from_is "" -f a@b -f '<>'
from_is c@d -r a@b -fc@d
from_is a@b -f "$(printf 'a@b\r\n')"

# Where options end.
submit bob@example.net -i
like "$STATUS $ERR" "^64 .*-i after the first recipient" \
    "an option after the first recipient is refused"
submit -- -bob@example.net -i@example.net
is "$STATUS $(rcpts)" "0 -bob@example.net -i@example.net" \
    "-- makes recipients of them"
empty_queue
submit -i -d bob@example.net
is "$STATUS $(rcpts)" "0 bob@example.net" "-d leaves the next word alone"
empty_queue
for option in -f -F -C -o -O -b -N -R -V -B -h -L -p -X -A -e -r; do
	submit -i $option
	like "$STATUS $ERR" "^64 sendmail: option $option needs an argument" \
	    "$option without its argument"
done

# Names.
as() {
	ln -sf "$BUILD/sendmail/sendmail" "$dir/$1"
	name=$1
	shift
	"$dir/$name" -C "$dir/conf" "$@" <"$IN" >"$dir/out" 2>"$dir/err"
	STATUS=$?
}
for name in sendmail send-mail sendmail.outbox rmail x; do
	as $name bob@example.net
	is "$STATUS$(cat "$dir/out" "$dir/err") $(queued)" "0 1" \
	    "called $name it takes a message"
	empty_queue
done
for name in newaliases hoststat purgestat runq; do
	as $name
	is "$STATUS$(cat "$dir/out" "$dir/err") $(queued)" "0 0" \
	    "called $name it is silent"
done
as mailq
is "$STATUS $(cat "$dir/out" "$dir/err")" "0 Mail queue is empty" \
    "called mailq it lists"

# 100,000 arguments: words as a shell makes them, in one command line.
if [ "$(getconf ARG_MAX)" -gt 2000000 ]; then
	awk 'BEGIN { for (i = 0; i < 100000; i++) print "u" i % 500 }' |
	    (xargs -n 100000 -s 2000000 "$BUILD/sendmail/sendmail" \
	    -C "$dir/conf" -f a@b)
	is "$? $(envelope | grep -c '^R-')" "0 500" \
	    "100,000 arguments, each recipient once"
	empty_queue
fi

# Standard input is read to its end, whatever happens.
for options in "-z" "bob@example.net -i" "-bd" "-t" "a_b" "-C/nonexistent"; do
	{
		{ head -c 300000 /dev/zero || echo broken >&3; } |
		    tr '\0' '\n' || echo broken >&3
	} 2>/dev/null 3>"$dir/broken" |
	    sendmail "$(printf %s "$options" | tr _ ' ')" >/dev/null 2>&1
	[ ! -s "$dir/broken" ]
	ok $? "sendmail $options: the writer is not killed"
done

# A caller that reads to the end of our descriptors is not kept waiting: what
# is left running, a flush that hangs here, has none of them.
extra_queue="flush = on-demand"
smarthost
configure "host = 127.0.0.1" "port = $port" "tls = none"
echo 'greeting * silent' >"$dir/script"
sendmail bob@example.net <"$IN" 2>&1 | timeout 60 cat >"$dir/out"
is "$? $(cat "$dir/out")" "0 " "nothing left running holds our output"

done_testing
