# shellcheck shell=sh
# sudo reports to root.
# Packages: sudo

printf '%s\n' 'Defaults mail_always' 'alice ALL=(ALL) NOPASSWD: ALL' \
	>"$client/etc/sudoers.d/test"
check "sudo runs a command" as alice sudo true </dev/null
check "sudo's report arrives" mailed postmaster <<'END'
Return-Path: <alice@client.example>
From: alice@client.example
To: root@client.example
Subject: \*\*\* SECURITY information for client.example \*\*\*
Auto-Submitted: auto-generated

client.example : * : alice : * COMMAND=*/true*

END
