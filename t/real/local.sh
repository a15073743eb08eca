# shellcheck shell=sh
# Mail that stays on the machine: in a mailbox for each user of /var/mail, which
# the programs of the users read, change and lock meanwhile.  Sourced by real.t.
#
# Packages: bsd-mailx s-nail cron

# keep SETTING...: no smarthost, and these in [recipients].
keep() {
	client_settings host= user=
	for setting; do
		sed -i "s|^\[recipients\]|&\n$setting|" \
			"$client/etc/outbox/outbox.conf"
	done
}

in_client usermod -a -G mail outbox
keep 'local_mbox = /var/mail/%u'
kill "$flush"
wait "$flush"
client_flush	# in the group

box=$client/var/mail/bob
rm -f "$box"
in_box() {
	grep -q "^Subject: $1\$" "$box"
}
# letter SUBJECT: alice writes to bob.
letter() {
	echo "text" | as alice bsd-mailx -s "$1" bob
}

# The queue has mail for that user.
outbox_has() {
	in_client outbox list --json | grep -q "$1@localhost"
}

letter first
check "a mailbox is made for a user" await in_box first
check "it belongs to the service, and the user may use it" eval \
	'is "$(in_client stat -c %U:%a /var/mail/bob)" outbox:660 &&
		as bob test -w /var/mail/bob && ! as alice test -r /var/mail/bob'
check "bsd-mailx shows it" eval \
	'echo x | as bob bsd-mailx | grep -q "alice.*first"'
check "s-nail shows it" eval \
	'as bob s-nail -H -f /var/mail/bob | grep -q first'
check "the text is whole" eval \
	'echo p | as bob bsd-mailx -N -f /var/mail/bob | grep -qx text'
printf 'd 1\nq\n' | as bob bsd-mailx -f /var/mail/bob >"$stage/said" 2>&1
check "bsd-mailx deletes it" eval '! in_box first'
letter second
check "what comes then is there" await in_box second
rm -f "$box"
in_client install -o bob -g mail -m 660 /dev/null /var/mail/bob
letter third
check "a mailbox of the user's own is used" await in_box third
check "... and stays so" eval \
	'is "$(in_client stat -c %U:%G:%a /var/mail/bob)" bob:mail:660'
printf 'd 1\nq\n' | as bob s-nail -N >"$stage/said" 2>&1
check "s-nail deletes it" eval '! in_box third'

in_client dotlockfile -l /var/mail/bob.lock
letter fourth
check "a lock of liblockfile is waited for" eval \
	'await outbox_has bob && ! in_box fourth'
in_client dotlockfile -u /var/mail/bob.lock
check "... until it is gone" await in_box fourth
check "no lock stays behind" test ! -e "$box.lock"

echo text | as alice bsd-mailx -s fifth nosuch@localhost
check "a user who does not exist: the sender is told" await \
	grep -q 'unknown user: "nosuch"' "$client/var/mail/alice"

printf '%s\n' '* * * * * echo from cron' | in_client crontab -u bob -
patience=75
check "cron's mail is in it" await grep -qx 'from cron' "$box"
check "with its subject" in_box 'Cron <bob@client> echo from cron'
in_client crontab -r -u bob

settle
