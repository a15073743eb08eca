#!/bin/sh
# Whom a client trusts and what it shows of itself: versions, priorities, pins,
# certificate status, client certificates.
. "${srcdir:-.}/t/tls.sh"

# pin NAME: the fingerprint of its key.
pin() {
	certtool --key-id --hash sha256 --load-certificate \
	    "$dir/certs/$1.pem" 2>/dev/null |
	    sed -n 's/^ *\(sha256:\)*\([0-9a-f]\{64\}\)$/sha256:\2/p' | head -n 1
}

server good
client_of implicit
submit bob@example.net
save bob
accepted="certificate is not accepted for localhost: "

# Versions and priorities.
client_of implicit "tls_min = 1.3"
goes "TLS 1.3 where 1.3 is the least"
old='NORMAL:-VERS-ALL:+VERS'
server good --tls-priority "$old-TLS1.2"
client_of implicit
goes "TLS 1.2"
client_of implicit "tls_min = 1.3"
refused "TLS 1.2 where 1.3 is the least" "TLS handshake: "
client_of implicit "priority = NORMAL:-VERS-TLS1.2"
refused "TLS 1.2 where priority excludes it" "TLS handshake: "
client_of implicit "priority = SECURE256:nonsense"
refused "a priority that is none" \
    "priority = SECURE256:nonsense: not understood from 'nonsense'"
server good --tls-priority "$old-TLS1.1"
client_of implicit "tls_min = 1.2" "priority = LEGACY"
refused "TLS 1.1 where priority has it and tls_min does not" \
    "TLS handshake: "
client_of implicit "tls_min = 1.0"
script
due_now
flush
is "$? $(got)" "0 bob" "TLS 1.1 where it is allowed"
rm -f "$dir"/in/*
cp -p "$saved"/* "$dir/spool/queue"
server good --tls-priority "NORMAL:-CIPHER-ALL:+AES-128-GCM"
client_of implicit "priority = NORMAL:-AES-128-GCM:-AES-128-CCM"
refused "no cipher in common" "TLS handshake: "

# Pins.
good=$(pin good) foreign=$(pin foreign) other=$(pin client)
like "$good" '^sha256:[0-9a-f]{64}$' "certtool knows a fingerprint"
for cert in good renewed; do
	server $cert
	client_of implicit "ca_file = $dir/certs/foreign-ca.pem" \
	    "fingerprint = $good"
	goes "the pinned key with the certificate $cert"
done
for cert in foreign selfsigned expired wronghost; do
	server $cert
	client_of starttls "fingerprint = $other" \
	    "fingerprint = $(pin $cert | sed 's/[a-f]/\U&/2g')"
	goes "one of two pinned keys, and $cert"
done
server good
for mode in implicit starttls; do
	client_of $mode "fingerprint = $other $foreign"
	refused "a key that is not pinned" \
	    "$accepted.*none of fingerprint \(CN=good, by CN=ca, valid 2020-01-01 to 2049-12-31; fingerprint $good\)"
done

# What the log says of a certificate.
server expired
client_of implicit
refused "the dates" \
    "$accepted.*expired.*\(CN=expired, by CN=ca, valid 2020-01-01 to 2020-12-31; fingerprint $(pin expired)\)"
server foreign
client_of implicit
refused "the issuer" \
    "$accepted.*issuer is unknown.*\(CN=foreign, by CN=foreign-ca, valid .*; fingerprint $foreign\)"
server oldsub
client_of implicit
refused "a certificate in the middle" \
    "$accepted.*expired.*\(CN=sub, by CN=ca, valid 2020-01-01 to 2020-12-31; fingerprint $(pin oldsub)\)"
client_of implicit "ca_file = $dir/certs/sub.pem"
goes "the same CA is trusted by another certificate"

# Names and uses.
server idn
client_of implicit "tls_name = müller.example"
goes "a name beyond ASCII"
client_of implicit "tls_name = muller.example"
refused "another one" "certificate is not accepted for muller.example: "
# GnuTLS would not serve this one.
mkfifo "$dir/python"
python3 - "$dir/certs/noserver" >"$dir/python" 2>"$dir/python.log" <<'EOM' &
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.sni_callback = lambda s, name, c: print("sni", name, file=sys.stderr)
context.load_cert_chain(sys.argv[1] + ".pem", sys.argv[1] + ".key")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
try:
    context.wrap_socket(listener.accept()[0], server_side=True)
    print("client took it", file=sys.stderr)
except (ssl.SSLError, OSError) as e:
    print(e, file=sys.stderr)
EOM
track $!
read -r implicit <"$dir/python"
client_of implicit "tls_name = müller.example"
refused "a key that may not sign" "TLS handshake: .*[Kk]ey usage violation"
is "$(sed -n 's/^sni //p' "$dir/python.log")" "xn--mller-kva.example" \
    "SNI is the name in ASCII"

# The system's authorities; an empty set of them where namespaces can be had.
system=/etc/ssl/certs/ca-certificates.crt
server good
client_of implicit "ca_file = system"
if [ -s $system ]; then
	refused "the system does not know ca" "$accepted.*issuer is unknown"
else
	refused "the system trusts nobody" "install ca-certificates"
fi
if unshare -Urm mount --bind /dev/null $system 2>/dev/null; then
	flush() {
		unshare -Urm sh -c 'mount --bind /dev/null "$1" && shift &&
		    exec "$@"' sh $system "$BUILD/queue/outbox-flush" \
		    -C "$dir/conf" --stderr --once 2>"$dir/flush.log"
	}
	refused "the system trusts nobody" "install ca-certificates"
	flush() {
		"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once \
		    2>"$dir/flush.log"
	}
fi

# Certificate status.
server stapled --ocsp "$dir/certs/stapled.ocsp"
client_of implicit
goes "a certificate in force"
server revoked --ocsp "$dir/certs/revoked.ocsp"
for mode in implicit starttls; do
	client_of $mode
	refused "a revoked certificate" "$accepted.*revoked.*\(CN=revoked, "
done
server muststaple
client_of implicit
refused "a status that must be there" "$accepted.*status"

# Client certificates.
server good --client-ca "$dir/certs/ca.pem" --client-cert-required
own="client_certificate = $dir/certs/client.pem"
cat "$dir/certs/client.pem" "$dir/certs/client.key" >"$dir/both.pem"
for mode in implicit starttls; do
	client_of $mode "$own" "client_key = $dir/certs/client.key"
	goes "a client certificate"
	submit carol@example.net
	client_of $mode "$own" "client_key = $dir/certs/client.key" \
	    "messages_per_connection = 1" "connections = 1"
	script
	flush
	is "$? $(got)" "0 bob carol" "$mode: on connection after connection"
	rm -f "$dir"/in/*
	cp -p "$saved"/* "$dir/spool/queue"
	client_of $mode "client_certificate = $dir/both.pem"
	goes "its key in the same file"
	client_of $mode
	refused "none, and it is wanted" "TLS|closed|ertificate"
	client_of $mode "client_certificate = $dir/certs/foreign.pem" \
	    "client_key = $dir/certs/foreign.key"
	refused "one of somebody else" "TLS|closed|ertificate"
done
client_of implicit "$own" "client_key = $dir/certs/good.key"
refused "a key of another certificate" \
    "cannot use client_certificate .*client.pem with the key in .*good.key: "
client_of implicit "$own" "client_key = $dir/nowhere"
refused "a key that is not there" "cannot use client_certificate .*nowhere"
is "$(sed -n 's/^long //p' "$dir/spool/state")" 1 \
    "... a long wait: it may be a wrong PIN"
client_of implicit "client_certificate = pkcs11:token=none" \
    "client_key = pkcs11:token=none"
refused "a token that is not there" \
    "cannot use client_certificate pkcs11:token=none with the key in "

done_testing
