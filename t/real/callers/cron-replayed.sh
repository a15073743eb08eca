# shellcheck shell=sh
# Other programs for cron jobs, which cannot be installed beside Debian's cron:
# what they give to sendmail, and as whom.

check "cronie's mail is taken (replayed)" as bob sendmail -FCronDaemon -i -odi -oem -oi -t -f bob <<'END'
From: "(Cron Daemon)" <bob>
To: bob
Subject: Cron <bob@client> by cronie
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Auto-Submitted: auto-generated
Precedence: bulk
X-Cron-Env: <XDG_SESSION_ID=1>
X-Cron-Env: <SHELL=/bin/sh>

Grüße
.
..end
END
check "cronie's mail arrives" mailed bob <<'END'
Return-Path: <bob@client.example>
From: "(Cron Daemon)" <bob@client.example>
To: bob@client.example
Subject: Cron <bob@client> by cronie
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Auto-Submitted: auto-generated
Precedence: bulk
X-Cron-Env: <XDG_SESSION_ID=1>
X-Cron-Env: <SHELL=/bin/sh>

Grüße
.
..end
END

check "ISC cron's mail is taken (replayed)" in_client sendmail -FCronDaemon -odi -oem -oi -t <<'END'
From: root (Cron Daemon)
To: root
Subject: Cron <root@client> by ISC cron
X-Cron-Env: <SHELL=/bin/sh>

.
text
END
check "ISC cron's mail arrives" mailed postmaster <<'END'
Return-Path: <root@client.example>
From: root@client.example (Cron Daemon)
To: root@client.example
Subject: Cron <root@client> by ISC cron
X-Cron-Env: <SHELL=/bin/sh>

.
text
END

check "BusyBox crond's mail is taken (replayed)" in_client sendmail -ti <<'END'
To: root
Subject: cron: by BusyBox

.
text
END
check "BusyBox crond's mail arrives" mailed postmaster <<'END'
Return-Path: <root@client.example>
From: root <root@client.example>
To: root@client.example
Subject: cron: by BusyBox

.
text
END
