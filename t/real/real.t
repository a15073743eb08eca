#!/bin/sh
# outbox between real programs: those that send mail, such as PHP and cron, on
# one side, Postfix with the SASL of Dovecot and of Cyrus on the other.
#
# Two throw-away roots, "smarthost" and "client", are this system with more
# packages: overlays whose changes live in memory and go away with the mount
# namespace.  Packages come over this system's network; after that everything
# runs in a network namespace that has nothing but loopback.
#
# Needs root and apt.  Runs in a build directory that was configured with
# --prefix=/usr --sysconfdir=/etc --localstatedir=/var --runstatedir=/run.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/roots.sh"
. "$here/lib.sh"
. "$here/smarthost.sh"
. "$here/client.sh"
source=$(cd "$here/../.." && pwd)
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

diagnose() {
	for file in "$client/var/log/mail.log" "$client/var/log/cron.log" \
		"$smarthost/var/log/mail.log" "$smarthost/var/log/dovecot.log" \
		"$smarthost/var/log/bound.log"
	do
		echo "# ${file#"$stage/"}:"
		tail -n 60 "$file" | sed 's/^/#   /'
	done
}

case ${1-} in
'')
	stage=$(mktemp -d "${TMPDIR:-/tmp}/outbox-real.XXXXXX") || exit 1
	trap 'rmdir "$stage"' EXIT
	unset TMPDIR	# it is not in the roots
	unshare --mount --pid --uts --fork --kill-child --propagation private \
		--mount-proc sh "$0" prepare "$stage" </dev/null
	;;
prepare)
	stage=$2
	mount -t tmpfs -o mode=755 stage "$stage" || bail "cannot mount"
	smarthost=$stage/smarthost client=$stage/client
	certificates=$stage/certificates
	overlay smarthost
	overlay client
	# shellcheck disable=SC2086
	add "$smarthost" $smarthost_packages >"$stage/smarthost.log" 2>&1 &
	client_packages >"$stage/client.log" 2>&1 ||
		{ tail -n 40 "$stage/client.log" >&2; bail "no packages"; }
	wait $! ||
		{ tail -n 40 "$stage/smarthost.log" >&2; bail "no packages"; }
	echo client.example >/proc/sys/kernel/hostname
	for root in "$smarthost" "$client"; do
		cat >"$root/etc/hosts" <<-END
		127.0.0.1 client.example client localhost
		127.0.0.2 smarthost.example xn--mller-kva.example
		END
		echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
		echo client.example >"$root/etc/mailname"
	done
	sh "$here/../certificates" "$certificates" || bail "no certificates"
	smarthost_configure
	client_configure
	export stage smarthost client certificates
	unshare --net sh "$0" tests
	;;
tests)
	in_smarthost ip link set lo up
	for last in 2 3 4 5 6; do
		in_smarthost ip address add 127.0.0.$last/8 dev lo
	done
	smarthost_start
	client_start
	. "$here/login.sh"
	. "$here/dane.sh"
	. "$here/senders.sh"
	. "$here/callers.sh"
	. "$here/rights.sh"
	. "$here/group.sh"
	. "$here/own.sh"
	. "$here/static.sh"
	. "$here/outside.sh"
	. "$here/room.sh"
	. "$here/disks.sh"
	. "$here/container.sh"
	. "$here/faults.sh"
	. "$here/logs.sh"
	. "$here/journal.sh"
	. "$here/cron.sh"
	. "$here/local.sh"
	. "$here/setup.sh"
	. "$here/tutorial.sh"
	echo "1..$count"
	[ "$failures" -eq 0 ] || diagnose
	;;
esac
