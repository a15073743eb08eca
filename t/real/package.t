#!/bin/sh
# The Debian package: built, installed with packages that need an MTA,
# upgraded, removed and purged with mail in the queue, and put in the place of
# other mail servers; and the script for OpenRC, under OpenRC.
#
# Each in a throw-away root: see real.t, which has the same needs.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/roots.sh"
. "$here/lib.sh"
source=$(cd "$here/../.." && pwd)
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

root_path=/usr/sbin:/usr/bin:/sbin:/bin

# in_root COMMAND...: in $root, the one that the tests are at.
in_root() {
	chroot "$root" env -i PATH=$root_path LC_ALL=C \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# as USER COMMAND...
as() {
	user=$1
	shift
	in_root setpriv --reuid="$user" --regid="$user" --init-groups \
		env -C /tmp USER="$user" LOGNAME="$user" HOME="/home/$user" "$@"
}

apt() {
	in_root apt-get -q -y "$@"
}

# machine NAME: a new root, $root, with the packages that were built in
# /packages and those who send, alice and bob.
machine() {
	root=$stage/$1
	overlay "$1"
	mkdir "$root/packages"
	mount --bind "$stage/packages" "$root/packages"
	printf '127.0.0.1 client.example client localhost\n' >"$root/etc/hosts"
	rm -f "$root/var/lib/man-db/auto-update"	# it takes long
	for user in alice bob; do
		in_root useradd --create-home "$user" || bail "no user $user"
	done
}

# discard: that root is done with, and its memory free.
discard() {
	umount --recursive --lazy "$root"
	rm -rf "$root.changes" "$root.work"
}

# package NUMBER: the file of the package with that version, in a root.
package() {
	for file in "$root/packages/$1"/outbox_*.deb; do
		echo "/packages/$1/${file##*/}"
	done
}

# installed NAME: whether a package is.
installed() {
	in_root dpkg-query -W -f '${db:Status-Abbrev}' "$1" | grep -q '^ii'
}

# mode FILE...: "MODE OWNER:GROUP NAME" of each in $root.
mode() {
	in_root stat -c '%A %U:%G %n' -- "$@"
}

# send USER SUBJECT: a message by sendmail.
send() {
	printf 'Subject: %s\n\ntext of it\n' "$2" |
		as "$1" sendmail you@example.org
}

# queued SUBJECT...: those messages are in the queue, and no others.
queued() {
	is "$(cd "$root/var/spool/outbox/queue" &&
		sed -n 's/^Subject: \(.*\)\r$/\1/p' -- * | sort | xargs)" "$*"
}

case ${1-} in
'')
	stage=$(mktemp -d "${TMPDIR:-/tmp}/outbox-package.XXXXXX") || exit 1
	trap 'rmdir "$stage"' EXIT
	unset TMPDIR	# it is not in the roots
	unshare --mount --pid --uts --fork --kill-child --propagation private \
		--mount-proc sh "$0" tests "$stage" </dev/null
	;;
tests)
	stage=$2
	mount -t tmpfs -o mode=755 stage "$stage" || bail "cannot mount"
	mkdir "$stage/packages"
	echo client.example >/proc/sys/kernel/hostname
	. "$here/package/build.sh"
	. "$here/package/install.sh"
	. "$here/package/upgrade.sh"
	. "$here/package/remove.sh"
	. "$here/package/replace.sh"
	. "$here/package/openrc.sh"
	echo "1..$count"
	;;
esac
