# shellcheck shell=sh
# What the set-group-ID bit and the modes of the queue are for: everyone can
# submit, nobody can touch the mail of others.  Sourced by real.t.

spool=/var/spool/outbox

cat >"$stage/expected" <<END
outbox:outbox 755 $spool
outbox:outboxdrop 1770 $spool/queue
outbox:outbox 700 $spool/failed
outbox:outboxdrop 620 $spool/wake
outbox:outbox 600 $spool/lock
outbox:outbox 755 /run/outbox
root:outboxdrop 2755 /usr/sbin/sendmail
root:outboxdrop 2755 /usr/sbin/outbox
outbox:outbox 600 /etc/outbox/password
END
in_client stat -c '%U:%G %a %n' $spool $spool/queue $spool/failed $spool/wake \
	$spool/lock /run/outbox /usr/sbin/sendmail /usr/sbin/outbox \
	/etc/outbox/password \
	>"$stage/seen"
check "everything has its owner and mode" same_bytes "$stage/expected" \
	"$stage/seen"

settle host=	# mail waits

echo "private" | as alice sendmail private@example.org
id=$(in_client ls $spool/queue)
file=$spool/queue/$id

check "the message belongs to its submitter, and to no group of hers" \
	is "$(in_client stat -c '%U:%G %a' "$file")" 'alice:outboxdrop 606'
check "its submitter sees it in mailq" sh -c 'echo "$2" | grep "$1"' - \
	private@example.org "$(as alice mailq)"
check "root sees it in mailq" sh -c 'echo "$2" | grep "$1"' - \
	private@example.org "$(in_client mailq)"
check "another user's mailq does not show it" \
	sh -c '! echo "$2" | grep "$1"' - private@example.org "$(as bob mailq)"

denied() {
	if as bob "$@"; then
		echo "bob may: $*"
		return 1
	fi
}
check "another user cannot list the queue" denied ls $spool/queue
check "... read the message" denied cat "$file"
check "... write to it" denied sh -c "echo x >>$file"
check "... remove it" denied rm -f "$file"
check "... put a file there" denied touch $spool/queue/x
check "... read the password" denied cat /etc/outbox/password
check "... open the fifo" denied sh -c "echo x >$spool/wake"
as bob sh -c "sed '/^.queue]/d; \$a [queue]\nsubmit_socket =' \
	/etc/outbox/outbox.conf >/tmp/bob.conf"
check "... have a configuration of his used with the privilege" \
	denied sh -c "echo x | sendmail -C /tmp/bob.conf x@example.org"
check "... look into failed/" denied ls $spool/failed

in_client chmod 600 /etc/outbox/outbox.conf
check "a configuration that only root can read: who sends hears what to do" \
	sh -c 'echo "$1" | grep "every user must be able to read it"' - \
	"$(echo x | as alice sendmail x@example.org 2>&1)"
check "... and outbox check says it" \
	sh -c 'echo "$1" | grep "chmod a+r /etc/outbox/outbox.conf"' - \
	"$(in_client outbox check)"
in_client chmod 644 /etc/outbox/outbox.conf

settle
check "it is delivered when there is a smarthost" \
	body_is private 'private\n'
check "and is gone from the queue" await empty
