#!/bin/sh
# outbox when memory runs out, at each allocation and for good: either it did
# and said all, or it says why not, with status 71 (72 and 74 where a file could
# not be opened or read for it), and each message is as it was or as the verb
# makes it.
. "${srcdir:-.}/t/delivery.sh"
. "${srcdir:-.}/t/starve.sh"

configure "host = 127.0.0.1" "port = 1" "tls = none"
submit bob@example.net carol@example.net
submit dave@example.net
ids=$(ls "$dir/spool/queue" | paste -s -d ' ' -)
set -- $ids
id=$1
save both

# What the queue has: of each message marks and what holds it, and reports.
account() {
	for f in "$dir"/spool/queue/*; do
		[ -f "$f" ] || continue
		awk '/^$/ { exit }
		    /^R/ { printf "%s ", substr($0, 2, 4) }
		    /^E/ && $4 ~ /h/ { printf "held " }' "$f"
		case " $ids " in
		*" ${f##*/} "*) echo "${f##*/}" ;;
		*) echo report ;;
		esac
	done | LC_ALL=C sort
}

# Time passes while it runs.
said() {
	sed -E 's/ +[0-9]+[smhd]\>/ AGE/; s/[0-9]+/N/g' "$1"
}

run() {
	starved outbox "$BUILD/queue/outbox" -C "$dir/conf" $verb \
	    >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	read -r hit <"$starve"
}

one() {
	restore both
	run
	account >"$dir/now"
	good=
	if [ $status -eq $usual ]; then
		said "$dir/out" | cmp -s - "$dir/want.out" &&
		    cmp -s "$dir/now" "$dir/want" && good=1
	elif [ $status -ge 71 ] && [ $status -le 74 ]; then
		grep -q 'memory' "$dir/err" && good=1
		# Of two messages one may be as it was.
		grep -qvxFf "$dir/possible" "$dir/now" && good=
		is_whole || good=
	fi
	[ -n "$good" ] ||
	    bad "status $status: $(cat "$dir/err"); $(paste -s -d '|' "$dir/now")"
}

# No message is missing unless the verb takes it away.
is_whole() {
	for i in $ids; do
		grep -q "$i" "$dir/now" || ! grep -q "$i" "$dir/want" ||
		    return 1
	done
}

# verb STATUS WORD...: with memory, then without.
verb() {
	usual=$1
	shift
	verb=$*
	restore both
	account >"$dir/before"
	arm 0
	run
	is "$status" "$usual" "$verb: without a fault"
	said "$dir/out" >"$dir/want.out"
	account >"$dir/want"
	cat "$dir/before" "$dir/want" >"$dir/possible"
	variant "$verb" 1 one
}

verb 0 list
verb 0 list --json
verb 0 show $id
verb 0 show --header $id
verb 2 status
verb 2 status --json
verb 2 status --warning queued=5
verb 0 hold --all
verb 0 retry --all
verb 0 delete --yes $id

done_testing
