#!/bin/sh
# "make install" puts every file where it belongs, by an ordinary user into a
# DESTDIR, and "make uninstall" leaves nothing of it.
. "${srcdir:-.}/t/lib.sh"

# What the make that runs this test was told is not for those below.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR
root=$dir/root

run() {
	make -C "$BUILD" "$@" DESTDIR="$root" >"$dir/make.log" 2>&1
	ok $? "make $*" || sed 's/^/# /' "$dir/make.log"
}

# The values of variables of the Makefile, expanded.
variables() {
	{
		echo "include Makefile"
		for name; do
			echo "show: show-$name"
			echo "show-$name: ; @echo '$name=\"\$($name)\"'"
		done
		echo ".PHONY: show"
	} >"$dir/show.mk"
	make -C "$BUILD" -s --no-print-directory -f "$dir/show.mk" show
}
eval "$(variables bindir sbindir prefix pkglibexecdir sysconfdir docdir \
    man1dir man5dir man8dir spooldir systemdsystemunitdir sysusersdir \
    tmpfilesdir VERSION INIT_SCRIPT HARDEN_LDFLAGS)"

inventory() {
	(cd "$root" && find . ! -type d | sed 's/^\.//' | LC_ALL=C sort)
}

run install
{
	for f in mailq newaliases; do
		echo "$bindir/$f"
		echo "$man1dir/$f.1"
	done
	echo "$prefix/lib/sendmail"
	for f in outbox outbox-flush sendmail; do
		echo "$sbindir/$f"
		echo "$man8dir/$f.8"
	done
	echo "$pkglibexecdir/outbox-local"
	echo "$pkglibexecdir/outbox-smtp"
	echo "$pkglibexecdir/outbox-token"
	echo "$man8dir/outbox-local.8"
	echo "$man8dir/outbox-smtp.8"
	echo "$man5dir/outbox.conf.5"
	echo "$sysconfdir/outbox/outbox.conf"
	for f in COPYING NEWS README SECURITY outbox.conf; do
		echo "$docdir/$f"
	done
	if [ "$systemdsystemunitdir" != no ]; then
		for f in flush.service listen.socket listen@.service; do
			echo "$systemdsystemunitdir/outbox-$f"
		done
		echo "$sysusersdir/outbox.conf"
		echo "$tmpfilesdir/outbox.conf"
	fi
	if [ "$INIT_SCRIPT" != no ]; then
		echo "$sysconfdir/init.d/outbox-flush"
	fi
} | LC_ALL=C sort >"$dir/want"
is "$(inventory)" "$(cat "$dir/want")" "every file has its place"

for link in "$bindir/mailq" "$bindir/newaliases" "$prefix/lib/sendmail"; do
	unlike "$(readlink "$root$link")" "^/" "$link is a relative link"
	[ "$root$link" -ef "$root$sbindir/sendmail" ]
	ok $? "$link leads to sendmail"
done
is "$("$root$bindir/newaliases" 2>&1)" "" "newaliases runs and is silent"
for f in sendmail outbox; do
	ls -l "$root$sbindir/$f" | grep -q '^-rwxr-xr-x'
	ok $? "in a DESTDIR $f gets no set-group-ID bit"
done
[ ! -e "$root$spooldir" ]
ok $? "and no queue is made"

unlike "$(cat "$root$man1dir"/*.1 "$root$man5dir"/*.5 "$root$man8dir"/*.8)" \
    '@[A-Za-z_]+@|\$\{?prefix' "the pages name the directories"
like "$(cat "$root$man8dir/sendmail.8")" "^\.I $spooldir\$" \
    "sendmail(8) names the queue"
if command -v mandoc >/dev/null; then
	is "$(mandoc -T lint -W warning "$root$man1dir"/*.1 \
	    "$root$man5dir"/*.5 "$root$man8dir"/*.8 2>&1)" "" \
	    "mandoc finds nothing wrong with the pages"
fi
if [ "$systemdsystemunitdir" != no ]; then
	unlike "$(cat "$root$systemdsystemunitdir"/outbox-* \
	    "$root$sysusersdir/outbox.conf" "$root$tmpfilesdir/outbox.conf")" \
	    '@[A-Za-z_]+@|\$\{?prefix' "so do the files for systemd"
	like "$(cat "$root$systemdsystemunitdir/outbox-flush.service")" \
	    "^ExecStart=$sbindir/outbox-flush\$" "the service is ours"
	like "$(cat "$root$systemdsystemunitdir/outbox-listen@.service")" \
	    "^ExecStart=$sbindir/sendmail -bs\$" "so is the listener's"
	is "$(grep -h ^Listen \
	    "$root$systemdsystemunitdir/outbox-listen.socket" |
	    paste -s -d ' ' -)" \
	    "ListenStream=127.0.0.1:25 ListenStream=[::1]:25" \
	    "it listens on the loopback only"
	# What systemd says of their exposure, in tenths; 0 is none.
	for f in outbox-flush.service outbox-listen@.service; do
		command -v systemd-analyze >/dev/null || break
		systemd-analyze security --offline=yes --no-pager \
		    --threshold=20 "$root$systemdsystemunitdir/$f" \
		    >"$dir/security" 2>&1
		ok $? "$f is exposed to 2.0 at most" ||
		    tail -n 3 "$dir/security" | sed 's/^/# /'
	done
	like "$(cat "$root$tmpfilesdir/outbox.conf")" \
	    "^d $spooldir/queue 1770 " "the queue is where it is looked for"
fi

for kind in openrc procd; do
	script=$BUILD/queue/outbox-flush.$kind
	sh -n "$script"
	ok $? "the script for $kind is one of sh"
	like "$(cat "$script")" \
	    "^(command=|	procd_set_param command )$sbindir/outbox-flush\$" \
	    "and starts what is ours"
	unlike "$(cat "$script")" '@[A-Za-z_]+@|\$\{?prefix' \
	    "and names the directories"
done
like "$HARDEN_LDFLAGS" '(^| )-Wl,-z,now( |$)' "the linker hardens"

# What makes packages.
packaging=$srcdir/config/packaging
is "$(sed -n '1s/^outbox (\(.*\)).*/\1/p' "$srcdir/debian/changelog")" \
    "$VERSION" "the package of Debian has this version"
is "$(sed -n 's/^Version: *//p' "$packaging/outbox.spec")" "$VERSION" \
    "so has the RPM"
is "$(sed -n 's/^pkgver=//p' "$packaging/APKBUILD")" "$VERSION" \
    "so has the package of Alpine"
for script in "$packaging/APKBUILD" "$packaging/outbox.pre-install" \
    "$srcdir/debian/postinst" "$srcdir/debian/prerm" "$srcdir/debian/postrm"
do
	sh -n "$script"
	ok $? "${script##*/} is one of sh"
done

# The sample is right as it is, and with every key in it switched on.
mkdir "$dir/spool2" "$dir/spool2/queue"
for edit in '' 's/^;\([a-z_]* = \)/\1/'; do
	sed "$edit" "$root$docdir/outbox.conf" >"$dir/conf"
	printf 'directory = %s\n' "$dir/spool2" >"$dir/queue"
	sed -i "/^\[queue\]/r $dir/queue" "$dir/conf"
	"$root$sbindir/sendmail" -C "$dir/conf" -bp >"$dir/out" 2>&1
	is "$?: $(cat "$dir/out")" "0: Mail queue is empty" \
	    "the sample is a configuration${edit:+ with all its keys}"
done

echo "; changed" >>"$root$sysconfdir/outbox/outbox.conf"
run install
like "$(cat "$root$sysconfdir/outbox/outbox.conf")" "changed" \
    "a configuration that is there stays"
run uninstall
is "$(inventory)" "$sysconfdir/outbox/outbox.conf" \
    "only the changed configuration is left"
rm "$root$sysconfdir/outbox/outbox.conf"

run install
run uninstall
is "$(inventory)" "" "nothing is left"
for d in "$sysconfdir/outbox" "$docdir" "$pkglibexecdir"; do
	[ ! -e "$root$d" ]
	ok $? "nor is $d"
done

done_testing
