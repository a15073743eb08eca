# shellcheck shell=sh
# A file system whose inodes run out before its bytes: min_free keeps some; and
# some of its bytes from a message that comes in.
# Sourced by real.t, after outside.sh.

end_flush TERM
mount -t tmpfs -o nr_inodes=60,size=8M,mode=755 queue "$client$spool"
in_client systemd-tmpfiles --create "$PWD/queue/outbox.tmpfiles"
client_settings host=
echo 'min_free = 2M' >>"$client/etc/outbox/outbox.conf"
start_flush

# fill: until one more is refused; the number that was taken.
fill() {
	taken=0
	while [ $taken -lt 60 ] && echo text | as alice sendmail \
		room@example.org 2>"$stage/refusal"
	do
		taken=$((taken + 1))
	done
	echo $taken
}
refused="only 31 more files can be made in the queue, and min_free keeps 32"

taken=$(fill)
check "min_free keeps inodes: before, messages are taken" test "$taken" -gt 10
# Cron may have sent one, too.
check "... and are queued" test \
	"$(in_client sh -c "ls $spool/queue | wc -l")" -ge "$taken"
check "... one more is refused" fails 73 "$refused" as alice sendmail
# The process that takes it has made its file already.
check "... also by the socket" fails 73 "$(echo "$refused" | sed s/31/30/)" \
	as alice setpriv --no-new-privs sendmail
in_client outbox delete --all --yes >/dev/null
check "... with room again it is taken" sent room as alice sendmail \
	room@example.org
in_client outbox delete --all --yes >/dev/null
large() {
	yes 0123456789abcdef | head -c 7000000 | as alice "$@"
	is $? 73
}
check "... a message that would take the last bytes is refused" large sendmail \
	room@example.org
check "... also by the socket" large setpriv --no-new-privs sendmail \
	room@example.org
end_flush TERM
umount "$client$spool"
client_settings
start_flush
