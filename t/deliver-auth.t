#!/bin/sh
# Logging in: every mechanism against the smarthost's own implementation, with
# TLS 1.3 and 1.2; which one is tried after which; and servers that cheat.
. "${srcdir:-.}/t/delivery.sh"

certificates
printf 'p;ss "w%%rd" #=,\n' >"$dir/password"
chmod 600 "$dir/password"
user='us,er=x@example.org'

# server MECHANISMS OPTION...
server() {
	auth=$1
	shift
	smarthost --cert "$dir/certs/good.pem" --key "$dir/certs/good.key" \
	    --user "$user" --password 'p;ss "w%rd" #=,' --token tok \
	    --tls implicit --auth "$auth" "$@"
}

client_of() {
	configure "host = localhost" "port = $port" \
	    "ca_file = $dir/certs/ca.pem" "user = $user" \
	    "password_file = $dir/password" "$@"
}

# goes NAME MECHANISM: the mail goes, logged in so.
goes() {
	: >"$dir/transcript"
	due_now
	flush
	is "$? $(got)" "0 bob" "$1: it goes"
	like "$(cat "$dir/flush.log")" "connection established to .* auth=$2\$" "$1: by $2"
	like "$(cat "$dir"/in/*.env)" "^auth $user\$" "$1: as the user"
	rm -f "$dir"/in/*
	cp -p "$saved"/* "$dir/spool/queue"
}

# The mechanisms that the client tried, in turn.
tried() {
	client | sed -n 's/^AUTH \([^ ]*\).*/\1/p' | paste -s -d ' ' -
}

# refused NAME PATTERN TRIED: the mail stays, for this reason.
refused() {
	: >"$dir/transcript"
	kept "$1"
	like "$(said)" "smarthost .*: .*($2).*; mail waits" "$1: the log says why"
	is "$(tried)" "$3" "$1: tried"
	unlike "$(client)" "^MAIL" "$1: no mail went out"
}

all="PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS"
server "$all"
client_of
submit bob@example.net
save bob
for version in 1.3 1.2; do
	server "$all" --tls-priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
	client_of
	goes "TLS $version, auto" SCRAM-SHA-256-PLUS
	for m in plain login cram-md5 scram-sha-1 scram-sha-256 \
	    scram-sha-1-plus scram-sha-256-plus; do
		client_of "auth = $m"
		goes "TLS $version, $m" "$(echo $m | tr a-z A-Z)"
	done
	binding=$(client | sed -n 's/^AUTH SCRAM-SHA-256-PLUS //p' | base64 -d)
	case $version in
	1.3) type=tls-exporter ;;
	1.2) type=tls-server-end-point ;;
	esac
	like "$binding" "^p=$type,,n=us=2Cer=3Dx@example.org,r=.{24}\$" \
	    "TLS $version: bound by $type"
done

# Only what is offered is tried, whatever comes first in our list.
server PLAIN
client_of "auth = cram-md5 scram-sha-256 plain"
goes "not offered" PLAIN
is "$(tried)" PLAIN "not offered: and not tried"
client_of "auth = cram-md5 scram-sha-256"
refused "nothing of ours is offered" "no usable AUTH mechanism.*\(PLAIN\)" ""
script 'ehlo * reply 250-smarthost\r\n250 PIPELINING'
client_of
refused "AUTH is not offered" "no usable AUTH mechanism.*\(none\)" ""
script

# Someone has hidden the bound mechanisms: the server hears of it.
server "SCRAM-SHA-256 SCRAM-SHA-256-PLUS PLAIN"
client_of
script 'ehlo * reply 250-smarthost\r\n250 AUTH SCRAM-SHA-256 PLAIN'
refused "hidden -PLUS" "535" "SCRAM-SHA-256"
like "$(client | sed -n 's/^AUTH SCRAM-SHA-256 //p' | base64 -d)" "^y,," \
    "hidden -PLUS: we say that we could"
script

# What is refused, and what follows.
server "$all"
client_of "auth = scram-sha-1 plain login"
script 'auth * match=SCRAM reply 504 5.5.4 no'
goes "504" PLAIN
script 'auth * match=SCRAM reply 534 5.7.9 too weak'
goes "534" PLAIN
script 'auth * match=SCRAM reply 535 5.7.8 Invalid authentication mechanism'
goes "535 of the mechanism" PLAIN
script 'auth * match=SCRAM reply 504 5.5.4 no' \
    'auth * match=PLAIN reply 504 5.5.4 no'
goes "two of them" LOGIN
script 'auth * reply 504 5.5.4 no'
refused "all of them" "504 5.5.4 no" "SCRAM-SHA-1 PLAIN LOGIN"
script 'auth * reply 535 5.7.8 bad password'
refused "a bad password" "535 5.7.8 bad password" SCRAM-SHA-1
script 'auth * reply 454 4.7.0 later'
refused "not now" "454 4.7.0 later" SCRAM-SHA-1
script 'auth * reply 500 5.5.1 what'
refused "nonsense" "500 5.5.1 what" SCRAM-SHA-1

# repeats MECHANISM WHEN RESPONSE: a reply with what the client said, whole or
# cut, is shown without.
repeats() {
	client_of "auth = $1"
	for echo in "500 5.5.1 $3 or '$3'?" "500 5.5.1 $(yes '' | head -n 80 |
	    tr '\n' -) <${3%???}>" "$3"; do
		script "$2 reply $echo"
		refused "$1 is repeated" "\*{4}" "$(echo $1 | tr a-z A-Z)"
		unlike "$(said)" "$(printf %.8s "$3")" \
		    "$1 is repeated: not to the log"
	done
}
repeats plain "auth *" "$(printf '\0%s\0p;ss "w%%rd" #=,' "$user" | base64 -w 0)"
repeats login "authdata * match=cDtz" "$(printf 'p;ss "w%%rd" #=,' | base64 -w 0)"
script
client_of "auth = scram-sha-1 plain login"

# Servers that cheat get nothing weaker instead, and no mail.
script 'authdata * reply 334 dj1BQUFB'
refused "a false signature" "AUTH SCRAM-SHA-1: .*cannot prove" SCRAM-SHA-1
script 'authdata * reply 235 2.7.0 come in'
refused "let in without a signature" "without proving" SCRAM-SHA-1
script 'auth * reply 235 2.7.0 come in'
refused "let in at once" "without proving" SCRAM-SHA-1
script 'auth * reply 334 cj1hYmMscz1hYmNkLGk9NDA5Ng=='
refused "an old challenge" "an answer to someone else" SCRAM-SHA-1
script 'auth * reply 334 ZT1vdGhlci1lcnJvcg=='
refused "an error" "the challenge is no SCRAM" SCRAM-SHA-1
script 'auth * reply 334 %%%'
refused "no base64" "the challenge is no SCRAM" SCRAM-SHA-1
like "$(client)" '^\*$' "what is wrong is cancelled"
client_of "auth = login"
script 'auth * reply 235 2.7.0 come in'
refused "let in without the password" "without proving" LOGIN
client_of "auth = cram-md5"
script 'auth * reply 334 '
refused "an empty challenge" "AUTH CRAM-MD5: the challenge is empty" CRAM-MD5
script

# The user and the password are in the form that both sides hash.
decomposed=$(printf 'Jo\314\210rg po\314\210')
printf '%s\n' "${decomposed#* }" >"$dir/password"
for m in scram-sha-1 scram-sha-256-plus; do
	smarthost --cert "$dir/certs/good.pem" --key "$dir/certs/good.key" \
	    --tls implicit --user Jörg --password pö --auth "$all"
	user=Jörg
	client_of "user = ${decomposed% *}" "auth = $m"
	sed -i '0,/^user = /{/^user = /d}' "$dir/conf"
	goes "$m: decomposed" "$(echo $m | tr a-z A-Z)"
done
user='us,er=x@example.org'

# A long secret goes on a line of its own.
long=$(printf '%0400d' 0)
printf '%s\n' "$long" >"$dir/password"
smarthost --cert "$dir/certs/good.pem" --key "$dir/certs/good.key" \
    --tls implicit --user "$user" --password "$long" --auth PLAIN
client_of
goes "a long password" PLAIN
is "$(client | grep -c '^AUTH PLAIN$')" 1 "a long password: in a second line"

done_testing
