#!/bin/sh
# The smarthost is where the configuration says: a name, an IPv4 or IPv6
# address, or a socket; each can be secured and logged in to.
. "${srcdir:-.}/t/delivery.sh"

# goes NAME RELAY HELO: it goes, and the log and EHLO say where.
goes() {
	clean
	submit bob@example.net
	flush
	is "$? $(got)" "0 bob" "$1: it goes"
	like "$(said)" "relay=$2, " "$1: the log says where"
	like "$(cat "$dir"/in/*.env)" "^helo $3$" "$1: EHLO"
}

certificates
printf 'secret word\n' >"$dir/password"
chmod 600 "$dir/password"
login="user = alice
password_file = $dir/password
ca_file = $dir/certs/ca.pem"
set -- --cert "$dir/certs/good.pem" --key "$dir/certs/good.key" \
    --user alice --password "secret word" --auth-clear
v4='\[127\.0\.0\.1\]'
name='[a-zA-Z0-9.-]+'

# The name of this host for EHLO, if it has one that others can know.
helo="(\[127\.0\.0\.1\]|$name)"

smarthost "$@"
configure "host = 127.0.0.1" "port = $port" "tls = none" "$login"
goes "an address" "127\.0\.0\.1$v4:$port" "$helo"
configure "host = localhost" "port = $port" "tls = none" "family = ipv4" "$login"
goes "a name" "localhost$v4:$port" "$helo"
configure "host = localhost" "port = $port" "tls = none" "source = 127.0.0.1" \
    "$login"
goes "from an address" "localhost$v4:$port" "$helo"
configure "host = 127.0.0.1" "port = $port" "tls = none" \
    "helo = client.example.com" "$login"
goes "helo" "127\.0\.0\.1$v4:$port" "client.example.com"

# A socket.
smarthost --listen-clear "unix:$dir/socket" "$@"
configure "host = unix:$dir/socket" "tls = none" "$login"
goes "a socket" "unix:$dir/socket" "$helo"
smarthost --listen-tls "unix:$dir/tls-socket" "$@"
configure "host = unix:$dir/tls-socket" "tls_name = smarthost.example" "$login"
goes "TLS over a socket" "unix:$dir/tls-socket" "$helo"
like "$(cat "$dir"/in/*.env)" "^tls TLS" "TLS over a socket: TLS"
configure "host = unix:$dir/tls-socket" "tls_name = other.example" "$login"
clean
submit bob@example.net
flush
is "$? $(arrived)" "75 0" "TLS over a socket: the name is verified"

# IPv6.
if perl -MSocket=:all -e 'socket S, AF_INET6, SOCK_STREAM, 0 and
    bind S, pack_sockaddr_in6(0, inet_pton(AF_INET6, "::1")) or exit 1'; then
	smarthost --listen-tls "[::1]:0" "$@"
	configure "host = [::1]" "port = $port" "$login"
	goes "IPv6" "::1\[::1\]:$port" "(\[IPv6:::1\]|$name)"
	like "$(cat "$dir"/in/*.env)" "^tls TLS" "IPv6: TLS, by the address"
	# Nobody listens at the other address of the name, if it has both.
	if getent ahosts localhost | grep -q ::1; then
		configure "host = localhost" "port = $port" "$login"
		goes "both" "localhost\[::1\]:$port" "(\[IPv6:::1\]|$name)"
	fi
else
	ok 0 "IPv6 # SKIP this machine has none"
fi

done_testing
