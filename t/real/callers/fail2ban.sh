# shellcheck shell=sh
# fail2ban's action "sendmail".
# Packages: fail2ban

cat >"$client/etc/fail2ban/jail.local" <<'END'
[DEFAULT]
allowipv6 = no
[sshd]
enabled = false
[gate]
enabled = true
backend = polling
logpath = /var/log/gate.log
filter = sshd
action = sendmail[name=gate]
END
: >"$client/var/log/gate.log"
in_client mkdir -p /run/fail2ban
check "fail2ban starts" in_client fail2ban-client start </dev/null
check "fail2ban bans" in_client fail2ban-client set gate banip 192.0.2.7 </dev/null
check "fail2ban ends" in_client fail2ban-client stop </dev/null

fail2ban_mailed() {
	mailed postmaster <<-END
	Return-Path: <fail2ban@client.example>
	Subject: \[Fail2Ban] gate: $1 client.example
	From: Fail2Ban <fail2ban@client.example>
	To: root@client.example

	Hi,

	$2

	Regards,

	Fail2Ban
	END
}
check "fail2ban's mail about the start arrives" fail2ban_mailed 'started on' \
	'The jail gate has been started successfully.'
check "fail2ban's mail about the ban arrives" fail2ban_mailed \
	'banned 192.0.2.7 from' "The IP 192.0.2.7 has just been banned by Fail2Ban after
* attempts against gate."
check "fail2ban's mail about the end arrives" fail2ban_mailed 'stopped on' \
	'The jail gate has been stopped.'
