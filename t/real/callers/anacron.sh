# shellcheck shell=sh
# anacron mails what a job prints.  It gives no -i: a lone dot ends the text.
# Packages: anacron

mkdir "$client/tmp/anacron"
echo '1 0 job.of.anacron /usr/local/bin/report' \
	>"$client/tmp/anacrontab"
check "anacron runs a job" \
	in_client anacron -d -n -t /tmp/anacrontab -S /tmp/anacron </dev/null
check "anacron mails what the job printed" mailed postmaster <<'END'
Return-Path: <root@client.example>
From: Anacron <root@client.example>
To: root@client.example
Subject: Anacron job 'job.of.anacron' on client.example
Content-Type: text/plain; charset=*

Grüße
END
