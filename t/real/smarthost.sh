# shellcheck shell=sh
# The smarthost: Postfix with the SASL of Dovecot on 127.0.0.2 and of Cyrus on
# 127.0.0.3, ports 465 (implicit TLS) and 587 (STARTTLS).  It takes mail for
# every domain from those who log in, but for unknown@ any, and puts it all into
# one Maildir.
#
# What Postfix cannot have is on port 465 of other addresses: bound.c, with TLS
# 1.3 on 127.0.0.4, TLS 1.2 on 127.0.0.5, and on 127.0.0.6 as if someone were in
# the way.
#
# Sourced by real.t.  $smarthost is its root directory.

smarthost_packages='knot postfix dovecot-core sasl2-bin libsasl2-modules
	libsasl2-dev libssl-dev iproute2'
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
	in_smarthost install -d -o box -g box /home/box/box/new /home/box/box/tmp \
		/home/box/box/cur /home/box/box
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
			args = scheme=PLAIN /etc/dovecot/users
		}
		passdb {
			driver = oauth2
			mechanisms = xoauth2 oauthbearer
			args = /etc/dovecot/oauth2'
		;;
	*)
		passdb='dovecot_config_version = 2.4.0
		dovecot_storage_version = 2.4.0
		passdb passwd-file {
			passwd_file_path = /etc/dovecot/users
			default_password_scheme = PLAIN
		}
		passdb oauth2 {
			mechanisms_filter = xoauth2 oauthbearer
		}
		oauth2 {
			introspection_mode = local
			username_attribute = sub
			oauth2_local_validation {
				dict fs {
					fs posix {
						prefix = /etc/dovecot/keys/
					}
				}
			}'
		;;
	esac
	cat >"$smarthost/etc/dovecot/dovecot.conf" <<-END
	$passdb
	}
	protocols =
	log_path = /var/log/dovecot.log
	ssl = no
	auth_mechanisms = $(echo plain login cram-md5 scram-sha-1 scram-sha-256 \
		xoauth2 oauthbearer)
	auth_failure_delay = 0
	service anvil {
		unix_listener anvil-auth-penalty {
			mode = 0
		}
	}
	service auth {
		unix_listener /var/spool/postfix/private/auth {
			mode = 0600
			user = postfix
		}
	}
	END
	echo "$smarthost_user:$smarthost_password" >"$smarthost/etc/dovecot/users"
	chmod 644 "$smarthost/etc/dovecot/users"
	cat >"$smarthost/etc/dovecot/oauth2" <<-END
	introspection_mode = local
	local_validation_key_dict = fs:posix:prefix=/etc/dovecot/keys/
	username_attribute = sub
	END
	mkdir -p "$smarthost/etc/dovecot/keys/default/HS256"
	printf %s "$smarthost_token_key" | openssl base64 -A \
		>"$smarthost/etc/dovecot/keys/default/HS256/default"
}

smarthost_token_key='it signs the tokens, of at least 256 bits'

base64url() {
	openssl base64 -A | tr +/ -_ | tr -d =
}

# smarthost_token SECONDS [KEY]: a token (RFC 7519) for so long from now on.
smarthost_token() {
	now=$(date +%s)
	token=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url).$(
		printf '{"sub":"%s","iat":%d,"exp":%d,"scope":"%01000d"}' \
			"$smarthost_user" $((now - 7200)) $((now + $1)) 0 | base64url)
	printf '%s.%s\n' "$token" "$(printf %s "$token" | openssl dgst -binary \
		-sha256 -hmac "${2-$smarthost_token_key}" | base64url)"
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
	mkdir -p "$smarthost$source"
	mount --bind "$source" "$smarthost$source"
	in_smarthost cc -o /usr/local/bin/bound "$source/t/real/bound.c" -lsasl2 \
		-lssl -lcrypto || bail "bound.c cannot be compiled"
	cp "$certificates/ca.pem" "$smarthost/etc/ca.pem"
}

# smarthost_bound VERSION ADDRESS [hide]
smarthost_bound() {
	version=$1 address=$2
	shift 2
	in_smarthost /usr/local/bin/bound "$version" "$address" \
		/etc/postfix/server.pem /etc/ca.pem /home/box/box "$@" \
		>>"$smarthost/var/log/bound.log" 2>&1 &
}

smarthost_start() {
	in_smarthost dovecot
	in_smarthost postfix start
	smarthost_bound 1.3 127.0.0.4
	smarthost_bound 1.2 127.0.0.5
	smarthost_bound 1.3 127.0.0.6 hide
}

# arrived NAME [NUMBER]: that many messages for NAME@anywhere are there; $mail
# is the newest.
arrived() {
	mails=$(cd "$smarthost/home/box/box/new" 2>/dev/null &&
		grep -sl "^Delivered-To: $1@" -- *)
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
