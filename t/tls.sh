# For tests of TLS (sh), in place of delivery.sh, which it includes: servers
# with this or that certificate, and clients of both kinds.
. "${srcdir:-.}/t/delivery.sh"

certificates
printf 'secret word\n' >"$dir/password"
chmod 600 "$dir/password"

# server CERTIFICATE OPTION...: $implicit and $starttls are its ports.
server() {
	mkfifo "$dir/ports"
	cert=$1
	shift
	[ -p "$dir/hold" ] || smarthost
	"$BUILD/t/smarthost" --stdin --dir "$dir/in" --log "$dir/transcript" \
	    --script "$dir/script" --user alice --password "secret word" \
	    --cert "$dir/certs/$cert.pem" --key "$dir/certs/$cert.key" \
	    --listen-tls 127.0.0.1 --listen-starttls 127.0.0.1 "$@" \
	    <"$dir/hold" 9>&- >"$dir/ports" &
	server_pid=$!
	track $server_pid
	exec 8<"$dir/ports"
	read -r implicit <&8
	read -r starttls <&8
	exec 8<&-
	rm "$dir/ports"
}

# client implicit|starttls LINE...
client_of() {
	mode=$1
	shift
	case $mode in
	implicit) port=$implicit ;;
	starttls) port=$starttls ;;
	esac
	tls_configure $mode "timeout = 60s" "$@"
	# A ca_file of its own replaces the usual one.
	[ "$(grep -c '^ca_file' "$dir/conf")" -eq 1 ] ||
		sed -i "0,/^ca_file/{/^ca_file/d}" "$dir/conf"
}

# refused NAME PATTERN
refused() {
	: >"$dir/transcript"
	kept "$mode: $1"
	like "$(said)" "^[^:]*: smarthost .*($2).*; mail waits, next attempt in " \
	    "$mode: $1: the log says why"
	unlike "$(client)" "MAIL|AUTH" "$mode: $1: nothing went out"
}

goes() {
	script
	due_now
	flush
	is "$? $(got) $(queued)" "0 bob 0" "$mode: $1: it goes"
	like "$(cat "$dir"/in/*.env)" "^tls TLS1\.[23]" "$mode: $1: over TLS"
	rm -f "$dir"/in/*
	cp -p "$saved"/* "$dir/spool/queue"
}
