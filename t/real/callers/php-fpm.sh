# shellcheck shell=sh
# PHP in a chroot.  There sendmail needs its libraries, its configuration, the
# names of users, and the queue; and PHP a shell to start it.
# Packages: php-fpm libfcgi-bin

jail=$client/srv/jail
mkdir -p "$jail/var/spool/outbox" "$jail/tmp"
chmod 1777 "$jail/tmp"
in_client ldd /bin/sh /usr/sbin/sendmail | grep -o '/[^ :]* ' |
	sort -u | in_client xargs cp -Lp --parents -t /srv/jail /bin/sh \
	/usr/sbin/sendmail /etc/outbox/outbox.conf /etc/passwd /etc/group \
	/etc/mailname /etc/aliases
mount --bind "$client/var/spool/outbox" "$jail/var/spool/outbox"

cat >"$client/etc/php-fpm.conf" <<'END'
[global]
error_log = /proc/self/fd/2
[www]
user = alice
group = alice
listen = /run/php-fpm.socket
chroot = /srv/jail
pm = static
pm.max_children = 1
END
cat >"$jail/mail.php" <<'END'
<?php
header("Content-Type: text/plain");
var_dump(mail("fpm@example.org", "from a chroot", "one\n.\n..two\n",
	["From" => "Web <web@example.org>"], "-fbounces@example.org"));
END
chroot "$client" "$(cd "$client" && echo usr/sbin/php-fpm*)" \
	-F -y /etc/php-fpm.conf &
fpm=$!
await test -S "$client/run/php-fpm.socket"
true_in_chroot() {
	in_client SCRIPT_FILENAME=/mail.php REQUEST_METHOD=GET \
		cgi-fcgi -bind -connect /run/php-fpm.socket | grep 'bool(true)'
}
check "PHP's mail() returns true in a chroot" true_in_chroot
check "PHP's mail() in a chroot arrives" mailed fpm <<'END'
Return-Path: <bounces@example.org>
To: fpm@example.org
Subject: from a chroot
From: Web <web@example.org>

one
.
..two

END
kill $fpm
