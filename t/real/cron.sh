# shellcheck shell=sh
# What cron mails.  Sourced by real.t.  The daemon starts here: a job that runs
# while other tests have mail in the queue, or a smarthost that wants another
# encoding, would disturb them and be disturbed.
#
# Packages: cron

# cron_mailed NAME SUBJECT TO TEXT
cron_mailed() {
	await among "$1" "$2" || return
	is "$(field From "$mail")" 'root@client.example (Cron Daemon)' &&
		is "$(field To "$mail")" "$3@client.example" &&
		text_is "$4"
}

echo '@reboot root echo from root' >>"$client/etc/crontab"
printf '%s\n' '@reboot echo at the start' \
	'* * * * * /usr/local/bin/report' |
	in_client crontab -u bob -
in_client cron
check "cron mails what root's job printed" cron_mailed postmaster \
	'Cron <root@client> *echo from root' root 'from root\n'
check "cron mails what a user's job printed" cron_mailed bob \
	'Cron <bob@client> echo at the start' bob 'at the start\n'
patience=75
check "cron mails 8-bit text and a lone dot" cron_mailed bob \
	'Cron <bob@client> /usr/local/bin/report' bob \
	'Gr\303\274\303\237e\n.\nend\n'
in_client crontab -r -u bob
