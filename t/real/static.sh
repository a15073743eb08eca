# shellcheck shell=sh
# sendmail without libraries, by "make sendmail/sendmail" as README has it:
# with the C library of this system, and with musl.  Sourced by real.t, before
# outside.sh, which uses them.
#
# Packages: musl-tools

statics="$client/var/tmp/static"

# static NAME OPTION...: $statics/NAME/sendmail/sendmail
static() {
	name=$1
	shift
	mkdir -p "$statics/$name"
	chroot "$client" env -i -C "/var/tmp/static/$name" PATH=$client_path \
		LC_ALL=C sh -ec '"$@" --prefix=/usr --sysconfdir=/etc \
			--localstatedir=/var --runstatedir=/run \
			--enable-static-sendmail
			make sendmail/sendmail' - "$source/configure" "$@" &&
		alone "$statics/$name"
}

# Does it need nothing else?  What has no libraries runs in an empty root.
alone() {
	mkdir "$1/empty" && cp "$1/sendmail/sendmail" "$1/empty" &&
		is "$(chroot "$1/empty" /sendmail --version)" \
			"$(in_client sendmail --version)"
}

# What musl-gcc does not find by itself.
include=$client/var/tmp/include
triplet=$(in_client gcc -print-multiarch)
mkdir "$include"
ln -s /usr/include/linux /usr/include/asm-generic /usr/include/ini.h \
	"/usr/include/$triplet/asm" "$include"

check "sendmail is built static" static glibc
check "... and with musl" static musl CC=musl-gcc CPPFLAGS=-I/var/tmp/include \
	"INIH_LIBS=/usr/lib/$triplet/libinih.a"

# scenario NAME TEST: one of the scenario tests, with that sendmail.
scenario() {
	tree=$statics/$1/tree
	[ -d "$tree" ] || {
		mkdir -p "$tree/sendmail" && chmod 755 "$tree" &&
		ln -s "$PWD/queue" "$PWD/t" "$tree" &&
		cp "$statics/$1/sendmail/sendmail" "$tree/sendmail" || return
	}
	setpriv --reuid=65534 --regid=65534 --clear-groups env BUILD="$tree" \
		srcdir="$source" sh "$source/t/$2.t" </dev/null
}

for name in glibc musl; do
	for test in sendmail-mailq sendmail-options sendmail-smtp \
		sendmail-submit submit-socket flush-on-demand
	do
		check "$name: $test.t" scenario $name $test
	done
done
