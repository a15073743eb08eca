# shellcheck shell=sh
# Each way of logging in, with each SASL, on both ports.  Sourced by real.t.

# mechanism BOX: how the message that arrived there was let in.
mechanism() {
	await arrived "$1" || return
	id=$(field Received "$mail" | sed -n 's/.*ESMTPSA id \([0-9A-F]*\)$/\1/p')
	sed -n "s/.* $id: client=.*, sasl_method=\([^,]*\),.*/\1/p" \
		"$smarthost/var/log/mail.log"
}

for sasl in dovecot cyrus; do
	case $sasl in
	dovecot) host=smarthost.example ;;
	cyrus) host=127.0.0.3 ;;
	esac
	for way in implicit:plain implicit:login starttls:plain starttls:auto; do
		tls=${way%:*} auth=${way#*:} box=$sasl-${way%:*}-${way#*:}
		settle host="$host" tls_name=smarthost.example tls="$tls" auth="$auth"
		echo "hello" | as alice sendmail "$box@example.org"
		case $auth in
		auto) auth=scram-sha-256 ;;
		esac
		check "$sasl, $way" is "$(mechanism "$box" | tr A-Z a-z)" "$auth"
	done
done
settle host=müller.example tls_name=smarthost.example
echo "hello" | as alice sendmail idna@example.org
check "a host beyond ASCII is found" await arrived idna
settle
