# shellcheck shell=sh
# In the place of another mail server, and another in its place.  Sourced by
# package.t.

machine others
check "mail is there with nullmailer" apt --no-install-recommends install \
	bsd-mailx nullmailer
for other in nullmailer dma postfix; do
	installed $other || check "$other takes the place of outbox" \
		apt --no-install-recommends install $other
	check "$other is there, and mail" eval \
		"installed $other && installed bsd-mailx && ! installed outbox"
	check "its sendmail has nothing of ours" eval \
		'! mode /usr/sbin/sendmail | grep outboxdrop'
	check "outbox takes the place of $other" apt install "$(package 1)"
	check "of the two only outbox is there" eval \
		"installed outbox && installed bsd-mailx && ! installed $other"
	check "its sendmail has its group" is "$(mode /usr/sbin/sendmail)" \
		'-rwxr-sr-x root:outboxdrop /usr/sbin/sendmail'
	check "what it takes is in its queue" as bob sh -c \
		"echo text | mail -s after-$other you@example.org"
done
check "that of before is there, too" queued after-dma after-nullmailer \
	after-postfix
discard
