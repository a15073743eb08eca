# shellcheck shell=sh
# What goes wrong between here and the smarthost: the message stays, the log
# says why, and when the cause is gone the message is delivered.  Sourced by
# real.t.

log=$client/var/log/mail.log

# fault NAME PATTERN: a message sent now stays, and what the log says about it
# since then matches.  Then the function NAME_mend ends it.
fault() {
	name=$1
	seen=$(wc -l <"$log")
	echo "text" | as alice sendmail "$name@example.org"
	check "$name: the log says why" await logged "$2"
	check "$name: the message stays" stays "$name@example.org"
	"${name}_mend"
	check "$name: it is delivered when the cause is gone" \
		body_is "$name" 'text\n'
	check "$name: nothing is left in the queue" await empty
}

logged() {
	tail -n "+$((seen + 1))" "$log" | grep -E "smarthost .*: .*$1.*mail waits"
}

stays() {
	in_client mailq | grep -F "$1"
}

client_password wrong
settle
password_mend() {
	client_password "$smarthost_password"
	settle
}
fault password '535'

settle host=nowhere.example
host_mend() {
	echo '127.0.0.2 nowhere.example' >>"$client/etc/hosts"
	settle host=nowhere.example tls_name=smarthost.example
}
fault host 'nowhere.example'

in_smarthost postfix stop
refused_mend() {
	in_smarthost postfix start
}
settle
fault refused '[Rr]efused'

# shows NAME: Postfix has taken up that certificate.
shows() {
	gnutls-cli --insecure --print-cert -p 465 127.0.0.2 </dev/null 2>&1 |
		sed -n '/-BEGIN/,/-END/p' >"$stage/shown"
	cmp -s "$stage/shown" "$certificates/$1.pem"
}

certify() {
	smarthost_certify "$1"
	in_smarthost postfix reload
	await shows "$1"
}

# certificate NAME PATTERN
certificate() {
	certify "$1"
	settle	# ends the connections that know another one
	eval "$1_mend() { certify good; }"
	fault "$1" "$2"
}
certificate expired '[Cc]ertificate.*expired'
certificate wronghost '[Cc]ertificate.*smarthost.example'
certificate foreign '[Cc]ertificate'
certificate selfsigned '[Cc]ertificate'

clear() {
	! gnutls-cli --insecure --starttls-proto=smtp -p 587 127.0.0.2 \
		</dev/null >/dev/null 2>&1
}

# A smarthost that asks for the password in the clear does not get it.
in_smarthost postconf -P 127.0.0.2:587/inet/smtpd_tls_security_level=none \
	127.0.0.2:587/inet/smtpd_tls_auth_only=no \
	127.0.0.2:587/inet/syslog_name=postfix/clear
in_smarthost postfix reload
await clear
seen_there=$(wc -l <"$smarthost/var/log/mail.log")
settle tls=starttls
starttls_mend() {
	check "starttls: the password was not tried in the clear" \
		await untried
	in_smarthost postconf -PX \
		127.0.0.2:587/inet/smtpd_tls_security_level \
		127.0.0.2:587/inet/smtpd_tls_auth_only \
		127.0.0.2:587/inet/syslog_name
	in_smarthost postfix reload
}
# Who speaks STARTTLS there is not outbox.
untried() {
	tail -n "+$((seen_there + 1))" "$smarthost/var/log/mail.log" |
		grep 'postfix/clear/.*: disconnect from' >"$stage/ends"
	grep -vq 'starttls=' "$stage/ends" && ! grep 'auth=' "$stage/ends"
}
fault starttls 'STARTTLS'
settle
