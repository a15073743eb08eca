# shellcheck shell=sh
# mdadm --monitor --test.  As there is no array here, and making one would
# change more than this root: what it gives to sendmail.

check "mdadm's mail is taken (replayed)" in_client \
	sh -c '/usr/sbin/sendmail -t' <<'END'
From: mdadm monitoring <root@client.example>
To: root
Subject: TestMessage event on /dev/md0:client.example

This is an automatically generated mail message from mdadm
running on client.example

A TestMessage event had been detected on md device /dev/md0.

Faithfully yours, etc.

P.S. The /proc/mdstat file currently contains the following:

Personalities : [raid1]
md0 : active raid1 sda1[0] sdb1[1]
      1046528 blocks super 1.2 [2/2] [UU]
      
unused devices: <none>
END
check "mdadm's mail arrives" mailed postmaster <<'END'
Return-Path: <root@client.example>
From: mdadm monitoring <root@client.example>
To: root@client.example
Subject: TestMessage event on /dev/md0:client.example

This is an automatically generated mail message from mdadm
running on client.example

A TestMessage event had been detected on md device /dev/md0.

Faithfully yours, etc.

P.S. The /proc/mdstat file currently contains the following:

Personalities : \[raid1]
md0 : active raid1 sda1\[0] sdb1\[1]
      1046528 blocks super 1.2 \[2/2] \[UU]
      
unused devices: <none>
END
