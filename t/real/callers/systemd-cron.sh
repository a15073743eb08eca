# shellcheck shell=sh
# systemd-cron's script for mails about jobs.  It excludes cron and asks systemd
# about the job: what systemd would say is replayed.
# Unpacked: systemd-cron
# Packages: python3

mkdir "$client/tmp/systemd"
cat >"$client/tmp/systemd/systemctl" <<'END'
#!/bin/sh
case "$*" in
*--property=User) echo User=bob ;;
*--property=Environment) echo Environment=MAILFROM=cron A=b ;;
status*) printf 'job.service - failed\n.\n\303\227 Gr\303\274\303\237e\n' && exit 3 ;;
esac
END
chmod 755 "$client/tmp/systemd/systemctl"
check "systemd-cron's script runs (replayed: systemctl)" \
	in_client PATH=/tmp/systemd:/usr/sbin:/usr/bin:/bin \
	python3 /opt/systemd-cron/lib/systemd-cron/mail_on_failure job.service \
	</dev/null
check "systemd-cron's mail arrives" mailed bob <<'END'
Return-Path: <root@client.example>
From: cron@client.example (systemd-cron)
To: bob@client.example
Subject: \[client.example] job job.service failed
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

am9iLnNlcnZpY2UgLSBmYWlsZWQKLgrDlyBHcsO8w59lCg==
END
