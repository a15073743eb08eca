# shellcheck shell=sh
# logwatch.
# Packages: logwatch

check "logwatch runs" in_client logwatch --output mail --format text \
	--service zz-sys --range today --hostname client </dev/null
check "logwatch's report arrives" mailed postmaster <<'END'
Return-Path: <root@client.example>
From: root@client.example
To: root@client.example
Subject: Logwatch for client (Linux)
Auto-Submitted: auto-generated
Precedence: bulk
MIME-Version: 1.0
Content-Type: text/plain; charset=*
Content-Transfer-Encoding: *

...
*Machine: *
...
END
