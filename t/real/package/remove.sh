# shellcheck shell=sh
# Neither removal nor purge loses mail; with none there is nothing left.
# Sourced by package.t, after upgrade.sh.

check "a message waits" eval 'send alice kept && queued kept'
systemd_seems_to_run
check "apt removes it" as_before apt remove outbox
check "its units are stopped" told stop outbox-flush stop outbox-listen.socket
check "sendmail is gone" test ! -e "$root/usr/sbin/sendmail"
check "so are the overrides" eval \
	'! in_root dpkg-statoverride --list "/usr/sbin/*"'
check "it is there again, with its mail" eval \
	'as_before apt install "$(package 2)" && queued kept'
check "and in the list" eval 'in_root mailq | grep -q you@example.org'

purged() {
	apt purge outbox >"$stage/said2" 2>&1 || return
	cat "$stage/said2"
	grep -q '^outbox: .*kept in /var/spool/outbox (1 file' "$stage/said2" &&
		queued kept
}
for name in password.old password.old.2 token token.old outbox.conf.old; do
	: >"$root/etc/outbox/$name"
done
check "purged, it says where the mail is kept" purged
check "password and configuration are gone" test ! -e "$root/etc/outbox"
check "a new installation finds the mail" eval \
	'apt install "$(package 1)" && queued kept && send alice more'
check "purged as who wants the mail gone, it keeps none" in_root env \
	OUTBOX_PURGE_QUEUE=yes apt-get -q -y purge outbox
check "the queue is gone" test ! -e "$root$spool"
check "installed once more" apt install "$(package 1)"
echo "From root" >"$root$spool/mbox"
: >"$root$spool/empty"
check "and purged, local mail stays" eval \
	'apt purge outbox && test -s "$root$spool/mbox"'
rm -r "${root:?}$spool"
check "installed and purged without mail" eval \
	'apt install "$(package 1)" && apt purge outbox'
left_over() {
	is "$(cd "$root" && find etc usr var/lib/systemd var/spool \
		-name 'outbox*')" ''
}
check "it leaves nothing" left_over
discard
