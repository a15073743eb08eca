# shellcheck shell=sh
# DANE, with a DNS server that signs what it says.  Its root zone is all of the
# DNS here, and its key the one that the client trusts.  Sourced by real.t.

names='ee rollover othername ta taname pkix pkixta wrong none'

# hash CERTIFICATE: of its key.  hash_whole: of all of it.
hash() {
	openssl x509 -in "$certificates/$1.pem" -noout -pubkey |
		openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1
}

hash_whole() {
	openssl x509 -in "$certificates/$1.pem" -outform DER | sha256sum |
		cut -d ' ' -f 1
}

# tlsa NAME RECORD...
tlsa() {
	owner=$1
	shift
	for record; do
		echo "_465._tcp.$owner.example. TLSA $record"
	done
}

zone() {
	echo '$TTL 60'
	echo "$1 SOA ns.example. root.example. 1 60 60 600 60"
	echo "$1 NS ns.example."
}

dane_zones() {
	{
		zone .
		echo 'ns.example. A 127.0.0.1'
		echo 'unsigned. NS ns.example.'
		tlsa ee "3 1 1 $(hash good)"
		tlsa rollover "3 1 1 $(hash foreign)" "3 1 1 $(hash good)"
		tlsa othername "3 0 1 $(hash_whole good)"
		tlsa ta "2 0 1 $(hash_whole ca)"
		tlsa taname "2 1 1 $(hash ca)"
		tlsa pkix "1 1 1 $(hash good)"
		tlsa pkixta "0 0 1 $(hash_whole ca)"
		tlsa wrong "3 1 1 $(hash foreign)" "2 0 1 $(hash_whole foreign-ca)" \
			"1 1 1 $(hash foreign)" "0 0 1 $(hash_whole foreign-ca)"
	} >"$smarthost/var/lib/zones/root.zone"
	{
		zone unsigned.
		echo "_465._tcp.host.unsigned. TLSA 3 1 1 $(hash good)"
	} >"$smarthost/var/lib/zones/unsigned.zone"
}

dane_start() {
	mkdir "$smarthost/var/lib/zones" "$smarthost/run/knot"
	dane_zones
	cat >"$smarthost/etc/knot/knot.conf" <<-END
	server:
	    rundir: /run/knot
	    listen: 127.0.0.1@53
	database:
	    storage: /var/lib/zones
	zone:
	  - domain: .
	    file: /var/lib/zones/root.zone
	    dnssec-signing: on
	    zonefile-sync: -1
	  - domain: unsigned.
	    file: /var/lib/zones/unsigned.zone
	END
	in_smarthost knotd -d
	await in_smarthost knotc zone-status .
	mkdir -p "$client/usr/share/dns"
	in_smarthost keymgr . ds >"$stage/root.key"
	cp "$stage/root.key" "$client/usr/share/dns/root.key"
	for name in $names; do
		echo "127.0.0.2 $name.example"
	done >>"$client/etc/hosts"
	echo '127.0.0.2 host.unsigned' >>"$client/etc/hosts"
}

# probe SETTING...: what "outbox test" says; its status.
probe() {
	client_settings dane=required auth=plain "$@"
	in_client outbox test
}

# takes NAME SETTING...; refuses NAME PATTERN SETTING...
takes() {
	which=$1
	shift
	check "DANE, $which: the server is the right one" probe "$@"
}

refuses() {
	which=$1 why=$2
	shift 2
	check "DANE, $which: refused" refuses_because "$why" "$@"
}

refuses_because() {
	why=$1
	shift
	! probe "$@" >"$stage/probe" || return
	cat "$stage/probe"
	grep -q "$why" "$stage/probe" && ! grep -q '^AUTH' "$stage/probe"
}

dane_start
nobody="$client/etc/outbox/nobody.pem"
cp "$certificates/foreign-ca.pem" "$nobody"
nobody=ca_file=/etc/outbox/nobody.pem
cat "$certificates/good.key" "$certificates/good.pem" "$certificates/ca.pem" \
	>"$smarthost/etc/postfix/server.pem"
in_smarthost postfix reload	# servers that wait have the old one
named=tls_name=smarthost.example

takes "the key" host=ee.example $named $nobody
takes "the key counts alone, whatever the name" host=othername.example $nobody
takes "one of two keys" host=rollover.example $nobody
takes "an authority that nobody else trusts" host=ta.example $named $nobody
refuses "an authority, but another name" "not accepted for taname.example" \
	host=taname.example $nobody
takes "the key, and an authority" host=pkix.example $named
refuses "the key, but no authority" "TLSA records allow" \
	host=pkix.example $named $nobody
takes "an authority, trusted" host=pkixta.example $named
refuses "an authority, not trusted" "TLSA records allow" \
	host=pkixta.example $named $nobody
refuses "other keys and authorities" "TLSA records allow" \
	host=wrong.example $named
refuses "no record" "proves no TLSA records for _465._tcp.none.example: there" \
	host=none.example $named
refuses "a record without proof" "proves no TLSA records for _465._tcp.host.unsigned: " \
	host=host.unsigned $named
takes "a fingerprint, too" host=ee.example \
	"fingerprint=sha256:$(hash good)"
refuses "another fingerprint" "none of fingerprint" host=ee.example \
	"fingerprint=sha256:$(hash foreign)"

settle host=ee.example dane=required $nobody
echo "hello" | as alice sendmail dane@example.org
check "DANE: mail goes" await arrived dane

sed 's/ [0-9A-Fa-f]*$/ 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF/' \
	"$stage/root.key" >"$client/usr/share/dns/root.key"
refuses "a forged answer" "proves no TLSA records .*signature is invalid" \
	host=ee.example
rm "$client/usr/share/dns/root.key"
refuses "no key of the root" "hint: install the root key" \
	host=ee.example
cp "$stage/root.key" "$client/usr/share/dns/root.key"
in_smarthost knotc stop
smarthost_certify good
in_smarthost postfix reload
settle
