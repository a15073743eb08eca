#!/bin/sh
# Hundreds of messages as real programs write them: what is queued and what
# arrives is what a second statement of the rules says.
. "${srcdir:-.}/t/lib.sh"
command -v python3 >/dev/null || skip_all "no python3"
unset NAME
smarthost
configure "host = 127.0.0.1" "port = $port" "tls = none"

PYTHONDONTWRITEBYTECODE=1 python3 "$srcdir/t/oracle.py" "$BUILD" "$dir" \
    >"$dir/results" 2>"$dir/err"
ok $? "the oracle runs" || sed 's/^/# /' "$dir/err"
while read -r status name; do
	ok "$status" "$name"
done <"$dir/results"
done_testing
