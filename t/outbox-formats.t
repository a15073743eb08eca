#!/bin/sh
# What outbox prints for programs has the documented form, whatever is in the
# queue: list --json, status --json and --prometheus.  t/formats.py has the
# schemas.
. "${srcdir:-.}/t/delivery.sh"
smarthost
configure_clear

outbox() {
	"$BUILD/queue/outbox" -C "$dir/conf" "$@"
}
# formats WHAT NAME: it is in $dir/out.
formats() {
	said=$(python3 "$srcdir/t/formats.py" "$1" "$dir/out" 2>&1)
	is "$? $said" "0 " "$2"
}
all() {
	outbox list --json >"$dir/out"
	formats list "$1: list --json"
	outbox list --json --failed >"$dir/out"
	formats list "$1: list --json --failed"
	outbox status --json >"$dir/out"
	formats status "$1: status --json"
	outbox status --prometheus >"$dir/out"
	formats prometheus "$1: status --prometheus"
}

all "an empty queue"

# Mail of every kind, with replies and addresses of every kind.
for who in bob held defer quote bytes parked '"a b\\\"c"' m.due; do
	submit "$who@example.net"
done
submit several@example.net bob@example.net refused@example.net
sendmail -f '<>' parked@example.net </dev/null
script 'rcpt * match=defer reply 450 4.2.1 busy' \
    'rcpt * match=quote reply 451 a "quoted\\text" \\n {reason="x"} 1' \
    'rcpt * match=bytes reply 452 \xc3\xa4 \xff\xfe \x1b[31m \x7f \\ {}' \
    'rcpt * match=several reply 450 4.2.1 busy' \
    'rcpt * match=refused reply 550 5.1.1 no' \
    'rcpt * match=parked reply 550 5.1.1 unknown'
outbox hold --to held@example.net >/dev/null
flush
submit late@example.net
printf 'junk' >"$dir/spool/failed/a \"b\" \\ c"
printf 'junk' >"$dir/spool/failed/$(printf 'x\001\377y')"
cp "$dir/spool/failed/a"* "$dir/spool/failed/000000000000000100000001"
all "mail of every kind"
mv "$dir/out" "$dir/metrics"
is "$(outbox list --json | sed 's/.*"state":"\([a-z]*\)","arrival.*/\1/' |
    sort -u | words)" "deferred due held" "... in every state"
is "$(outbox list --json --failed | sed -n 's/.*"state":"\(damaged\)".*/\1/p' |
    words)" "damaged damaged damaged" "... and what is none"

# The site: down, with every field set.
script 'greeting * reply 421 4.3.2 "not\\now"'
due_now
flush
all "the site is down"

# Every field is documented, with its name.
for kind in list status; do
	section=$([ $kind = list ] && echo JSON || echo STATUS)
	page=$(sed -n "/^\.SH $section\$/,/^\.SH [^$section]/p" \
	    "$BUILD/queue/outbox.8")
	is "$(python3 "$srcdir/t/formats.py" fields $kind | sed 's/_hour$//' |
	    while read -r name; do
		printf '%s\n' "$page" |
		    grep -q "^\.BR\{0,1\} .*\<$name\>" || echo "$name"
	done)" "" "$kind --json: the manual has every field"
done

# The judge does judge.
unfit() {
	sed "$3" "$dir/good" >"$dir/out"
	python3 "$srcdir/t/formats.py" "$1" "$dir/out" >/dev/null 2>&1
	is $? 1 "refused: $2"
}
outbox list --json >"$dir/good"
unfit list "no JSON" 's/}$//'
unfit list "a field too many" 's/"size"/"more":1,"size"/'
unfit list "a field twice" 's/"size"/"uid":1,"size"/'
unfit list "a field that is missing" 's/"uid":[0-9]*,//'
unfit list "text in place of a number" 's/"uid":\([0-9]*\)/"uid":"\1"/'
unfit list "another version" 's/"schema":1/"schema":2/'
outbox status --json >"$dir/good"
unfit status "null for what is always known" 's/"queued":[0-9]*/"queued":null/'
unfit status "a fraction" 's/"held":/"held":0./'
cp "$dir/metrics" "$dir/good"
unfit prometheus "a metric twice" '$p;/TYPE outbox_due_messages/p'
unfit prometheus "no help" '/HELP outbox_due/d'
unfit prometheus "no type" '/TYPE outbox_due/d'
unfit prometheus "a quote in a label" 's/reason="/reason=""/'
unfit prometheus "no value" 's/^\(outbox_due_messages\) .*/\1 x/'
unfit prometheus "a counter that is called a gauge" 's/ counter$/ gauge/'

done_testing
