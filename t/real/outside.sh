# shellcheck shell=sh
# Where sendmail does not get the queue's group, or sees no queue: the message
# goes by the socket of outbox-flush.  And when that does not listen, sendmail
# says so.  Sourced by real.t, after static.sh.

ids=$(in_client sh -c 'echo "+$(id -u alice):+$(id -g alice)"')
alice=$(in_client id -u alice)

# by_socket BOX UID [USER]: the message of that name came by the socket, from
# USER.
by_socket() {
	body_is "$1" "$1\\n" && await grep -Eq \
		"uid=$2 from=<${3:-alice}@client.example>, .* by socket" \
		"$client/var/log/mail.log" &&
		is "$(field Return-Path "$mail")" "<${3:-alice}@client.example>"
}

# sent BOX COMMAND...: its standard input is the message.
sent() {
	box=$1
	shift
	echo "$box" | "$@"
}

# contained COMMAND...: the client is the root of a mount namespace, as that of
# a container, and not by chroot, which the kernel lets make no user namespace.
contained() {
	# The words are those of the inner shell.
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -ec '
		cd "$client"
		pivot_root . mnt
		umount -l /mnt
		exec env -i -C /tmp PATH='$client_path' LC_ALL=C "$@"' - "$@"
}
alone="setpriv --reuid=alice --regid=alice --init-groups"
# The build directory may be a mount below /var.
readonly='mount --rbind /var /var && mount -o remount,bind,ro /var && exec "$@"'

settle
check "no_new_privs: it is taken" sent nnp as alice \
	setpriv --no-new-privs sendmail nnp@example.org
check "... and arrives" by_socket nnp "$alice"
# shellcheck disable=SC2086
check "/var read-only: it is taken" sent varro contained \
	sh -c "$readonly" - $alone sendmail varro@example.org
check "... and arrives" by_socket varro "$alice"
# A system that runs in a chroot itself can make none.
if contained unshare --user true 2>/dev/null; then
	# shellcheck disable=SC2086
	check "a user namespace with /var read-only: it is taken" sent userns \
		contained $alone unshare --user --map-root-user --mount \
		sh -c "$readonly" - sendmail -f alice userns@example.org
	check "... and arrives" by_socket userns "$alice"
fi
# What DynamicUser= of systemd makes of a service.
check "a user without a name, who sees /var only to read: it is taken" \
	sent dynamic contained sh -c "$readonly" - setpriv --reuid=61234 \
	--regid=61234 --clear-groups --no-new-privs sendmail dynamic@example.org
check "... and arrives" by_socket dynamic 61234 uid61234

# bare NAME LIBC: a root with nothing but sendmail, and the socket in a
# directory that is mounted as README has it: $bare.
bare() {
	bare=$client/srv/$1
	mkdir -p "$bare/usr/sbin" "$bare/run/outbox"
	cp "$statics/$2/sendmail/sendmail" "$bare/usr/sbin"
	mount --bind "$client/run/outbox" "$bare/run/outbox"
	mount -o remount,bind,ro "$bare/run/outbox"
}

# caged COMMAND...: in $bare, as alice, without as much as /dev/null.
caged() {
	chroot --userspec="$ids" --groups= "$bare" "$@"
}

for name in glibc musl; do
	bare bare-$name $name
	check "a chroot with nothing but sendmail ($name): it is taken" \
		sent $name caged /usr/sbin/sendmail $name@example.org
	check "... and arrives" by_socket $name "$alice" "uid$alice"
done

# The socket is another one when outbox-flush starts again.  Where that is
# killed, its doorkeeper ends a moment after it.
end_flush() {
	kill "-$1" "$flush"
	wait "$flush"
	await is_deaf
}
start_flush() {
	client_flush
	await listens
}
is_deaf() {
	! listens
}
listens() {
	awk -v path=/run/outbox/submit \
		'$4 == "00010000" && $8 == path { found = 1 }
		END { exit !found }' /proc/net/unix
}
end_flush TERM
start_flush
check "a new outbox-flush listens in the same chroot: it is taken" \
	sent again caged /usr/sbin/sendmail again@example.org
check "... and arrives" by_socket again "$alice" "uid$alice"

# PHP with a chroot of its own, which has a shell in addition.
# Packages: php-fpm libfcgi-bin
mkdir -p "$bare/bin"
in_client sh -c 'ldd /bin/sh | grep -o "/[^ :]* "; echo /bin/sh' | sort -u |
	in_client xargs cp -Lp --parents -t "${bare#"$client"}"
mkdir "$bare/tmp" && chmod 1777 "$bare/tmp"
sed 's/fpm@/bare@/; s/a chroot/a bare chroot/' "$client/srv/jail/mail.php" \
	>"$bare/mail.php"
sed 's,/srv/jail,/srv/bare-musl,; s,php-fpm.socket,php-bare.socket,' \
	"$client/etc/php-fpm.conf" >"$client/etc/php-bare.conf"
chroot "$client" "$(cd "$client" && echo usr/sbin/php-fpm*)" \
	-F -y /etc/php-bare.conf &
fpm=$!
await test -S "$client/run/php-bare.socket"
php_is_true() {
	in_client SCRIPT_FILENAME=/mail.php REQUEST_METHOD=GET cgi-fcgi -bind \
		-connect /run/php-bare.socket | grep 'bool(true)'
}
check "PHP's mail() returns true where there is only the socket" php_is_true
check "... and it arrives" body_is bare 'one\n.\n..two\n\n'
kill $fpm
wait $fpm

# fails STATUS PATTERN COMMAND...: with that status, and one line like that.
fails() {
	status=$1 pattern=$2
	shift 2
	echo text | "$@" no@example.org >"$stage/out" 2>&1
	is "$?" "$status" && is "$(wc -l <"$stage/out")" 1 &&
		grep -E "^sendmail: $pattern\$" "$stage/out" || {
		cat "$stage/out"
		return 1
	}
}
denied="cannot open /var/spool/outbox/queue: Permission denied: .*"
absent="cannot open /var/spool/outbox: No such file or directory"
socket="outbox-flush cannot be reached at /run/outbox/submit"
# unreachable CAUSE: both ways of both callers.
unreachable() {
	check "$1: it fails without the group" fails 77 \
		"$denied; and $socket: $1" \
		as alice setpriv --no-new-privs sendmail
	check "$1: it fails without a queue" fails 73 \
		"$absent; and $socket: $1" caged /usr/sbin/sendmail
}
end_flush TERM
unreachable 'No such file or directory'
start_flush
end_flush KILL
unreachable 'Connection refused'
start_flush
chmod 600 "$client/run/outbox/submit"
unreachable 'Permission denied'
chmod 666 "$client/run/outbox/submit"
check "nothing of that is queued" await empty
