# shellcheck shell=sh
# An upgrade changes nothing of what it finds, and takes mail all the while.
# Sourced by package.t, after install.sh.

# The scheduler, as an init system runs it.
flush_start() {
	chroot "$root" env -i PATH=$root_path LC_ALL=C outbox-flush &
	flush=$!
	await test -S "$root/run/outbox/submit"
}
flush_stop() {
	kill "$flush" && wait "$flush"
}

# All that an upgrade must keep, but for what belongs to the package.
belongings() (
	cd "$root" || exit
	find var/spool/outbox etc/outbox -type f ! -name state \
		! -name '*.dpkg-new' -exec md5sum {} + \
		-exec stat -c '%i %A %u:%g %n' {} + | sort
	find var/spool/outbox etc/outbox -type d -exec stat -c '%A %U %n' {} +
	ls etc/systemd/system/*.wants
)

# as_before COMMAND...: it changes nothing of that.
as_before() {
	belongings >"$stage/expected"
	"$@" || return
	belongings >"$stage/seen"
	same_bytes "$stage/expected" "$stage/seen"
}

check "outbox-flush runs" flush_start
echo '; mine' >>"$root/etc/outbox/outbox.conf"
(umask 077 && echo secret >"$root/etc/outbox/password")
in_root chown outbox:outbox /etc/outbox/password
check "a message is kept back" in_root sh -c '
	outbox hold "$(outbox list --json | sed -n "1s/.*\"id\":\"\([^\"]*\).*/\1/p")"'
check "the service is switched off" \
	rm "$root$wants/multi-user.target.wants/outbox-flush.service"

# As if systemd ran; and what it is told.
systemd_seems_to_run() {
	mkdir -p "$root/run/systemd/system"
	: >"$root/tmp/told"
	printf '#!/bin/sh\necho "$*" | sed "s/.service//" >>/tmp/told\n' \
		>"$root/usr/bin/deb-systemd-invoke"
}
told() {
	rmdir "$root/run/systemd/system"
	is "$(sort "$root/tmp/told" | xargs)" "$*"
}

systemd_seems_to_run
check "apt upgrades" as_before apt install "$(package 2)"
check "the listener is left alone" told restart outbox-flush
check "the version is the new one" is \
	"$(in_root dpkg-query -W -f '${Version}' outbox)" "$version+next"
check "the service stays off" \
	test ! -h "$root$wants/multi-user.target.wants/outbox-flush.service"
for name in sendmail outbox; do
	check "$name has its group" is "$(mode /usr/sbin/$name)" \
		"-rwxr-sr-x root:outboxdrop /usr/sbin/$name"
done

check "outbox-flush stops" flush_stop
check "half of an upgrade is done, nothing else runs" \
	as_before in_root dpkg --unpack "$(package 1)"
check "mail is taken" send alice between
check "the other half is done" in_root dpkg --configure outbox
check "it is in the queue" queued 'Cron <bob@client> /usr/local/bin/job' \
	between one

check "the group is taken away by the administrator" in_root \
	dpkg-statoverride --force-all --update --add root root 0755 \
	/usr/sbin/sendmail
check "the package is upgraded again" apt install "$(package 2)"
check "sendmail is as the administrator wants" is \
	"$(mode /usr/sbin/sendmail)" '-rwxr-xr-x root:root /usr/sbin/sendmail'
check "without outbox-flush no mail is taken" eval '! send alice refused'
check "the administrator gives up" in_root dpkg-statoverride --remove \
	/usr/sbin/sendmail
check "the package configured once more is whole" \
	in_root dpkg-reconfigure outbox
check "and mail is taken again" send alice again

# The smarthost of the tests, outside; the network is the same.
smarthost_start() {
	mkdir "$stage/mail" && mkfifo "$stage/port" "$stage/hold" || return
	"$PWD/t/smarthost" --stdin --dir "$stage/mail" \
		<"$stage/hold" >"$stage/port" &
	exec 9>"$stage/hold"
	read -r port <"$stage/port"
}
delivered() {
	smarthost_start || return
	printf '[smarthost]\nhost = 127.0.0.1\nport = %s\ntls = none\n' \
		"$port" >"$root/etc/outbox/outbox.conf"
	in_root outbox release --all &&
		in_root outbox-flush --once --stderr &&
		exec 9>&- && queued &&
		is "$(sed -n 's/^Subject: \(.*\)\r$/\1/p' "$stage"/mail/*.msg |
			sort | xargs)" \
			'Cron <bob@client> /usr/local/bin/job again between one'
}
check "all of it is delivered" delivered
