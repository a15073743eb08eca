# shellcheck shell=sh
# The script for OpenRC, under OpenRC.  Sourced by package.t.

machine openrc
check "OpenRC is there" apt --no-install-recommends install openrc \
	"$(package 1)"
# As if it had booted.
mkdir -p "$root/run/openrc"
: >"$root/run/openrc/softlevel"
rm -rf "$root/run/outbox"
cp "$PWD/queue/outbox-flush.openrc" "$root/etc/init.d/outbox-flush"
chmod 755 "$root/etc/init.d/outbox-flush"
mkdir -p "$root/etc/conf.d"
echo respawn_delay=1 >"$root/etc/conf.d/outbox-flush"

service() {
	in_root rc-service --nodeps outbox-flush "$@"
}

scheduler() {
	in_root sh -c 'ps -o pid= -o user= -C outbox-flush' | xargs
}
# runs NOT: it does, as the owner of the queue, and it is not NOT.  There are
# two processes, of which one has the socket.
runs() {
	now=$(scheduler)
	[ "$now" != "$1" ] && test -S "$root/run/outbox/submit" &&
		is "$(echo "$now" | tr -d '0-9 ')" outboxoutbox
}

check "the service starts" service start
check "outbox-flush runs as the owner of the queue" await runs none
check "its status is known" service status
check "it can be reloaded" service reload
before=$(scheduler)
kill -KILL "${before%% *}"
check "killed, it comes back" await runs "$before"
check "it stops" service stop
check "and is gone" is "$(scheduler)" ''
check "then it is not running" eval '! service status'
discard
