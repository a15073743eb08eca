#!/bin/sh
# A client certificate whose key is in a PKCS#11 token and stays there.
. "${srcdir:-.}/t/tls.sh"

command -v softhsm2-util >/dev/null || skip_all "there is no softhsm2-util"

SOFTHSM2_CONF=$dir/softhsm.conf
export SOFTHSM2_CONF
mkdir "$dir/tokens"
printf 'directories.tokendir = %s\nobjectstore.backend = file\n' \
    "$dir/tokens" >"$dir/softhsm.conf"
softhsm2-util --init-token --free --label mail --pin 1234 --so-pin 5678 \
    ${SOFTHSM2_MODULE:+--module "$SOFTHSM2_MODULE"} >"$dir/token.log" 2>&1
put() {
	p11tool --batch --login --set-pin 1234 --write --label client --id 01 \
	    "$@" pkcs11:token=mail >>"$dir/token.log" 2>&1
}
put --load-privkey "$dir/certs/client.key" &&
    put --load-certificate "$dir/certs/client.pem"
ok $? "a token with key and certificate"
printf 1234 >"$dir/pin"

server good --client-ca "$dir/certs/ca.pem" --client-cert-required
object="pkcs11:token=mail;object=client"
client_of implicit
submit bob@example.net
save bob
for mode in implicit starttls; do
	client_of $mode "client_certificate = $object;type=cert" \
	    "client_key = $object;type=private;pin-source=$dir/pin"
	goes "both from the token"
	client_of $mode "client_certificate = $dir/certs/client.pem" \
	    "client_key = $object;type=private;pin-value=1234"
	goes "the key from the token"
done
client_of implicit "client_certificate = $object;type=cert" \
    "client_key = $object;type=private"
refused "no PIN" "cannot use client_certificate pkcs11:.*|handshake"

done_testing
