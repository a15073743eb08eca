# shellcheck shell=sh
# Each way of logging in that a server has: with the right secret mail goes,
# with a wrong one it stays.  Sourced by real.t.
#
# Postfix tells its SASL nothing of the TLS, so that neither Dovecot nor Cyrus
# can have EXTERNAL and -PLUS there; bound.c has them, by the kind of binding.
# auto:MECHANISM: that is the one which auto takes.

client_log=$client/var/log/mail.log

# login SERVER TLS AUTH: the settings.
login() {
	case $1 in
	dovecot) echo host=smarthost.example ;;
	cyrus) echo host=127.0.0.3 ;;
	tls-exporter) echo host=127.0.0.4 ;;
	tls-server-end-point) echo host=127.0.0.5 ;;
	hidden) echo host=127.0.0.6 ;;
	esac
	printf '%s\n' tls_name=smarthost.example "tls=$2" "auth=${3%:*}"
	case $3 in
	*oauth*)
		echo token_command=/usr/local/bin/token
		;;
	external)
		echo user=
		echo client_certificate=/etc/outbox/client.pem
		;;
	esac
}

grep -v '^#' >"$stage/logins" <<END
# server		TLS	auth
dovecot			implicit plain
dovecot			implicit login
dovecot			implicit cram-md5
dovecot			implicit scram-sha-1
dovecot			implicit scram-sha-256
dovecot			implicit xoauth2
dovecot			implicit oauthbearer
dovecot			starttls plain
dovecot			starttls auto:scram-sha-256
cyrus			implicit plain
cyrus			implicit login
cyrus			implicit cram-md5
cyrus			implicit scram-sha-1
cyrus			implicit scram-sha-256
cyrus			starttls plain
cyrus			starttls auto:scram-sha-256
tls-exporter		implicit auto:scram-sha-256-plus
tls-exporter		implicit scram-sha-1-plus
tls-exporter		implicit scram-sha-256
tls-exporter		implicit external
tls-server-end-point	implicit auto:scram-sha-256-plus
tls-server-end-point	implicit scram-sha-1-plus
tls-server-end-point	implicit external
END

# mechanism BOX: how the message that arrived there was let in.
mechanism() {
	await arrived "$1" || return
	id=$(field Received "$mail" | sed -n 's/.*ESMTPSA id \([0-9A-F]*\)$/\1/p')
	if [ -n "$id" ]; then
		await grep -q " $id: client=" "$smarthost/var/log/mail.log"
		sed -n "s/.* $id: client=.*, sasl_method=\([^,]*\),.*/\1/p" \
			"$smarthost/var/log/mail.log"
	else
		field Login "$mail"
	fi | tr A-Z a-z
}

# How that would be for SERVER AUTH.
expected() {
	case $1:$2 in
	*-*:*-plus) echo "$2, $smarthost_user@smarthost.example, $1" ;;
	*-*:external) echo "$2, client@smarthost.example, not bound" ;;
	*-*:*) echo "$2, $smarthost_user@smarthost.example, not bound" ;;
	*) echo "$2" ;;
	esac
}

# give FILE NAME: the client has that for outbox alone.
give() {
	install -D -m 600 "$1" "$client$2"
	in_client chown outbox:outbox "$2"
}

# certificate_of NAME: of that certificate and its key.
certificate_of() {
	cat "$certificates/$1.pem" "$certificates/$1.key" >"$stage/client.pem"
	give "$stage/client.pem" /etc/outbox/client.pem
}

# token [KEY]: token_command tells one that is signed so.
token() {
	smarthost_token 3600 "$@" >"$stage/token"
	give "$stage/token" /etc/outbox/token
}

cat >"$client/usr/local/bin/token" <<'END'
#!/bin/sh
# The one that has expired, once; then a fresh one.
if [ -s /var/tmp/tokens/old ]; then
	cat /var/tmp/tokens/old
	: >/var/tmp/tokens/old
else
	cat /etc/outbox/token
fi
END
chmod 755 "$client/usr/local/bin/token"
in_client install -d -o outbox -g outbox /var/tmp/tokens

right() {
	client_password "$smarthost_password"
	certificate_of client
	token
}

wrong() {
	client_password wrong
	certificate_of foreign
	token "another key that signs, of 256 bits at least"
}

right
while read -r server tls auth <&3; do
	box=$server-$tls-${auth#*:}
	# shellcheck disable=SC2046
	settle $(login "$server" "$tls" "$auth")
	echo "hello" | as alice sendmail "$box@example.org"
	check "$server, $tls: ${auth%:*}" is "$(mechanism "$box")" \
		"$(expected "$server" "${auth#*:}")"
done 3<"$stage/logins"

for auth in xoauth2 oauthbearer; do
	smarthost_token -60 >"$stage/old"
	give "$stage/old" /var/tmp/tokens/old
	# shellcheck disable=SC2046
	settle $(login dovecot implicit $auth)
	echo "hello" | as alice sendmail "expired-$auth@example.org"
	check "$auth: a token that has expired, then another" is \
		"$(mechanism expired-$auth)" $auth
	check "$auth: ... once" is "$(cat "$client/var/tmp/tokens/old")" ""
done

lines() {
	wc -l <"$1"
}

# resumes BINDING: the second of two connections goes on with the TLS session of
# the first, and the login is bound to it.
resumes() {
	seen=$(lines "$client_log")
	# shellcheck disable=SC2046
	settle $(login "$1" implicit scram-sha-256-plus) connections=1 \
		messages_per_connection=1
	for n in 1 2; do
		echo "hello" | as alice sendmail "resumed-$1@example.org"
	done
	await arrived "resumed-$1" 2 && await logged_in " resumed, auth=SCRAM"
}

logged_in() {
	tail -n "+$((seen + 1))" "$client_log" | grep "established to .*$1"
}

for binding in tls-exporter tls-server-end-point; do
	check "$binding: on a resumed session, too" resumes $binding
done

# refused AUTH PATTERN: since $seen the client's log says why mail waits, and
# that of the server that it was this mechanism.
refused() {
	tail -n "+$((seen + 1))" "$client_log" |
		grep -E "smarthost .*: .*$2.*mail waits" || return
	tail -n "+$((seen_there + 1))" "$smarthost/var/log/mail.log" \
		>"$stage/there"
	tail -n "+$((seen_bound + 1))" "$smarthost/var/log/bound.log" \
		>>"$stage/there"
	[ "$1" = external ] || grep -iE "(SASL |^)$1[: ]" "$stage/there"
}

# stays_with SERVER TLS AUTH BOX
stays_with() {
	seen=$(lines "$client_log")
	seen_there=$(lines "$smarthost/var/log/mail.log")
	seen_bound=$(lines "$smarthost/var/log/bound.log")
	# shellcheck disable=SC2046
	settle $(login "$1" "$2" "$3")
	case $3 in
	external) await refused "$3" 'CA is unknown' ;;
	*) await refused "${3#*:}" '535' ;;
	esac && in_client mailq | grep -F "$4@"
}

wrong
settle host=127.0.0.9
echo "hello" | as alice sendmail wrong@example.org
while read -r server tls auth <&3; do
	case $tls in
	implicit) check "$server: ${auth#*:}: refused, and mail stays" \
		stays_with "$server" "$tls" "$auth" wrong ;;
	esac
done 3<"$stage/logins"
right
check "someone hides -PLUS: the server knows, and mail stays" \
	stays_with hidden implicit auto:scram-sha-256 wrong
check "... it says why" grep "incorrectly assumed server had no channel" \
	"$smarthost/var/log/bound.log"
settle
check "with the right password it goes" await arrived wrong

settle host=müller.example tls_name=smarthost.example
echo "hello" | as alice sendmail idna@example.org
check "a host beyond ASCII is found" await arrived idna
settle
