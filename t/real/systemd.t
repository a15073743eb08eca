#!/bin/sh
# outbox under a systemd that was booted for it: the units as they are
# installed, and services that may not use the set-group-ID program.
#
# The root is this system with systemd, an overlay as in real.t, which has the
# same needs.  systemd is the first process of a PID namespace, in a control
# group of its own; nothing but journald and outbox is started.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/roots.sh"
. "$here/lib.sh"
source=$(cd "$here/../.." && pwd)
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

root_path=/usr/sbin:/usr/bin:/sbin:/bin
spool=/var/spool/outbox

# in_root COMMAND...: before it is booted.
in_root() {
	chroot "$root" env -i PATH=$root_path LC_ALL=C "$@"
}

# inside COMMAND...: in the booted system, as root.
inside() {
	nsenter --target "$first" --mount --pid --cgroup --root --wd env -i \
		PATH=$root_path LC_ALL=C "$@"
}

# service PROPERTY... -- COMMAND...: as a service with these properties, which
# gets the standard input, and is waited for.
service() {
	properties=$#
	for word; do
		shift
		case $word in
		--) properties=0 ;;
		esac
		[ "$properties" -eq 0 ] || word=--property=$word
		set -- "$@" "$word"
	done
	inside systemd-run --quiet --wait --pipe --collect "$@"
}

# send SUBJECT PROPERTY...: a message from such a service.
send() {
	subject=$1
	shift
	printf 'Subject: %s\n\ntext of it\n' "$subject" |
		service "$@" -- /usr/sbin/sendmail -f alice@example.org \
		bob@example.net
}

arrived() {
	grep -qsx "Subject: $1.\{0,1\}" "$stage"/in/*.msg
}

property() {
	inside systemctl show --property="$2" --value "$1"
}

journal() {
	inside journalctl --quiet --no-pager -o short "$@"
}

# logged PATTERN OPTION...: the journal has a line like that.
logged() {
	pattern=$1
	shift
	inside journalctl --sync
	journal "$@" | grep -q -- "$pattern"
}

# drop_in NAME LINE...: for the service of outbox-flush.
drop_in() {
	mkdir -p "$root/etc/systemd/system/outbox-flush.service.d"
	name=$1
	shift
	printf '%s\n' '[Service]' "$@" \
		>"$root/etc/systemd/system/outbox-flush.service.d/$name.conf"
	inside systemctl daemon-reload
}

# settings LINE...: the configuration; lines for [smarthost].
settings() {
	{
		printf '%s\n' '[smarthost]' host=smarthost.example \
			"port=$port" tls=implicit user=outbox \
			ca_file=/etc/outbox/ca.pem "$@" \
			'[sender]' domain=example.org \
			'[queue]' min_free=0 retry_min=1s retry_max=2s
	} >"$root/etc/outbox/outbox.conf"
}

prepare_root() {
	mkdir -p "$root$PWD" "$root$source"
	mount --bind "$PWD" "$root$PWD"
	mount --bind "$source" "$root$source"
	in_root make -C "$PWD" install
	cp "$certificates/ca.pem" "$root/etc/outbox/"
	chmod 644 "$root/etc/outbox/ca.pem"
	in_root useradd --create-home alice
	printf '%s\n' '127.0.0.1 client.example client localhost' \
		'127.0.0.2 smarthost.example' >"$root/etc/hosts"
	echo client.example >"$root/etc/mailname"
	printf '%s\n' 'the secret' >"$root/etc/outbox/password"
	in_root systemd-sysusers /usr/lib/sysusers.d/outbox.conf
	in_root chown outbox:outbox /etc/outbox/password
	chmod 600 "$root/etc/outbox/password"

	# What a machine starts, and this one need not.
	: >"$root/etc/fstab"
	for unit in systemd-sysctl.service systemd-modules-load.service \
		systemd-binfmt.service proc-sys-fs-binfmt_misc.automount \
		systemd-udevd.service systemd-udev-trigger.service \
		systemd-remount-fs.service systemd-update-utmp.service \
		systemd-pstore.service systemd-timesyncd.service \
		systemd-journal-flush.service console-getty.service \
		dev-hugepages.mount dev-mqueue.mount \
		sys-fs-fuse-connections.mount sys-kernel-config.mount \
		sys-kernel-debug.mount sys-kernel-tracing.mount
	do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	mkdir -p "$root/etc/systemd/system/test.target.wants"
	cat >"$root/etc/systemd/system/test.target" <<-END
	[Unit]
	Requires=basic.target
	After=basic.target
	END
	for unit in outbox-flush.service outbox-listen.socket; do
		ln -s "/lib/systemd/system/$unit" \
			"$root/etc/systemd/system/test.target.wants/"
	done
	umount "$root/proc"
	mount -t sysfs -o ro sys "$root/sys"
}

# boot: sets $first, its first process as seen from here.
boot() {
	unshare --mount --pid --ipc --uts --cgroup --fork --kill-child \
		--propagation slave sh -c '
		mount -t proc proc "$1/proc" &&
		mount -t cgroup2 cgroup "$1/sys/fs/cgroup" &&
		mount --make-rshared "$1" &&
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			container=other chroot "$1" \
			/lib/systemd/systemd --unit=test.target' - "$root" \
		>"$stage/boot.log" 2>&1 &
	parent=$!
	await pgrep -P $parent >"$stage/first" || return
	first=$(pgrep -P $parent)
	await is_up
}

is_up() {
	state=$(inside systemctl is-active test.target 2>&1)
	[ "$state" = active ]
}

# Where this process can be put into a control group for systemd.
own_group() {
	mkdir "$stage/cgroup"
	mount -t cgroup2 cgroup "$stage/cgroup" || return
	group=$stage/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	group=${group%/}/${stage##*/}
	mkdir "$group" && echo $$ >"$group/cgroup.procs"
}

leave_group() {
	find "$group" -depth -type d -exec rmdir {} + && ! [ -e "$group" ]
}

diagnose() {
	echo "# $stage/boot.log:"
	sed 's/^/#   /' "$stage/boot.log"
	inside systemctl --no-pager --failed | sed 's/^/#   /'
	journal -n 100 | sed 's/^/#   /'
}

case ${1-} in
'')
	stage=$(mktemp -d "${TMPDIR:-/tmp}/outbox-real.XXXXXX") || exit 1
	trap 'rmdir "$stage"' EXIT
	unset TMPDIR
	unshare --mount --pid --fork --kill-child --propagation private \
		--mount-proc sh "$0" prepare "$stage" </dev/null
	;;
prepare)
	stage=$2
	mount -t tmpfs -o mode=755 stage "$stage" || bail "cannot mount"
	root=$stage/system certificates=$stage/certificates
	overlay system
	add "$root" systemd dbus curl ca-certificates >"$stage/apt.log" 2>&1 ||
		{ tail -n 40 "$stage/apt.log" >&2; bail "no packages"; }
	sh "$here/../certificates" "$certificates" || bail "no certificates"
	prepare_root >"$stage/prepare.log" 2>&1 ||
		{ tail -n 40 "$stage/prepare.log" >&2; bail "no outbox"; }
	own_group || bail "no control group can be made here"
	export stage root certificates
	unshare --net sh "$0" tests
	status=$?
	# Its processes have ended; the group is to be left as it was found.
	echo $$ >"${group%/*}/cgroup.procs"
	await leave_group
	exit $status
	;;
tests)
	ip link set lo up
	mkfifo "$stage/hold" "$stage/port"
	exec 9<>"$stage/hold"
	mkdir "$stage/in"
	"$PWD/t/smarthost" --stdin --listen 127.0.0.2:0 --dir "$stage/in" \
		--log "$stage/transcript" \
		--tls implicit --cert "$certificates/good.pem" \
		--key "$certificates/good.key" --user outbox \
		--password 'the secret' <"$stage/hold" 9>&- >"$stage/port" &
	read -r port <"$stage/port" || bail "no smarthost"
	settings
	boot || { diagnose; bail "systemd did not come up"; }
	. "$here/systemd.sh"
	kill -KILL $parent 2>/dev/null
	exec 9>&-
	wait
	echo "1..$count"
	[ $failures -eq 0 ]
	;;
esac
