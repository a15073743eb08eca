# shellcheck shell=sh
# unattended-upgrades: its mailer alone, as upgrades need a network.
# Packages: unattended-upgrades

check "unattended-upgrades' mailer runs" in_client python3 - <<'END'
import importlib.machinery, importlib.util
loader = importlib.machinery.SourceFileLoader("uu", "/usr/bin/unattended-upgrade")
uu = importlib.util.module_from_spec(importlib.util.spec_from_loader("uu", loader))
loader.exec_module(uu)
raise SystemExit(uu._send_mail_using_sendmail(
    "root", "root", "unattended-upgrades result for client", "One:\n.\n..Grüße\n"))
END
check "unattended-upgrades' report arrives" mailed postmaster <<'END'
Return-Path: <root@client.example>
From: root@client.example
To: root@client.example
Subject: unattended-upgrades result for client
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

One:
.
..Gr=C3=BC=C3=9Fe
END
