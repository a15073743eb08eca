# shellcheck shell=sh
# What is tried in the booted system.  Sourced by systemd.t.

is_active() {
	is "$(property "$1" ActiveState)" active
}

# The units as they are installed.
units_are_right() {
	inside systemd-analyze verify --man=no \
		/lib/systemd/system/outbox-flush.service \
		/lib/systemd/system/outbox-listen.socket \
		/lib/systemd/system/outbox-listen@.service
}
check "systemd-analyze verify has nothing against the units" units_are_right
check "outbox-flush.service: ready" await is_active outbox-flush.service
check "outbox-listen.socket: listens" is_active outbox-listen.socket
status_is_up() {
	inside outbox status && inside outbox check
}
check "status and check are content" status_is_up
modes() {
	is "$(inside stat -c '%a %U:%G' $spool/queue $spool/failed \
		/run/outbox | paste -s -d ' ')" \
		"1770 outbox:outboxdrop 700 outbox:outbox 755 outbox:outbox"
}
check "systemd-sysusers and systemd-tmpfiles made the queue" modes

# Services that send, the more they are shut in the less they may.
check "a service with NoNewPrivileges sends" \
	send nnp User=alice NoNewPrivileges=yes
check "... the message arrives" await arrived nnp
dynamic_user() {
	send dynamic DynamicUser=yes
}
check "a service with DynamicUser sends" dynamic_user
check "... the message arrives" await arrived dynamic
shut_in() {
	send strict DynamicUser=yes ProtectSystem=strict ProtectHome=yes \
		PrivateTmp=yes PrivateDevices=yes PrivateNetwork=yes \
		RestrictSUIDSGID=yes RestrictNamespaces=yes \
		MemoryDenyWriteExecute=yes CapabilityBoundingSet= \
		SystemCallArchitectures=native SystemCallFilter=@system-service \
		RestrictAddressFamilies=AF_UNIX
}
check "a service that is shut in as systemd can sends" shut_in
check "... the message arrives" await arrived strict
in_chroot() {
	mkdir -p "$root/srv/root/run/outbox" "$root/srv/root/proc"
	for part in bin lib lib64 usr etc; do
		mkdir -p "$root/srv/root/$part"
	done
	send chroot User=alice RootDirectory=/srv/root \
		'BindReadOnlyPaths=/bin /lib /lib64 /usr /etc /run/outbox' \
		NoNewPrivileges=yes
}
check "a service with RootDirectory and the socket sends" in_chroot
check "... the message arrives" await arrived chroot
check "... the log has its user" \
	logged 'uid=[0-9]* from=<alice@example.org>' -u outbox-flush.service

# The loopback.
by_smtp() {
	printf 'Subject: smtp\r\n\r\ntext\r\n' >"$root/tmp/message"
	chmod 644 "$root/tmp/message"
	service User=alice -- curl --silent --show-error --max-time 60 \
		--mail-from alice@example.org --mail-rcpt bob@example.net \
		--upload-file /tmp/message smtp://127.0.0.1:25
}
check "outbox-listen.socket takes mail" by_smtp
check "... the message arrives" await arrived smtp
its_user() {
	logged "uid=$(inside id -u alice)\\b.*" -t outbox/pickup
}
check "... it is the mail of the user who connected" its_user
no_session_is_left() {
	is "$(inside systemctl list-units --no-legend --all \
		'outbox-listen@*' | wc -l)" 0
}
check "... nothing is left of the session" await no_session_is_left

# Delivery in the journal.
check "the journal has the delivery" logged \
	'to=<bob@example.net>, relay=smarthost.example\[127.0.0.2\].*status=sent' \
	-u outbox-flush.service
no_secret() {
	! logged 'the secret'
}
check "... and no secret" no_secret

# Reload, restart, and the directory of the socket.
reload() {
	before=$(property outbox-flush.service MainPID)
	settings helo=reloaded.example
	inside systemctl reload outbox-flush.service &&
	send reload User=alice && await arrived reload &&
	is "$(property outbox-flush.service MainPID)" "$before" &&
	grep -q 'EHLO reloaded.example' "$stage/transcript"
}
check "systemctl reload: the configuration of now, in the same process" reload
same_directory() {
	before=$(stat -c %i "$root/run/outbox")
	inside stat -c %i /run/outbox >"$stage/before"
	inside systemctl restart outbox-flush.service &&
	inside stat -c %i /run/outbox | cmp - "$stage/before" &&
	send restart User=alice NoNewPrivileges=yes && await arrived restart
}
check "systemctl restart: bind mounts of /run/outbox stay good" same_directory

# A hung process, and one that is killed.
restarted() {
	now=$(property outbox-flush.service MainPID)
	[ "$now" != 0 ] && [ "$now" != "$before" ] &&
		is_active outbox-flush.service
}
killed() {
	before=$(property outbox-flush.service MainPID)
	inside systemctl kill --kill-whom=main --signal=KILL \
		outbox-flush.service &&
	await restarted
}
drop_in quick RestartSec=100ms WatchdogSec=3s
inside systemctl restart outbox-flush.service
check "killed, it is started again" killed
hung() {
	before=$(property outbox-flush.service MainPID)
	inside systemctl kill --kill-whom=main --signal=STOP \
		outbox-flush.service &&
	await restarted &&
	logged 'Watchdog timeout' -u outbox-flush.service
}
check "hung, the watchdog ends it, and it is started again" hung
after_all() {
	send again User=alice NoNewPrivileges=yes && await arrived again
}
check "... and sends mail" after_all

# The secret as a credential of systemd, which no user can read.
credential() {
	printf 'the secret\n' >"$root/etc/credstore-outbox"
	chmod 600 "$root/etc/credstore-outbox"
	rm "$root/etc/outbox/password"
	drop_in credential LoadCredential=outbox.password:/etc/credstore-outbox
	inside systemctl restart outbox-flush.service &&
	send credential User=alice && await arrived credential
}
check "LoadCredential=outbox.password: the password of the login" credential

# A new machine: nothing is configured, nothing is started, and one command
# later mail arrives.
anew() {
	inside systemctl stop outbox-flush.service
	rm -r "$root/etc/systemd/system/outbox-flush.service.d" \
		"$root/etc/outbox/outbox.conf" "$root$spool"
	inside systemctl daemon-reload
	printf 'the secret\n' >"$root/root/password"
	inside outbox setup --yes --host smarthost.example --user outbox \
		--password-file /root/password --from example.org --enable \
		--test new@example.net "smarthost.port=$port" \
		smarthost.ca_file=/etc/outbox/ca.pem
}
check "outbox setup --enable, from nothing" anew
its_message() {
	grep -qs new@example.net "$stage"/in/*.env
}
check "... its message arrives" await its_message
enabled() {
	is "$(inside systemctl is-enabled outbox-flush.service)" enabled &&
	is_active outbox-flush.service
}
check "... the service runs, and will after a restart" enabled
check "... a service of a user sends" \
	send fresh User=alice NoNewPrivileges=yes
check "... the message arrives" await arrived fresh

# systemd's own judgement: 10 is exposed, 0 shut in.
exposed() {
	inside systemd-analyze security --no-pager "$1" | awk '
	/Overall exposure level/ {
		for (i = 1; i <= NF; i++)
			if ($i ~ /^[0-9]+\.[0-9]+$/)
				level = $i
	}
	END { print "# exposure:", level; exit !(level != "" && level < 2.0) }'
}
check "systemd-analyze security: outbox-flush.service is below 2.0" \
	exposed outbox-flush.service
check "... outbox-listen@.service too" exposed outbox-listen@1.service

[ $failures -eq 0 ] || diagnose

# Mail is not lost with the machine that goes down.
goes_down() {
	port=1
	settings
	inside systemctl restart outbox-flush.service
	send down User=alice
	inside systemctl poweroff
	wait $parent
	find "$root$spool/queue" -type f | wc -l >"$stage/left"
	is "$(cat "$stage/left")" 1
}
check "what is queued is there after the machine went down" goes_down
