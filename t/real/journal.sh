# shellcheck shell=sh
# The journal of systemd in the place of rsyslog: a message is found by fields.
# Sourced by real.t.

# The scheduler opens its log when it starts.
restart_flush() {
	kill "$flush"
	wait "$flush"
	client_flush
}

mount -t sysfs sys "$client/sys" && mount -t cgroup2 cgroup \
	"$client/sys/fs/cgroup"
read -r rsyslogd <"$client/run/rsyslogd.pid"
kill "$rsyslogd"
await test ! -e "$client/run/rsyslogd.pid"
rm -f "$client/dev/log"
in_client systemd-machine-id-setup >/dev/null 2>&1
in_client mkdir -p /run/log/journal
in_client /lib/systemd/systemd-journald 2>"$stage/journald" &
journald=$!
check "the journal is there" await test -S \
	"$client/run/systemd/journal/socket"
ln -s /run/systemd/journal/dev-log "$client/dev/log"
restart_flush

# journal FIELD=VALUE... : what the lines with these are.
journal() {
	in_client journalctl --no-pager -o cat "$@" 2>&1
}
# has PATTERN FIELD=VALUE...
has() {
	pattern=$1
	shift
	journal "$@" | grep -E -- "$pattern"
}

echo text | as alice sendmail journal@example.org unknown@example.org
await arrived journal
check "a delivery, by the recipient" await has 'status=sent' \
	OUTBOX_RECIPIENT=journal@example.org OUTBOX_STATUS=sent OUTBOX_DSN=2.0.0
check "a bounce, by the status" await has '^[0-9A-F]{24}: to=<unknown@' \
	OUTBOX_STATUS=bounced
check "what sendmail has said, by the user" await has 'nrcpt=2' \
	OUTBOX_UID="$(in_client id -u alice)" OUTBOX_RECIPIENTS=2 \
	SYSLOG_IDENTIFIER=outbox/pickup
id=$(has 'status=sent' OUTBOX_RECIPIENT=journal@example.org | cut -d : -f 1)
check "all of a message, by its ID" is \
	"$(journal OUTBOX_ID="$id" | cut -c 27-42 | tr '\n' '|')" \
	"uid=$(in_client id -u alice) from=<a|from=<alice@clie|to=<journal@exam|to=<unknown@exam|sender non-deliv|"
check "no part of the message is in the journal" is \
	"$(journal | grep -cx text)" 0
echo text | as alice sendmail 'x@' 2>/dev/null
check "a refusal is an error of the facility mail" await has \
	'^warning: \[sendmail] not queued' PRIORITY=3 SYSLOG_FACILITY=2
client_password wrong
settle
send alice journal-two@example.org
check "a wrong password" await has 'smarthost.example: 535' \
	SYSLOG_IDENTIFIER=outbox/qmgr PRIORITY=3
check "... is not in the journal" is "$(in_client journalctl -o verbose |
	grep -Fc "$smarthost_password")" 0
client_password "$smarthost_password"
settle
check "without it all is as before" await arrived journal-two
echo nonsense >"$client/etc/outbox/wrong"
in_client outbox-flush -C /etc/outbox/wrong --once 2>/dev/null
check "an error of the configuration is in the log as all" await has \
	'^warning: \[outbox-flush] /etc/outbox/wrong:1: ' \
	SYSLOG_IDENTIFIER=outbox/qmgr PRIORITY=3
rm "$client/etc/outbox/wrong"

kill "$journald"
wait "$journald"
rm "$client/dev/log"
in_client rsyslogd
await test -S "$client/dev/log"
restart_flush
umount "$client/sys/fs/cgroup" "$client/sys"
