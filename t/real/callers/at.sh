# shellcheck shell=sh
# at mails what a job prints.
# Packages: at

in_client atd
check "at takes a job" as bob at now <<'END'
printf 'by at\n.\nGrüße\n'
END
check "at mails what the job printed" mailed bob <<'END'
Return-Path: <bob@client.example>
From: bob's Name <bob@client.example>
To: bob@client.example
Subject: Output from your job *

by at
.
Grüße
END
