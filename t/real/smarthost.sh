# shellcheck shell=sh
# The smarthost: Postfix with the SASL of Dovecot on 127.0.0.2 and of Cyrus on
# 127.0.0.3, ports 465 (implicit TLS) and 587 (STARTTLS).  It takes mail for
# every domain from those who log in, but for unknown@ any, and puts it all into
# one Maildir.
#
# Sourced by real.t.  $smarthost is its root directory.

smarthost_packages='knot postfix dovecot-core sasl2-bin libsasl2-modules iproute2'
smarthost_user=relay
smarthost_password='p;ss "w%rd" #ü\'

in_smarthost() {
	chroot "$smarthost" env -i PATH="$PATH" LC_ALL=C "$@"
}

# smarthost_certify NAME: from now on Postfix shows the certificate NAME.
smarthost_certify() {
	cat "$certificates/$1.key" "$certificates/$1.pem" \
		>"$smarthost/etc/postfix/server.pem"
}

smarthost_postfix() {
	in_smarthost useradd --system --create-home --home-dir /home/box box
	cat >"$smarthost/etc/postfix/main.cf" <<-END
	compatibility_level = 3.6
	maillog_file = /var/log/mail.log
	myhostname = smarthost.example
	mydestination =
	mynetworks =
	inet_interfaces = 127.0.0.2, 127.0.0.3
	inet_protocols = ipv4
	alias_maps =
	alias_database =
	local_recipient_maps =
	biff = no
	virtual_mailbox_domains = regexp:/etc/postfix/any
	virtual_mailbox_base = /home/box
	virtual_mailbox_maps = regexp:/etc/postfix/boxes
	virtual_uid_maps = static:$(in_smarthost id -u box)
	virtual_gid_maps = static:$(in_smarthost id -g box)
	virtual_minimum_uid = 1
	virtual_mailbox_limit = 0
	smtpd_relay_restrictions = permit_sasl_authenticated, reject
	smtpd_sasl_auth_enable = yes
	smtpd_sasl_security_options = noanonymous
	smtpd_sasl_local_domain = smarthost.example
	smtpd_tls_chain_files = /etc/postfix/server.pem
	smtpd_tls_security_level = encrypt
	smtpd_tls_auth_only = yes
	smtpd_tls_loglevel = 1
	message_size_limit = 100000000
	END
	echo '/./ any' >"$smarthost/etc/postfix/any"
	printf '%s\n' 'if !/^unknown@/' '/./ box/' endif \
		>"$smarthost/etc/postfix/boxes"
	in_smarthost postconf -MX smtp/inet
	smarthost_service 127.0.0.2 dovecot private/auth
	smarthost_service 127.0.0.3 cyrus smtpd
	in_smarthost postconf -F '*/*/chroot=n'
}

# smarthost_service ADDRESS TYPE PATH: the two ports there, with that SASL.
smarthost_service() {
	for port in 465 587; do
		wrap=no
		[ $port = 587 ] || wrap=yes
		in_smarthost postconf -M "$1:$port/inet=$1:$port inet n - n - - smtpd"
		in_smarthost postconf -P \
			"$1:$port/inet/smtpd_tls_wrappermode=$wrap" \
			"$1:$port/inet/smtpd_sasl_type=$2" \
			"$1:$port/inet/smtpd_sasl_path=$3"
	done
}

smarthost_dovecot() {
	case $(in_smarthost dovecot --version) in
	2.[0-3].*)
		passdb='passdb {
			driver = passwd-file
			args = scheme=PLAIN /etc/dovecot/users'
		;;
	*)
		passdb='dovecot_config_version = 2.4.0
		dovecot_storage_version = 2.4.0
		passdb passwd-file {
			passwd_file_path = /etc/dovecot/users
			default_password_scheme = PLAIN'
		;;
	esac
	cat >"$smarthost/etc/dovecot/dovecot.conf" <<-END
	$passdb
	}
	protocols =
	log_path = /var/log/dovecot.log
	ssl = no
	auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
	service auth {
		unix_listener /var/spool/postfix/private/auth {
			mode = 0600
			user = postfix
		}
	}
	END
	echo "$smarthost_user:$smarthost_password" >"$smarthost/etc/dovecot/users"
	chmod 644 "$smarthost/etc/dovecot/users"
}

smarthost_cyrus() {
	mkdir -p "$smarthost/etc/postfix/sasl"
	cat >"$smarthost/etc/postfix/sasl/smtpd.conf" <<-END
	pwcheck_method: auxprop
	auxprop_plugin: sasldb
	mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256
	END
	printf %s "$smarthost_password" | in_smarthost saslpasswd2 -p -c \
		-u smarthost.example "$smarthost_user"
	chgrp "$(in_smarthost id -g postfix)" "$smarthost/etc/sasldb2"
	chmod 640 "$smarthost/etc/sasldb2"
}

smarthost_configure() {
	smarthost_certify good
	smarthost_postfix
	smarthost_dovecot
	smarthost_cyrus
}

smarthost_start() {
	in_smarthost dovecot
	in_smarthost postfix start
}

# arrived NAME [NUMBER]: that many messages for NAME@anywhere are there; $mail
# is the newest.
arrived() {
	mails=$(cd "$smarthost/home/box/box/new" 2>/dev/null &&
		grep -l "^Delivered-To: $1@" -- *)
	[ "$(echo "$mails" | wc -w)" -eq "${2:-1}" ] || return
	mail=$smarthost/home/box/box/new/$(echo "$mails" | tail -n 1)
}

# among NAME SUBJECT: $mail is a message for NAME@anywhere with that subject, a
# pattern of sh.
among() {
	arrived "$1" 0 && return 1
	for mail in $mails; do
		mail=$smarthost/home/box/box/new/$mail
		# shellcheck disable=SC2254
		case $(field Subject "$mail") in
		$2) return 0 ;;
		esac
	done
	return 1
}
