# shellcheck shell=sh
# Root directories for chroot, in a mount namespace of their own: the caller
# has started itself with "unshare --mount", and what is mounted here goes
# away with its last process.
#
# Sourced by .ci/run and the tests with real parts.

# furnish ROOT: /proc, a small /dev, and memory for what does not last.
furnish() {
	mount -t proc proc "$1/proc"
	mount -t tmpfs -o mode=755 dev "$1/dev"
	for node in null zero full random urandom tty; do
		: >"$1/dev/$node"
		mount --bind "/dev/$node" "$1/dev/$node"
	done
	mkdir "$1/dev/pts" "$1/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666,mode=620 pts "$1/dev/pts"
	mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
	ln -s pts/ptmx "$1/dev/ptmx"
	ln -s /proc/self/fd "$1/dev/fd"
	ln -s fd/0 "$1/dev/stdin"
	ln -s fd/1 "$1/dev/stdout"
	ln -s fd/2 "$1/dev/stderr"
	mount -t tmpfs -o mode=755 run "$1/run"
	mount -t tmpfs -o mode=1777 tmp "$1/tmp"
}

# no_daemons ROOT: packages installed there start nothing.
no_daemons() {
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
}

# overlay NAME: this system, to be changed at will, at $stage/NAME; see bail in
# t/real/lib.sh.
overlay() {
	mkdir "$stage/$1" "$stage/$1.changes" "$stage/$1.work"
	mount -t overlay -o "lowerdir=/,upperdir=$stage/$1.changes,workdir=$stage/$1.work" \
		"$1" "$stage/$1" || bail "no overlay of / can be mounted here"
	furnish "$stage/$1"
	no_daemons "$stage/$1"
	rm -f "$stage/$1/etc/resolv.conf"
	cp -L /etc/resolv.conf "$stage/$1/etc/"
}

# add ROOT PACKAGE...
add() {
	root=$1
	shift
	set -- chroot "$root" apt-get -qq -y --no-install-recommends install "$@"
	"$@" || { chroot "$root" apt-get -qq update && "$@"; }
}
