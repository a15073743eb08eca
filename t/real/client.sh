# shellcheck shell=sh
# The client: outbox where "make install" puts it, its scheduler running as
# the user outbox, and the programs that send mail.
#
# Sourced by real.t.  $client is its root directory.
#
# Packages: ca-certificates rsyslog systemd

# needed HOW: what the files of the tests want here: "# Packages:" to install,
# "# Unpacked:" what cannot be installed beside those.
needed() {
	sed -n "s/^# $1: //p" "$here"/*.sh "$here"/callers/*.sh
}

client_path=/usr/sbin:/usr/bin:/sbin:/bin

in_client() {
	chroot "$client" env -i PATH=$client_path LC_ALL=C "$@"
}

# as USER COMMAND...: the command as that user of the client, in /tmp.
as() {
	user=$1
	shift
	chroot "$client" env -i -C /tmp PATH=$client_path LC_ALL=C USER="$user" \
		LOGNAME="$user" HOME="/home/$user" \
		setpriv --reuid="$user" --regid="$user" --init-groups "$@"
}

# What sends mail depends on a mail-transport-agent.  That is outbox, but as it
# comes here without a package, an empty one says so.
client_packages() {
	mkdir -p "$client/var/tmp/mta/DEBIAN"
	cat >"$client/var/tmp/mta/DEBIAN/control" <<-END
	Package: outbox-of-the-test
	Version: 1
	Architecture: all
	Maintainer: nobody <nobody@client.example>
	Provides: mail-transport-agent
	Conflicts: mail-transport-agent
	Description: stands for outbox
	END
	chroot "$client" dpkg-deb --build /var/tmp/mta /var/tmp/mta.deb
	# shellcheck disable=SC2046
	add "$client" /var/tmp/mta.deb $(needed Packages) || return
	for package in $(needed Unpacked); do
		chroot "$client" sh -c 'cd /var/tmp && apt-get -qq download "$1" &&
			dpkg-deb -x "$1"_*.deb "/opt/$1"' - "$package" || return
	done
}

# client_settings [KEY=VALUE...]: the configuration; with other values than
# usual for keys of the section smarthost.
client_settings() {
	{
		echo '[smarthost]'
		{
			printf '%s\n' "$@" host=smarthost.example \
				user="$smarthost_user" tls=implicit |
				awk -F= '$1 != "" && !seen[$1]++'
		}
		cat <<-END
		[recipients]
		aliases = /etc/aliases
		[queue]
		retry_min = 1s
		retry_max = 2s
		END
	} >"$client/etc/outbox/outbox.conf"
}

client_password() {
	printf '%s\n' "$1" >"$client/etc/outbox/password"
	in_client chown outbox:outbox /etc/outbox/password
	chmod 600 "$client/etc/outbox/password"
}

client_configure() {
	for user in alice bob; do
		in_client useradd --create-home --comment "${user}'s Name" "$user"
	done
	mkdir -p "$client$PWD" "$client$source"
	mount --bind "$PWD" "$client$PWD"
	mount --bind "$source" "$client$source"
	in_client systemd-sysusers "$PWD/queue/outbox.sysusers"
	in_client make -C "$PWD" install
	in_client systemd-tmpfiles --create "$PWD/queue/outbox.tmpfiles"
	mkdir -p "$client/usr/local/share/ca-certificates"
	cp "$certificates/ca.pem" \
		"$client/usr/local/share/ca-certificates/test.crt"
	in_client update-ca-certificates
	printf '%s\n' 'root: postmaster@client.example' \
		'webmaster: admin@example.org' \
		'editor: publisher@example.org' >"$client/etc/aliases"
	client_settings
	client_password "$smarthost_password"
	# What the jobs of cron and anacron run.
	printf '#!/bin/sh\nprintf "Gr\\303\\274\\303\\237e\\n.\\nend\\n"\n' \
		>"$client/usr/local/bin/report"
	chmod 755 "$client/usr/local/bin/report"
	mkdir "$client/var/log/plain"
	cat >"$client/etc/rsyslog.conf" <<-END
	module(load="imuxsock")
	mail.* /var/log/mail.log
	mail.* /var/log/plain/mail.log;RSYSLOG_TraditionalFileFormat
	cron.* /var/log/cron.log
	END
}

client_start() {
	in_client rsyslogd
	await test -S "$client/dev/log"
	client_flush
}

# The scheduler in the background; it has to be ready for a SIGHUP.
client_flush() {
	chroot "$client" env -i PATH=$client_path LC_ALL=C \
		setpriv --reuid=outbox --regid=outbox --init-groups \
		/usr/sbin/outbox-flush &
	flush=$!
	await flush_is_ready
}

flush_is_ready() {
	readlink "/proc/$flush/fd/"* | grep -q signalfd
}

# settle SETTING...: these settings, and the scheduler knows.
settle() {
	client_settings "$@"
	kill -HUP "$flush"
}
