# shellcheck shell=sh
# The package is built from its source, in a root with what it says it needs,
# and lintian has nothing to say.  Sourced by package.t.

overlay builder
root=$stage/builder
mkdir "$root/tmp/build"
tar -cf - -C "$source" --exclude=./.git --transform 's,^\.,source,' . |
	tar -xof - -C "$root/tmp/build"

# What lintian, which is large, is tried with belongs to the build.
tools() {
	in_root apt-get -q update && apt --no-install-recommends install \
		dpkg-dev fakeroot lintian &&
		apt --no-install-recommends -P nocheck build-dep /tmp/build/source
}

build() {
	in_root env -C /tmp/build/source TZ=UTC \
		DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
		dpkg-buildpackage -Pnocheck -us -uc "$@"
}

# keep NUMBER: what was built is package NUMBER from here on.
keep() {
	mkdir "$stage/packages/$1" &&
		mv "$root/tmp/build"/outbox_*.deb "$stage/packages/$1/"
}

version=$(sed -n 's/^AC_INIT(\[outbox\], \[\([^]]*\)\].*/\1/p' \
	"$source/configure.ac")
tools >"$stage/log" 2>&1 || { tail -n 40 "$stage/log"; bail "no packages"; }
check "dpkg-buildpackage builds" build || bail "no package"
[ "$failures" -eq 0 ] || bail "no package to try"

lintian_is_silent() {
	is "$(in_root setpriv --reuid=65534 --regid=65534 --clear-groups \
		lintian -I "/tmp/build/outbox_${version}_$(in_root dpkg \
		--print-architecture).changes" 2>&1)" ''
}
check "lintian says nothing" lintian_is_silent
check "it is kept" keep 1

# The next version, the same but for its number.
next() {
	sed "1,/^ -- /{s/^outbox ([^)]*)/outbox ($version+next)/}" \
		"$root/tmp/build/source/debian/changelog" >"$stage/changelog"
	cat "$stage/changelog" >"$root/tmp/build/source/debian/changelog"
	build -b -nc && keep 2
}
check "so does the next version" next
discard
