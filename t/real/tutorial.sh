# shellcheck shell=sh
# "Six set-ups" of README: each command is run as it stands there, with the
# names of this smarthost; the scheduler, whose status is asked for, does not run
# yet.  What other machines and services do is not here:
# programs that note that they were called stand for them.  Sourced by real.t,
# as the last, after setup.sh.
#
# Packages: php-cli

kill "$flush"
wait "$flush"
in_client rm -f /etc/aliases
in_client mkdir -p /tmp/shims
for shim in systemctl apt-get postqueue postconf scp ssh; do
	printf '#!/bin/sh\necho "%s $*" >>/tmp/called\n' $shim \
		>"$client/tmp/shims/$shim"
done
# To another machine: that is this one.
# shellcheck disable=SC2016
echo 'shift; exec sh -c "$*"' >>"$client/tmp/shims/ssh"
chmod 755 "$client"/tmp/shims/*
printf '%s\n' "$smarthost_password" >"$client/root/password"

# set_up NUMBER: the commands of that set-up.
set_up() {
	sed -n '/^Six set-ups$/,/^The queue$/p' "$source/README" |
		sed -n "/^$1\\. /,/^$(($1 + 1))\\. /{s/^    //p}" |
		sed "s/mail\\.example\\.com/smarthost.example/
			s/--user web1/--user $smarthost_user/
			s/you@example\\.com/tutorial$1@example.org/
			s/--from example\\.com/--from client.example/
			s/^outbox status\$/& || :/" \
		>"$client/tmp/set-up-$1"
	[ -s "$client/tmp/set-up-$1" ] || return
	in_client env PATH=/tmp/shims:$client_path sh -e "/tmp/set-up-$1"
}

fresh() {
	in_client rm -rf /etc/outbox /var/spool/outbox /tmp/called
}

for number in 1 2 3; do
	fresh
	check "set-up $number: its commands do" set_up $number
	check "set-up $number: the configuration is right" in_client outbox check
	client_flush
	echo "hello" | as alice sendmail "own$number@example.org"
	check "set-up $number: mail arrives" await arrived "own$number"
	[ $number -eq 3 ] || check "set-up $number: its message arrives" \
		await arrived "tutorial$number"
	kill "$flush"
	wait "$flush"
done

fresh
check "set-up 5: on the first machine" set_up 3
mv "$client/etc/outbox/password" "$client/root/moved"
check "set-up 5: on others" set_up 5
check "set-up 5: the password is there, as it must be" is \
	"$(in_client stat -c '%U %a' /etc/outbox/password)" 'outbox 600'

fresh
in_client mkdir -p /etc/nullmailer
echo "smarthost.example smtp tls user=$smarthost_user pass='$smarthost_password'" \
	>"$client/etc/nullmailer/remotes"
check "set-up 6: in place of nullmailer and of Postfix" set_up 6
client_flush
echo "hello" | as alice sendmail own6@example.org
check "set-up 6: mail arrives" await arrived own6
