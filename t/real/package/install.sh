# shellcheck shell=sh
# Installed with programs that need an MTA, it is the one.  Sourced by
# package.t.

machine client
echo mail.example >"$root/etc/mailname"
spool=/var/spool/outbox

check "apt installs it with what depends on or recommends an MTA" \
	apt --install-recommends install "$(package 1)" at bsd-mailx cron mdadm

only_mta() {
	is "$(in_root dpkg-query -W \
		-f '${db:Status-Abbrev} ${Package} ${Provides}\n' |
		awk '/^i/ && /mail-transport-agent/ { print $2 }')" outbox
}
check "it is the only MTA" only_mta
they_are_there() {
	for name in at bsd-mailx cron mdadm; do
		installed $name || return
	done
}
check "and they are there" they_are_there

# As "make install" by root does it, elsewhere.
names="/usr/sbin/sendmail /usr/sbin/outbox /usr/sbin/outbox-flush
/usr/libexec/outbox/outbox-smtp /usr/libexec/outbox/outbox-token
/usr/bin/mailq /usr/bin/newaliases /usr/lib/sendmail /etc/outbox
/etc/outbox/outbox.conf $spool $spool/queue $spool/failed $spool/wake"
same_owners() {
	# shellcheck disable=SC2086
	mode $names >"$stage/seen" &&
		same_bytes "$stage/expected" "$stage/seen"
}
by_make() (
	overlay source
	root=$stage/source
	mkdir -p "$root$PWD" "$root$source"
	mount --bind "$PWD" "$root$PWD"
	mount --bind "$source" "$root$source"
	in_root groupadd --system outboxdrop &&
		in_root useradd --system --user-group outbox &&
		in_root make -C "$PWD" install pkglibexecdir=/usr/libexec/outbox &&
		mode $names >"$stage/expected"
	status=$?
	discard
	return $status
)
check "make install works in another root" by_make
check "the package has the same owners and modes" same_owners
for name in sendmail outbox; do
	check "dpkg knows of the group of $name" is \
		"$(in_root dpkg-statoverride --list /usr/sbin/$name)" \
		"root outboxdrop 2755 /usr/sbin/$name"
done
check "the user outbox is not in it" is "$(in_root id -nG outbox)" outbox

wants=/etc/systemd/system
check "the service starts at boot" \
	test -h "$root$wants/multi-user.target.wants/outbox-flush.service"
check "the listener does not" \
	test ! -h "$root$wants/sockets.target.wants/outbox-listen.socket"
check "the script for OpenRC is among the examples" eval \
	'in_root dpkg -L outbox | grep examples/outbox-flush.openrc'

check "alice writes with mail" \
	as alice sh -c 'echo hello | mail -s one you@example.org'
check "cron takes a job" in_root sh -c '
	printf "#!/bin/sh\ntest -e /tmp/cron || echo from cron\n>/tmp/cron\n" \
		>/usr/local/bin/job
	chmod 755 /usr/local/bin/job
	printf "MAILTO=you@example.org\n@reboot /usr/local/bin/job\n" |
		crontab -u bob - && cron'
cron_mailed() {
	await queued 'Cron <bob@client> /usr/local/bin/job' one
}
check "both are in the queue" cron_mailed
check "the sender has the name of /etc/mailname" \
	grep -l '^Salice@mail\.example$' -r "$root$spool/queue"
