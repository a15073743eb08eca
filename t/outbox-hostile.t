#!/bin/sh
# Callers of outbox that mean harm, or do it: descriptors, signals, limits,
# modes, environment, arguments, and what lies in the queue.
. "${srcdir:-.}/t/delivery.sh"
configure "host = 127.0.0.1" "port = 1" "tls = none"
O=$BUILD/queue/outbox

fresh() {
	clean
	submit bob@example.net
	file=$(echo "$dir"/spool/queue/*)
	id=${file##*/}
	cp "$file" "$dir/before"
}
# What a fault leaves: "same", "held" when only that changed, or "other".
became() {
	if cmp -s "$dir/before" "$file"; then
		echo same
	elif sed '/^E/d' "$dir/before" | cmp -s - "$dir/now" &&
	    "$O" -C "$dir/conf" list "$id" | grep -q " held "; then
		echo held
	else
		echo other
	fi
}
look() {
	sed '/^E/d' "$file" >"$dir/now"
	became
}

# Descriptors: what is printed must not go into a file of the queue.
fresh
"$O" -C "$dir/conf" hold --all <&- >&- 2>&-
is "$? $(look)" "0 held" "no standard descriptors: hold"
fresh
"$O" -C "$dir/conf" delete 000000000000000100000001 "$id" <&- >&- 2>&-
is "$? $(queued)" "66 0" "... delete, with an error"
fresh
"$O" -C "$dir/conf" show "$id" <&- >&- 2>&-
is "$? $(look)" "0 same" "... show"
(exec 3</ 4<"$file" 5>"$dir/five"; "$O" -C "$dir/conf" hold --all >/dev/null)
is "$? $(look) $(cat "$dir/five")" "0 held " "descriptors of others"
fresh
sh -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 3; exec "$@"' - \
    "$O" -C "$dir/conf" hold --all >/dev/null 2>&1
is "$(($? > 0)) $(look)" "1 same" "no descriptors left"

# A reader that went away is no reason to die half way.
fresh
is "$(python3 - "$O" -C "$dir/conf" hold --all <<-'EOP'
	import os, signal, subprocess, sys
	r, w = os.pipe()
	os.close(r)
	print(subprocess.call(sys.argv[1:], stdout=w))
	EOP
    look)" "74
held" "nobody reads what it says"

# Limits.
fresh
said=$( (ulimit -f 0; "$O" -C "$dir/conf" hold --all) 2>&1)
is "$? $(look)" "74 same" "a file size limit: nothing is changed"
like "$said" "^outbox: cannot update $id: File too large" "... it says why"
(umask 777; "$O" -C "$dir/conf" status --prometheus --output "$dir/metrics")
is "$(stat -c %a "$dir/metrics")" 644 "a hostile umask"

# Environment.
(
	TZ=/etc/shadow LANG=xx_YY LC_ALL=xx_YY POSIXLY_CORRECT=1 COLUMNS=-1
	TMPDIR=/nonexistent HOME=/nonexistent GCONV_PATH=$dir OUTBOX_X=y
	IFS=/ ENV=$dir/env NOTIFY_SOCKET=$dir/notify
	export TZ LANG LC_ALL POSIXLY_CORRECT COLUMNS TMPDIR HOME
	export GCONV_PATH OUTBOX_X IFS ENV NOTIFY_SOCKET
	"$O" -C "$dir/conf" list --json >"$dir/out" 2>&1
	echo $? >"$dir/status"
)
is "$(cat "$dir/status") $(wc -l <"$dir/out")" "0 1" "a hostile environment"

# Arguments.
says() {
	what=$1 status=$2
	shift 2
	"$O" -C "$dir/conf" "$@" >"$dir/out" 2>&1 </dev/null
	is "$? $(look) $(LC_ALL=C grep -c "$(printf '[\001-\011\013-\037]')" \
	    "$dir/out")" "$status same 0" "$what"
}
long=$(head -c 100000 /dev/zero | tr '\0' a)
says "an ID with a path" 64 delete ../../../etc/passwd
says "... of the right length" 64 delete "../queue/0000000000000001"
says "... too long" 64 delete "$id$long"
says "... empty" 64 delete ""
says "an ID that is none controls no terminal" 64 show "$(printf 'a\033]0;x\a')"
says "a verb with conversions" 64 '%n%s%n%s'
says "... with control characters" 64 "$(printf 'x\033[2J')"
says "... of 100,000 bytes" 64 "$long"
says "an option that is none" 64 list --nothing
says "an endless age" 64 delete --older 99999999999999999999d
says "a sender of 100,000 bytes" 0 delete --from "$long"
says "a pattern that is costly" 0 delete --from \
    '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'
says "a broken pattern" 0 delete --to '[[[[a'
says "an address with line ends" 0 delete --to "$(printf 'a@b>\r\nDATA')"
says "limits that are none" 64 status --warning "$(printf 'x\033=1')"
says "no verb" 64
says "-C without a file" 64 -C
says "no configuration" 78 -C "$(printf '%s/\033' "$dir")" list
i=0
set --
while [ $i -lt 3000 ]; do
	set -- "$@" "$id"
	i=$((i + 1))
done
"$O" -C "$dir/conf" hold "$@" >"$dir/out" 2>&1
is "$? $(look)" "0 held" "an ID 3,000 times"
"$O" -C "$dir/conf" delete "$@" >"$dir/out" 2>&1
is "$? $(queued) $(head -n 1 "$dir/out")" \
    "66 0 outbox: $id is not in the queue" "... deleted once"

# What lies in the queue and is no message is not opened, followed or waited
# for; an operator who deletes all does not delete that.
fresh
one=$dir/spool/queue/000000000000000100000001
echo precious >"$dir/elsewhere"
for make in "mkfifo $one" "ln -s $dir/elsewhere $one" \
    "ln $dir/elsewhere $one" "mkdir $one"
do
	$make
	like "$("$O" -C "$dir/conf" list; "$O" -C "$dir/conf" list --json)" \
	    "^1 message," "${make%% *}: not listed"
	"$O" -C "$dir/conf" show "${one##*/}" >"$dir/out" 2>&1
	is $? 74 "... not shown"
	unlike "$(cat "$dir/out")" precious "... nor what is behind it"
	for verb in hold delete; do
		"$O" -C "$dir/conf" $verb "${one##*/}" >/dev/null 2>&1
		is "$? $(look) $(cat "$dir/elsewhere")" "74 same precious" \
		    "... $verb"
	done
	rm -rf "$one"
done

done_testing
