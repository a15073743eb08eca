# shellcheck shell=sh
# "outbox setup" as root: from nothing, and with the mail that nullmailer and
# dma themselves have put in their queues.  Sourced by real.t, at the end: it
# leaves another configuration.
#
# Unpacked: nullmailer dma

kill "$flush"
wait "$flush"
in_client rm -rf /etc/outbox /var/spool/outbox
printf '%s\n' "$smarthost_password" >"$client/tmp/given"

check "outbox setup, from nothing" in_client outbox setup \
	--host smarthost.example --user "$smarthost_user" \
	--password-file /tmp/given --from client.example \
	--local admin@example.org --test fresh@example.org
cat >"$stage/expected" <<END
root:root 755 /etc/outbox
root:root 644 /etc/outbox/outbox.conf
outbox:outbox 600 /etc/outbox/password
outbox:outbox 755 /var/spool/outbox
outbox:outboxdrop 1770 /var/spool/outbox/queue
outbox:outbox 700 /var/spool/outbox/failed
outbox:outboxdrop 620 /var/spool/outbox/wake
END
in_client stat -c '%U:%G %a %n' /etc/outbox /etc/outbox/outbox.conf \
	/etc/outbox/password /var/spool/outbox /var/spool/outbox/queue \
	/var/spool/outbox/failed /var/spool/outbox/wake >"$stage/seen"
check "everything has its owner and mode" same_bytes "$stage/expected" \
	"$stage/seen"
client_flush
check "its message arrives" await arrived fresh
echo "text" | as alice sendmail after@example.org
check "and that of a user" await arrived after

# empty_of DIRECTORY PATTERN: no such file is in it.
empty_of() {
	is "$(find "$client$1" -maxdepth 1 -type f -name "$2")" ''
}

old=/var/spool/nullmailer
in_client mkdir -p /etc/nullmailer $old/queue $old/tmp $old/failed
in_client mkfifo $old/trigger
in_client chown -R mail:mail $old
echo "smarthost.example smtp tls user=$smarthost_user pass='$smarthost_password'" \
	>"$client/etc/nullmailer/remotes"
printf '%s\n' alice@client.example null1@example.org null2@example.org '' \
	'Subject: from nullmailer' '' text |
	in_client /opt/nullmailer/usr/sbin/nullmailer-queue
check "nullmailer is taken over" in_client outbox setup --yes --from-nullmailer
check "its queue is empty" empty_of $old/queue '*'
check "its mail arrives" await arrived null1
check "and is for each recipient" await arrived null2
check "as it was" text_is 'text\n'
check "its sender" envelope_sender null1 alice@client.example

old=/var/spool/dma
in_client mkdir -p /etc/dma $old
in_client chown root:mail $old
in_client chmod 2775 $old
printf '%s\n' 'SMARTHOST smarthost.example' 'PORT 465' SECURETRANSFER DEFER \
	'AUTHPATH /etc/dma/auth.conf' >"$client/etc/dma/dma.conf"
echo "$smarthost_user|smarthost.example:$smarthost_password" \
	>"$client/etc/dma/auth.conf"
printf '%s\n' 'Subject: from dma' '' text |
	in_client /opt/dma/usr/sbin/dma -f alice@client.example \
		dma1@example.org dma2@example.org
check "dma is taken over" in_client outbox setup --yes --from-dma
check "its queue is empty" empty_of $old '[MQ]*'
check "its mail arrives" body_is dma1 'text\n'
check "and is for each recipient" body_is dma2 'text\n'
check "its sender" envelope_sender dma2 alice@client.example
