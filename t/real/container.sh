# shellcheck shell=sh
# outbox alone in a container: a PID namespace whose first process is
# outbox-flush, a root that is read-only, one volume, any user and no
# privilege.  Sourced by real.t.

volume=$stage/volume
mkdir "$volume"
mkfifo "$stage/hold"
exec 8<>"$stage/hold"

# contain USER COMMAND...: as process 1 there.
contain() {
	# The words are those of the inner shell.
	# shellcheck disable=SC2016
	unshare --mount --pid --ipc --fork --kill-child \
		--propagation private sh -ec '
		user=$1
		shift
		mount --bind "$stage/volume" "$client/var/spool/outbox"
		mount --bind "$stage/contained.conf" \
			"$client/etc/outbox/outbox.conf"
		mount --bind "$stage/contained.password" \
			"$client/etc/outbox/password"
		cd "$client"
		pivot_root . mnt
		umount -l /mnt /run /tmp
		mount -t proc proc /proc
		mount -o remount,bind,ro /dev
		mount -o remount,bind,ro /
		exec env -i -C / PATH='$client_path' LC_ALL=C \
			setpriv --reuid="$user" --regid="$user" \
			--clear-groups --no-new-privs --inh-caps=-all \
			--bounding-set=-all "$@"' - "$@"
}

# inside USER COMMAND...: like "docker exec".
inside() {
	user=$1
	shift
	nsenter --target "$first" --mount --root --wd --pid --ipc env -i \
		PATH=$client_path LC_ALL=C setpriv --reuid="$user" \
		--regid="$user" --clear-groups --no-new-privs "$@"
}

# prepare_for USER [LINE...]: an empty volume and a password that are the
# user's, and a configuration with these lines of the section queue.
prepare_for() {
	rm -rf "${volume:?}"/*
	chown "$1:$1" "$volume"
	printf '%s\n' "$smarthost_password" >"$stage/contained.password"
	chown "$1:$1" "$stage/contained.password"
	chmod 400 "$stage/contained.password"
	shift
	{
		printf '%s\n' '[smarthost]' host=smarthost.example \
			user="$smarthost_user" '[sender]' domain=container.example \
			'[queue]' min_free=0 "$@"
	} >"$stage/contained.conf"
}

# start USER: outbox-flush in a container; $first is its number here.
start() {
	contain "$1" outbox-flush --stderr </dev/null 2>"$stage/stderr" &
	container=$!
	await started
}
# A shell, unshare, and then the one that is meant, which has children too.
started() {
	first=$container
	until is_flush; do
		child=
		# It may be gone, and does not end its line.
		{ read -r child rest <"/proc/$first/task/$first/children"
		} 2>/dev/null
		is_flush && break	# it has become that meanwhile
		[ "$child" ] || return
		first=$child
	done
	readlink "/proc/$first/fd/"* | grep -q signalfd
}
# Not by its file: seen from a chroot that has another name.
is_flush() {
	[ "$(cat "/proc/$first/comm")" = outbox-flush ]
}

end_container() {
	kill -TERM "$first"
	wait "$container"
}

# An orphan there becomes a child of process 1; is it gone when it has ended?
reaps() {
	orphan=$(inside "$1" sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!') &&
		is "$(inside "$1" ps -o ppid= -p "$orphan" | tr -d ' ')" 1 &&
		inside "$1" kill "$orphan" && await gone "$1" "$orphan"
}
gone() {
	! inside "$1" ps -p "$2"
}
readonly_root() {
	! inside "$1" touch /x 2>/dev/null && ! inside "$1" touch /var/x
}
on_stderr() {
	grep "to=<$1@example.org>.* status=sent " "$stage/stderr"
}

# A number without a name, and root.
for user in 61234 0; do
	mine=pid1-$user
	prepare_for $user "submit_socket = /var/spool/outbox/submit"
	start $user
	check "user $user: outbox-flush is process 1, its root is read-only" \
		readonly_root $user
	check "user $user: an empty volume becomes a queue" \
		is "$(stat -c '%u %a' "$volume/queue")" "$user 700"
	check "user $user: sendmail takes a message" \
		sent $mine inside $user sendmail $mine@example.org
	check "user $user: it arrives" body_is $mine "$mine\\n"
	check "user $user: the log is on standard error" await on_stderr $mine
	check "user $user: another user's goes by a socket in the volume" \
		sent $mine-other inside 61235 sendmail $mine-other@example.org
	check "user $user: it arrives" body_is $mine-other "$mine-other\\n"
	check "user $user: outbox status is a health check" \
		inside $user outbox status
	check "user $user: what is left by others is reaped" reaps $user
	end_container
	check "user $user: SIGTERM ends it with status 0" is $? 0
	contain $user outbox status >"$stage/out" 2>&1 </dev/null
	check "user $user: the health check fails without outbox-flush" is $? 2
	sent $mine-later contain $user sendmail $mine-later@example.org
	check "user $user: mail is taken meanwhile" is $? 0
	start $user
	check "user $user: the next outbox-flush delivers it" \
		body_is $mine-later "$mine-later\\n"
	end_container
done

# Without any process of outbox: sendmail starts a pass, as long as process 1
# is there.
prepare_for 61234 "flush = on-demand"
# The words are those of the inner shell.
# shellcheck disable=SC2016
contain 61234 sh -c 'echo daemonless | sendmail daemonless@example.org
	echo $? >/var/spool/outbox/said; read -r line' <"$stage/hold" &
container=$!
check "flush = on-demand: a message goes without a service" \
	body_is daemonless 'daemonless\n'
check "flush = on-demand: sendmail had said that it is taken" \
	await is "$(cat "$volume/said")" 0
echo end >&8
wait $container
check "flush = on-demand: outbox status is content without a service" \
	contain 61234 outbox status
exec 8>&-
