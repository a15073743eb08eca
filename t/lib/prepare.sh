# shellcheck shell=sh
# From a source tree to a build: packages, a private copy, configure, make.
#
# Sourced by t/check and t/demo, which set $me (how they are called) and
# $work (a directory of their own).  Nothing here writes into the source
# tree: a checkout is as clean after a test as before it, and a tree that
# was configured in place does not disturb.

jobs=-j$(getconf _NPROCESSORS_ONLN)

# One need a line: how to see that it is there, then its package for apt, dnf
# and apk.  "-" means that the system has it anyway.
needs_build='
command:cc                      gcc             gcc                 gcc
file:/usr/include/stdio.h       libc6-dev       glibc-devel         musl-dev
file:/usr/include/linux/types.h linux-libc-dev  kernel-headers      linux-headers
command:make                    make            make                make
command:pkg-config              pkg-config      pkgconf-pkg-config  pkgconf
module:gnutls                   libgnutls28-dev gnutls-devel        gnutls-dev
module:inih                     libinih-dev     inih-devel          inih-dev
command:tar                     tar             tar                 -
command:awk                     mawk            gawk                -
command:find                    findutils       findutils           -
'
needs_bootstrap='
command:autoreconf              autoconf        autoconf            autoconf
command:automake                automake        automake            automake
command:perl                    perl            perl-interpreter    perl
'
needs_test='
command:certtool                gnutls-bin      gnutls-utils        gnutls-utils
command:openssl                 openssl         openssl             openssl
command:softhsm2-util           softhsm2        softhsm             softhsm
command:setpriv                 util-linux      util-linux          setpriv
command:cmp                     diffutils       diffutils           -
command:ps                      procps          procps-ng           -
command:python3                 python3         python3             python3
command:curl                    curl            curl                curl
command:mandoc                  mandoc          mandoc              mandoc
'
needs_lint='
command:clang-tidy              clang-tidy      clang-tools-extra   clang-extra-tools
command:cppcheck                cppcheck        cppcheck            cppcheck
'
needs_valgrind='
command:valgrind                valgrind        valgrind            valgrind
'
needs_dist='
command:xz                      xz-utils        xz                  xz
'

die() {
	echo "$me: $*" >&2
	exit 1
}

# quietly COMMAND...: its output matters only when it fails.
quietly() {
	"$@" >"$work/log" 2>&1 </dev/null && return
	tail -n 40 "$work/log" >&2
	die "failed: $*"
}

is_there() {
	case $1 in
	command:*) command -v "${1#*:}" ;;
	file:*) [ -e "${1#*:}" ] ;;
	module:*) pkg-config --exists "${1#*:}" ;;
	esac >/dev/null 2>&1
}

# missing COLUMN: reads needs, prints that column of those that are not met.
missing() {
	while read -r probe apt dnf apk; do
		[ -n "$probe" ] && ! is_there "$probe" || continue
		case $1 in
		apt) echo "$apt" ;;
		dnf) echo "$dnf" ;;
		apk) echo "$apk" ;;
		*) echo "${probe#*:}" ;;
		esac
	done | sort -u
}

# need NEEDS: installs what is missing; without the right to do that, says
# how to.
need() {
	refresh=
	if command -v apt-get >/dev/null; then
		manager=apt
		refresh='apt-get update'
		install='apt-get install -y --no-install-recommends'
	elif command -v dnf >/dev/null; then
		manager=dnf
		install='dnf install -y --setopt=install_weak_deps=False'
	elif command -v apk >/dev/null; then
		manager=apk
		install='apk add'
	else
		manager=
	fi
	packages=$(echo "$1" | missing "$manager" | xargs)
	[ -n "$packages" ] || return 0
	[ -n "$manager" ] || die "please install what provides: $packages"
	if [ "$(id -u)" -ne 0 ]; then
		die "some packages are missing; as root, this installs them:
    ${refresh:+$refresh && }$install $packages"
	fi
	echo "Installing $packages"
	export DEBIAN_FRONTEND=noninteractive
	# The words of these variables are arguments.
	# shellcheck disable=SC2086
	{
		[ -z "$refresh" ] || quietly $refresh
		quietly $install $packages
	}
	still=$(echo "$1" | missing "$manager" | xargs)
	[ -z "$still" ] || die "installed, but still not found: $still"
}

# copy_source TOP DIR: installs what is missing; makes a clean copy of the
# sources, with a configure script.
copy_source() {
	bootstrap=
	if [ -e "$1/.git" ] || ! [ -e "$1/configure" ]; then
		bootstrap=$needs_bootstrap
	fi
	need "$needs_build$needs_test$bootstrap"
	echo "Building"
	mkdir "$2"
	(cd "$1" && tar -cf - --exclude=./.git .) | tar -xof - -C "$2" ||
		die "cannot copy $1"
	chmod -R u+w,a+rX "$2"
	if [ -e "$2/config.status" ]; then
		quietly make -C "$2" distclean
	fi
	if [ -n "$bootstrap" ]; then
		(cd "$2" && quietly autoreconf -fi) || exit 1
	fi
}

# A directory in which as_nobody can work.
unprivileged_dir() {
	mkdir "$1"
	[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$1"
}

# as_nobody DIR COMMAND...: runs it there, without root's rights.
as_nobody() {
	place=$1
	shift
	if [ "$(id -u)" -ne 0 ]; then
		(cd "$place" && "$@")
	else
		(cd "$place" && exec setpriv --reuid=65534 --regid=65534 \
			--clear-groups env HOME="$place" "$@")
	fi
}

# build SOURCE DIR [OPTION...]: configures and makes in DIR, which exists.
build() {
	src=$1
	dir=$2
	shift 2
	quietly as_nobody "$dir" "$src/configure" "$@"
	quietly as_nobody "$dir" make "$jobs"
}
